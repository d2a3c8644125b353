"""Files of a submission that are answers, made clean as a page makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from forms import attached
from forms.model import FILES
from forms.reading import Problem, Refused
from survey.services.households import interviews
from survey.store import field as store
from survey.store.models import FieldSubmission

if TYPE_CHECKING:
    from survey.services.intake.processing import Reading


@dataclass(frozen=True, slots=True)
class Made:
    """Answers with the names of the files that are kept, those files, and what was refused.

    A question whose file was refused, or has not come, has no answer.
    """

    values: Mapping[str, Any]
    files: Mapping[str, bytes]
    problems: Mapping[str, Problem]


def missing(session: Session, row: FieldSubmission, reading: Reading) -> list[str]:
    """Files that a form names, or that its wave waits for, and that have not come."""
    wanted = list(reading.found.attachments)
    if interviews.is_awaited(session, row, reading.visit.settings):
        wanted.append(interviews.PART)
    held = set(store.file_names(session, row.id)) if wanted else set()
    return [name for name in wanted if name not in held]


def taken(session: Session, row: FieldSubmission, reading: Reading) -> Made:
    """The same answers as a page stores for the same files."""
    values, files, problems = dict(reading.found.values), {}, {}
    for question in reading.visit.definition:
        if question.kind not in FILES or question.name not in values:
            continue
        content = store.file_content(session, row.id, values.pop(question.name))
        try:
            if content is None:
                raise Refused("answer.file_lost")
            made = attached.taken(question, content)
        except Refused as refused:
            problems[question.name] = refused.problem
            continue
        values[question.name] = made.name
        files[made.name] = made.content
    return Made(values, files, problems)


def told(problems: Mapping[str, Problem]) -> dict[str, Any]:
    """What a person in the office is to know of refused files."""
    return {
        "problems": {name: each.code for name, each in problems.items()},
        "files": {name: dict(each.messages) for name, each in problems.items()},
    }
