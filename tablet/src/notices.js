// Short messages above the page, one of each kind.
import { h, place } from './dom.js';

export function notice(kind, text, tone = '', ...more) {
  const before = document.getElementById(`notice-${kind}`);
  if (!text) return before?.remove();
  const made = h('p', { id: `notice-${kind}`, class: `note${tone ? ` note--${tone}` : ''}` }, text, ...more);
  if (before) before.replaceWith(made);
  else place('notices').append(made);
  // Good news need not stay.
  if (tone === 'ok') setTimeout(() => made.remove(), 6_000);
  return made;
}
