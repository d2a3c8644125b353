// Around the interview of a drawn household.  Before: which adult, in which language, whether the
// place may be noted.  After, with the device back in the enumerator's hands: how it went.
import { h } from './dom.js';
import { t } from './text.js';
import { areaOf, called, home } from './areas.js';
import { adult } from './household.js';
import * as seal from './seal.js';

/** The file that goes beside the form; no page of the respondent's shows it. */
export const PART = 'household.json';
const DEGREES = { coarse: 2, precise: 5 };
const MAX_ADULTS = 50;

/** What must be known before the first question; null where somebody went away from the page. */
export function before(main, back, one, languages) {
  return new Promise((done) => {
    addEventListener('hashchange', () => done(null), { once: true });
    main.replaceChildren(back, h('h1', {}, called(one)), form(one, languages, done));
  });
}

function form(one, languages, done) {
  const area = areaOf(one);
  const line = home(one);
  const count = h('input', { class: 'field', id: 'adults', inputmode: 'numeric', pattern: '[0-9]+', required: true, maxlength: 2 });
  const who = h('p', { id: 'who-asked', role: 'status', class: 'lead' });
  const start = h('button', { class: 'btn', id: 'start', disabled: true }, t('start'));
  let chosen = null;
  const choose = async () => {
    const n = Number(count.value);
    chosen = null;
    if (Number.isInteger(n) && n >= 1 && n <= MAX_ADULTS) {
      const k = area.adult === 'roster' ? await adult(area.seed, area.code, line.digest, line.number, n) : 0;
      chosen = { area: area.code, digest: line.digest, number: line.number, adults: n, adult: k };
    }
    who.textContent = chosen ? asked(chosen) : '';
    start.disabled = !chosen;
    count.disabled = Boolean(chosen);
  };
  // Counted once: another count would be another person.
  const sure = h('button', { type: 'button', class: 'btn btn--second', id: 'choose', onclick: choose }, t('choose_adult'));
  const begin = (event) => {
    event.preventDefault();
    if (!chosen) return;
    const told = new FormData(event.target);
    const head = { selection: chosen, language: told.get('language') ?? languages[0] };
    if (area.gps !== 'off') locate(head, told.get('place') === 'yes', area.gps);
    done(head);
  };
  return h('form', { onsubmit: begin },
    h('label', { for: 'adults' }, t('adults_now')), h('p', { class: 'muted' }, t('adults_order')), count, h('p', {}, sure), who,
    languages.length > 1 && choice('language', t('citizen_language'), languages.map((each) => [each, t(`language_${each}`)]), languages[0]),
    area.gps !== 'off' && choice('place', t(`gps_${area.gps}`), [['no', t('no')], ['yes', t('yes')]], ''),
    h('p', {}, start));
}

function asked({ adults, adult: k }) {
  if (k === 0) return t('ask_birthday');
  return adults === 1 ? t('ask_only') : t('ask_adult', { k, n: adults });
}

function choice(name, title, options, checked) {
  return h('fieldset', {}, h('legend', {}, title), options.map(([value, text]) =>
    h('label', { class: 'pick' }, h('input', { type: 'radio', name, value, required: true, checked: value === checked }), ` ${text}`)));
}

/** The respondent's word is kept; degrees leave the satellite's answer as coarse as the round says. */
function locate(head, consent, gps) {
  head.position = { consent };
  if (!consent || !navigator.geolocation) return;
  const scale = 10 ** DEGREES[gps];
  const coarse = (degrees) => Math.round(degrees * scale) / scale;
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    head.position = { consent, lat: coarse(coords.latitude), lon: coarse(coords.longitude) };
  }, () => undefined, { timeout: 60_000, maximumAge: 600_000 });
}

export const asksAfter = (one) => areaOf(one).officer.length > 0 || Object.keys(areaOf(one).observations).length > 0;

/** The enumerator's own notes; `done(notes)` once they are complete. */
export function after(main, one, done) {
  const area = areaOf(one);
  const words = (name, list) => list.map((each) => [each, t(`${name}_${each}`)]);
  const finish = (event) => {
    event.preventDefault();
    const told = new FormData(event.target);
    const notes = Object.fromEntries(Object.keys(area.observations).map((name) => [name, told.get(`seen_${name}`)]));
    done({ officer: told.get('officer'), observations: notes });
  };
  main.replaceChildren(h('h1', {}, t('after_title')), h('p', { class: 'muted' }, t('after_hint')), h('form', { id: 'after', onsubmit: finish },
    area.officer.length > 0 && choice('officer', t('officer'), words('officer', area.officer), ''),
    Object.entries(area.observations).map(([name, list]) => choice(`seen_${name}`, t(`seen_${name}`), words(`seen_${name}`, list), '')),
    h('p', {}, h('button', { class: 'btn', id: 'after-done' }, t('after_done')))));
}

/** The interview with its part beside the form. */
export async function withPart(made, { selection, position, language }, notes) {
  const told = { selection, position, language, ...notes };
  const file = await seal.asText(new Blob([JSON.stringify(told)], { type: 'application/json' }));
  return { ...made, files: { [PART]: file, ...made.files } };
}

/** Languages that a form speaks: two letters each, in its own order. */
export function languagesOf(xml) {
  const found = [...xml.matchAll(/<translation[^>]*\blang="[^"]*\((\w+)\)"/g)].map(([, code]) => code);
  return [...new Set(found)];
}
