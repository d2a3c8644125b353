// IndexedDB: keys, forms, the pack of cases, and records (interviews and contact attempts).
// Later versions of the app add stores in `upgrade`; they never drop one with unsent records.
import { openDB } from 'idb';

const MB = 1024 * 1024;
const RESERVE_MB = 8;
const VERSION = 1;
const opened = openDB('survey-tablet', VERSION, {
  upgrade(db, before) {
    if (before < 1) {
      db.createObjectStore('keep');
      db.createObjectStore('keys', { keyPath: 'id' });
      db.createObjectStore('forms');
      db.createObjectStore('records', { keyPath: 'id' });
    }
  },
  // Another tab has a newer app: let go of the database and take the newer app too.
  blocking() {
    location.reload();
  },
});

const STRICT = { durability: 'strict' };

async function putOnce(name, value, key) {
  const job = (await opened).transaction(name, 'readwrite', STRICT);
  await Promise.all([job.store.put(value, key), job.done]);
}

/** Write; on a full device the reserve gives way first. */
async function put(name, value, key) {
  try {
    await putOnce(name, value, key);
  } catch (fault) {
    if (fault.name !== 'QuotaExceededError' || key === RESERVE) throw fault;
    await (await opened).delete('keep', RESERVE);
    dispatchEvent(new Event('reserve gone'));
    await putOnce(name, value, key);
  }
}

const RESERVE = 'reserve';
const PIECE = 65_536;

/**
 * Space kept back for interviews that are already begun.  Browsers do not tell how full a device
 * is; a reserve that cannot be written, or had to give way, does.  Returns whether it is there.
 */
export async function hasReserve() {
  if (await keep.has(RESERVE)) return true;
  const bytes = new Uint8Array(RESERVE_MB * MB);
  for (let at = 0; at < bytes.length; at += PIECE) crypto.getRandomValues(bytes.subarray(at, at + PIECE));
  return keep.put(RESERVE, bytes).then(() => true, () => false);
}

export const keep = {
  has: async (key) => (await (await opened).count('keep', key)) > 0,
  get: async (key) => (await opened).get('keep', key),
  put: (key, value) => put('keep', value, key),
};

export const keys = {
  all: async () => (await opened).getAll('keys'),
  put: (value) => put('keys', value),
  clear: async () => (await opened).clear('keys'),
};

export const forms = {
  get: async (md5) => (await opened).get('forms', md5),
  put: (md5, xml) => put('forms', xml, md5),
  names: async () => (await opened).getAllKeys('forms'),
  drop: async (md5) => (await opened).delete('forms', md5),
};

export const records = {
  all: async () => (await opened).getAll('records'),
  get: async (id) => (await opened).get('records', id),
  put: (value) => put('records', value),
  drop: async (id) => (await opened).delete('records', id),
};

/** Megabytes that are left for this app, or null where the browser does not say. */
export async function room() {
  const said = await navigator.storage?.estimate?.();
  return said?.quota ? Math.max(0, (said.quota - said.usage) / MB) : null;
}
