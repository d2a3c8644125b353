"""A case of the shared file of rules as an XForm that works out the rule when it is opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from forms.expression import Expression, World, parse
from forms.faces.xform_rules import written
from forms.syntax import CURRENT, Node
from forms.tables import Table

#: What the answer being checked is called in a form, where a calculation looks at it.
HELD = "dang_xet"
_TYPES = {
    "geotrace": "geotrace",
    "number": "decimal",
    "date": "date",
    "datetime": "dateTime",
    "time": "time",
}

Case = Mapping[str, Any]


def rule_of(case: Case) -> Expression:
    """The rule of a case, read as it says."""
    return parse(
        case["rule"],
        case.get("types", {}),
        columns=frozenset(case.get("columns", ())),
        world=World(
            repeats=case.get("repeats", {}),
            inside=case.get("inside", ""),
            tables={name: Table(rows) for name, rows in case.get("tables", {}).items()},
            labels=case.get("labels", {}),
        ),
    )


def fits_a_form(case: Case) -> bool:
    """Whether a form can hold it: no fixed clock or chance, no choice column, no inner round."""
    env = case.get("env", {})
    fixed = any(key.endswith("()") for key in env) or "columns" in case or "inside" in case
    return "value" in case and not fixed and "once(" not in case["rule"]


def form_of(case: Case) -> bytes:
    """The XForm; its node ``ket_qua`` is the rule's value as text."""
    from pyxform.xls2xform import convert

    rule = rule_of(case)
    text = written(_without_current(rule.node))
    if rule.type == "boolean":
        text = f"if({text}, 'true', 'false')"
    rows, choices = [], []
    types = {HELD if k == CURRENT else k: v for k, v in case.get("types", {}).items()}
    env = {HELD if k == CURRENT else k: v for k, v in case.get("env", {}).items()}
    repeats = case.get("repeats", {})
    for name in types.keys() - repeats.keys() | env.keys() - set(repeats.values()):
        rows.append(_question(name, types.get(name, "string"), case))
    for repeat in set(repeats.values()):
        rows.append({"type": "begin_repeat", "name": repeat, "label": repeat})
        rows += [_question(n, types[n], case) for n, of in repeats.items() if of == repeat]
        rows.append({"type": "end_repeat", "name": repeat})
    for name, table in case.get("tables", {}).items():
        rows.append({"type": f"select_one {name}", "name": f"chon_{name}", "label": name})
        choices += [{"list_name": name, **row} for row in table]
    for name, options in case.get("labels", {}).items():
        for option, labels in options.items():
            choices.append({"list_name": f"ds_{name}", "name": option, "label": labels["vi"]})
    rows.append({"type": "calculate", "name": "ket_qua", "calculation": text})
    book = {"survey": rows, "choices": choices, "settings": [{"form_id": "ca"}]}
    headers = {f"{k}_header": [dict.fromkeys(c for r in v for c in r)] for k, v in book.items()}
    xml = convert({**book, **headers}, form_name="data").xform
    for name in env.keys() - set(repeats.values()):
        xml = xml.replace(f"<{name}/>", f"<{name}>{_text(env[name])}</{name}>", 1)
    return _with_rounds(xml, case).encode()


def _question(name: str, kind: str, case: Case) -> dict[str, str]:
    form_type = _TYPES.get(kind, "text")
    if name in case.get("labels", {}):
        form_type = f"{'select_multiple' if kind == 'list' else 'select_one'} ds_{name}"
    return {"type": form_type, "name": name, "label": name}


def _text(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(value) if isinstance(value, list) else str(value)


def _without_current(node: Node) -> Node:
    """A calculation has no answer being checked: it looks at a question that holds it."""
    if node.op == "current":
        return Node("answer", node.kind, value=HELD)
    if node.op in ("each", "rounds", "rows"):
        return node
    return replace(node, parts=tuple(map(_without_current, node.parts)))


def _with_rounds(xml: str, case: Case) -> str:
    """The rounds that the case has, in place of the one empty round of a new form."""
    for repeat in set(case.get("repeats", {}).values()):
        rounds = "".join(
            "<{0}>{1}</{0}>".format(
                repeat,
                "".join(
                    f"<{n}>{_text(each.get(n))}</{n}>"
                    for n, of in case["repeats"].items()
                    if of == repeat
                ),
            )
            for each in case.get("env", {}).get(repeat, ())
        )
        xml = re.sub(rf"<{repeat}>.*?</{repeat}>", rounds, xml, count=1, flags=re.DOTALL)
    return xml
