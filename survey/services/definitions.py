"""Frozen questionnaires, read once: the same text is the same object everywhere."""

from __future__ import annotations

from functools import lru_cache

from forms import canonical
from forms.model import Questionnaire
from survey.store.models import Questionnaire as StoredQuestionnaire


def of(stored: StoredQuestionnaire) -> Questionnaire:
    return _frozen(stored.sha256, stored.definition)


@lru_cache(maxsize=32)
def _frozen(sha256: str, definition: str) -> Questionnaire:
    return canonical.from_json(definition)
