// What the device knows: cases from the server, records of its own, and what the two say together.
import { keep, records } from './store.js';
import * as seal from './seal.js';

export const base = new URL('.', location.href).pathname;
export const place = base.replace(/app\/$/, '');
const mark = place.split('/')[2].slice(0, 12);
const told = new BroadcastChannel('survey-tablet');

export const state = { meta: {}, pack: null, heads: new Map(), busy: '', listeners: new Set() };

export function changed(elsewhere = true) {
  for (const each of state.listeners) each();
  if (elsewhere) told.postMessage('changed');
}
told.onmessage = async () => {
  await open();
  changed(false);
};

/** Read everything that the screens need; bodies stay closed. */
export async function open() {
  state.meta = (await keep.get(`meta ${mark}`)) ?? {};
  const has = await seal.load(state.meta.key);
  const kept = has ? await keep.get(`pack ${mark}`) : null;
  state.pack = kept && seal.opens(kept) ? await seal.unseal(kept) : null;
  const heads = new Map();
  for (const each of await records.all()) {
    if (seal.opens(each.head)) heads.set(each.id, { ...each, ...(await seal.unseal(each.head)), body: null });
  }
  state.heads = heads;
}

export async function setMeta(more) {
  state.meta = { ...state.meta, ...more };
  await keep.put(`meta ${mark}`, state.meta);
}

export async function setPack(pack) {
  await keep.put(`pack ${mark}`, await seal.seal(pack));
  state.pack = pack;
}

/** Device time put right by the server's, and never before the server was last heard. */
export function rightTime() {
  return Math.max(Date.now() + (state.meta.offset ?? 0), state.meta.heard ?? 0);
}

/** Head: what lists show.  Body: the interview itself. */
export async function save(record, head, body) {
  const sealed = { ...record, head: await seal.seal(head) };
  if (body !== undefined) sealed.body = body && (await seal.seal(body));
  await records.put(sealed);
  state.heads.set(record.id, { ...sealed, ...head, body: null });
}

/** Change the head of a stored record, and its body too if one is given (null removes it). */
export async function amend(id, record, head, body) {
  const before = await records.get(id);
  const old = await seal.unseal(before.head);
  await save({ ...before, ...record }, { ...old, ...head }, body);
}

export async function body(id) {
  const found = await records.get(id);
  return found?.body ? seal.unseal(found.body) : null;
}

export async function drop(id) {
  await records.drop(id);
  state.heads.delete(id);
}

export const unsent = (kind) =>
  [...state.heads.values()]
    .filter((each) => each.state === 'ready' && (!kind || each.kind === kind))
    .sort((a, b) => a.at - b.at);

export const heldBack = () => [...state.heads.values()].filter((each) => each.state === 'held');

export function ofCase(id) {
  return [...state.heads.values()].filter((each) => each.case === id).sort((a, b) => a.at - b.at);
}

/** open, draft, ready, sent, held or done: of an interview, else what the server said. */
export function standing(one) {
  const own = ofCase(one.id).filter((each) => each.kind === 'interview');
  const found = ['draft', 'ready', 'held', 'sent'].find((s) => own.some((each) => each.state === s));
  return found ?? (one.answered || one.final ? 'done' : 'open');
}

export const isDone = (one) => ['ready', 'sent', 'done', 'held'].includes(standing(one));

export function why() {
  const { meta, pack } = state;
  if (meta.locked) return 'locked';
  if (!pack) return 'first';
  return rightTime() > meta.leaseUntil ? 'lease' : '';
}
