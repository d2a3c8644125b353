"""Frozen questionnaires, read once: the same text is the same object everywhere."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy.orm import Session

from forms import canonical
from forms.model import Questionnaire
from survey.store.models import Questionnaire as StoredQuestionnaire

#: Read questionnaires by digest.  A digest names one text for ever.
_READ: dict[str, Questionnaire] = {}


def of(stored: StoredQuestionnaire) -> Questionnaire:
    return _frozen(stored.sha256, stored.definition)


def of_digest(session: Session, id_: int, sha256: str) -> Questionnaire:
    """The questionnaire of that digest; the database is asked for its text at most once."""
    known = _READ.get(sha256)
    if known is None:
        known = _READ[sha256] = of(session.get_one(StoredQuestionnaire, id_))
    return known


def of_id(session: Session, id_: int) -> Questionnaire:
    """A stored questionnaire by its key."""
    return of(session.get_one(StoredQuestionnaire, id_))


@lru_cache(maxsize=32)
def _frozen(sha256: str, definition: str) -> Questionnaire:
    return canonical.from_json(definition)
