"""What a plan knows before the fieldwork: strata, expected answers, costs, spreads, domains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import SamplingError

WHOLE = "all"


@dataclass(frozen=True, eq=False, slots=True)
class Strata:
    """Strata of a plan; every array has one entry a stratum, H in all.

    Attributes
    ----------
    names : tuple of str
    sizes : (H,) int64
        Units in the frame, N_h ≥ 1.
    means, sds : mapping of item -> (H,) float
        Expected mean and standard deviation S_h of each item, from last wave or assumed.
    domains : mapping of name -> (H,) bool
        Strata of each domain a result is wanted for; ``"all"`` is always among them.
    cost, response_rate, deff : (H,) float
        Money for one issued case, expected share of issued cases that answer, variance over that
        of simple random sampling in the stratum.
    """

    names: tuple[str, ...]
    sizes: NDArray[np.int64]
    means: Mapping[str, NDArray[np.float64]]
    sds: Mapping[str, NDArray[np.float64]]
    domains: Mapping[str, NDArray[np.bool_]]
    cost: NDArray[np.float64]
    response_rate: NDArray[np.float64]
    deff: NDArray[np.float64]

    @classmethod
    def of_means(
        cls,
        names: Sequence[str],
        sizes: ArrayLike,
        *,
        means: Mapping[str, ArrayLike],
        sds: Mapping[str, ArrayLike],
        domains: Mapping[str, ArrayLike] | Sequence[str] | None = None,
        cost: ArrayLike = 1.0,
        response_rate: ArrayLike = 1.0,
        deff: ArrayLike = 1.0,
    ) -> Self:
        """Strata with expected means and standard deviations.

        Parameters
        ----------
        domains : mapping of name -> (H,) bool, or (H,) str
            Masks, which may overlap, or the one domain of each stratum.
        others
            As the attributes; one number stands for all strata.

        Raises
        ------
        SamplingError
            ``planning.names``, ``planning.size``, ``planning.items``, ``planning.number``,
            ``planning.domain``; facts name the stratum, the item or the domain.
        """
        known = tuple(names)
        _check_names(known)
        if set(means) != set(sds) or not means:
            raise SamplingError(
                "planning.items",
                "Means and standard deviations must be given for the same items, at least one.",
                items=sorted(set(means) ^ set(sds)),
            )
        count = _column(known, "size", sizes, above=1.0)
        bad = np.flatnonzero(count != np.floor(count))
        if bad.size:
            raise _refused(known, int(bad[0]), "size", count[bad[0]])
        return cls(
            known,
            count.astype(np.int64),
            {item: _column(known, f"mean of {item}", means[item], above=-np.inf) for item in means},
            {item: _column(known, f"sd of {item}", sds[item], above=0.0) for item in means},
            _domains(known, domains),
            _column(known, "cost", cost, above=0.0, strict=True),
            _column(known, "response rate", response_rate, above=0.0, strict=True, below=1.0),
            _column(known, "deff", deff, above=0.0, strict=True),
        )

    @classmethod
    def of_shares(
        cls,
        names: Sequence[str],
        sizes: ArrayLike,
        *,
        shares: Mapping[str, ArrayLike] | None = None,
        domains: Mapping[str, ArrayLike] | Sequence[str] | None = None,
        cost: ArrayLike = 1.0,
        response_rate: ArrayLike = 1.0,
        deff: ArrayLike = 1.0,
    ) -> Self:
        """Strata with expected shares: S² = p (1 − p) N / (N − 1); one item of ½ if none is given.

        Raises SamplingError (``planning.number`` and those of `of_means`).
        Source: Cochran (1977), sec. 3.2.
        """
        known = tuple(names)
        _check_names(known)
        given = {"share": 0.5} if shares is None else shares
        expected = {
            item: _column(known, f"share of {item}", p, above=0.0, below=1.0)
            for item, p in given.items()
        }
        count = _column(known, "size", sizes, above=1.0)
        whole = count / np.maximum(count - 1, 1)
        return cls.of_means(
            known,
            sizes,
            means=expected,
            sds={item: np.sqrt(p * (1 - p) * whole) for item, p in expected.items()},
            domains=domains,
            cost=cost,
            response_rate=response_rate,
            deff=deff,
        )

    def mean_of(self, item: str, domain: str) -> float:
        """Expected mean of an item in a domain."""
        inside = self.domains[domain]
        return float(np.average(self.means[item][inside], weights=self.sizes[inside]))

    def variance_terms(self, item: str, domain: str) -> tuple[NDArray[np.float64], float]:
        """(a, b) of the variance Σ_h a_h / m_h − b of a domain's mean, m_h issued cases.

        a_h = W_h² S_h² deff_h / r_h and b = Σ W_h² S_h² deff_h / N_h, W_h = N_h / N_d.  Those who
        answer count as a random part of those who were issued a case.
        Source: Cochran (1977), eq. 5.6; Särndal, Swensson and Wretman (1992), sec. 15.6.
        """
        inside = self.domains[domain]
        weight = np.where(inside, self.sizes, 0) / self.sizes[inside].sum()
        spread = weight**2 * self.sds[item] ** 2 * self.deff
        return spread / self.response_rate, float((spread / self.sizes).sum())


def quantile(level: float) -> float:
    """Two-sided standard normal quantile.  Raises SamplingError (``sampling.level``)."""
    if not 0 < level < 1:
        raise SamplingError(
            "sampling.level", "The level must lie strictly between 0 and 1.", value=level
        )
    return NormalDist().inv_cdf(0.5 + level / 2)


def _check_names(names: tuple[str, ...]) -> None:
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice or not names:
        raise SamplingError(
            "planning.names",
            f"Stratum {twice[0]!r} is named twice." if twice else "There is no stratum.",
            strata=twice,
        )


def _column(
    names: tuple[str, ...],
    what: str,
    values: ArrayLike,
    *,
    above: float,
    strict: bool = False,
    below: float = np.inf,
) -> NDArray[np.float64]:
    given = np.asarray(values, dtype=float)
    if given.ndim and given.shape != (len(names),):
        raise SamplingError(
            "planning.number",
            f"{given.size} values of {what} for {len(names)} strata.",
            what=what,
        )
    column = np.broadcast_to(given, (len(names),))
    low = column > above if strict else column >= above
    bad = np.flatnonzero(~(low & (column <= below) & np.isfinite(column)))
    if bad.size:
        raise _refused(names, int(bad[0]), what, column[bad[0]])
    return column


def _refused(names: tuple[str, ...], h: int, what: str, value: float) -> SamplingError:
    code = "planning.size" if what == "size" else "planning.number"
    return SamplingError(
        code,
        f"Stratum {names[h]!r}: {value:g} is no {what}.",
        stratum=names[h],
        what=what,
        value=float(value),
    )


def _domains(
    names: tuple[str, ...], given: Mapping[str, ArrayLike] | Sequence[str] | None
) -> dict[str, NDArray[np.bool_]]:
    whole = {WHOLE: np.ones(len(names), dtype=bool)}
    if given is None:
        return whole
    if not isinstance(given, Mapping):
        labels = list(given)
        masks = {d: np.array([label == d for label in labels]) for d in dict.fromkeys(labels)}
    else:
        masks = {name: np.asarray(mask, dtype=bool) for name, mask in given.items()}
    for name, mask in masks.items():
        if mask.shape != (len(names),) or not mask.any():
            raise SamplingError(
                "planning.domain",
                f"Domain {name!r} has no stratum, or not one entry for each of {len(names)}.",
                domain=name,
            )
    return masks | (whole if WHOLE not in masks else {})
