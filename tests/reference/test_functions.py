"""Figures of R's sae, csranks, psych, lme4 and nonprobsvy (see functions/README.md)."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from analysis.estimation.integration import doubly_robust, mass_imputation
from analysis.estimation.logistic import expit
from analysis.estimation.nestederror import battese_harter_fuller
from analysis.estimation.ranking import joint_interval_ranks, rank_sets
from analysis.estimation.smallarea import fay_herriot
from analysis.quality.agreement import cronbach_alpha
from analysis.quality.intraclass import interviewer_icc, rater_agreement

pytestmark = pytest.mark.reference
HERE = Path(__file__).parent / "functions"


def table(name: str) -> dict[str, np.ndarray]:
    """Columns of a CSV file; text where it is not numbers, NaN where it is empty."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    def column(key: str) -> np.ndarray:
        cells = [row[key] if row[key] not in ("", "NA") else "nan" for row in rows]
        try:
            return np.array(cells, dtype=float)
        except ValueError:
            return np.array(cells)

    return {key: column(key) for key in rows[0]}


def figures(name: str) -> dict:
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def close(got, wanted, rel: float = 1e-9) -> None:
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(wanted, float), rtol=rel)


def milk():
    d = table("milk")
    areas = [(d["MajorArea"] == k).astype(float) for k in (2, 3, 4)]
    return d["yi"], d["SD"] ** 2, np.column_stack([np.ones(d["yi"].size), *areas])


def synthetic_areas():
    d = table("fh_syn_public")
    return d["y"], d["vardir"], np.column_stack([np.ones(d["y"].size), d["x1"], d["x2"]])


@pytest.mark.parametrize("method", ["REML", "ML", "FH"])
@pytest.mark.parametrize(
    ("data", "name"), [(milk, "fay_herriot_milk"), (synthetic_areas, "fh_syn_public")]
)
def test_fay_herriot_is_that_of_sae(data, name, method):
    wanted = figures(name)["fits"][method]
    got = fay_herriot(*data(), method=method)
    close(got.estimate, wanted["eblup"])
    close(got.mse, wanted["mse"])
    close(got.beta, [row["beta"] for row in wanted["beta"]])
    close(got.beta_se, [row["std.error"] for row in wanted["beta"]])
    close(got.sigma2u, wanted["sigma2u"])
    close([got.loglik, got.aic, got.bic, got.kic], list(wanted["gof"].values()))


def test_the_nested_error_model_is_that_of_sae():
    d, means, wanted = table("cornsoybean"), table("cornsoybeanmeans"), figures("bhf_cornsoy")
    got = battese_harter_fuller(
        d["CornHec"],
        np.column_stack([np.ones(d["CornPix"].size), d["CornPix"], d["SoyBeansPix"]]),
        d["County"],
        areas=means["CountyIndex"],
        population_means=np.column_stack(
            [np.ones(12), means["MeanCornPixPerSeg"], means["MeanSoyBeansPixPerSeg"]]
        ),
        population_sizes=means["PopnSegments"],
    )
    close(got.estimate, [row["eblup"] for row in wanted["eblup"]], rel=1e-7)
    assert got.n.tolist() == [row["sampsize"] for row in wanted["eblup"]]
    close(got.beta, list(wanted["fixed"].values()), rel=1e-6)
    close(got.effect, wanted["random"], rel=1e-6)
    close([got.sigma2e, got.sigma2u], [wanted["errorvar"], wanted["refvar"]], rel=1e-6)
    close(got.loglik, wanted["loglike"])
    assert got.loglik >= wanted["loglike"] - 1e-11  # where the figures differ, ours fit better


@pytest.mark.parametrize("data", ["ranks_syn", "pisa2022_read"])
@pytest.mark.parametrize("kind", ["simul_stepdown", "simul", "marg_stepdown", "marg"])
def test_rank_sets_are_those_of_csranks(data, kind):
    d, wanted = table(data), figures(f"{data}_ranks")
    got = rank_sets(
        d["x"],
        d["se"] ** 2,
        simultaneous=kind.startswith("simul"),
        stepdown=kind.endswith("stepdown"),
    )
    r = wanted["csranks"][kind]
    assert got.rank.tolist() == r["rank"]
    off = np.abs(np.concatenate([got.lower - r["L"], got.upper - r["U"]]))
    assert off.max() <= 1
    assert (off > 0).mean() <= 0.05
    if kind == "simul_stepdown":
        assert (got.best(3) == wanted["tau_best3"]).mean() >= 0.95


@pytest.mark.parametrize("data", ["ranks_syn", "pisa2022_read"])
def test_joint_interval_ranks_are_exact(data):
    d = table(data)
    wanted = figures(f"{data}_ranks")["klein_wright_wieczorek_0.95_sidak"]
    got = joint_interval_ranks(d["x"], d["se"] ** 2)
    assert got.lower.tolist() == wanted["lo"]
    assert got.upper.tolist() == wanted["hi"]


def items() -> np.ndarray:
    d = table("likert")
    return np.column_stack([d[f"q0{i}"] for i in range(1, 9)])


def test_alpha_is_that_of_psych():
    wanted = figures("reliability")
    pairwise = wanted["alpha_pairwise"]
    got = cronbach_alpha(items(), na="pairwise")
    close(
        [got.raw, got.standardised, got.guttman6, got.mean_r],
        [pairwise["raw"], pairwise["std"], pairwise["G6"], pairwise["avg_r"]],
    )
    close(got.if_dropped, pairwise["drop_raw"])
    close(got.item_rest, pairwise["r_drop"])
    close(cronbach_alpha(items(), na="listwise").raw, wanted["alpha_listwise"])


def test_interviewer_icc_is_that_of_the_anova_table_and_of_lme4():
    wanted = figures("reliability")["icc_interviewer"]
    got = interviewer_icc(np.nanmean(items(), axis=1), table("likert")["interviewer"])
    close([got.anova, got.n0], [wanted["anova"], wanted["n0"]])
    close([got.between, got.within], [wanted["MSB"], wanted["MSW"]])
    close(
        [got.sigma2u, got.sigma2e, got.reml],
        [wanted["reml_tau2"], wanted["reml_sigma2"], wanted["reml_icc"]],
        rel=1e-6,
    )


def test_rater_agreement_is_that_of_psych():
    wanted = figures("reliability")["icc_shrout_fleiss_first60complete_items1to4"]
    answers = items()
    got = rater_agreement(answers[np.isfinite(answers).all(axis=1)][:60, :4])
    assert [one.kind for one in got] == wanted["type"]
    close([one.icc for one in got], wanted["ICC"])
    close([one.f for one in got], wanted["F"])
    assert [(one.df1, one.df2) for one in got] == list(
        zip(wanted["df1"], wanted["df2"], strict=True)
    )
    close([one.ci_low for one in got], wanted["lower"])
    close([one.ci_high for one in got], wanted["upper"])


def two_samples(y: str) -> tuple[np.ndarray, ...]:
    b, a = table("nonprob_optin"), table("nonprob_reference")

    def matrix(d):
        return np.column_stack([np.ones(d["sex"].size), d["sex"], d["age"], d["edu"], d["dist"]])

    return b[y], matrix(b), matrix(a), a["w"]


def test_mass_imputation_is_that_of_nonprobsvy():
    wanted = figures("nonprob")["results"]["mi_glm"]
    got = mass_imputation(*two_samples("y"))
    close(got.estimate, wanted["mean"][0])
    close([got.se_reference, got.se_optin], [wanted["prob_part"][0], wanted["nonprob_part"][0]])
    close([got.ci_low, got.ci_high], [wanted["lower"][0], wanted["upper"][0]])


@pytest.mark.parametrize(
    ("y", "outcome", "name"),
    [("y", "linear", "dr_clw"), ("t4", "logistic", "dr_clw_binary")],
)
def test_the_doubly_robust_estimate_is_that_of_nonprobsvy(y, outcome, name):
    wanted = figures("nonprob")["results"][name]
    got = doubly_robust(*two_samples(y), outcome=outcome)
    close(got.estimate, wanted["mean"][0])
    summary = wanted["ipw_summary"]
    w = got.optin_weights
    close([w.sum(), w.min(), w.max()], [summary["sum"], summary["min"], summary["max"]], rel=1e-7)


def test_why_the_standard_error_of_nonprobsvy_is_not_followed():
    # Its 0.2.2 pairs the answer of case i with the propensity of another case: the scores are
    # stored opt-in cases first and picked by an index that has the reference cases first.
    wanted = figures("nonprob")["results"]["dr_clw"]
    y, xb, xa, d = two_samples("y")
    got = doubly_robust(y, xb, xa, d)
    pi_b, pi_a = 1 / got.optin_weights, expit(xa @ got.selection_beta)
    shuffled = np.concatenate([pi_b, pi_a])[xa.shape[0] :]
    information = (xa * (d * pi_a * (1 - pi_a))[:, None]).T @ xa
    residual = y - xb @ got.outcome_beta
    b = np.linalg.solve(information, xb.T @ ((1 / shuffled - 1) * residual))
    part = ((1 - shuffled) * (residual / shuffled - xb @ b) ** 2).sum() / d.sum() ** 2
    close(np.sqrt(part), wanted["nonprob_part"][0], rel=1e-7)
    assert got.se_optin < 0.9 * wanted["nonprob_part"][0]
