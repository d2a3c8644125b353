// Unsent answers wait here, two hours at most, until the network is back.
// The page works without this file.
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
  // What is over, another visit's, or sent from an earlier page is forgotten.
  Object.keys(store).forEach(function (name) {
    if (name.indexOf(PREFIX)) return;
    var kept = read(name);
    var over = !kept || kept.until < Date.now() || !visit || name.indexOf(visit);
    if (over || (name !== key && kept.sending)) store.removeItem(name);
  });
  if (!form) return;

  // Rules come when somebody begins to answer.
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
  function keep(sending, tries) {
    // A file cannot be kept: it is chosen again before the page is sent.
    var whole = !Array.from(form.elements).some(function (f) { return f.files && f.files.length; });
    var kept = { until: Date.now() + LIFE, answers: answers(), sending: sending && whole, tries: tries || 0 };
    try { store.setItem(key, JSON.stringify(kept)); } catch (full) { /* not kept */ }
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
