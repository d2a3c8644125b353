// One case: what was tried, what came of it, and the interview.
import { h } from './dom.js';
import { inLanguage, moment, t } from './text.js';
import { forms, hasReserve, room } from './store.js';
import { body, changed, drop, ofCase, rightTime, save, standing, state } from './work.js';
import { exchange } from './exchange.js';
import { notice } from './notices.js';
import { handover, isHanded, leave, thanks } from './handover.js';
import { areaOf, called, field } from './areas.js';
import { after, asksAfter, before as doorstep, languagesOf, withPart } from './doorstep.js';

/** Below this nothing new is begun: an interview that cannot be kept is worse than none. */
const LEAST_MB = 5;
export const find = (id) => state.pack.cases.find((one) => one.id === Number(id));
const draftOf = (one) => ofCase(one.id).find((each) => each.state === 'draft');

export function casePage(id) {
  const one = find(id);
  const is = standing(one);
  const draft = draftOf(one);
  const may = one.form !== null || draft;
  const fill = h('button', { type: 'button', class: 'btn', id: 'fill', onclick: () => (location.hash = `fill/${one.id}`) }, t(draft ? 'go_on' : 'fill'));
  const open = is === 'open' || is === 'draft';
  return [back(), h('h1', {}, t('case', { code: one.code })), one.household && h('p', { class: 'lead' }, called(one)),
    h('p', {}, `${one.unit} · ${field(one)}`, h('br'), h('strong', {}, t(`state_${is}`))),
    open && may && h('p', { class: 'bar' }, fill, draft && dropping(draft)),
    open && !may && h('p', { class: 'note' }, t('no_form')),
    h('h2', {}, t('attempts')), attempts(one), open && attemptForm(one)];
}

const back = () => h('p', {}, h('button', { type: 'button', class: 'btn--plain', onclick: () => (location.hash = '') }, `‹ ${t('back')}`));

function dropping(draft) {
  const sure = async () => {
    if (!confirm(t('drop_sure'))) return;
    // Who was drawn is not drawn again.
    if (draft.selection) await save({ id: draft.id, kind: 'interview', state: 'draft', at: draft.at }, { case: draft.case, code: draft.code, form: draft.form, selection: draft.selection }, null);
    else await drop(draft.id);
    changed();
  };
  return h('button', { type: 'button', class: 'btn--plain', onclick: sure }, t('drop'));
}

function attempts(one) {
  const own = ofCase(one.id).filter((each) => each.kind === 'attempt' && each.state !== 'sent');
  const all = [...one.attempts.map((each) => ({ ...each, at: Date.parse(each.at) })), ...own].sort((a, b) => b.at - a.at);
  if (!all.length) return h('p', { class: 'muted' }, t('no_attempts'));
  const words = (list, code) => inLanguage(state.pack[list].find((each) => each.code === code)?.title ?? { vi: code });
  return h('ul', {}, all.map((each) => h('li', {}, `${moment(each.at)} – ${words('modes', each.mode)}: ${words('results', each.result)}`,
    each.state && h('span', { class: 'muted' }, ` (${t(`state_${each.state}`)})`))));
}

function attemptForm(one) {
  const option = (each) => h('option', { value: each.code }, inLanguage(each.title));
  const none = () => h('option', { value: '' }, t('choose'));
  const results = h('select', { class: 'field', id: 'result', required: true }, none());
  const mode = h('select', { class: 'field', id: 'mode', required: true, onchange: () =>
    results.replaceChildren(none(), ...state.pack.results.filter((each) => each.modes.includes(mode.value)).map(option)) },
    none(), ...state.pack.modes.map(option));
  const note = h('input', { class: 'field', id: 'note', maxlength: 200 });
  const log = async (event) => {
    event.preventDefault();
    if (state.pack.results.find((each) => each.code === results.value).note && !note.value.trim()) return notice('note', t('note_needed'), 'warn');
    const record = { id: `attempt:${crypto.randomUUID()}`, kind: 'attempt', state: 'ready', at: Date.now() };
    const told = { case: one.id, mode: mode.value, result: results.value, note: note.value, floor: state.meta.heard };
    try {
      await save(record, told, null);
    } catch (fault) {
      return notice('kept', t('not_saved', { why: fault.name }), 'warn');
    }
    event.target.reset();
    notice('note', '');
    notice('kept', t('logged'), 'ok');
    changed();
    return exchange();
  };
  return h('form', { onsubmit: log }, h('h2', {}, t('attempt')),
    h('label', { for: 'mode' }, t('mode')), mode, h('label', { for: 'result' }, t('result')), results,
    h('label', { for: 'note' }, t('note')), note, h('p', {}, h('button', { class: 'btn btn--second' }, t('log'))));
}

/** The interview, in one window at a time. */
export async function fillPage(main, id, language) {
  const one = find(id);
  let free;
  const held = await new Promise((got) => {
    navigator.locks.request(`survey-tablet case ${id}`, { ifAvailable: true }, (lock) => {
      got(Boolean(lock));
      return lock && new Promise((end) => { free = end; });
    });
  });
  if (!held) return main.replaceChildren(back(), h('p', { class: 'note note--warn' }, t('elsewhere')));
  const left = await room();
  // What was begun goes on: the reserve is for it.
  if (!draftOf(one) && ((left !== null && left < LEAST_MB) || !(await hasReserve()))) {
    free();
    return main.replaceChildren(back(), h('p', { class: 'note note--warn' }, t('too_full')));
  }
  const close = await fillIn(main, one, language);
  if (!close) free();
  return close && (() => { close(); free(); });
}

/** Questions that only the respondent's own hands answer. */
const sensitive = (one) => Object.assign([...(areaOf(one)?.handover ?? [])], { text: t('hand_for_this') });

/** Pictures and sounds of a form, by the names that it gives them. */
function attachmentsOf(md5) {
  const files = state.pack.forms.find((each) => each.md5 === md5)?.files ?? [];
  return async (name) => {
    const found = files.find((each) => each.name === name);
    return found && forms.get(found.md5);
  };
}

async function fillIn(main, one, language) {
  const draft = draftOf(one);
  const md5 = draft?.form ?? state.pack.forms.find((each) => each.id === one.form).md5;
  const [xml, before, { draw }] = await Promise.all([forms.get(md5), draft ? body(draft.id) : null, import('./interview.js')]);
  const id = draft?.id ?? `uuid:${crypto.randomUUID()}`;
  const at = draft?.at ?? rightTime();
  const head = { case: one.id, code: one.code, form: md5, private: draft?.private ?? [] };
  if (one.household) {
    const told = draft?.selection ? draft : await doorstep(main, back(), one, languagesOf(xml));
    if (!told) return null;
    Object.assign(head, { selection: told.selection, language: told.language, position: told.position, finished: draft?.finished });
    // Whoever was drawn stays drawn: the choice is kept before the first question is shown.
    if (!draft) await save({ id, kind: 'interview', state: 'draft', at }, head, null);
    // Where the interview was may be known only later.
    Object.defineProperty(head, 'position', { get: () => told.position, enumerable: true });
  }
  const store = (as) => async (made) => {
    try {
      head.private = form?.secrets() ?? head.private;
      await save({ id, kind: 'interview', state: as, at }, { ...head, form: md5 }, made);
      notice('kept', '');
    } catch (fault) {
      notice('kept', t('not_saved', { why: fault.name }), 'warn');
      throw fault;
    }
  };
  const sheet = h('div', { class: 'sheet' });
  let form = null;
  const noted = async (notes) => {
    await store('ready')(await withPart(await body(id), head, notes));
    exchange();
    notice('kept', t('kept'), 'ok');
    location.hash = '';
  };
  const closing = () => (asksAfter(one) ? after(main, one, noted) : noted({}));
  if (head.finished) {
    closing();
    return () => undefined;
  }
  const bad = h('span', { role: 'alert', class: 'muted' });
  const finish = () => {
    form.finish();
    const n = form.violations();
    bad.textContent = n ? t('faults', { n }) : '';
  };
  main.replaceChildren(back(), h('h1', {}, t('case', { code: one.code })), sheet,
    h('div', { class: 'foot' }, h('button', { type: 'button', class: 'btn', id: 'finish', onclick: finish }, t('save')), handover(sheet, { cover: (each) => form.cover(each), lock: () => form.lock(), tongue: head.language }), bad));
  form = draw(sheet, { xml, one, id, before, language: head.language ?? language, device: state.meta.device, covered: head.private, handover: sensitive(one), attachment: attachmentsOf(md5), keep: store('draft'), done: async (made) => {
    if (one.household) {
      head.finished = true;
      await store('draft')(made);
      return isHanded() ? thanks(head.language, closing) : closing();
    }
    await store('ready')(made);
    exchange();
    if (isHanded()) return thanks();
    notice('kept', t('kept'), 'ok');
    location.hash = '';
  } });
  const hide = () => form.look().catch(() => undefined);
  addEventListener('pagehide', hide);
  document.addEventListener('visibilitychange', hide);
  return () => {
    removeEventListener('pagehide', hide);
    document.removeEventListener('visibilitychange', hide);
    leave();
    form.close();
  };
}

