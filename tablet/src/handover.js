// The respondent holds the device: nothing of the enumerator's is in reach, and what was answered
// meanwhile is covered when the device comes back.
import { h, place } from './dom.js';
import { t } from './text.js';

export const isHanded = () => document.body.classList.contains('handed');

export function handover(sheet) {
  const cover = (event) => {
    if (isHanded()) event.target.closest('.question-container')?.setAttribute('data-private', '');
  };
  for (const kind of ['change', 'input', 'click']) sheet.addEventListener(kind, cover, true);
  const button = h('button', { type: 'button', class: 'btn btn--second', id: 'handover', onclick: turn }, t('hand'));
  function turn() {
    const now = document.body.classList.toggle('handed');
    button.textContent = t(now ? 'hand_back' : 'hand');
    if (now) scrollTo(0, 0);
  }
  return button;
}

/** Finished in the respondent's hands: thanks, and nothing else until the device is given back. */
export function thanks() {
  const back = () => {
    document.body.classList.remove('handed');
    location.hash = '';
  };
  place('main').replaceChildren(h('h1', {}, t('thanks_title')), h('p', { class: 'lead' }, t('thanks')),
    h('p', {}, h('button', { type: 'button', class: 'btn', id: 'back-in-hand', onclick: back }, t('taken_back'))));
}

export const leave = () => document.body.classList.remove('handed');
