"""How alike the most alike of n honest sheets would be: a null drawn from the data themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.quality.screening.percentmatch import crowd_match, percent_match

#: A sheet that is like this many others at once sits in a crowd of copies.
CROWD = 5
#: Weight of the whole wave in a unit's shares of categories, in answers.
PRIOR = 10.0


def simulated_matches(
    codes: NDArray[np.integer],
    everybody: NDArray[np.integer],
    latent: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    n_rows: int,
    minimum: int,
) -> NDArray[np.float64]:
    """Largest match shares of sheets simulated for one unit, and how uniform each sheet is.

    Parameters
    ----------
    codes : (n, k) int
        The unit's answers, 0 where missing.
    everybody : (N, k) int
        The wave's, towards which the unit's shares of categories are drawn a little.
    latent : (k, k) float
        Correlation of the items' latent normals (``latent_correlation``).
    n_rows : int
        Simulated sheets at least; whole units of n are drawn until there are that many.

    Returns
    -------
    (r, 3) float
        Modal share, largest match and ``CROWD``-th largest match, ordered by modal share.

    Notes
    -----
    A graded model: a normal vector with the wave's correlation is cut, item by item, where the
    unit's own shares of categories put the thresholds; missing answers are laid over it in
    the unit's own patterns.  Sheets with one value throughout are neither tested nor drawn:
    straight lines are another rule's matter.
    Source: Simmons, Mercer, Schwarzer & Kennedy (2016), Pew Research Center (a fixed limit of
    85 % is met by honest surveys, so the limit has to come from the survey's own items); Samejima
    (1969), Psychometrika Monograph 17.
    """
    n, k = codes.shape
    cuts = [_thresholds(codes[:, j], everybody[:, j]) for j in range(k)]
    root = np.linalg.cholesky(latent)
    found, made = [], 0
    while made < n_rows:
        z = rng.standard_normal((2 * n, k)) @ root.T
        drawn = np.empty(z.shape, dtype=np.uint8)
        for j, (values, limits) in enumerate(cuts):
            drawn[:, j] = values[np.searchsorted(limits, z[:, j])]
        drawn[codes[rng.integers(n, size=2 * n)] == 0] = 0
        drawn = drawn[is_varied(drawn)][:n]
        best = percent_match(drawn, minimum=minimum).share
        crowd = crowd_match(drawn, CROWD, minimum=minimum)
        made += n
        found.append(np.column_stack([modal_share(drawn), best, crowd])[~np.isnan(best)])
    sheets = np.concatenate(found)
    return sheets[np.argsort(sheets[:, 0], kind="stable")]


def modal_share(codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """(n,) share of a sheet's answers that are its most frequent one."""
    counts = np.stack([(codes == value).sum(axis=1) for value in range(1, 8)])
    return counts.max(axis=0) / np.maximum(counts.sum(axis=0), 1)


def is_varied(codes: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(n,) rows that hold at least two different answers."""
    largest = codes.max(axis=1, initial=0)
    smallest = np.where(codes > 0, codes, 127).min(axis=1, initial=127)
    return (largest > 0) & (smallest < largest)


def latent_correlation(codes: NDArray[np.integer], unit: NDArray[np.intp]) -> NDArray[np.float64]:
    """(k, k) correlation of the normals behind ordered answers, within units.

    Each category stands for the mean of its slice of a normal; the correlation of these scores is
    divided by their standard deviations, which undoes the loss by grouping, and brought back to
    a correlation matrix by cutting negative eigenvalues.
    Source: Pearson (1913), Biometrika 9 (correction for broad categories).
    """
    answered = codes > 0
    scores = np.zeros(codes.shape)
    spread = np.ones(codes.shape[1])
    for j in range(codes.shape[1]):
        values, limits = _thresholds(codes[:, j], codes[:, j])
        edges = np.concatenate([[-np.inf], limits, [np.inf]])
        share = np.diff(_normal_cdf(edges))
        means = -np.diff(_normal_pdf(edges)) / share
        scores[:, j] = np.where(
            answered[:, j], means[np.searchsorted(values, codes[:, j]).clip(max=len(values) - 1)], 0
        )
        # An item that everybody answers alike has no slope on anything.
        spread[j] = np.sqrt((share * means**2).sum()) or 1.0
    n_unit = int(unit.max(initial=0)) + 1
    for j in range(codes.shape[1]):
        sums = np.bincount(unit, scores[:, j], n_unit)
        counts = np.maximum(np.bincount(unit, answered[:, j], n_unit), 1)
        scores[:, j] = np.where(answered[:, j], scores[:, j] - (sums / counts)[unit], 0)
    together = answered.T.astype(float) @ answered
    covariance = scores.T @ scores / np.maximum(together, 1)
    matrix = covariance / np.outer(spread, spread)
    np.fill_diagonal(matrix, 1.0)
    return _nearest(np.clip(matrix, -0.95, 0.95) + np.diag(np.full(len(matrix), 0.05)))


def _nearest(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    mended = (vectors * np.maximum(values, 1e-4)) @ vectors.T
    scale = np.sqrt(np.diag(mended))
    return mended / np.outer(scale, scale)


def _thresholds(
    own: NDArray[np.integer], everybody: NDArray[np.integer]
) -> tuple[NDArray[np.integer], NDArray[np.float64]]:
    """Categories that occur in the wave, and the normal's cuts between them."""
    from scipy.special import ndtri

    prior = np.bincount(everybody[everybody > 0], minlength=8)[1:8]
    if not prior.any():
        return np.array([1], dtype=np.uint8), np.empty(0)
    counts = np.bincount(own[own > 0], minlength=8)[1:8]
    values = np.flatnonzero(prior)
    share = counts[values] + PRIOR * prior[values] / prior.sum()
    cumulated = np.cumsum(share)[:-1] / share.sum()
    return (values + 1).astype(np.uint8), ndtri(cumulated)


def _normal_cdf(x: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return ndtr(x)


def _normal_pdf(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi)
