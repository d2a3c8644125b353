// The respondent holds the device: nothing of the enumerator's is in reach, and what was answered
// meanwhile is covered when the device comes back.
import { h, place } from './dom.js';
import { t } from './text.js';

export const isHanded = () => document.body.classList.contains('handed');

/** `cover(container)` remembers what was answered in other hands; `lock()` shuts it for good. */
export function handover(sheet, { cover: remember, lock, tongue }) {
  const cover = (event) => {
    const touched = event.target.closest('.question-container');
    if (isHanded() && touched) remember(touched);
  };
  for (const kind of ['change', 'input', 'click']) sheet.addEventListener(kind, cover, true);
  const button = h('button', { type: 'button', class: 'btn btn--second', id: 'handover', onclick: turn }, t('hand'));
  function turn() {
    const now = document.body.classList.toggle('handed');
    button.textContent = now ? t('hand_back', {}, tongue) : t('hand');
    if (now) scrollTo(0, 0);
    else lock();
  }
  return button;
}

/** Finished in the respondent's hands: thanks, and nothing else until the device is given back. */
export function thanks(tongue, next = () => { location.hash = ''; }) {
  const back = () => {
    document.body.classList.remove('handed');
    next();
  };
  place('main').replaceChildren(h('h1', {}, t('thanks_title', {}, tongue)), h('p', { class: 'lead' }, t('thanks', {}, tongue)),
    h('p', {}, h('button', { type: 'button', class: 'btn', id: 'back-in-hand', onclick: back }, t('taken_back'))));
}

export const leave = () => document.body.classList.remove('handed');
