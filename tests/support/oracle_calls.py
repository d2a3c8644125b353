"""The calls of the oracle cases, in our words: each gives what R printed."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from analysis.design import SurveyDesign
from analysis.estimation.estimates import Estimates, critical


def supported(case: dict) -> bool:
    return not case["r"].startswith("svyglm")


def answer(design: SurveyDesign, case: dict) -> dict:
    call = case["r"]
    for pattern, make in CALLS:
        found = re.match(pattern, call)
        if found:
            return make(design, case, *found.groups())
    raise AssertionError(f"no answer to {call}")


def figures(made: Estimates, df: float) -> dict:
    t = made.table
    reach = critical(0.95, df) * t["se"]
    return {
        "est": t["estimate"], "se": t["se"], "deff": t["deff"], "vcov": made.cov, "degf": df,
        "ci95_t": np.column_stack([t["estimate"] - reach, t["estimate"] + reach]),
        "ci_lo": t["ci_low"], "ci_hi": t["ci_high"],
    }  # fmt: skip


def items_of(text: str) -> list[str]:
    return [part.strip() for part in text.lstrip("~").split("+")]


def _linear(design, case, what, formula):
    name = re.match(r"factor\((.*)\)", formula)
    if name:
        return _categories(design, what, name.group(1))
    made = getattr(design, what)(items_of(formula), na="listwise")
    return figures(made, made.table["df"].iloc[0])


def _categories(design, what, column):
    made = design.proportion(column, method="wald")
    if what == "mean":
        return figures(made, made.table["df"].iloc[0])
    part = design.frame[column]
    levels = sorted(part.unique())
    wide = [design_with(design, part == level) for level in levels]
    return {
        "est": [float(one.table["estimate"].iloc[0]) for one in wide],
        "se": [float(one.table["se"].iloc[0]) for one in wide],
    }


def design_with(design: SurveyDesign, mask) -> Estimates:
    return design.where(mask.to_numpy()).total("one")


def _labels_like(case, what):
    def make(design, case, *_):
        return _linear(design, case, what, "+".join(case["labels"]))

    return make


def _replace(design, case):
    return figures(design.mean(case["labels"], na="listwise", deff="wr"), design.df)


def _ratio(design, case, *_):
    top, bottom = case["labels"][0].split("/")
    made = design.ratio(top, bottom, na="listwise")
    return figures(made, design.df)


def _share(design, case, column, value, method):
    item = "is_E" if value == "E" else "is_No"
    method = {"mean": "wald"}.get(method, method)
    row = design.proportion(item, method=method).table.query("category == 1").iloc[0]
    return {"est": [row["estimate"], row["ci_low"], row["ci_high"]]}


def _by(design, case, formula, by, what):
    """R names domains with the first factor running fastest."""
    items, names = items_of(formula), items_of(by)
    made = getattr(design, what)(items, by=names, na="listwise")
    order = made.table.sort_values(names[::-1], kind="stable").index
    t = made.table.loc[order]
    return {"est": t["estimate"], "se": t["se"]}


def _differences(design, case, item, by):
    names = items_of(by)
    made = design.mean(item, by=names)
    t = made.table.sort_values(names[::-1], kind="stable")
    place = list(t.index)
    pairs = [(place[i], place[j]) for i in range(len(t)) for j in range(i + 1, len(t))]
    return figures(made.contrast(pairs_matrix(pairs, len(t))).__class__(
        made.contrast(pairs_matrix(pairs, len(t))).table.assign(deff=np.nan), np.eye(1)), 1.0,
    )  # fmt: skip


def pairs_matrix(pairs, q):
    matrix = np.zeros((len(pairs), q))
    for row, (i, j) in enumerate(pairs):
        matrix[row, i], matrix[row, j] = 1.0, -1.0
    return matrix


def _quantile(design, case, item, probs, *options):
    text = "".join(part or "" for part in options)
    rule = re.search(r"qrule='(\w+)'", text)
    interval = re.search(r"interval.type='(\w+)'", text)
    made = design.quantile(
        item,
        numbers(probs),
        rule=rule.group(1) if rule else "math",
        interval=interval.group(1) if interval else "mean",
    )
    t = made.table
    return {"est": t["estimate"], "se": t["se"], "ci_lo": t["ci_low"], "ci_hi": t["ci_high"]}


def _by_quantile(design, case, item, by, probs):
    names = items_of(by)
    t = design.quantile(item, numbers(probs), by=names).table
    t = t.sort_values(names[::-1], kind="stable")
    return {"est": t["estimate"], "se": t["se"]}


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _variance(design, case, item):
    return figures(design.variance(item), design.df)


def _chisq(design, case, row, column, statistic):
    found = design.chisq(row, column, statistic=statistic)
    numbers = {
        "stat": found.statistic,
        "ndf": found.df,
        "df": found.df,
        "ddf": found.denominator_df,
        "p": found.p,
    }
    return {"est": [numbers[label] for label in case["labels"]]}


def _subset(design, case, first, second):
    frame = design.frame
    part = design.where(((frame["stype"] == "E") & (frame["sch.wide"] == "Yes")).to_numpy())
    return figures(part.mean([first, second], na="listwise"), part.df)


def _ttest(estimate, se, df):
    from scipy import stats

    t = estimate / se
    return {"est": [estimate, t, df, 2 * stats.t.sf(abs(t), df)]}


def _ttest_one(design, case):
    row = design.mean("change").table.iloc[0]
    return _ttest(row["estimate"], row["se"], design.df - 1)


def _ttest_two(design, case):
    row = design.mean("api00", by="sch.wide").contrast([(1, 0)]).table.iloc[0]
    return _ttest(row["estimate"], row["se"], design.df - 1)


def _weights(design, case):
    w = design.weights
    return {"est": [w.sum(), w.min(), w.max(), (w**2).sum()]}


def _by_plain(design, case, by):
    made = design.mean("api00", by=by)
    return {"est": made.table["estimate"], "se": made.table["se"]}


def _topbox(design, case):
    made = design.mean("top", by="g", na="drop")
    return {"est": made.table["estimate"], "se": made.table["se"]}


CALLS = [
    (r"svy(mean|total)\(~(factor\([\w.]+\)|[\w. +]+?)(?:,na\.rm=TRUE)?(?:,deff=TRUE)?\)$", _linear),
    (r"svytotal$", _labels_like(None, "total")),
    (r"deff='replace'", _replace),
    (r"svyratio", _ratio),
    (r"svyciprop\(~I\(([\w.]+)=='(\w+)'\),method='(\w+)'\)", _share),
    (r"svyby\(~([\w. +]+),~([\w.+]+),svy(mean|total)\)", _by),
    (r"svyby\(~(\w+),~([\w.+]+),svymean,covmat=TRUE\) pairwise", _differences),
    (r"svyby\(~(\w+),~([\w.+]+),svyquantile,c\(([\d.,]+)\)\)", _by_quantile),
    (r"svyby\(~I\(q>=4\)", _topbox),
    (r"svyby (\w+)", _by_plain),
    (r"svyquantile\(~(\w+),c\(([\d.,]+)\)(.*)\)", _quantile),
    (r"svyvar\(~(\w+)\)", _variance),
    (r"svychisq\(~([\w.]+)\+([\w.]+),statistic='(\w+)'\)", _chisq),
    (r"svymean\(~(\w+)\+(\w+),subset", _subset),
    (r"svyttest\(I", _ttest_one),
    (r"svyttest\(api00~sch.wide", _ttest_two),
    (r"weights\(\)", _weights),
]

__all__ = ["answer", "supported", "pd"]
