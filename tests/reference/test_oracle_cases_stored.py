"""The figures of R's `survey`, from a design whose rows are added up block by block."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache

import numpy as np
import pytest

from analysis.engines.memory import MemoryEngine
from analysis.engines.stored import StoredDesign
from analysis.errors import AnalysisError
from tests.reference.test_oracle_cases import ASKED, HERE, compare
from tests.support.oracle_calls import answer
from tests.support.oracle_designs import design_of

pytestmark = pytest.mark.reference

#: So little that strata are read one by one.
LITTLE = 256 << 10

#: What a design without an order of rows refuses.
REFUSED = {"engine.given_replicates", "engine.quantile_rule", "engine.row_weights"}


class ByMask(StoredDesign):
    """A stored design over a frame; a mask becomes a column."""

    def __init__(self, frame, **said):
        self.frame = frame.copy()
        super().__init__(self.frame, engine="memory", memory=LITTLE, **said)

    def _with(self, store):
        made = super()._with(store)
        made.frame = self.frame
        return made

    def where(self, mask):
        name = f"mask_{self.frame.shape[1]}"
        self.frame[name] = np.asarray(mask)
        assert isinstance(self._store.engine, MemoryEngine)
        return super().where(name)


@cache
def design(data: str, text: str) -> ByMask:
    return design_of(HERE, data, json.loads(text), ByMask)


def refusal(case: dict) -> str | None:
    """Why a case is not answered, or None where every figure is R's."""
    try:
        found = answer(design(case["data"], json.dumps(case["design"])), case)
    except AnalysisError as refused:
        return refused.code
    compare(case, found)
    return None


def test_the_figures_of_r_in_blocks_of_little_memory():
    codes = Counter(refusal(case) for case in ASKED)
    assert codes.pop(None) == 575
    assert set(codes) == REFUSED
