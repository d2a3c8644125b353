// IndexedDB: keys, forms, the pack of cases, and records (interviews and contact attempts).
// Later versions of the app add stores in `upgrade`; they never drop one with unsent records.
import { openDB } from 'idb';

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

async function put(name, value, key) {
  const job = (await opened).transaction(name, 'readwrite', STRICT);
  job.store.put(value, key);
  await job.done;
}

export const keep = {
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

const MB = 1024 * 1024;
/** Megabytes that are left for this app, or null where the browser does not say. */
export async function room() {
  const said = await navigator.storage?.estimate?.();
  return said?.quota ? Math.max(0, (said.quota - said.usage) / MB) : null;
}
