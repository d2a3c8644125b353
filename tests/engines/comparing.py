"""A design in memory and the same one stored, and whether their figures are the same."""

from __future__ import annotations

import numpy as np

from analysis.design import SurveyDesign
from analysis.engines.stored import StoredDesign


def in_memory(frame, case):
    made = SurveyDesign(frame, **case.made)
    return case.change(made.where(case.mask(frame)) if case.mask else made)


def stored(rows, engine, case, **more):
    made = StoredDesign(rows, engine=engine, **case.made, **more)
    return case.change(made.where(*case.conditions) if case.conditions else made)


def same(found, wanted) -> None:
    """Estimates, standard errors, intervals, design effects and covariance to 1e-9."""
    assert list(found.table.columns) == list(wanted.table.columns)
    # A standard error of rounding is no figure: compare it with the size of the estimate.
    floor = 1e-12 * np.abs(wanted.table["estimate"]).max()
    for name in wanted.table:
        a, b = found.table[name], wanted.table[name]
        if b.dtype.kind == "f":
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=floor, err_msg=name)
        else:
            assert a.tolist() == b.tolist(), name
    scale = max(1e-12 * np.nanmax(np.abs(wanted.cov)), floor**2)
    np.testing.assert_allclose(found.cov, wanted.cov, rtol=1e-9, atol=scale)
    assert found.notes == wanted.notes
