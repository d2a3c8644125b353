// Areas of a household round: the listing, kept offline, and the households drawn once it is closed.
import { h } from './dom.js';
import { inLanguage, t } from './text.js';
import { changed, save, state } from './work.js';
import { exchange } from './exchange.js';
import { notice } from './notices.js';
import { households, listingDigest } from './household.js';

const MAX = { number: 9999, adults: 50, note: 200, lines: 2000 };
const drawn = new Map();
const known = new Map();
const idOf = (area) => `listing:${area.id}`;
const fromLine = ([number, note, adults]) => ({ number, note, adults });
export const areas = () => state.pack?.areas ?? [];
export const areaOf = (one) => areas().find((each) => each.id === one.household?.area);

/** The listing as this device has it, or as the server knows it where that is further. */
export function listing(area) {
  const own = state.heads.get(idOf(area));
  const told = area.listing && { lines: area.listing.lines.map(fromLine), closed: area.listing.state === 'closed', revision: area.listing.revision, digest: area.listing.digest };
  // A closed listing of the server may have lost its addresses since; its digest stays what it was.
  const ahead = own && (!told || (own.closed && !told.closed) || (!told.closed && own.revision >= told.revision));
  return (ahead ? own : told) ?? { lines: [], closed: false, revision: 0 };
}

/** Draw the households of all closed listings: no network, the same as the server will. */
export async function drawAll() {
  for (const area of areas()) {
    const { lines, closed, digest: told } = listing(area);
    if (!closed) {
      drawn.delete(area.id);
      continue;
    }
    const digest = told || (await listingDigest(area.code, lines));
    if (known.get(area.id) === digest && drawn.has(area.id)) continue;
    const numbers = await households(area.seed, area.code, lines, area.wanted, area.method, digest);
    drawn.set(area.id, { digest, homes: numbers.map((number) => lines.find((each) => each.number === number)) });
    known.set(area.id, digest);
  }
}

/** The household that a case stands for: { number, note, adults, digest }; null while unknown. */
export function home(one) {
  const found = drawn.get(one.household?.area);
  const line = found?.homes[one.household.place - 1];
  return line ? { ...line, digest: found.digest } : null;
}

/** A place without a household is nobody's case. */
export const visible = () => state.pack.cases.filter((one) => !one.household || home(one));
export const called = (one) => {
  const line = home(one);
  return line ? `${t('household', { number: line.number })}${line.note ? ` – ${line.note}` : ''}` : '';
};
/** A pack of before the server told titles has the code alone. */
export const field = (one) => (one.field_titles ? inLanguage(one.field_titles) : one.field);

export function areaRows() {
  if (!areas().length) return null;
  const row = (area) => {
    const { lines, closed } = listing(area);
    const text = t(closed ? 'area_closed' : 'area_open', { n: lines.length, drawn: drawn.get(area.id)?.homes.length ?? 0 });
    return h('li', {}, h('button', { type: 'button', class: closed ? 'is-sent' : 'is-open', 'data-area': area.id, onclick: () => (location.hash = `area/${area.id}`) },
      h('strong', {}, area.name), h('span', { class: 'place' }, `${area.code} · ${area.unit}`), h('span', { class: 'state' }, text)));
  };
  return h('section', {}, h('h2', {}, t('areas')), h('ul', { class: 'cases' }, areas().map(row)));
}

export function areaPage(id) {
  const area = areas().find((each) => each.id === Number(id));
  const back = h('p', {}, h('button', { type: 'button', class: 'btn--plain', onclick: () => (location.hash = '') }, `‹ ${t('back')}`));
  if (!area) return [back];
  const body = h('div', { id: 'listing' });
  const render = () => body.replaceChildren(...content(area, render).filter(Boolean));
  render();
  return [back, h('h1', {}, t('area', { name: area.name })), h('p', { class: 'muted' }, `${area.code} · ${area.unit}`), body];
}

function content(area, render) {
  const now = listing(area);
  const rows = h('ul', { class: 'lines' }, [...now.lines].sort((a, b) => a.number - b.number).map((line) => row(area, now, line, render)));
  if (now.closed) {
    const homes = drawn.get(area.id)?.homes ?? [];
    const numbers = homes.map((each) => each.number).join(', ');
    return [h('p', { class: 'note note--ok', id: 'drawn' }, homes.length ? t('drawn', { numbers }) : t('drawn_none')), rows];
  }
  const close = h('button', { type: 'button', class: 'btn', id: 'close-listing', onclick: () => closeListing(area, render) }, t('area_close'));
  return [h('p', {}, t('area_how')), form(area, now, render), rows, h('p', {}, close)];
}

function row(area, now, line, render) {
  const text = `${line.number}. ${line.note || '–'} · ${t('adults_of', { n: line.adults ?? '?' })}`;
  const without = now.lines.filter((each) => each.number !== line.number);
  const drop = () => keep(area, without, false).then((ok) => ok && render());
  return h('li', {}, text, !now.closed && h('button', { type: 'button', class: 'btn--plain', 'data-line': line.number, onclick: drop }, t('line_drop')));
}

function form(area, now, render) {
  const next = Math.max(0, ...now.lines.map((each) => each.number)) + 1;
  const field = (id, given) => h('input', { class: 'field', id, ...given });
  const digits = { inputmode: 'numeric', pattern: '[0-9]*' };
  const number = field('line-number', { ...digits, maxlength: 4, placeholder: next });
  const note = field('line-note', { maxlength: MAX.note });
  const adults = field('line-adults', { ...digits, maxlength: 2 });
  const add = async (event) => {
    event.preventDefault();
    const line = { number: Number(number.value || next), note: plain(note.value), adults: adults.value === '' ? null : Number(adults.value) };
    const others = now.lines.filter((each) => each.number !== line.number);
    const fits = line.number >= 1 && line.number <= MAX.number && (line.adults ?? 0) <= MAX.adults && others.length < MAX.lines;
    notice('line', fits ? '' : t('line_wrong'), 'warn');
    if (!fits || !(await keep(area, [...others, line], false))) return;
    render();
    document.getElementById('line-note').focus();
  };
  return h('form', { class: 'line', onsubmit: add },
    h('label', { for: 'line-number' }, t('line_number')), number, h('label', { for: 'line-note' }, t('line_note')), note,
    h('label', { for: 'line-adults' }, t('line_adults')), adults, h('p', {}, h('button', { class: 'btn btn--second', id: 'add-line' }, t('line_add'))));
}

/** One spelling of a letter, no line ends, nothing that the server would refuse. */
const plain = (text) => text.normalize('NFC').replace(/[\p{Cc}\p{Cs}]/gu, ' ').trim();

async function keep(area, lines, closed) {
  const { revision } = listing(area);
  const told = { area: area.id, code: area.code, lines, closed, revision: revision + 1 };
  try {
    // First of all that is sent: interviews and attempts of the area need it there.
    await save({ id: idOf(area), kind: 'listing', state: 'ready', at: 0 }, told, null);
  } catch (fault) {
    notice('kept', t('not_saved', { why: fault.name }), 'warn');
    return false;
  }
  await drawAll();
  changed();
  return true;
}

async function closeListing(area, render) {
  const { lines } = listing(area);
  if (!confirm(t('area_close_sure', { n: lines.length }))) return;
  if (!(await keep(area, lines, true))) return;
  render();
  exchange();
}
