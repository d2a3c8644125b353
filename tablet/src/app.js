// The enumerator's app: opens what the device holds, draws the page, keeps itself up to date.
import { h, place } from './dom.js';
import { change, day, language, other, t } from './text.js';
import { hasReserve, room } from './store.js';
import { base, changed, open, state, unsent, why } from './work.js';
import { exchange } from './exchange.js';
import { list, map } from './lists.js';
import { areaPage, drawAll } from './areas.js';
import { casePage, fillPage, find } from './casepage.js';
import { syncPage } from './syncpage.js';
import { notice } from './notices.js';

const WARN_MB = 50;
const CLOCK_MINUTES = 5;
const main = place('main');
let filling = null;
let drawn = '';

const hash = () => location.hash.slice(1).split('/');
const DRAW = { '': list, map, sync: syncPage, case: casePage, area: areaPage };

async function page() {
  const [name, id] = hash();
  if (filling && drawn !== location.hash) {
    filling();
    filling = null;
  }
  const shut = why();
  if (shut) main.replaceChildren(...closed(shut));
  else if (name === 'fill' && find(id)) {
    if (filling || drawn === location.hash) return;
    drawn = location.hash;
    filling = await fillPage(main, id, language);
  } else {
    const made = (DRAW[find(id) || name !== 'case' ? name : ''] ?? list)(id);
    main.replaceChildren(...made.filter(Boolean));
  }
  if (drawn !== location.hash) scrollTo(0, 0);
  drawn = location.hash;
}

function closed(reason) {
  const facts = { day: day(Date.now()) };
  const title = h('h1', {}, t(`${reason}_title`));
  const text = h('p', { class: 'note note--warn' }, t(reason, facts));
  return [title, text, ...syncPage().filter(Boolean).slice(2)];
}

function frame() {
  place('who').textContent = state.meta.name ?? t('title');
  place('net').textContent = t(navigator.onLine ? 'online' : 'offline');
  const n = unsent().length;
  if (n) place('net').textContent += ` · ${n}`;
  place('language').textContent = other() === 'en' ? 'English' : 'Tiếng Việt';
  place('language').lang = other();
  const minutes = Math.round((state.meta.offset ?? 0) / 60_000);
  notice('clock', Math.abs(minutes) >= CLOCK_MINUTES ? t('clock', { minutes: Math.abs(minutes) }) : '');
}

async function space() {
  const left = await room();
  const short = (left !== null && left < WARN_MB) || !(await hasReserve());
  notice('full', short ? t('full') : '', 'warn');
}

async function keepUpToDate() {
  const here = await navigator.serviceWorker.register(`${base}worker.js`, { scope: base });
  const offer = () => {
    if (!here.waiting || !navigator.serviceWorker.controller) return;
    const use = () => here.waiting?.postMessage('use the new app');
    notice('update', `${t('update')} `, '', h('button', { type: 'button', class: 'btn--plain', onclick: use }, t('update_now')));
  };
  offer();
  here.addEventListener('updatefound', () => here.installing?.addEventListener('statechange', offer));
  let controlled = Boolean(navigator.serviceWorker.controller);
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (controlled && !filling) location.reload();
    controlled = true;
  });
}

/** What somebody is typing is never drawn over. */
function isTyping() {
  const fields = [...main.querySelectorAll('form input, form select')];
  return fields.some((each) => each.value) || main.contains(document.activeElement?.closest('input, select'));
}

async function draw() {
  frame();
  await drawAll();
  if (!filling && (why() || drawn !== location.hash || !isTyping())) page();
}

async function start() {
  if (!window.isSecureContext) return main.replaceChildren(h('p', { class: 'note note--warn' }, t('insecure')));
  await open();
  await drawAll();
  state.listeners.add(draw);
  addEventListener('hashchange', page);
  addEventListener('online', () => { frame(); exchange(); });
  addEventListener('offline', frame);
  place('language').addEventListener('click', () => { change(other()); changed(false); });
  frame();
  await page();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
  navigator.storage?.persist?.();
  space();
  addEventListener('reserve gone', space);
  setInterval(space, 60_000);
  keepUpToDate().catch(() => undefined);
  if (navigator.onLine) exchange();
  return undefined;
}

addEventListener('unhandledrejection', (event) => notice('wrong', t('wrong', { why: event.reason?.message ?? event.reason }), 'warn'));
start().catch((fault) => notice('wrong', t('wrong', { why: fault.message }), 'warn'));
