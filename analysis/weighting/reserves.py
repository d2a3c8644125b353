"""Inclusion probabilities once reserve cases have gone into the field."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError


def released_probability(
    probability: ArrayLike, n_main: ArrayLike, n_issued: ArrayLike
) -> NDArray[np.float64]:
    """First-order inclusion probabilities of the enlarged sample.

    Parameters
    ----------
    probability : (n,) float
        Probability with which the draw took each case's unit as a main case, in (0, 1].
    n_main : (n,) int or int
        Main cases of the case's stratum, at least 1.
    n_issued : (n,) int or int
        Main cases and released reserves of the stratum, replaced cases included; >= ``n_main``.

    Returns
    -------
    (n,) float
        π' = π n' / n; with simple random sampling in the stratum n' / N.

    Raises
    ------
    AnalysisError
        ``reserves.counts`` where fewer cases were issued than drawn; ``reserves.probability``
        where π or π' leaves (0, 1]; facts hold the first rows.

    Notes
    -----
    The order of a stratum is random, so its first n' units are a simple random sample of n' for
    any n' that was fixed before: the weight is N / n', not N / n, and a replaced case stays in the
    sample as a non-respondent.  Leaving replaced cases out of the denominator (substitution as if
    the first one had never been drawn) overstates the response rate and hides the non-response.

    Here n' is not fixed: reserves are released because cases did not answer, which is inverse
    sampling.  The set of units in the field still depends on the order and on who responds alone,
    and given the number m of respondents these are a simple random sample of m from those who
    would respond.  Means and ratios therefore stay unbiased for the responding part of the
    stratum, and for all of it where response is missing completely at random; non-response that
    goes with the answers biases them as it does without reserves.  The sum of weights over the
    issued cases is N for every n'.  The response rate m / n' is slightly too high (Haldane:
    (m − 1) / (n' − 1) is unbiased while reserves last).

    Exact for simple random sampling within strata.  With unequal probabilities π n' / n is an
    approximation that the caller has to name.

    Source: Särndal, Swensson and Wretman (1992), secs. 2.8 and 3.3; Haldane (1945), "On a method
    of estimating frequencies", Biometrika 33; Chapman (1983), "The impact of substitution on
    survey estimates", in *Incomplete Data in Sample Surveys* 2; Vehovar (1999), "Field
    substitution and unit nonresponse", J. Official Statistics 15; AAPOR (2023), *Standard
    Definitions*, 10th ed., on substitution: original and substitute both count as sampled.
    """
    chance, drawn, issued = np.broadcast_arrays(
        np.atleast_1d(np.asarray(probability, dtype=np.float64)),
        np.asarray(n_main, dtype=np.float64),
        np.asarray(n_issued, dtype=np.float64),
    )
    few = np.flatnonzero(~((drawn >= 1) & (issued >= drawn)))
    if few.size:
        raise AnalysisError(
            "reserves.counts",
            f"{few.size} cases lie in strata with fewer issued than main cases.",
            rows=few[:20].tolist(),
        )
    enlarged = chance * issued / drawn
    # n'/N can miss 1 by the last digit where the whole stratum is in the field.
    enlarged = np.where(np.isclose(enlarged, 1.0, rtol=1e-12, atol=0), 1.0, enlarged)
    bad = np.flatnonzero(~((chance > 0) & (enlarged <= 1)))
    if bad.size:
        raise AnalysisError(
            "reserves.probability",
            f"{bad.size} inclusion probabilities leave (0, 1].",
            hint="More cases were issued than the stratum has units.",
            rows=bad[:20].tolist(),
        )
    return enlarged
