// What has been sent and what has not, in plain words.
import { h } from './dom.js';
import { moment, t } from './text.js';
import { records } from './store.js';
import { heldBack, state, unsent } from './work.js';
import { exchange, fixMoment } from './exchange.js';
import { tabs } from './lists.js';
import { everything } from './messages.js';

export function syncPage() {
  const waiting = unsent();
  const held = heldBack();
  const sent = [...state.heads.values()].filter((each) => each.state === 'sent' && each.receipt).slice(-20).reverse();
  return [state.pack && tabs('sync'), h('h1', {}, t('sync')), ...summary(),
    h('p', { class: 'bar' }, h('button', { type: 'button', class: 'btn', id: 'exchange', onclick: exchange }, t('sync'))),
    held.length > 0 && h('div', { class: 'note note--warn' }, h('p', {}, t('held', { n: held.length })),
      h('ul', {}, held.map((each) => h('li', {}, `${each.code ?? each.case}: ${each.message}`)))),
    sent.length > 0 && h('ul', {}, sent.map((each) => h('li', {}, `${each.code} – ${t('receipt', { code: each.receipt })}`))),
    ...everything(),
    waiting.length > 0 && h('p', {}, h('button', { type: 'button', class: 'btn--plain', onclick: saveFile }, t('export')))];
}

export function summary() {
  const n = unsent('interview').length;
  const tries = unsent('attempt').length;
  const lists = unsent('listing').length;
  const now = state.busy === 'sending' ? t('sending', { n: n + tries }) : state.busy ? t(state.busy) : '';
  return [h('p', { id: 'unsent' }, h('strong', {}, n + tries ? t('unsent', { interviews: n, attempts: tries }) : lists ? t('unsent_listings', { n: lists }) : t('all_sent'))),
    n + tries > 0 && lists > 0 && h('p', {}, t('unsent_listings', { n: lists })),
    now && h('p', { id: 'busy' }, now),
    state.meta.heard && h('p', { class: 'muted' }, t('last_sync', { at: moment(state.meta.heard) }))];
}

/** Unsent work as it lies on the device: encrypted; the server's key opens it. */
async function saveFile() {
  const base64 = (data) => btoa(String.fromCharCode(...new Uint8Array(data)));
  const shut = (sealed) => sealed && { key: sealed.key, iv: base64(sealed.iv), data: [...chunks(sealed.data)] };
  function* chunks(data) {
    for (let i = 0; i < data.byteLength; i += 24_000) yield base64(data.slice(i, i + 24_000));
  }
  for (const each of unsent('attempt')) await fixMoment(each);
  const kept = (await records.all()).filter((each) => each.state !== 'sent');
  const text = JSON.stringify(kept.map((each) => ({ ...each, head: shut(each.head), body: shut(each.body) })));
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  h('a', { href: url, download: 'unsent.json' }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
