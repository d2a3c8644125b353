"""Files that a page brings: made clean, laid down with the draft, shown again, taken back."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from forms import attached, messages
from forms.answers import Parsed, Problem
from forms.attached import Taken
from forms.faces.compiled import removing
from forms.model import FILES, Question, Questionnaire
from forms.reading import Refused
from survey.domain.attachment import Attachment
from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput
from survey.services.virus_scan import scanned
from survey.store import answer_files as store

log = logging.getLogger(__name__)
#: Longest name that is shown again.
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came; no more than a byte over the limit is read of it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Uploads:
    """What came with one page, by question; each is made clean once."""

    files: Mapping[str, Upload] = field(default_factory=dict)
    #: The installation's virus scanner.
    scanner: str = ""
    _done: dict[str, Taken | Problem] = field(default_factory=dict)

    def taken(self, question: Question) -> Taken | Problem | None:
        """The clean file of a question, or why it is refused; None if none came."""
        upload = self.files.get(question.name)
        if upload is None:
            return None
        if question.name not in self._done:
            self._done[question.name] = self._clean(question, upload)
        return self._done[question.name]

    def _clean(self, question: Question, upload: Upload) -> Taken | Problem:
        try:
            made = attached.taken(question, upload.content)
            scanned(Attachment(made.name, made.media_type, made.content), self.scanner)
        except Refused as refused:
            return refused.problem
        except InvalidInput:
            return Problem("answer.file_refused", messages.texts("answer.file_refused", {}))
        except Conflict as unreachable:
            log.error("answer file not taken: %s", unreachable)
            return Problem("answer.file_refused", messages.texts("answer.file_refused", {}))
        return made


def named(q: Questionnaire, answers: Mapping[str, Any]) -> list[str]:
    """The names of the files among answers."""
    asked = q.once("file questions", lambda: tuple(x.name for x in q if x.kind in FILES))
    return sorted({answers[name] for name in asked if answers.get(name)})


def with_files(
    questions: Iterable[Question],
    raw: Mapping[str, Sequence[str]],
    uploads: Uploads,
    answers: Mapping[str, Any],
) -> dict[str, Sequence[str]]:
    """What a page sent, with the names of files in place of anything typed under their questions.

    What was kept before stays until another file comes or the box that removes it is ticked.
    """
    found = dict(raw)
    for question in questions:
        if question.kind in FILES:
            made = uploads.taken(question)
            stays = answers.get(question.name) if removing(question.name) not in raw else None
            name = made.name if isinstance(made, Taken) else stays
            found[question.name] = [name] if name else []
    return found


def with_problems(questions: Iterable[Question], parsed: Parsed, uploads: Uploads) -> Parsed:
    """The page's answers, with the refusal of each file of a question that applies."""
    values, problems = dict(parsed.values), dict(parsed.problems)
    for question in questions:
        made = uploads.taken(question) if question.kind in FILES else None
        if isinstance(made, Problem) and (question.name in values or question.name in problems):
            values.pop(question.name, None)
            problems[question.name] = made
    ordered = {x.name: problems[x.name] for x in questions if x.name in problems}
    return Parsed(values, ordered)


def keep(
    session: Session,
    draft_id: str,
    questions: Iterable[Question],
    values: Mapping[str, Any],
    uploads: Uploads,
) -> None:
    """Lay down with the draft what came, and drop what was replaced or taken back."""
    own = [each for each in questions if each.kind in FILES and each.name in values]
    if not own:
        return
    fresh = {x.name: made for x in own if isinstance(made := uploads.taken(x), Taken)}
    gone = [each.name for each in own if not values[each.name]]
    store.drop_of_draft(session, draft_id, [*gone, *fresh])
    if fresh:
        store.add_to_draft(
            session,
            [
                {
                    "draft_id": draft_id,
                    "question": name,
                    "name": made.name,
                    "shown": shown_name(uploads.files[name].name) or made.name,
                    "content": made.content,
                }
                for name, made in fresh.items()
            ],
        )


def shown(
    session: Session, draft_id: str | None, questions: Iterable[Question]
) -> dict[str, tuple[str, int]]:
    """Name and size of the files that a page shows again; asks nothing of the database where the
    page has no question for files."""
    if draft_id is None or not any(each.kind in FILES for each in questions):
        return {}
    return {row.question: (row.shown, row.size) for row in store.of_draft(session, draft_id)}


def shown_name(name: str) -> str:
    """A file's name without its folders and whatever is no letter of a line."""
    return clean_line(name.replace("\\", "/").rpartition("/")[2])[:LONGEST_NAME]
