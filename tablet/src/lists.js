// My cases as a list and as a map of coarse places.
import { h } from './dom.js';
import { day, t } from './text.js';
import { isDone, standing } from './work.js';
import { unread } from './messages.js';
import { areaRows, called, field, visible } from './areas.js';

const view = { text: '', todo: false };

export function tabs(current) {
  const one = (name) =>
    h('button', { type: 'button', class: 'tab', 'aria-pressed': String(name === current), onclick: () => (location.hash = name === 'list' ? '' : name) }, t(name));
  return h('nav', { class: 'bar', 'aria-label': t('title') }, one('list'), one('map'), one('sync'));
}

export function list() {
  const shown = h('ul', { class: 'cases' });
  const draw = () => shown.replaceChildren(...found().map(row));
  const search = h('input', { type: 'search', value: view.text, 'aria-label': t('search'), placeholder: t('search'), oninput: (event) => { view.text = event.target.value; draw(); } });
  const only = (todo, key) =>
    h('button', { type: 'button', class: 'tab', 'aria-pressed': String(view.todo === todo), onclick: (event) => {
      view.todo = todo;
      for (const each of event.target.parentNode.querySelectorAll('.tab')) each.setAttribute('aria-pressed', String(each === event.target));
      draw();
    } }, t(key));
  draw();
  return [tabs('list'), h('h1', {}, t('title')), ...unread(), areaRows(), h('div', { class: 'bar' }, search, only(false, 'all'), only(true, 'todo')), shown];
}

const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('đ', 'd').replaceAll('Đ', 'D').toLowerCase();

function found() {
  const wanted = plain(view.text);
  return visible().filter(
    (one) => (!view.todo || !isDone(one)) && plain(`${one.code} ${one.unit} ${field(one)} ${called(one)}`).includes(wanted),
  );
}

function row(one) {
  const is = standing(one);
  return h('li', {}, h('button', { type: 'button', class: `is-${is}`, 'data-case': one.id, onclick: () => (location.hash = `case/${one.id}`) },
    h('strong', {}, one.code), h('span', { class: 'place' }, [called(one), one.unit, one.household ? '' : field(one)].filter(Boolean).join(' · ')),
    h('span', { class: 'state' }, t(`state_${is}`)), h('span', { class: 'place' }, t('until', { day: day(one.closes_on) }))));
}

export function map() {
  const places = new Map();
  for (const one of visible()) {
    const before = places.get(one.unit) ?? { all: 0, done: 0 };
    places.set(one.unit, { all: before.all + 1, done: before.done + isDone(one) });
  }
  const wide = innerWidth > 640 ? 4 : 2;
  const [w, tall] = [200, 96];
  const tiles = [...places].map(([name, n], i) => tile(name, n, (i % wide) * w, Math.floor(i / wide) * tall, w, tall));
  const height = Math.ceil(places.size / wide) * tall;
  return [tabs('map'), h('h1', {}, t('map')), h('p', { class: 'muted' }, t('map_hint')),
    h('svg', { class: 'map', viewBox: `0 0 ${wide * w} ${Math.max(height, 1)}`, role: 'group' }, tiles)];
}

function tile(name, n, x, y, w, tall) {
  const open = () => { view.text = name; location.hash = ''; };
  const short = name.length > 22 ? `${name.slice(0, 21)}…` : name;
  return h('g', { role: 'link', tabindex: '0', 'aria-label': `${name}: ${n.done}/${n.all}`, onclick: open, onkeydown: (e) => e.key === 'Enter' && open() },
    h('title', {}, name),
    h('rect', { class: 'all', x: x + 4, y: y + 4, width: w - 8, height: tall - 8, rx: 4 }),
    h('rect', { class: 'done', x: x + 4, y: y + 4, width: (w - 8) * (n.done / n.all), height: tall - 8, rx: 4 }),
    h('text', { x: x + 14, y: y + 40 }, short), h('text', { x: x + 14, y: y + 66 }, `${n.done} / ${n.all}`));
}
