"""Double entry of paper forms: who may do what, and how often people mistype."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """How far a form that came back is."""

    LOGGED = "logged"
    ENTERED = "entered"
    DIFFERS = "differs"
    STORED = "stored"
    #: Entered, but its case was answered on another way meanwhile.
    UNUSED = "unused"


class Round(StrEnum):
    FIRST = "first"
    SECOND = "second"
    RESOLUTION = "resolution"


STAGE_TITLES = {
    Stage.LOGGED: {"vi": "Chờ nhập lần 1", "en": "Waits for the first entry"},
    Stage.ENTERED: {"vi": "Chờ nhập lần 2", "en": "Waits for the second entry"},
    Stage.DIFFERS: {"vi": "Chờ đối chiếu", "en": "Waits for differences to be resolved"},
    Stage.STORED: {"vi": "Đã thành phiếu trả lời", "en": "Stored as an answer"},
    Stage.UNUSED: {
        "vi": "Không dùng: hồ sơ đã trả lời cách khác",
        "en": "Not used: the case was answered another way",
    },
}
_NEXT = {
    Stage.LOGGED: Round.FIRST,
    Stage.ENTERED: Round.SECOND,
    Stage.DIFFERS: Round.RESOLUTION,
}


def next_round(stage: Stage) -> Round | None:
    """What is to be done with a form; None: nothing."""
    return _NEXT.get(stage)


@dataclass(frozen=True, slots=True)
class Errors:
    """``n_wrong`` of ``n_fields`` typed fields; a field that both left empty is not counted."""

    n_forms: int
    n_fields: int
    n_wrong: int

    @property
    def rate(self) -> float | None:
        """Share of fields; None where nothing was typed."""
        return self.n_wrong / self.n_fields if self.n_fields else None
