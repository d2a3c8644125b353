"""Estimators in R's words and in ours, and where the two part on purpose.

Differences that are meant, each with its cause:

- R gives NaN, or 0, where an estimate has no meaning (``NO_NUMBER``); we refuse and say why.
- The covariance of domains under ``adjust`` and ``average``: R takes standard errors domain by
  domain, and covariances from scores on the whole design, so its diagonal is not the squares.
- A replicate that leaves a domain empty (a domain of one PSU, or half samples): R leaves it out of
  all covariances, we leave it out of that domain's.
- ``svyciprop(method="logit")`` goes through `glm` (1e-8), with 1 degree of freedom through a normal
  quantile at 1, and for replicates through the logit of each; ours is se / (p (1 − p)).
- A share of 1, and a quantile whose share is 1: R's interval is NaN or what rounding makes of it.
- ``hf4`` below the lowest share: R leaves the values.  R before 4.2 read all rules otherwise there.
- On a part of a calibrated design R counts the rows of the whole sample in Pearson's X² and in the
  beta interval; we count those of the part, as R does without calibration.
- Degrees of freedom of calibrated replicates: R takes the rank of the calibrated weights, which is
  that of the replicates and not of the design; we keep the design's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from analysis.design import SurveyDesign
from analysis.estimation.estimates import Estimates
from tests.support.live_designs import Drawn
from tests.support.live_r import numbers

NO_NUMBER = (
    "design.lonely_psu", "domain.empty", "estimate.zero_denominator", "chisq.few_psus",
    "chisq.no_variance", "chisq.one_category", "variance.one_row",
)  # fmt: skip

RULES = ("math", "school", "shahvaish", *(f"hf{k}" for k in range(1, 10) if k != 4))


@dataclass(frozen=True)
class Asked:
    """R's ``text`` and ``ours``; answers of the same names are compared."""

    text: str
    ours: Callable[[SurveyDesign], dict[str, Any]]
    without_number: tuple[str, ...] = field(default=NO_NUMBER)
    r_may_fail: bool = False


def agree(found: dict, wanted: dict, drawn: Drawn, name: str) -> None:
    """Compare what both gave, to a floor of rounding."""
    size = np.nanmax(np.abs(numbers(wanted.get("est", 1.0))), initial=0.0)
    for key, theirs in wanted.items():
        if theirs is None or key not in found:
            continue
        a, b = np.asarray(found[key], dtype=float).ravel(), numbers(theirs)
        assert a.shape == b.shape, (name, key, a, b)
        floor = 1e-9 * size
        if key == "cov":
            floor = max(1e-18 * size**2, 1e-9 * np.nanmax(np.abs(b), initial=0.0))
        np.testing.assert_allclose(
            a, b, rtol=drawn.tolerance, atol=max(floor, found.get("slack", 0.0)),
            err_msg=f"{name} {key} {sorted(drawn.traits)}",
        )  # fmt: skip


def _table(made: Estimates, *columns: str, cov: bool = True) -> dict:
    table = made.table
    out = {"est": table["estimate"], "se": table["se"]} | {name: table[name] for name in columns}
    return out | ({"cov": made.cov} if cov else {})


def _by_item(made: Estimates, drawn: Drawn) -> dict:
    """R lists the domains of one item after those of the other."""
    t = made.table
    width = t["category" if "category" in t else "item"].nunique()
    order = np.argsort(np.arange(len(t)) % width, kind="stable")
    out = {"est": t["estimate"].iloc[order], "se": t["se"].iloc[order]}
    return out | ({} if _apart(drawn) else {"cov": made.cov[np.ix_(order, order)]})


def _apart(drawn: Drawn) -> bool:
    """Whether R's covariance of domains is none of their standard errors."""
    lost = drawn.frame.groupby("d")["psu"].nunique().min() < 2 and "replicates" in drawn.traits
    return lost or bool(drawn.traits & {"adjust", "average", "BRR"})


def _mean(random, drawn):
    text = (
        "{e <- svymean(~y+q, des, deff=TRUE);"
        " c(take(e), list(deff=flat(deff(e)), ci=flat(t(confint(e, df=degf(des))))))}"
    )

    def ours(design):
        made = design.mean(["y", "q"])
        ends = {"ci": made.table[["ci_low", "ci_high"]]} if drawn.same_df else {}
        return _table(made, "deff") | ends

    return Asked(text, ours)


def _total(random, drawn):
    text = "{e <- svytotal(~y+q, des, deff='replace'); c(take(e), list(deff=flat(deff(e))))}"
    return Asked(text, lambda design: _table(design.total(["y", "q"], deff="wr"), "deff"))


def _ratio(random, drawn):
    text = "{e <- svyratio(~y, ~x, des); list(est=flat(coef(e)), se=flat(SE(e)))}"
    return Asked(text, lambda design: _table(design.ratio("y", "x"), cov=False))


def _variance(random, drawn):
    text = "{e <- svyvar(~y, des); list(est=flat(coef(e))[1], se=flat(SE(e))[1])}"
    return Asked(text, lambda design: _table(design.variance("y"), cov=False))


def _listwise(random, drawn):
    text = "take(svymean(~z+y, des, na.rm=TRUE))"
    return Asked(text, lambda design: _table(design.mean(["z", "y"], na="listwise")))


def _by(random, drawn):
    text = "take(svyby(~y+q, ~d, des, svymean, covmat=TRUE))"
    made = Asked(text, lambda design: _by_item(design.mean(["y", "q"], by="d"), drawn))
    return replace(made, r_may_fail="calibrated" in drawn.traits)  # before 4.5


def _cells(random, drawn):
    text = "{e <- svyby(~y, ~d+sex, des, svytotal); list(est=flat(coef(e)), se=flat(SE(e)))}"

    def ours(design):
        t = design.total("y", by=["d", "sex"]).table.sort_values(["sex", "d"])
        return {"est": t["estimate"], "se": t["se"]}

    return Asked(text, ours)


def _missing(random, drawn):
    text = (
        "{e <- svyby(~z, ~sex, des, svymean, na.rm=TRUE); list(est=flat(coef(e)), se=flat(SE(e)))}"
    )
    return Asked(text, lambda design: _table(design.mean("z", by="sex", na="drop"), cov=False))


def _subset(random, drawn):
    text = (
        "{s <- subset(des, sex == 'f'); e <- svytotal(~y, s);"
        " c(take(e), list(df=degf(s), ci=flat(confint(e, df=degf(s)))))}"
    )

    def ours(design):
        part = design.where(design.frame["sex"] == "f")
        made = part.total("y")
        if "replicates" in drawn.traits:
            return _table(made)
        return _table(made) | {"df": part.df, "ci": made.table[["ci_low", "ci_high"]]}

    return Asked(text, ours)


def _shares(random, drawn):
    text = "{e <- svymean(~age, des, deff=TRUE); c(take(e), list(deff=flat(deff(e))))}"
    return Asked(text, lambda design: _table(design.proportion("age"), "deff"), r_may_fail=True)


def _contrast(random, drawn):
    text = (
        "take(svycontrast(svyby(~y, ~d, des, svymean, covmat=TRUE),"
        " list(c(1, -1, 0), c(.5, .5, -1))))"
    )
    if _apart(drawn) or drawn.frame["d"].nunique() < 3:
        return None

    def ours(design):
        made = design.mean("y", by="d").contrast([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0]])
        return {"est": made.table["estimate"], "se": made.table["se"]} | (
            {} if "replicates" in drawn.traits else {"cov": made.cov}
        )

    return Asked(text, ours, r_may_fail="calibrated" in drawn.traits)


def _interval(random, drawn):
    """One share, of the whole or of a part, by a method drawn at random."""
    theirs = str(random.choice(["logit", "beta", "asin", "xlogit", "mean", "wilson"]))
    part = bool(random.integers(2)) and not drawn.traits & {"calibrated", "replicates"}
    if not drawn.same_df or (theirs == "logit" and "replicates" in drawn.traits):
        return None
    where = "subset(des, d == 'a')" if part else "des"
    text = (
        f"{{e <- svyciprop(~I(top == 1), {where}, method='{theirs}');"
        " list(est=flat(coef(e)), ci=flat(attr(e, 'ci')))}"
    )

    def ours(design):
        if part:
            design = design.where(design.frame["d"] == "a")
        method = {"mean": "wald"}.get(theirs, theirs)
        t = design.proportion("top", method=method).table
        row = t[t["category"] == 1]
        if not len(row):
            return {}
        row = row.iloc[0]
        ends = {"ci": [row["ci_low"], row["ci_high"]]}
        sure = row["se"] < 1e-9 or not 1e-9 < row["estimate"] < 1 - 1e-9
        if sure or (theirs == "logit" and row["df"] < 2):
            ends = {}
        return {"est": row["estimate"]} | ends | ({"slack": 1e-6} if theirs == "logit" else {})

    return Asked(text, ours, r_may_fail=theirs in ("logit", "wilson"))


def _quantile(random, drawn):
    """By a rule and an interval drawn at random; ends without a number are R's to keep."""
    rule, item = str(random.choice(RULES)), str(random.choice(["y", "x", "q"]))
    interval = str(random.choice(["mean", "beta", "xlogit", "asin"]))
    if not drawn.same_df or "old quantiles" in drawn.traits:
        return None
    text = (
        f"{{e <- svyquantile(~{item}, des, c(.1, .25, .5, .9), qrule='{rule}',"
        f" interval.type='{interval}');"
        " list(est=flat(coef(e)), se=flat(SE(e)), ends=flat(t(confint(e))))}"
    )

    def ours(design):
        t = design.quantile(item, [0.1, 0.25, 0.5, 0.9], rule=rule, interval=interval).table
        whole = interval != "mean" and t["se"].isna().any()
        rest = {} if whole else {"se": t["se"], "ends": t[["ci_low", "ci_high"]]}
        return {"est": t["estimate"]} | rest

    return Asked(text, ours)


def _chisq(random, drawn):
    statistic = str(random.choice(["F", "Chisq", "Wald", "adjWald"]))
    part = bool(random.integers(2)) and not drawn.traits & {"calibrated", "replicates"}
    if not drawn.same_df or ("replicates" in drawn.traits and statistic == "Wald"):
        return None
    where = "subset(des, d != 'a')" if part else "des"
    text = (
        f"{{e <- svychisq(~sex+age, {where}, statistic='{statistic}');"
        " list(stat=flat(e$statistic), par=flat(e$parameter), p=flat(e$p.value))}"
    )

    def ours(design):
        if part:
            design = design.where(design.frame["d"] != "a")
        made = design.chisq("sex", "age", statistic=statistic)
        par = [made.df] if statistic == "Chisq" else [made.df, made.denominator_df]
        return {"stat": made.statistic, "par": par, "p": made.p}

    return Asked(text, ours, r_may_fail=True)


def _weights(random, drawn):
    if "replicates" in drawn.traits:
        return None
    return Asked("list(est=flat(weights(des)))", lambda design: {"est": design.weights})


CALLS = {
    "mean": _mean, "total": _total, "ratio": _ratio, "variance": _variance, "listwise": _listwise,
    "by": _by, "cells": _cells, "missing": _missing, "subset": _subset, "shares": _shares,
    "contrast": _contrast, "interval": _interval, "quantile": _quantile, "chisq": _chisq,
    "weights": _weights,
}  # fmt: skip
