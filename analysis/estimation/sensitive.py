"""Shares of what people do not like to tell: randomised response and list experiments.

What a respondent is asked hides the answer behind chance; what is known of that chance brings the
share back, at the price of a larger variance.  Both estimators are linear in survey means, so the
variance is that of the design.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from analysis.design import SurveyDesign
from analysis.errors import EstimationError
from analysis.estimation.estimates import Estimates
from analysis.estimation.estimators import Names
from analysis.estimation.intervals import proportion_interval

#: Design -> the probabilities it fixes.
DESIGNS: Mapping[str, tuple[str, ...]] = {
    "warner": ("p",),
    "crosswise": ("p",),
    "unrelated": ("p", "q"),
    "forced": ("yes", "no"),
}


def randomised_response(
    design: SurveyDesign,
    item: str,
    *,
    technique: str,
    probabilities: Mapping[str, float],
    by: Names | None = None,
    level: float = 0.95,
) -> Estimates:
    """The share of people with a sensitive trait, from answers that chance has veiled.

    Parameters
    ----------
    design : SurveyDesign
    item : str
        Column of 0 and 1: the answer that counts ("yes"; crosswise: "the same"); NaN where none.
    technique : str
        ``warner``: with chance p the question, else its contrary.  ``crosswise``: whether the
        answers to the question and to an innocent one of known share p are the same.
        ``unrelated``: with chance p the question, else an innocent one with known share q.
        ``forced``: chance bids "yes" with probability yes, "no" with probability no.
    probabilities : mapping
        Those of `DESIGNS`, each between 0 and 1.
    by : name or list of names, optional
    level : float

    Returns
    -------
    Estimates
        The share π in ``estimate``.  It is unbiased and so may leave [0, 1] in small samples; the
        interval does not.  ``deff`` compares with a simple random sample of direct answers.

    Raises
    ------
    EstimationError
        ``sensitive.technique``, ``sensitive.probabilities``, ``sensitive.answer``, and as in
        `SurveyDesign.mean`.

    Notes
    -----
    λ = a + bπ, π = (λ − a)/b, V(π) = V(λ)/b².  Warner and crosswise: a = 1 − p, b = 2p − 1;
    unrelated: a = (1 − p)q, b = p; forced: a = yes, b = 1 − yes − no.  The interval is Wilson's
    of λ at its effective size, carried over.
    Sources: Warner (1965), JASA 60; Greenberg et al. (1969), JASA 64; Boruch (1971), The American
    Sociologist 6; Yu, Tian and Tang (2008), Metrika 67.
    """
    a, b = _line(technique, probabilities)
    values = pd.to_numeric(design.frame[item], errors="coerce") if item in design.frame else None
    if values is not None and not values.dropna().isin((0, 1)).all():
        raise EstimationError(
            "sensitive.answer", f"Column {item!r} holds more than 0, 1 and missing.", item=item
        )
    seen = design.mean(item, by=by, na="drop", level=level)
    table = seen.table.copy()
    share, se = table["estimate"].to_numpy(), table["se"].to_numpy()
    low, high = proportion_interval(
        share, se, table["df"].to_numpy(), table["n"].to_numpy(), method="wilson", level=level
    )
    ends = np.sort(np.array([(low - a) / b, (high - a) / b]), axis=0).clip(0, 1)
    pi = (share - a) / b
    direct = np.clip(pi, 0, 1) * (1 - np.clip(pi, 0, 1)) / np.maximum(table["n"].to_numpy() - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        deff = np.where(direct > 0, (se / b) ** 2 / direct, np.nan)
    table = table.assign(estimate=pi, se=se / abs(b), ci_low=ends[0], ci_high=ends[1], deff=deff)
    return Estimates(table, lambda: seen.cov / b**2, seen.notes)


def _line(technique: str, probabilities: Mapping[str, float]) -> tuple[float, float]:
    """a and b of λ = a + bπ."""
    wanted = DESIGNS.get(technique)
    if wanted is None:
        raise EstimationError("sensitive.technique", f"There is no technique {technique!r}.")
    if set(probabilities) != set(wanted) or not all(0 < x < 1 for x in probabilities.values()):
        raise EstimationError(
            "sensitive.probabilities",
            f"{technique} needs {' and '.join(wanted)} between 0 and 1.",
            technique=technique,
        )
    p, q = probabilities.get("p", 0.0), probabilities.get("q", 0.0)
    yes, no = probabilities.get("yes", 0.0), probabilities.get("no", 0.0)
    a, b = {
        "warner": (1 - p, 2 * p - 1),
        "crosswise": (1 - p, 2 * p - 1),
        "unrelated": ((1 - p) * q, p),
        "forced": (yes, 1 - yes - no),
    }[technique]
    if abs(b) < 1e-9 or b < 0 and technique == "forced":
        raise EstimationError(
            "sensitive.probabilities",
            f"With these probabilities {technique} answers say nothing.",
            technique=technique,
        )
    return a, b


@dataclass(frozen=True, slots=True)
class ListResult:
    """``share`` is the difference of the two lists' means, one row a domain.

    ``joint``: for the whole, the shares of people with y innocent things and the sensitive one or
    not (columns ``y``, ``sensitive``, ``estimate``, ``se``); none can be negative if the sensitive
    item left the answers to the others alone.  ``p_value``: of the most negative one, for as many
    looks as there are rows (Bonferroni); small means the experiment failed.
    """

    share: Estimates
    joint: pd.DataFrame
    p_value: float


def list_experiment(
    design: SurveyDesign,
    count: str,
    treated: str,
    *,
    items: int,
    by: Names | None = None,
    level: float = 0.95,
) -> ListResult:
    """The share of people to whom the sensitive item of a list applies.

    Parameters
    ----------
    design : SurveyDesign
    count : str
        Column: how many items apply, 0 … ``items``, one more on the longer list; NaN where none.
    treated : str
        Column of bool: the list had the sensitive item.
    items : int
        Innocent items, on both lists.
    by : name or list of names, optional
    level : float

    Raises
    ------
    EstimationError
        ``sensitive.count`` (a count off the list), ``sensitive.one_list`` (a domain without one of
        the lists), and as in `SurveyDesign.mean`.

    Notes
    -----
    π = mean on the longer list − mean on the shorter; the covariance of the two means in a
    clustered sample counts.
    Sources: Miller (1984), thesis, George Washington University; Blair and Imai (2012), Political
    Analysis 20, for the test of no design effect.
    """
    frame = design.frame
    answered = frame[count].notna().to_numpy()
    most = items + frame[treated].fillna(False).astype(int)
    off = answered & ~(frame[count].between(0, most) & (frame[count] % 1 == 0)).to_numpy()
    if off.any():
        row = int(np.flatnonzero(off)[0])
        raise EstimationError(
            "sensitive.count", f"Row {row}: {frame[count].iloc[row]!r} is no count.", row=row
        )
    inside = design.where(answered & frame[treated].notna().to_numpy())
    names = [] if by is None else [by] if isinstance(by, str) else list(by)
    means = inside.mean(count, by=[*names, treated], na="drop", level=level)
    share = _differences(means, names, treated, level)
    joint = _joint(inside, count, treated, items)
    worst = (joint["estimate"] / joint["se"].where(joint["se"] > 0)).min()
    p_value = min(1.0, len(joint) * NormalDist().cdf(worst)) if np.isfinite(worst) else 1.0
    return ListResult(share, joint, p_value)


def _differences(means: Estimates, names: list[str], treated: str, level: float) -> Estimates:
    """Longer list less shorter, domain by domain."""
    positions: dict[tuple, dict[bool, int]] = {}
    for place, row in enumerate(means.table.to_dict("records")):
        positions.setdefault(tuple(row[x] for x in names), {})[bool(row[treated])] = place
    for domain, found in positions.items():
        if len(found) < 2:
            raise EstimationError(
                "sensitive.one_list", f"Domain {domain!r} has only one of the lists."
            )
    pairs = [(found[True], found[False]) for found in positions.values()]
    made = means.contrast(pairs, level=level)
    n = means.table["n"].to_numpy()
    table = made.table.assign(
        **{name: [domain[i] for domain in positions] for i, name in enumerate(names)},
        n=[int(n[i] + n[j]) for i, j in pairs],
    )
    table["ci_low"], table["ci_high"] = table["ci_low"].clip(0, 1), table["ci_high"].clip(0, 1)
    return Estimates(table, made.cov, made.notes)


def _joint(design: SurveyDesign, count: str, treated: str, items: int) -> pd.DataFrame:
    """Blair and Imai's eq. 2: π(y, 1) = F₀(y) − F₁(y), π(y, 0) = F₁(y) − F₀(y − 1)."""
    steps = {f"at most {y}": (design.frame[count] <= y).to_numpy(float) for y in range(items + 1)}
    wide = design.assign(steps)
    by_list = wide.mean(list(steps), by=treated)
    place = {
        (row["item"], bool(row[treated])): i
        for i, row in enumerate(by_list.table.to_dict("records"))
    }
    rows, weights = [], []
    for y in range(items + 1):
        for sensitive in (True, False):
            weight = np.zeros(len(by_list.table))
            weight[place[f"at most {y}", not sensitive]] += 1
            if sensitive:
                weight[place[f"at most {y}", True]] -= 1
            elif y:
                weight[place[f"at most {y - 1}", False]] -= 1
            weights.append(weight)
            rows.append({"y": y, "sensitive": sensitive})
    made = by_list.contrast(np.array(weights)).table
    return pd.DataFrame(rows).assign(estimate=made["estimate"], se=made["se"])
