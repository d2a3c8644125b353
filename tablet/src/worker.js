// The service worker: keeps the app's own files and answers with them, network or not.
// KEEP is written above this text by the server.
const NAME = `survey-tablet ${KEEP.page} ${KEEP.version}`;

self.addEventListener('install', (event) => {
  // All or nothing: an update that was cut off leaves the old app as it is.
  const all = [KEEP.page, ...KEEP.files].map((url) => new Request(url, { cache: 'reload' }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(all)));
});

self.addEventListener('activate', (event) => {
  const ours = `survey-tablet ${KEEP.page} `;
  const old = (name) => name.startsWith(ours) && name !== NAME;
  const clear = (names) => Promise.all(names.filter(old).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(clear).then(() => self.clients.claim()));
});

// The person says when: an open questionnaire is never changed under their hands.
self.addEventListener('message', (event) => {
  if (event.data === 'use the new app') self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin) return;
  const path = url.pathname + url.search;
  if (url.pathname === KEEP.page || KEEP.files.includes(path)) {
    const wanted = url.pathname === KEEP.page ? KEEP.page : path;
    event.respondWith(
      caches.open(NAME).then(async (cache) => (await cache.match(wanted)) ?? fetch(event.request)),
    );
  }
});
