"""How answers become points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from analysis.errors import SchemeError
from analysis.index import formula
from analysis.index.rounding import exact, rounded
from analysis.index.rule_lint import OPTION_WEIGHTS
from analysis.index.scheme import Leaf, Scheme


def share_points(share: float, max_points: float) -> float:
    """Points of a satisfaction share: share × maximum (F13).

    Parameters
    ----------
    share : float
        In [0, 1].
    max_points : float

    Raises
    ------
    SchemeError
        ``scoring.share``.
    """
    if not 0 <= share <= 1:
        raise SchemeError("scoring.share", f"{share} is not a share in [0, 1].", share=share)
    return share * max_points


def option_points(
    shares: Mapping[str, float],
    max_points: float,
    weights: Mapping[str, float] = OPTION_WEIGHTS,
) -> float:
    """Points of answers on an option scale: maximum × Σ weight × share (F4).

    Parameters
    ----------
    shares : mapping
        Option -> its share among valid answers; they sum to 1.
    max_points : float
    weights : mapping
        Option -> weight in [0, 1].

    Raises
    ------
    SchemeError
        ``scoring.option`` for an option without weight, ``scoring.shares`` if they do not sum to 1.

    Notes
    -----
    Source: option weights A 100 %, B 60 %, C 20 %, D 0 % as in provincial practice.

    >>> round(option_points({"A": .52, "B": .30, "C": .14, "D": .04}, 2), 3)
    1.456
    """
    unknown = sorted(set(shares) - set(weights))
    if unknown:
        raise SchemeError(
            "scoring.option", f"No weight for option {unknown[0]!r}.", option=unknown[0]
        )
    total = sum(shares.values())
    if abs(total - 1) > 1e-9:
        raise SchemeError("scoring.shares", f"The shares sum to {total}, not to 1.", total=total)
    return max_points * sum(weights[option] * share for option, share in shares.items())


def tier_points(value: float, tiers: Sequence[tuple[float, float]]) -> float:
    """Points of the highest tier that a value reaches, compared with ≥ (F5); below all: 0.

    Parameters
    ----------
    value : float
    tiers : sequence of (threshold, points)
        In any order.  A value counts as the decimal that was written.
    """
    reached = [(start, points) for start, points in tiers if exact(value) >= exact(start)]
    return max(reached)[1] if reached else 0.0


def tt01_points(means: Sequence[float | None], max_points: float) -> float | None:
    """Points of a unit's nine indices of TT 01/2018: maximum × sum / 18 (F15).

    Parameters
    ----------
    means : sequence of float or None
        Mean points of the dossiers (0 to 2) on each index; each is rounded half up to one decimal.
        None: nothing was evaluated on the index, which leaves the 18.
    max_points : float

    Returns
    -------
    float or None
        None if no index applies.

    Notes
    -----
    Source: Thông tư 01/2018/TT-VPCP, art. 15.
    """
    known = [exact(rounded(exact(mean), 1)) for mean in means if mean is not None]
    return float(exact(max_points) * sum(known) / (2 * len(known))) if known else None


def points(scheme: Scheme, entered: Mapping[str, float | None]) -> dict[str, float | None]:
    """Points of a unit's leaves from what was entered for it; survey leaves are left out.

    Parameters
    ----------
    scheme : Scheme
    entered : mapping
        Name of an input (`Scheme.inputs`) -> number, None where the leaf does not apply.

    Returns
    -------
    dict
        Leaf id -> points, None where the leaf leaves the denominator.  A bonus or penalty that
        nobody entered is left out.

    Raises
    ------
    SchemeError
        ``composition.missing``, ``composition.unknown``, ``composition.out_of_range``,
        ``composition.must_apply``, ``scoring.partly``, ``scoring.formula`` with the leaf.
    """
    known = scheme.inputs()
    for name, value in entered.items():
        if name not in known:
            raise SchemeError("composition.unknown", f"The scheme has no leaf {name!r}.", leaf=name)
        low, high = known[name].low, known[name].high
        if value is not None and not low <= value <= high:
            raise SchemeError(
                "composition.out_of_range",
                f"{name!r}: {value} is not between {low:g} and {high:g}.",
                leaf=known[name].leaf,
                points=value,
            )
    found: dict[str, float | None] = {}
    for leaf in scheme.leaves:
        names = list(leaf.inputs)
        if leaf.source == "survey" or (_is_extra(leaf) and not set(names) & set(entered)):
            continue
        for name in names:
            if name not in entered:
                raise SchemeError("composition.missing", f"No points for {name!r}.", leaf=leaf.id)
        found[leaf.id] = leaf_points(leaf, {name: entered[name] for name in names})
    return found


def leaf_points(leaf: Leaf, values: Mapping[str, float | None]) -> float | None:
    """Points of one leaf from its inputs; None where it leaves the denominator.

    Parameters
    ----------
    leaf : Leaf
        Not of source survey.
    values : mapping
        Input -> number or None.

    Raises
    ------
    SchemeError
        As `points`.
    """
    given = list(values.values())
    kind = leaf.rule.get("kind", "points")
    made = None
    if kind == "tt01":
        made = tt01_points(given, leaf.max_points)
    elif None not in given:
        made = _scored(leaf, kind, values)
    elif any(value is not None for value in given):
        raise SchemeError("scoring.partly", f"{leaf.id!r}: some values are missing.", leaf=leaf.id)
    return made if made is not None else _without(leaf)


def _without(leaf: Leaf) -> float | None:
    if leaf.not_applicable == "refuse":
        raise SchemeError(
            "composition.must_apply", f"{leaf.id!r} applies to every unit.", leaf=leaf.id
        )
    return leaf.max_points if leaf.not_applicable == "full" else None


def _scored(leaf: Leaf, kind: str, values: Mapping[str, float]) -> float | None:
    first = next(iter(values.values()))
    if kind == "points":
        return first
    if kind == "share":
        return float(exact(leaf.max_points) * exact(first) / exact(leaf.rule.get("of", 100)))
    if kind == "tiers":
        return tier_points(first, [(t["from"], t["points"]) for t in leaf.rule["tiers"]])
    if kind == "options":
        return _counted(leaf, values)
    return float(_formula(leaf, values))


def _counted(leaf: Leaf, values: Mapping[str, float]) -> float | None:
    """Counts of the options of a form; nobody answered: the leaf does not apply."""
    weights = leaf.rule.get("weights") or OPTION_WEIGHTS
    n = sum(map(exact, values.values()))
    if n == 0:
        return None
    counts = zip(weights.values(), values.values(), strict=True)
    share = sum((exact(w) * exact(count) for w, count in counts), Fraction(0)) / n
    return float(exact(leaf.max_points) * share)


def _formula(leaf: Leaf, values: Mapping[str, float]) -> Fraction:
    known = {**values, "max_points": leaf.max_points}
    try:
        found = formula.evaluate(leaf.rule["formula"], known)
    except SchemeError as fault:
        raise SchemeError(fault.code, f"{leaf.id!r}: {fault.message}", leaf=leaf.id) from fault
    if not 0 <= found <= exact(leaf.max_points):
        raise SchemeError(
            "scoring.formula",
            f"{leaf.id!r}: the formula gives {float(found):g}, not 0 to {leaf.max_points:g}.",
            leaf=leaf.id,
            points=float(found),
        )
    return found


def _is_extra(leaf: Leaf) -> bool:
    return leaf.source in ("bonus", "penalty")
