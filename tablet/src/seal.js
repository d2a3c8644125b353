// AES-GCM around everything that says something about a case.  The key cannot be read out of the
// browser, and it comes from the server again only while the address is valid.
import { keys } from './store.js';

const write = new TextEncoder();
const read = new TextDecoder();
let known = new Map();
let current = null;

export async function load(id) {
  known = new Map((await keys.all()).map((each) => [each.id, each.key]));
  current = known.has(id) ? id : null;
  return current !== null;
}

export async function take(given) {
  for (const each of given) {
    const raw = Uint8Array.from(atob(each.key), (c) => c.charCodeAt(0));
    const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
    await keys.put({ id: each.id, key });
  }
  const mine = given.find((each) => each.current);
  await load(mine.id);
  return mine.id;
}

export async function forget() {
  await keys.clear();
  known = new Map();
  current = null;
}

export const opens = (sealed) => known.has(sealed.key);

export async function seal(value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = write.encode(JSON.stringify(value));
  const data = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, known.get(current), plain);
  return { key: current, iv, data };
}

export async function unseal(sealed) {
  const how = { name: 'AES-GCM', iv: sealed.iv };
  return JSON.parse(read.decode(await crypto.subtle.decrypt(how, known.get(sealed.key), sealed.data)));
}

export async function asText(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return { type: blob.type, text: btoa(text) };
}

export function asBlob(kept) {
  return new Blob([Uint8Array.from(atob(kept.text), (c) => c.charCodeAt(0))], { type: kept.type });
}
