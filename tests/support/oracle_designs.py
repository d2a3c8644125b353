"""The designs of the oracle cases, in our words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.design import SurveyDesign


def design_of(folder: Path, data: str, said: dict, make=SurveyDesign) -> SurveyDesign:
    frame = pd.read_csv(folder / f"{data}.csv").assign(
        is_E=lambda f: _is(f, "stype", "E"), is_No=lambda f: _is(f, "sch.wide", "No"),
        change=lambda f: f["api00"] - f["api99"] if "api00" in f else 0.0,
        top=lambda f: (f["q"] >= 4).where(f["q"].notna()).astype(float) if "q" in f else 0.0,
        one=1.0,
    )  # fmt: skip
    two_stage = isinstance(said["ids"], list)
    psu = said["ids"] if two_stage else said["ids"].split(" (")[0]
    made = make(
        frame,
        weights=None if said["weights"].startswith(("from fpc", "fpc/")) else _weight(said),
        strata=said.get("strata"),
        psu=None if psu == "~1" else psu,
        fpc=said.get("fpc") or None,
        nest=said.get("nest", False),
        lonely=said.get("lonely_psu", "fail"),
        lonely_domains=said.get("adjust_domain_lonely", False),
    )
    if "calibration" in said:
        return calibrated(made, said["calibration"])
    if "trim" in said:
        trim = said["trim"]
        return made.trim(
            lower=trim.get("lower"), upper=trim.get("upper"), strict=trim.get("strict", False)
        )
    if "replicates" in said:
        given = said["replicates"]
        weights = pd.read_csv(folder / given["file"]).to_numpy(dtype=float)
        return made.given_replicates(
            weights, scale=given["scale"], rscales=given["rscales"], mse=given["mse"]
        )
    return made


def _is(frame: pd.DataFrame, column: str, value: str):
    return (frame[column] == value).astype(float) if column in frame else 0.0


def _weight(said: dict) -> str:
    return "one" if said["weights"] == "1" else said["weights"]


def calibrated(made: SurveyDesign, said: dict) -> SurveyDesign:
    if said["method"] == "postStratify":
        return made.poststratify(said["var"], said["pop"])
    if said["method"] == "rake":
        return made.rake(said["margins"])
    bounds = tuple(said["bounds"]) if said["bounds"] else None
    return made.calibrate(_totals(said["totals"]), distance=said["calfun"], bounds=bounds)


def _totals(said: dict) -> dict:
    """R's treatment contrasts as full distributions."""
    everyone = said["(Intercept)"]
    out: dict = {"api99": said["api99"]}
    high, middle = said["stypeH"], said["stypeM"]
    out["stype"] = {"E": everyone - high - middle, "H": high, "M": middle}
    if "sch.wideYes" in said:
        yes = said["sch.wideYes"]
        out["sch.wide"] = {"No": everyone - yes, "Yes": yes}
    return out


def read_weights(folder: Path, name: str) -> np.ndarray:
    return pd.read_csv(folder / name).iloc[:, 0].to_numpy(dtype=float)
