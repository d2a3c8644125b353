// Typing from paper: one key answers a question of one box and goes on; Enter and the arrows move.
// The page works without this file (Tab moves).
(function () {
  "use strict";
  var form = document.querySelector("form[data-keys]");
  if (!form) return;
  var lines = Array.prototype.slice.call(form.querySelectorAll(".key__line"));
  var last = form.querySelector("button");

  function go(from, step) {
    var at = lines.indexOf(from) + step;
    if (at < 0) return;
    var next = lines[at] || last;
    next.focus();
    if (next.select) next.select();
  }

  form.addEventListener("input", function (event) {
    var most = Number(event.target.dataset.one);
    var text = event.target.value;
    if (!most || text.length !== 1) return;
    if (text === "*" || (text >= "1" && Number(text) <= most)) go(event.target, 1);
  });
  form.addEventListener("keydown", function (event) {
    var line = event.target;
    if (lines.indexOf(line) < 0 || event.isComposing) return;
    var long = line.tagName === "TEXTAREA";
    var down = event.key === "Enter" ? !event.shiftKey : event.key === "ArrowDown" && !long;
    var up = event.key === "ArrowUp" && !long;
    if (!down && !up) return;
    event.preventDefault();
    go(line, down ? 1 : -1);
  });
})();
