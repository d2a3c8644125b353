"""Random data through R beside us: glm, p.adjust, and lme4 with its search told not to stop early.

Where R is not installed these tests are skipped and the summary says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess

import numpy as np
import pytest

from analysis.estimation.logistic import fit_logistic
from analysis.estimation.onewayreml import fit_random_intercept
from analysis.estimation.ties import holm

pytestmark = pytest.mark.reference


def r(script: str, **data: np.ndarray) -> dict:
    """Run an R script; ``data`` are its variables, its value comes back from ``out``."""
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed (apt: r-base-core r-cran-jsonlite r-cran-lme4)")
    given = json.dumps({name: np.asarray(value).tolist() for name, value in data.items()})
    code = f"""
    if (!all(sapply(c("jsonlite", "lme4"), requireNamespace, quietly = TRUE))) quit(status = 77)
    attach(jsonlite::fromJSON(file("stdin")))
    {script}
    cat(jsonlite::toJSON(out, digits = I(17)))
    """
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", code], input=given, capture_output=True, text=True
    )
    if done.returncode == 77:
        pytest.skip("R lacks jsonlite or lme4 (apt: r-cran-jsonlite r-cran-lme4)")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_logistic_regression_is_glm():
    random = np.random.default_rng(1)
    x = np.column_stack([np.ones(300), random.normal(size=(300, 3))])
    y = random.random(300) < 1 / (1 + np.exp(-x @ [0.3, 1.0, -1.0, 0.5]))
    w = random.integers(1, 5, 300).astype(float)
    out = r(
        """f <- glm(y ~ x - 1, family = binomial, weights = w, control = list(epsilon = 1e-15));
        out <- list(beta = unname(coef(f)), cov = unname(vcov(f)))""",
        x=x, y=y.astype(int), w=w,
    )  # fmt: skip
    fit = fit_logistic(x, y, w)
    np.testing.assert_allclose(fit.beta, out["beta"], rtol=1e-10)
    # Our weights are scaled to a mean of 1: they are survey weights, not counts.
    np.testing.assert_allclose(fit.cov / w.mean(), out["cov"], rtol=1e-9)


def test_holm_is_p_adjust():
    p = np.random.default_rng(2).random(30) ** 3
    np.testing.assert_allclose(holm(p), r('out <- p.adjust(p, "holm")', p=p), rtol=1e-13)


@pytest.mark.parametrize("reml", [True, False])
def test_random_intercepts_are_those_of_lme4(reml):
    random = np.random.default_rng(3)
    group = np.sort(random.integers(0, 25, 200))
    group = np.unique(group, return_inverse=True)[1]
    x = np.column_stack([np.ones(200), random.normal(size=200)])
    y = x @ [5.0, 1.0] + random.normal(size=25)[group] + random.normal(size=200)
    out = r(
        f"""f <- lme4::lmer(y ~ x - 1 + (1 | g), REML = {str(reml).upper()},
          control = lme4::lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12)));
        out <- list(beta = unname(lme4::fixef(f)), effect = lme4::ranef(f)$g[, 1],
          v = as.data.frame(lme4::VarCorr(f))$vcov, loglik = as.numeric(logLik(f)),
          cov = as.matrix(unname(vcov(f))))""",
        x=x, y=y, g=group,
    )  # fmt: skip
    fit = fit_random_intercept(y, x, group, reml=reml)
    np.testing.assert_allclose(fit.beta, out["beta"], rtol=1e-8)
    np.testing.assert_allclose(fit.effect, out["effect"], rtol=1e-6)
    np.testing.assert_allclose([fit.sigma2u, fit.sigma2e], out["v"], rtol=1e-6)
    np.testing.assert_allclose(fit.beta_cov, out["cov"], rtol=1e-6)
    assert fit.loglik == pytest.approx(out["loglik"][0], rel=1e-11)
    assert fit.loglik >= out["loglik"][0] - 1e-9
