"""An export for everybody: what could tell who answered is left out, the rest is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from forms.faces.codebook import Variable
from survey.domain.anonymity import KEY_CONCEPTS, exposed, to_leave_out
from survey.errors import Conflict
from survey.render.microdata.columns import Cell
from survey.services.microdata import dictionary
from survey.services.microdata.source import Source

#: Columns of the design that stay empty: who saw somebody answer knows them.
_COVERED = frozenset({"language", "mode", "submitted_on", "minutes", "scales"})
#: Columns that everybody may know of a person who answered.
_FIXED = ("unit", "stratum")
#: The same in a household round: neighbours know the village, and the chance tells the adults.
_FIXED_AT_HOME = (*_FIXED, "psu", "probability")


class Public:
    """Covers rows one by one, and knows at the end whether they may go out."""

    def __init__(self, source: Source, k: int, leave_out: Collection[str]) -> None:
        """Raises Conflict ``microdata.leave_out`` for a question that is not there."""
        known = {variable.question.name for variable in source.variables}
        for name in leave_out:
            if name not in known:
                raise Conflict(
                    "Không có câu “%(name)s” để bỏ.", code="microdata.leave_out", name=name[:80]
                )
        columns, fixed = dictionary.names(source), _FIXED_AT_HOME if source.areas else _FIXED
        self.k, self.names, self.seen = k, list(fixed), Counter[tuple[object, ...]]()
        self._n_fixed = len(fixed)
        self._keys = [columns.index(name) for name in fixed]
        self._covered = [n for n, name in enumerate(columns) if name in _COVERED]
        for place, variable in enumerate(source.variables, len(columns)):
            # A calculation may look at a question that is left out.
            if variable.question.name in leave_out or _is_covered(variable):
                self._covered.append(place)
            elif variable.question.concept in KEY_CONCEPTS:
                self._keys.append(place)
                self.names.append(variable.question.name)

    def cover(self, cells: list[Cell]) -> None:
        for place in self._covered:
            cells[place] = None
        self.seen[tuple(cells[place] for place in self._keys)] += 1

    def check(self) -> None:
        """Raises Conflict ``microdata.exposed`` with what to leave out instead."""
        n = exposed(self.seen, self.k)
        if not n:
            return
        gone = to_leave_out(self.seen, self.names, self._n_fixed, self.k)
        facts = {"n": n, "k": self.k, "names": ", ".join(self.names)}
        if gone is None:
            raise Conflict(
                "Chưa công bố được: %(n)s phiếu có tổ hợp %(names)s mà ít hơn %(k)s phiếu cùng có, "
                "kể cả khi bỏ hết các đặc điểm.",
                code="microdata.exposed",
                **facts,
            )
        raise Conflict(
            "Chưa công bố được: %(n)s phiếu có tổ hợp %(names)s mà ít hơn %(k)s phiếu cùng có. "
            "Hãy bỏ: %(gone)s.",
            code="microdata.exposed",
            gone=", ".join(dict.fromkeys(gone)),
            **facts,
        )


def _is_covered(variable: Variable) -> bool:
    return variable.may_identify or variable.is_worked_out
