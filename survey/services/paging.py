"""Which page a visit shows, and what stands on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from forms import pages
from forms.model import Questionnaire
from forms.pages import Layout
from survey.services import answer_files
from survey.services.entry import Entry
from survey.services.visit import Visit


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page as it stands; ``name`` None means that only submitting is left."""

    questionnaire: Questionnaire
    layout: Layout
    shown: pages.Page | None
    answers: Mapping[str, Any]
    context: Mapping[str, str]
    step: int
    steps: int
    previous: str | None
    #: Sending this page sends the whole form.
    sends: bool
    #: Nothing of this page was sent so far.
    is_new: bool
    entry: Entry
    #: Question -> name and size of the file that is kept for it.
    files: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        return self.shown.name if self.shown else None


def page_of(visit: Visit, name: str | None) -> Page:
    """The page of that name where it may be shown, else the next one to answer."""
    path = visit.path
    following = following_of(path, visit.visited)
    asked = next((each for each in path if name in each.sections), None)
    may = asked is not None and (asked.name == following or _sent(asked, visit.visited))
    shown = asked if may else next((each for each in path if each.name == following), None)
    before = [each.name for each in path[: path.index(shown) if shown else len(path)]]
    n_ahead = 0
    if shown is not None:
        n_ahead = pages.ahead(visit.definition, visit.layout, visit.answers, visit.context, shown)
    return Page(
        questionnaire=visit.definition,
        layout=visit.layout,
        shown=shown,
        answers=visit.answers,
        context=visit.context,
        step=len(before) + 1 if shown else len(path),
        steps=len(before) + 1 + n_ahead if shown else len(path),
        previous=before[-1] if before else None,
        sends=shown is not None and n_ahead == 0 and visit.layout is not Layout.SECTIONS,
        is_new=shown is not None and not _sent(shown, visit.visited),
        entry=visit.entry,
    )


def with_files(session: Session, page: Page, draft_id: str | None) -> Page:
    """The page with the files that its draft holds."""
    if page.shown is None:
        return page
    files = answer_files.shown(session, draft_id, page.shown.questions)
    return replace(page, files=files) if files else page


def following_of(path: Sequence[pages.Page], visited: Sequence[str]) -> str | None:
    """The first page of a path that was not sent; None if all were."""
    return next((each.name for each in path if not _sent(each, visited)), None)


def _sent(shown: pages.Page, visited: Sequence[str]) -> bool:
    return all(name in visited for name in shown.sections)
