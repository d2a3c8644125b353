// Sending and fetching.  Nothing leaves the device before the server has said that it holds it, and
// whatever is sent may be sent again: the server knows an interview by its instanceID.
import { forms } from './store.js';
import * as seal from './seal.js';
import { amend, body, changed, drop, open, place, rightTime, setMeta, setPack, state, unsent } from './work.js';

const PATIENCE = 60_000;
const IN_ONE = 4_500_000;
const TRIES_IN_A_ROW = 3;
let pause = 5_000;
let timer = 0;
let running = null;

const ask = (path, how = {}) =>
  fetch(place + path, { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE), ...how });

/** One round; only one window of the device does it at a time. */
export function exchange() {
  clearTimeout(timer);
  running ??= round().finally(() => { running = null; });
  return running;
}

function round() {
  return navigator.locks.request('survey-tablet send', { ifAvailable: true }, async (lock) => {
    if (!lock) return say('busy');
    try {
      const ok = (await sendAll()) && (await fetchPack()) && (await sendAll());
      pause = ok ? 5_000 : Math.min(pause * 2, 300_000);
      if (ok) say('');
      else if (!state.meta.locked) later();
    } catch (fault) {
      say(navigator.onLine ? 'server_down' : 'no_network');
      pause = Math.min(pause * 2, 300_000);
      later();
    }
    return undefined;
  });
}

function later() {
  timer = setTimeout(exchange, pause * (0.75 + Math.random() / 2));
}

function say(busy) {
  state.busy = busy;
  changed();
}

async function sendAll() {
  let failed = 0;
  if (unsent().length) await hear();
  for (let left = unsent(); left.length && failed < TRIES_IN_A_ROW; left = unsent()) {
    let moved = false;
    for (const each of left) {
      say('sending');
      const outcome = await sendOne(each).catch(() => 'again');
      if (outcome === 'locked') return lockOut();
      failed = outcome === 'again' ? failed + 1 : 0;
      moved ||= outcome !== 'again';
      // What follows a listing needs it there first.
      if (outcome === 'again' && each.kind === 'listing') return say(navigator.onLine ? 'server_down' : 'no_network');
      if (failed >= TRIES_IN_A_ROW) break;
    }
    if (!moved) break;
  }
  if (unsent().length) say(navigator.onLine ? 'server_down' : 'no_network');
  return unsent().length === 0;
}

async function sendOne(each) {
  const reply = await { interview: sendInterview, attempt: sendAttempt, listing: sendListing, reading: sendReading }[each.kind](each);
  if (reply.status === 403) return (await isLocked()) ? 'locked' : 'again';
  const said = await reply.json().catch(() => null);
  if (reply.status === 201 && said) {
    // A line was added while it was on its way: it goes again.
    if (each.kind === 'listing' && state.heads.get(each.id).revision !== each.revision) return 'sent';
    // Its receipt is here: from now on the server answers for it.
    await amend(each.id, { state: 'sent' }, { receipt: said.receipt ?? '' }, null);
    return 'sent';
  }
  if (reply.status === 404 && each.kind === 'reading') {
    await drop(each.id); // the message is gone, and with it whatever was to be told
    return 'sent';
  }
  if ([400, 404, 409, 413, 422].includes(reply.status) && said?.message) {
    await amend(each.id, { state: 'held' }, { message: said.message });
    return 'held';
  }
  return 'again';
}

async function sendInterview(each) {
  const kept = await body(each.id);
  const files = Object.entries(kept.files);
  const size = files.reduce((sum, [, file]) => sum + file.text.length, 0);
  const ahead = size > IN_ONE ? files.slice(0, -1) : [];
  for (const file of ahead) {
    const reply = await post(kept.xml, [file], true);
    if (reply.status !== 201) return reply;
  }
  return post(kept.xml, files.slice(ahead.length), false);
}

function post(xml, files, more) {
  const parts = new FormData();
  parts.append('xml_submission_file', new Blob([xml], { type: 'text/xml' }), 'submission.xml');
  for (const [name, file] of files) parts.append(name, seal.asBlob(file), name);
  if (more) parts.append('*isIncomplete*', 'yes');
  return ask('submission', { method: 'POST', body: parts, headers: { Accept: 'application/json' } });
}

/** The moment is fixed before an attempt leaves by any way: come twice, it is the same attempt. */
export async function fixMoment(each) {
  if (each.fixed) return;
  const at = Math.min(Math.max(each.at + (state.meta.offset ?? 0), each.floor ?? 0), rightTime());
  await amend(each.id, {}, { fixed: new Date(at).toISOString() });
}

async function sendAttempt(each) {
  await fixMoment(each);
  const { case: id, fixed, mode, result, note } = state.heads.get(each.id);
  const headers = { 'Content-Type': 'application/json' };
  const told = JSON.stringify({ case: id, at: fixed, mode, result, note });
  return ask('app/attempts', { method: 'POST', body: told, headers });
}

const sendReading = ({ message }) => ask(`app/messages/${message}/read`, { method: 'POST' });

function sendListing({ area, revision, closed, lines }) {
  const told = { area, revision, closed, lines: lines.map(({ number, note, adults }) => [number, note, adults]) };
  return ask('app/listings', { method: 'POST', body: JSON.stringify(told), headers: { 'Content-Type': 'application/json' } });
}

/** The server's clock, before anything is sent that carries a time. */
async function hear() {
  const reply = await ask('submission', { method: 'HEAD' });
  const said = Date.parse(reply.headers.get('Date'));
  if (said) await setMeta({ offset: said - Date.now(), heard: said });
}

async function fetchPack() {
  const reply = await ask('app/pack.json');
  if (reply.status === 403) return (await isLocked()) ? lockOut() : false;
  if (!reply.ok) {
    say('server_down');
    return false;
  }
  const pack = await reply.json();
  const heard = Date.parse(pack.now);
  const key = await seal.take(pack.keys);
  delete pack.keys;
  await setMeta({
    key,
    heard,
    offset: heard - Date.now(),
    leaseUntil: heard + pack.lease_hours * 3_600_000,
    locked: false,
    name: pack.name,
    device: state.meta.device ?? `tablet:${crypto.randomUUID()}`,
  });
  await fetchForms(pack.forms);
  await setPack(pack);
  // A new address brings the keys of earlier ones: what those left unsent can be read again.
  await open();
  return true;
}

async function fetchForms(wanted) {
  const here = new Set(await forms.names());
  for (const each of wanted.filter(({ md5 }) => !here.has(md5))) {
    const reply = await ask(`forms/${each.id}/form.xml`);
    if (!reply.ok) throw new Error(`form ${reply.status}`);
    await forms.put(each.md5, await reply.text());
  }
  // Pictures and sounds that forms show; each once, whichever forms show it.
  const files = wanted.flatMap((each) => each.files);
  for (const { md5, url } of files.filter((each) => !here.has(each.md5))) {
    const reply = await fetch(url, { signal: AbortSignal.timeout(PATIENCE) });
    if (!reply.ok) throw new Error(`file ${reply.status}`);
    await forms.put(md5, await reply.blob());
  }
  const used = new Set([...state.heads.values()].filter((r) => r.state === 'draft').map((r) => r.form));
  for (const each of [...wanted, ...files]) used.add(each.md5);
  for (const md5 of here) if (!used.has(md5)) await forms.drop(md5);
}

/** 403 from our server, not from a portal on the way: only that takes the key away. */
async function isLocked() {
  const reply = await ask('submission', { method: 'HEAD' });
  return reply.status === 403 && reply.headers.get('X-OpenRosa-Version') === '1.0';
}

async function lockOut() {
  await seal.forget();
  await setMeta({ locked: true, key: null });
  state.pack = null;
  state.heads = new Map();
  say('');
  return false;
}
