// Questions that do not apply are hidden while the page is filled in.  The page works without this
// file: the server asks the same rules and drops what does not apply.  The rules come as trees
// (forms/tree.py); nothing is evaluated as source.  Values are as in forms/values.py: null, text,
// number, boolean, list of names, and {k: date|datetime|time, t: milliseconds by the wall clock}.
(function (root) {
  "use strict";
  var DAY = 864e5;
  var NUMBER = /^[ \t\r\n]*-?([0-9]+(\.[0-9]*)?|\.[0-9]+)[ \t\r\n]*$/;
  var ZONE = "(?:Z|[+-]..(?::?..)?)?$", CLOCK = "(\\d\\d):(\\d\\d)(?::(\\d\\d(?:\\.\\d{1,6})?))?";
  var DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
  var MOMENT = new RegExp("^(\\d{4})-(\\d\\d)-(\\d\\d)T" + CLOCK + ZONE);
  var TIME = new RegExp("^" + CLOCK + ZONE);
  var MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  var WEEK = "Sun Mon Tue Wed Thu Fri Sat".split(" ");

  function fault(why) { return new RangeError(why); }
  function temporal(v) { return v !== null && typeof v === "object" && !Array.isArray(v); }
  function dated(v) { return temporal(v) && v.k !== "time"; }
  function blank(v) { return v == null || v === "" || (Array.isArray(v) && !v.length); }
  function pad(n, width) { return String(n).padStart(width, "0"); }

  function num(v) {
    if (typeof v === "number") return v;
    if (v === true || v === false) return +v;
    if (temporal(v)) throw fault("a day is not a number");
    var text = str(v);
    return NUMBER.test(text) ? parseFloat(text) : NaN;
  }
  function decimal(v) {
    if (!isFinite(v)) return String(v);
    if (Number.isInteger(v)) return BigInt(v).toString();
    var parts = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(String(v));
    return parts ? parts[1] + "0." + "0".repeat(parts[4] - 1) + parts[2] + (parts[3] || "") : String(v);
  }
  function str(v) {
    if (v == null) return "";
    if (typeof v === "number") return decimal(v);
    if (Array.isArray(v)) return v.join(" ");
    if (!temporal(v)) return String(v);
    var d = new Date(Math.floor(v.t)), day = pad(d.getUTCFullYear(), 4) + d.toISOString().slice(-20, -14);
    var time = d.toISOString().slice(-13, -1);
    return v.k === "date" ? day : v.k === "time" ? time : day + "T" + time;
  }
  function bool(v) { return Array.isArray(v) ? v.length > 0 : !!v; }

  function onDay(p) {
    var d = new Date(0);
    d.setUTCFullYear(+p[1], p[2] - 1, +p[3]);
    if (+p[1] < 1 || d.getUTCMonth() !== p[2] - 1 || d.getUTCDate() !== +p[3]) throw fault("no such day");
    return d.getTime();
  }
  function atTime(h, m, s) {
    if (h > 23 || m > 59 || (s || 0) >= 60) throw fault("no such time");
    return ((+h * 60 + +m) * 60 + +(s || 0)) * 1e3;
  }
  function day(v) {
    if (dated(v)) return { k: "date", t: Math.floor(v.t / DAY) * DAY };
    if (v == null || v === "") return null;
    var p = typeof v === "string" && (DATE.exec(v) || MOMENT.exec(v));
    if (!p) throw fault("not a day");
    return { k: "date", t: onDay(p) };
  }
  function moment(v) {
    if (temporal(v) && v.k === "datetime") return v;
    var p = typeof v === "string" && MOMENT.exec(v);
    if (p) return { k: "datetime", t: onDay(p) + atTime(p[4], p[5], p[6]) };
    var start = day(v);
    return start && { k: "datetime", t: start.t };
  }
  function clock(v) {
    if (temporal(v) && v.k === "datetime") return { k: "time", t: v.t - Math.floor(v.t / DAY) * DAY };
    if (v == null || v === "" || (temporal(v) && v.k === "time")) return v || null;
    var p = typeof v === "string" && TIME.exec(v);
    if (!p) throw fault("not a time");
    return { k: "time", t: atTime(p[1], p[2], p[3]) };
  }
  function within(v) {
    var year = new Date(v.t).getUTCFullYear();
    if (!(year >= 1 && year <= 9999)) throw fault("out of the calendar");
    return v;
  }
  function afterEpoch(days) {
    if (!isFinite(days)) throw fault("not a number of days");
    return within({ k: "datetime", t: days * DAY });
  }
  function plainNumber(v) { return typeof v === "number" || typeof v === "boolean"; }
  function toMoment(v) { return plainNumber(v) ? afterEpoch(+v) : moment(v); }
  function toDay(v) { return plainNumber(v) ? day(afterEpoch(Math.floor(+v))) : day(v); }
  function days(v) { var found = toMoment(v); return found ? found.t / DAY : NaN; }
  function ofDay(v) { var found = clock(v); return found ? found.t / DAY : NaN; }
  function numeric(v) { return !temporal(v) ? num(v) : v.k === "time" ? ofDay(v) : days(v); }

  var TEST = {
    "=": function (a, b) { return a === b; }, "!=": function (a, b) { return a !== b; },
    "<": function (a, b) { return a < b; }, "<=": function (a, b) { return a <= b; },
    ">": function (a, b) { return a > b; }, ">=": function (a, b) { return a >= b; }
  };
  function common(a, b) {
    var kinds = [a, b].map(function (v) { return temporal(v) ? v.k : ""; });
    return kinds.indexOf("time") >= 0 ? clock : kinds.indexOf("datetime") >= 0 ? moment : day;
  }
  function compare(op, a, b) {
    var test = TEST[op], equal = op === "=" || op === "!=";
    if (temporal(a) || temporal(b)) {
      var read = common(a, b), x = read(a), y = read(b);
      if (!x || !y) return equal && test(!x, !y);
      return test(x.t, y.t);
    }
    if (!equal) return test(num(a), num(b));
    if (typeof a === "boolean" || typeof b === "boolean") return test(bool(a), bool(b));
    if (typeof a === "number" || typeof b === "number") return test(num(a), num(b));
    return test(str(a), str(b));
  }
  function shifted(start, n) {
    if (n !== n) return null;
    if (!isFinite(n) || (start.k === "date" && n % 1)) throw fault("not a whole number of days");
    return within({ k: start.k, t: start.t + n * DAY });
  }
  var ARITHMETIC = {
    "+": function (a, b) {
      return dated(a) ? shifted(a, num(b)) : dated(b) ? shifted(b, num(a)) : num(a) + num(b);
    },
    "-": function (a, b) {
      if (dated(a) && dated(b)) { var read = common(a, b); return (read(a).t - read(b).t) / DAY; }
      if (dated(a)) return shifted(a, -num(b));
      return dated(b) && (a == null || a === "") ? null : num(a) - num(b);
    },
    "*": function (a, b) { return num(a) * num(b); },
    "div": function (a, b) { return num(a) / num(b); },
    "mod": function (a, b) { return num(a) % num(b); }
  };

  function letters(v) { return Array.from(str(v)); }
  function names(v) { return Array.isArray(v) ? v : str(v).split(/\s+/).filter(Boolean); }
  function rest(args, from) { return Array.prototype.slice.call(args, from); }
  function place(n, length) {
    var exact = Math.trunc(Math.max(-length, Math.min(n, length)));
    return exact < 0 ? exact + length : exact;
  }
  function answered(args) {
    return rest(args, 0).filter(function (v) { return !blank(v); }).map(num);
  }
  function extreme(pick) {
    return function () {
      var found = answered(arguments);
      return found.length ? pick.apply(null, found) : NaN;
    };
  }
  function truth(v) { return typeof v === "string" ? v === "1" || v === "true" : bool(v); }
  function between(n, least, most) {
    var low = num(least), high = num(most);
    return (low < 0 || n >= low) && (high < 0 || n <= high);
  }
  function real(name) { return function (a, b) { return Math[name](num(a), num(b)); }; }
  function power(a, b) { return a === 1 || b === 0 ? 1 : a === 0 && b < 0 ? Infinity : Math.pow(a, b); }
  function whole(step) { return function (v) { return step(num(v)); }; }
  function formatted(v, pattern) {
    var found = toMoment(v);
    if (!found) return "";
    var d = new Date(Math.floor(found.t)), y = d.getUTCFullYear(), m = d.getUTCMonth();
    var parts = {
      Y: pad(y, 4), y: pad(y % 100, 2), m: pad(m + 1, 2), n: m + 1, b: MONTHS[m],
      d: pad(d.getUTCDate(), 2), e: d.getUTCDate(), H: pad(d.getUTCHours(), 2), h: d.getUTCHours(),
      M: pad(d.getUTCMinutes(), 2), S: pad(d.getUTCSeconds(), 2), "3": pad(d.getUTCMilliseconds(), 3),
      a: WEEK[d.getUTCDay()], "%": "%"
    };
    return str(pattern).replace(/%([^]?)/g, function (_, mark) {
      if (!(mark in parts)) throw fault("no such part of a day");
      return parts[mark];
    });
  }
  var CALL = {
    "selected": function (v, name) { return names(v).indexOf(str(name)) >= 0; },
    "selected-at": function (v, at) {
      var all = names(v), i = num(at);
      return i >= 0 && i < all.length ? all[Math.floor(i)] : "";
    },
    "count-selected": function (v) { return names(v).length; },
    "not": function (v) { return !bool(v); },
    "true": function () { return true; }, "false": function () { return false; },
    "boolean": bool, "string": str,
    "boolean-from-string": function (v) { return ["1", "true"].indexOf(str(v)) >= 0; },
    "string-length": function (v) { return letters(v).length; },
    "concat": function () { return rest(arguments, 0).map(str).join(""); },
    "join": function (mark) { return rest(arguments, 1).map(str).join(str(mark)); },
    "contains": function (v, part) { return str(v).indexOf(str(part)) >= 0; },
    "starts-with": function (v, part) { return str(v).startsWith(str(part)); },
    "ends-with": function (v, part) { return str(v).endsWith(str(part)); },
    "substr": function (v, start, end) {
      var all = letters(v), a = num(start), b = end == null ? all.length : num(end);
      return a !== a || b !== b ? "" : all.slice(place(a, all.length), place(b, all.length)).join("");
    },
    "substring-before": function (v, mark) {
      var at = bool(mark) ? str(v).indexOf(str(mark)) : -1;
      return at < 0 ? "" : str(v).slice(0, at);
    },
    "substring-after": function (v, mark) {
      if (!bool(mark)) return str(v);
      var at = str(v).indexOf(str(mark));
      return at < 0 ? "" : str(v).slice(at + str(mark).length);
    },
    "translate": function (v, before, after) {
      var old = letters(before), by = letters(after);
      return letters(v).map(function (c) {
        var at = old.indexOf(c);
        return at < 0 ? c : by[at] || "";
      }).join("");
    },
    "normalize-space": function (v) { return str(v).replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, ""); },
    "number": numeric,
    "int": function (v) { return Math.trunc(numeric(v)); },
    "round": function (v, places) {
      var exact = numeric(v), digits = places === undefined ? 0 : num(places);
      if (!isFinite(exact) || !isFinite(digits) || Math.abs(digits) > 15) return exact;
      var scale = Math.pow(10, Math.trunc(digits));
      return Math.floor(exact * scale + 0.5) / scale;
    },
    "floor": whole(Math.floor), "ceiling": whole(Math.ceil),
    "pow": function (a, b) { return power(num(a), num(b)); },
    "exp10": function (v) { return power(10, num(v)); },
    "pi": function () { return Math.PI; },
    "min": extreme(Math.min), "max": extreme(Math.max),
    "checklist": function (least, most) {
      return between(rest(arguments, 2).filter(truth).length, least, most);
    },
    "weighted-checklist": function (least, most) {
      var pairs = rest(arguments, 2), found = 0;
      for (var i = 0; i + 1 < pairs.length; i += 2) if (truth(pairs[i])) found += num(pairs[i + 1]);
      return between(found, least, most);
    },
    "date": toDay, "date-time": toMoment, "decimal-date-time": days, "decimal-time": ofDay,
    "format-date": formatted, "format-date-time": formatted
  };
  "abs sqrt exp log log10 sin cos tan asin acos atan atan2".split(" ").forEach(function (name) {
    CALL[name] = real(name);
  });

  var TYPED = { date: day, datetime: moment, time: clock };
  function given(env, name, kind) {
    var v = env[name] === undefined ? null : env[name];
    if (TYPED[kind]) return TYPED[kind](v);
    if (kind !== "number" || typeof v !== "string") return v;
    if (v && !NUMBER.test(v)) throw fault("not a number yet");  // as it stands in its box
    return v ? num(v) : null;
  }
  function needed(v) { if (!v) throw fault("not in the context"); return v; }

  // The value of a tree [op, kind, value, part ...]; throws where the server would refuse.
  function evaluate(node, env) {
    var op = node[0], parts = node.slice(3);
    function at(i) { return evaluate(parts[i], env); }
    switch (op) {
      case "literal": return node[2];
      case "answer": return given(env, node[2], node[1]);
      case "current": return given(env, ".", node[1]);
      case "today": return needed(day(env["today()"]));
      case "now": return needed(moment(env["now()"]));
      case "and": return bool(at(0)) && bool(at(1));
      case "or": return bool(at(0)) || bool(at(1));
      case "negative": return -num(at(0));
      case "if": return bool(at(0)) ? at(1) : at(2);
      case "coalesce":
        for (var i = 0; i < parts.length; i++) { var v = at(i); if (!blank(v)) return v; }
        return null;
      case "once": return env["."] == null || env["."] === "" ? at(0) : env["."];
      case "regex": return new RegExp("^(?:" + node[2] + ")$", "u").test(str(at(0)));
    }
    if (TEST[op]) return compare(op, at(0), at(1));
    if (ARITHMETIC[op]) return ARITHMETIC[op](at(0), at(1));
    if (!CALL[op]) throw fault("unknown");
    return CALL[op].apply(null, parts.map(function (_, n) { return at(n); }));
  }

  // 0: no rule; 1, or a rule that fails: the server decides, so the question is shown.
  function holds(rule, env) {
    if (!Array.isArray(rule)) return true;
    try { return bool(evaluate(rule, env)); } catch (refused) { return true; }
  }
  // What applies, page by page as forms.routing walks: {name: whether the question applies}.
  function applying(steps, context, read) {
    var env = Object.assign({}, context), found = {};
    steps.forEach(function (step) {
      var page = holds(step[0], env);
      step[1].forEach(function (asked) {
        found[asked[0]] = page && holds(asked[1], env);
        env[asked[0]] = found[asked[0]] ? read(asked[0]) : null;
      });
      step[2].forEach(function (made) {
        env[made[0]] = null;
        if (!holds(made[2], env)) return;
        try {
          var value = Array.isArray(made[1]) ? evaluate(made[1], env) : null;
          // No number is no value, as for ODK's engine.
          env[made[0]] = value !== value ? "" : value;
        }
        catch (refused) { /* stays a blank */ }
      });
    });
    return found;
  }
  root.surveyRules = { evaluate: evaluate, applying: applying };

  var form = root.document && document.querySelector("form[data-live]");
  if (!form) return;
  var steps = JSON.parse(document.getElementById("rules").textContent), context = JSON.parse(form.dataset.about);

  function read(name) {
    var fields = Array.from(form.elements).filter(function (field) { return field.name === name; });
    var first = fields[0];
    if (!first) return null;
    if (first.type === "radio") return (fields.find(function (f) { return f.checked; }) || {}).value || null;
    if (first.type === "checkbox") {
      return fields.filter(function (f) { return f.checked; }).map(function (f) { return f.value; });
    }
    if (fields.length > 1) {  // ranks: option:rank
      return fields.map(function (f) { return f.value.split(":"); })
        .filter(function (pair) { return pair[1]; })
        .sort(function (a, b) { return a[1] - b[1]; })
        .map(function (pair) { return pair[0]; });
    }
    var text = first.value.trim();
    return /^-?\d+,\d+$/.test(text) && first.inputMode === "decimal" ? text.replace(",", ".") : text;
  }
  function show() {
    var found = applying(steps, context, read);
    Object.keys(found).forEach(function (name) {
      var place = document.getElementById("q-" + name);
      if (place) place.hidden = !found[name];
    });
    // A heading goes with the last of its questions.
    form.querySelectorAll("h2.part").forEach(function (heading) {
      var next = heading.nextElementSibling, shown = false;
      for (; next && !next.matches("h2.part, .actions"); next = next.nextElementSibling) {
        shown = shown || !next.hidden;
      }
      heading.hidden = !shown;
    });
  }
  // What the words say is now done by the page.
  form.querySelectorAll(".when").forEach(function (words) { words.hidden = true; });
  form.addEventListener("input", show);
  form.addEventListener("change", show);
  show();
})(typeof window === "undefined" ? globalThis : window);
