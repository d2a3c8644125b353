"""One interview through each face of a questionnaire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Form

from forms import routing
from forms.faces import instance, xform, xform_answers
from forms.faces.web import form_class
from forms.model import Questionnaire
from tests.support import odk
from tests.support.questionnaires import Given


@dataclass
class Outcome:
    """What a face stored, refused (by code) and skipped although an answer was given."""

    values: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)


def by_pages(
    q: Questionnaire, given: Mapping[str, Given], context: Mapping[str, Any], language: str = "vi"
) -> Outcome:
    """Page after page without JavaScript; what a page refuses is left blank the next time."""
    found, stored, section = Outcome(), {}, None
    seen: set[str] = set()
    while section := routing.next_section(q, stored, context, after=section):
        make = form_class(q, section, language, Form)
        own = [each.name for each in q.section(section).questions if each.name in given]
        sent = MultiDict([(name, text) for name in own for text in given[name].page])
        form = make(sent, answers=stored, context=context)
        form.validate()
        found.refused |= {name: problem.code for name, problem in form.parsed.problems.items()}
        seen |= form.parsed.values.keys() | form.parsed.problems.keys()
        stored |= form.parsed.values
    found.values = routing.prune(q, stored, context)
    found.skipped = {name for name, each in given.items() if any(each.page) and name not in seen}
    return found


def by_submission(
    q: Questionnaire, given: Mapping[str, Given], context: Mapping[str, Any]
) -> Outcome:
    """The XForm's own instance with every answer in it, also those that do not apply."""
    texts = {name: each.xml for name, each in given.items()}
    hidden = {row.name: str(context.get(row.name, "")) for row in q.variables}
    xml = odk.filled(xform.build(q).xml, {**texts, **hidden})
    return read(q, xml, context)


def read(q: Questionnaire, xml: bytes, context: Mapping[str, Any]) -> Outcome:
    """What the server makes of a submission."""
    found = xform_answers.read(q, instance.read(xml), context)
    assert not (found.unknown or found.repeated), (found.unknown, found.repeated)
    codes = {name: problem.code for name, problem in found.problems.items()}
    return Outcome(found.values, codes, set(found.skipped))
