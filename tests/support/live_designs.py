"""Random designs for R and for us: the frame, R's words for the design, and our way to make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.design import SurveyDesign

LONELY = ("fail", "adjust", "average", "certainty", "remove")


@dataclass(frozen=True)
class Drawn:
    """``text`` makes ``des`` in R and gives its degrees of freedom; ``make`` makes ours.

    ``traits`` say of what kind the design is; ``tolerance`` is looser where R stops early.
    """

    frame: pd.DataFrame
    text: str
    make: Callable[[], SurveyDesign]
    traits: frozenset[str]
    tolerance: float = 1e-8
    same_df: bool = True
    may_refuse: tuple[str, ...] = ()


def _rows(random: np.random.Generator, stages: int, nested: bool) -> pd.DataFrame:
    rows, number = [], 0
    lonely = random.choice([0.0, 0.0, 0.4])
    strata = int(random.integers(1, 5))
    for h in range(strata):
        drawn = 1 if strata > 1 and random.random() < lonely else int(random.integers(2, 6))
        of = drawn + int(random.integers(0, 12))
        for psu in range(drawn):
            number += 1
            inner = 1 if lonely and random.random() < 0.15 else int(random.integers(2, 5))
            inner_of = inner + int(random.integers(0, 9))
            for ssu in range(inner):
                rows += [(f"h{h}", psu if nested else number, ssu, of, inner_of)] * (
                    int(random.integers(1, 4)) if stages == 2 else 1
                )
    frame = pd.DataFrame(rows, columns=["h", "psu", "ssu", "N1", "N2"])
    return frame.sample(frac=1, random_state=int(random.integers(1e6))).reset_index(drop=True)


def _answers(random: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    n = len(frame)
    return frame.assign(
        w=random.lognormal(2, 0.7, n), y=random.normal(5, 2, n), x=random.random(n) + 0.5,
        z=np.where(random.random(n) < 0.2, np.nan, random.integers(1, 6, n)),
        q=random.integers(1, 6, n), d=random.choice(["a", "b", "c"], n),
        sex=random.choice(["f", "m"], n), age=random.choice(["u", "v", "x"], n, p=[0.3, 0.3, 0.4]),
        top=(random.random(n) < 0.85).astype(int),
    )  # fmt: skip


def _flag(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _old(version: str) -> list[str]:
    """R's `survey` before 4.2 read quantiles below the lowest share in another way."""
    return ["old quantiles"] if version < "4.2" else []


def draw_sample(random: np.random.Generator, version: str) -> Drawn:
    """One or two stages, with or without strata, population counts and labels that start again."""
    stages, nested = int(random.integers(1, 3)), bool(random.integers(2))
    frame = _answers(random, _rows(random, stages, nested))
    strata = frame["h"].nunique() > 1 and random.random() < 0.8
    if not strata:
        frame["psu"] = frame["h"] + "." + frame["psu"].astype(str)
        frame["N1"] = frame["psu"].nunique() + int(random.integers(0, 9))
    lonely, domains = str(random.choice(LONELY)), bool(random.integers(2))
    if version < "4.2" and lonely == "adjust":
        lonely = "certainty"  # before 4.2 R centred lonely PSUs at 0
    ours: dict = {"weights": "w", "psu": ["psu", "ssu"][:stages], "nest": nested}
    ours |= {"lonely": lonely, "lonely_domains": domains}
    words = [
        f"~psu{'+ssu' if stages == 2 else ''}",
        "weights=~w",
        f"nest={_flag(nested)}",
        "data=d",
    ]
    if strata:
        ours["strata"] = "h"
        words.append("strata=~h")
    traits = {
        lonely,
        *(["old quantiles"] if version < "4.2" else []),
        *(["lonely domains"] if domains else []),
    }
    if random.integers(2):
        ours["fpc"] = ["N1", "N2"][:stages]
        words.append(f"fpc=~N1{'+N2' if stages == 2 else ''}")
    text = (
        f"{{options(survey.lonely.psu='{lonely}', survey.adjust.domain.lonely={_flag(domains)});"
        f" des <- svydesign({', '.join(words)}); degf(des)}}"
    )
    return Drawn(frame, text, lambda: SurveyDesign(frame, **ours), frozenset(traits))


def _table(name: str, totals: dict) -> str:
    keys = ", ".join(map(repr, totals))
    return f"data.frame({name}=c({keys}), Freq=c({', '.join(map(repr, totals.values()))}))"


def _margins(frame: pd.DataFrame) -> dict:
    """Totals that can be met: those of other weights on the same rows, of the same sum."""
    other = frame["w"] * np.where(frame["sex"] == "f", 1.15, 0.9)
    other *= frame["w"].sum() / other.sum()
    sums = {name: other.groupby(frame[name]).sum().to_dict() for name in ("sex", "age")}
    return sums | {"x": float((other * frame["x"]).sum())}


def _as_r(margins: dict) -> str:
    """R's treatment contrasts of full distributions; the first category is left out."""
    parts = [f"`(Intercept)`={sum(margins['sex'].values())!r}"]
    for name in ("sex", "age"):
        parts += [f"{name}{key}={total!r}" for key, total in list(margins[name].items())[1:]]
    return f"c({', '.join(parts)}, x={margins['x']!r})"


def draw_calibrated(random: np.random.Generator, version: str) -> Drawn:
    """A design as above, brought to totals, or trimmed."""
    plain = draw_sample(random, version)
    frame = plain.frame
    full = frame["sex"].nunique() == 2 and frame["age"].nunique() == 3
    ways = ["linear", "raking", "logit", "bounded", "rake", "poststratify", "trim"]
    way = str(random.choice(ways)) if full else "trim"
    known, low, high = _margins(frame), 0.4, 2.5
    distance = {"bounded": "linear"}.get(way, way)
    bounds = (low, high) if way in ("logit", "bounded") else None
    upper, strict = float(frame["w"].quantile(0.8)) * 1.01, bool(random.integers(2))
    rake = f"list(~sex, ~age), list({_table('sex', known['sex'])}, {_table('age', known['age'])})"
    step = {
        "rake": f"rake(des, {rake}, control=list(maxit=5000, epsilon=1e-11, verbose=FALSE))",
        "poststratify": f"postStratify(des, ~sex, {_table('sex', known['sex'])})",
        "trim": f"trimWeights(des, upper={upper!r}, strict={_flag(strict)})",
    }.get(
        way,
        f"calibrate(des, ~sex+age+x, {_as_r(known)}, calfun='{distance}', epsilon=1e-13, maxit=500"
        + (f", bounds=c({low}, {high}))" if bounds else ")"),
    )
    ours: dict[str, Callable[[SurveyDesign], SurveyDesign]] = {
        "rake": lambda d: d.rake({name: known[name] for name in ("sex", "age")}),
        "poststratify": lambda d: d.poststratify("sex", known["sex"]),
        "trim": lambda d: d.trim(upper=upper, strict=strict),
    }
    make = ours.get(way, lambda d: d.calibrate(known, distance=distance, bounds=bounds))
    text = plain.text.replace("degf(des)}", f"des <- {step}; degf(des)}}")
    traits = plain.traits | {way, *(["calibrated"] if way != "trim" else [])}
    loose = 1e-6 if way == "rake" else plain.tolerance
    return Drawn(frame, text, lambda: make(plain.make()), traits, loose)


def draw_replicated(random: np.random.Generator, version: str) -> Drawn:
    """JK1, JKn, BRR or Fay, perhaps of a post-stratified or calibrated design."""
    method = str(random.choice(["JK1", "JKn", "BRR", "Fay"]))
    pairs = method in ("BRR", "Fay")
    strata = 1 if method == "JK1" else int(random.integers(2, 12 if pairs else 5))
    rows, number = [], 0
    for h in range(strata):
        for _ in range(2 if pairs else int(random.integers(3, 7))):
            number += 1
            rows += [(f"h{h:02d}", number)] * int(random.integers(2, 6))
    frame = _answers(random, pd.DataFrame(rows, columns=["h", "psu"]))
    frame["N1"] = frame.groupby("h")["psu"].transform("nunique") + int(random.integers(1, 9))
    mse, counts = bool(random.integers(2)), not pairs and bool(random.integers(2))
    way = str(random.choice(["plain", "plain", "poststratify", "linear"]))
    if frame["sex"].nunique() < 2 or frame["age"].nunique() < 3:
        way = "plain"
    known = _margins(frame)
    words = "~psu, weights=~w, data=d" + (", strata=~h" if strata > 1 else "")
    options = f"type='{method}', mse={_flag(mse)}" + (", fay.rho=0.3" if method == "Fay" else "")
    step = {
        "plain": "des",
        "poststratify": f"postStratify(des, ~sex, {_table('sex', known['sex'])})",
        "linear": f"calibrate(des, ~sex+age+x, {_as_r(known)})",
    }[way]
    text = (
        f"{{des <- as.svrepdesign(svydesign({words}{', fpc=~N1' if counts else ''}), {options});"
        f" des <- {step}; degf(des)}}"
    )
    ours = {"weights": "w", "psu": "psu", "strata": "h" if strata > 1 else None}

    def make() -> SurveyDesign:
        design = SurveyDesign(frame, fpc="N1" if counts else None, **ours)
        if way == "poststratify":
            design = design.poststratify("sex", known["sex"])
        if way == "linear":
            design = design.calibrate(known)
        return design.replicates(method, rho=0.3 if method == "Fay" else None, mse=mse)

    return Drawn(
        frame, text, make, frozenset({"replicates", method, way, *_old(version)}),
        same_df=way == "plain", may_refuse=("calibrate.replicate",),
    )  # fmt: skip
