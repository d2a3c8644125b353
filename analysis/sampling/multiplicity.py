"""Persons who are in a frame of dossiers or visits several times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError
from analysis.sampling.frame import code_labels


def share_weights(probabilities: ArrayLike, dossiers: ArrayLike) -> NDArray[np.float64]:
    """Weight for persons of each drawn dossier: 1 / (π_d k).

    Parameters
    ----------
    probabilities : (n,) float
        Inclusion probability π_d of each drawn dossier.
    dossiers : (n,) int
        Eligible dossiers (or visits) k of its person in the whole frame.

    Returns
    -------
    (n,) float
        A person drawn twice gets the sum of both rows.

    Raises
    ------
    SamplingError
        ``multiplicity.probability``, ``multiplicity.count``; facts name the row.

    Notes
    -----
    Summed over persons the weights estimate totals of persons without bias, whatever the design.
    Source: Sirken (1970), Household surveys with multiplicity; Lavallée (2007), Indirect
    sampling, ch. 2 (the generalised weight share method).
    """
    chance, count = np.asarray(probabilities, dtype=float), np.asarray(dossiers, dtype=float)
    _check("probability", chance, (chance > 0) & (chance <= 1))
    _check("count", count, (count >= 1) & (count == np.floor(count)))
    return 1 / (chance * count)


def person_probabilities(
    persons: Sequence[str],
    strata: Sequence[str],
    sizes: Mapping[str, int],
) -> pd.Series:
    """Exact probability that at least one dossier of a person is drawn.

    Parameters
    ----------
    persons, strata : (N,) str
        Person and stratum of every dossier in the frame.
    sizes : mapping
        Stratum -> dossiers drawn from it by simple random sampling.

    Returns
    -------
    Series
        Indexed by person (sorted): 1 − Π_h C(N_h − k_h, n_h) / C(N_h, n_h).

    Raises
    ------
    SamplingError
        ``draw.stratum``, ``draw.shape``, ``draw.unplanned_stratum``, ``draw.stratum_too_small``.

    Source: Särndal, Swensson and Wretman (1992), sec. 3.7; hypergeometric probabilities.
    """
    counts, size, drawn, names = _counts(persons, strata, sizes)
    missed = _missed(counts, size, drawn)
    return pd.Series(1 - missed, index=pd.Index(names, name="person"), name="probability")


def joint_person_probabilities(
    persons: Sequence[str],
    strata: Sequence[str],
    sizes: Mapping[str, int],
) -> pd.DataFrame:
    """Exact probability that two persons are both drawn; the diagonal holds `person_probabilities`.

    P(both) = 1 − P(not the one) − P(not the other) + P(neither).
    Errors as `person_probabilities`.
    """
    counts, size, drawn, names = _counts(persons, strata, sizes)
    missed = _missed(counts, size, drawn)
    joint = np.empty((len(names), len(names)))
    for i in range(len(names)):
        neither = _missed(counts + counts[i], size, drawn)
        joint[i] = 1 - missed[i] - missed + neither
        joint[i, i] = 1 - missed[i]
    index = pd.Index(names, name="person")
    return pd.DataFrame(joint, index=index, columns=index)


def _counts(
    persons: Sequence[str], strata: Sequence[str], sizes: Mapping[str, int]
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    who, names = code_labels(persons)
    where, stratum = code_labels(strata)
    if who.size != where.size:
        raise SamplingError(
            "draw.shape", f"{who.size} persons but {where.size} strata.", persons=int(who.size)
        )
    counts = np.zeros((names.size, stratum.size), dtype=np.int64)
    np.add.at(counts, (who, where), 1)
    size = counts.sum(axis=0)
    for h, name in enumerate(stratum):
        if name not in sizes:
            raise SamplingError(
                "draw.unplanned_stratum",
                f"Stratum {name!r} is in the frame but not in the plan.",
                stratum=name,
            )
        if not 0 <= sizes[name] <= size[h]:
            raise SamplingError(
                "draw.stratum_too_small",
                f"Stratum {name!r} has {size[h]} dossiers; {sizes[name]} are planned.",
                stratum=name,
                available=int(size[h]),
                planned=sizes[name],
            )
    return counts, size, np.array([sizes[name] for name in stratum], dtype=np.int64), names


def _missed(counts: NDArray, size: NDArray, drawn: NDArray) -> NDArray[np.float64]:
    """Π_h C(N_h − k_h, n_h) / C(N_h, n_h): the k-th dossier is missed after those before it."""
    missed = np.ones(counts.shape[0])
    for i in range(int(counts.max(initial=0))):
        left = np.maximum(size - i, 1)
        factor = np.clip((size - drawn - i) / left, 0.0, 1.0)
        missed *= np.where(counts > i, factor, 1.0).prod(axis=1)
    return missed


def _check(name: str, values: NDArray[np.float64], good: NDArray[np.bool_]) -> None:
    bad = np.flatnonzero(~good)
    if bad.size:
        row = int(bad[0])
        raise SamplingError(
            f"multiplicity.{name}",
            f"Row {row}: {values[row]:g} is no {name}.",
            row=row,
            value=float(values[row]),
        )
