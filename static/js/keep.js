// Answers that could not be sent wait in this browser, two hours at most, and go out when the network
// is back.  The page works without this file.
(function () {
  "use strict";
  var PREFIX = "cchc:", LIFE = 2 * 3600 * 1000, store;
  try { store = window.localStorage; store.length; } catch (refused) { return; }
  var form = document.querySelector("form[data-keep]");
  var visit = form ? PREFIX + form.dataset.keep + ":" : null;
  var key = visit && visit + location.pathname;

  function read(name) {
    try { return JSON.parse(store.getItem(name)); } catch (broken) { return null; }
  }
  // What is over, another visit's, or sent from a page that this one came after, is forgotten.
  Object.keys(store).forEach(function (name) {
    if (name.indexOf(PREFIX)) return;
    var kept = read(name);
    var over = !kept || kept.until < Date.now() || !visit || name.indexOf(visit);
    if (over || (name !== key && kept.sending)) store.removeItem(name);
  });
  if (!form) return;

  // Rules of the page come when somebody begins to answer: the first view is light.
  if (form.dataset.live) form.addEventListener("focusin", function () {
    var script = document.createElement("script");
    script.src = form.dataset.live;
    document.head.append(script);
  }, { once: true });

  function answers() {
    return Array.from(new FormData(form)).filter(function (pair) {
      return pair[0] !== "csrf_token" && pair[0] !== "page" && typeof pair[1] === "string";
    });
  }
  // A file cannot be kept here: who comes back to the page chooses it again before it is sent.
  function hasFile() {
    return Array.from(form.elements).some(function (field) {
      return field.type === "file" && field.files.length;
    });
  }
  function keep(sending, tries) {
    sending = sending && !hasFile();
    var kept = { until: Date.now() + LIFE, answers: answers(), sending: sending, tries: tries || 0 };
    try { store.setItem(key, JSON.stringify(kept)); } catch (full) { /* then it is not kept */ }
  }
  function restore(pairs) {
    pairs.forEach(function (pair) {
      Array.from(form.elements).forEach(function (field) {
        if (field.name !== pair[0]) return;
        if (field.type !== "radio" && field.type !== "checkbox") field.value = pair[1];
        else if (field.value === pair[1]) field.checked = true;
      });
    });
  }
  var note = document.createElement("p");
  note.className = "panel panel--warn";
  note.setAttribute("role", "status");
  note.hidden = true;
  form.append(note);

  function send() {
    if (navigator.onLine) form.requestSubmit ? form.requestSubmit() : form.submit();
  }
  function wait() {
    note.textContent = form.dataset.waiting;
    note.hidden = false;
    window.addEventListener("online", send, { once: true });
  }
  form.addEventListener("input", function () { keep(false); });
  form.addEventListener("submit", function (event) {
    var before = read(key);
    keep(true, before ? before.tries : 0);
    if (navigator.onLine) return;
    event.preventDefault();
    wait();
  });

  var kept = read(key);
  if (document.querySelector(".summary")) store.removeItem(key);
  else if (kept) {
    restore(kept.answers);
    if (kept.sending && kept.tries < 2) { keep(true, kept.tries + 1); send(); }
  }
})();
