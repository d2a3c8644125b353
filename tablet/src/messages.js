// What the office tells the enumerator.  That it was read is told back like everything else.
import { h } from './dom.js';
import { moment, t } from './text.js';
import { changed, rightTime, save, state } from './work.js';
import { exchange } from './exchange.js';

const idOf = (message) => `message-${message.id}`;
const isRead = (message) => message.read || state.heads.has(idOf(message));
const said = (message) => [h('p', {}, message.text), h('p', { class: 'muted' }, `${message.by}, ${moment(message.at)}`)];

async function read(message) {
  await save({ id: idOf(message), kind: 'reading', state: 'ready', at: rightTime() }, { message: message.id }, null);
  changed();
  exchange();
}

export const unread = () =>
  (state.pack?.messages ?? []).filter((each) => !isRead(each)).map((each) =>
    h('div', { class: 'note', 'data-message': each.id }, ...said(each), h('button', { type: 'button', class: 'btn--plain', onclick: () => read(each) }, t('read_it'))));

export function everything() {
  const all = state.pack?.messages ?? [];
  return all.length ? [h('h2', {}, t('messages')), ...all.map((each) => h('div', { class: 'note' }, ...said(each)))] : [];
}
