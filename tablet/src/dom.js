// Elements from plain calls; text never becomes markup.
const SVG = 'http://www.w3.org/2000/svg';
const SHAPES = new Set(['svg', 'g', 'rect', 'text', 'title']);

export function h(tag, given = {}, ...inner) {
  const made = SHAPES.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false && value != null) made.setAttribute(name, value);
  }
  made.append(...inner.flat().filter((each) => each != null && each !== false));
  return made;
}

export const place = (id) => document.getElementById(id);
