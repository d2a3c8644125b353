"""A scoring scheme as data: areas, criteria, sub-criteria, bands and alert rules.

Standard library alone: pages that show a scheme load no statistics with it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from analysis.errors import SchemeError
from analysis.index import scheme_lint, scheme_plain

Text = Mapping[str, str]
#: Sources whose points stand for part of the maximum; the others are added or taken away.
COUNTED = ("verified", "survey", "statistic")


class Input(NamedTuple):
    """A number that somebody enters for each unit: for which leaf, and between which limits."""

    leaf: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Leaf:
    """A sub-criterion.  ``source`` is verified, survey, statistic, bonus or penalty."""

    id: str
    title: Text
    max_points: float
    source: str
    #: Survey leaves: the concept whose questions are scored.
    concept: str = ""
    #: How a value becomes points (see `analysis.index.scoring`, `analysis.index.survey_rules`).
    rule: Mapping[str, Any] = field(default_factory=dict)
    #: Survey leaves: who is asked.
    group: str = "citizen"
    #: Where it does not apply: it leaves the denominator, has full points, or may not be so.
    not_applicable: str = "leave"
    #: The leaf of an earlier scheme that this one follows.
    was: str = ""

    @property
    def asked(self) -> str:
        """What a survey leaf reads: a concept, by its group where it is not the citizens'."""
        return self.concept if self.group == "citizen" else f"{self.group}:{self.concept}"

    @property
    def inputs(self) -> dict[str, Input]:
        """Name -> what is entered for each unit; survey leaves need nothing."""
        return {
            name: Input(self.id, 0.0, self.max_points if high is None else high)
            for name, high in scheme_lint.inputs(
                self.id, self.source, self.rule, self.max_points
            ).items()
        }


@dataclass(frozen=True, slots=True)
class Criterion:
    """``alert_below``: share of the applicable maximum under which a unit is alerted."""

    id: str
    title: Text
    leaves: tuple[Leaf, ...]
    alert_below: float | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """``alert_below``: share of the area's applicable maximum under which a unit is alerted."""

    id: str
    title: Text
    criteria: tuple[Criterion, ...]
    alert_below: float | None = None

    @property
    def leaves(self) -> Iterator[Leaf]:
        return (leaf for criterion in self.criteria for leaf in criterion.leaves)

    @property
    def max_points(self) -> float:
        """Maximum of the area where everything applies."""
        return scheme_plain.total(leaf.max_points for leaf in self.leaves if leaf.source in COUNTED)


@dataclass(frozen=True, slots=True)
class Band:
    """``min_index`` in percent; floors in percent of the maximum of every area, or criterion."""

    id: str
    title: Text
    min_index: float
    area_floor: float = 0.0
    alert: bool = False
    criterion_floor: float = 0.0


@dataclass(frozen=True, slots=True)
class Scheme:
    """A whole scheme; bands stand from the highest to the lowest."""

    name: str
    title: Text
    valid_from: date
    legal_source: str
    areas: tuple[Area, ...]
    bands: tuple[Band, ...]
    decimals: int = 3
    rounding: str = "half_up"
    no_survey: str = "refuse"
    #: No decision of an authority: points of criteria are made up.
    sample: bool = False
    #: At most so many points of bonus, of penalty, count.
    bonus_max: float | None = None
    penalty_max: float | None = None
    #: Bands look at the index before ("exact") or after ("published") rounding.
    band_on: str = "exact"
    #: Index in percent under which a unit is alerted.
    alert_below: float | None = None

    @classmethod
    def from_toml(cls, text: str) -> Scheme:
        """Read a scheme.

        Raises
        ------
        SchemeError
            ``scheme.toml`` if it is no TOML; ``scheme.invalid`` with all faults in
            ``facts["faults"]`` (each with its place) if it breaks the rules of `scheme_lint`.
        """
        try:
            data = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise SchemeError("scheme.toml", f"The scheme is no TOML: {error}.") from error
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scheme:
        """The scheme that TOML or JSON data describe.  Raises SchemeError ``scheme.invalid``."""
        found = scheme_lint.faults(data)
        if found:
            texts = tuple(map(str, found))
            raise SchemeError("scheme.invalid", "; ".join(texts), faults=texts, found=tuple(found))
        since = data["valid_from"]
        return cls(
            name=data["name"],
            title=data["title"],
            valid_from=since if isinstance(since, date) else date.fromisoformat(since),
            legal_source=data.get("legal_source", ""),
            areas=tuple(_area(area) for area in data["area"]),
            bands=tuple(sorted((_band(band) for band in data["band"]), key=lambda b: -b.min_index)),
            decimals=data.get("decimals", 3),
            rounding=data.get("rounding", "half_up"),
            no_survey=data.get("no_survey", "refuse"),
            sample=data.get("sample", False),
            bonus_max=_number(data.get("bonus_max")),
            penalty_max=_number(data.get("penalty_max")),
            band_on=data.get("band_on", "exact"),
            alert_below=_number(data.get("alert_below")),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back as an equal scheme: its canonical form."""
        return scheme_plain.plain(self)

    @property
    def sha256(self) -> str:
        """Digest of the content: sorted keys, no blanks, UTF-8; comments and order do not count."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def leaves(self) -> Iterator[Leaf]:
        return (leaf for area in self.areas for leaf in area.leaves)

    @property
    def survey_leaves(self) -> tuple[Leaf, ...]:
        return tuple(leaf for leaf in self.leaves if leaf.source == "survey")

    @property
    def max_points(self) -> float:
        """Maximum where everything applies, without bonus."""
        return scheme_plain.total(leaf.max_points for leaf in self.leaves if leaf.source in COUNTED)

    def verified_maxima(self) -> dict[str, float]:
        """Maximum points of every leaf that the survey does not fill, bonus and penalty too."""
        return {leaf.id: leaf.max_points for leaf in self.leaves if leaf.source != "survey"}

    def inputs(self) -> dict[str, Input]:
        """Name -> number that is entered for each unit, in the order of the scheme."""
        return {name: one for leaf in self.leaves for name, one in leaf.inputs.items()}

    def may_be_na(self) -> dict[str, bool]:
        """Input -> whether the scheme lets a unit say that it does not apply.

        An input that several leaves read must suit them all.  One of the nine indices of
        TT 01/2018 may be missing even where the leaf must apply.
        """
        found: dict[str, bool] = {}
        for leaf in self.leaves:
            free = leaf.not_applicable != "refuse" or leaf.rule.get("kind") == "tt01"
            found |= {name: free and found.get(name, True) for name in leaf.inputs}
        return found

    def concept_scores(self) -> dict[str, dict[int, float]]:
        """`Leaf.asked` -> answer -> score in [0, 1], for those not scored by satisfied answers."""
        found = {}
        for leaf in self.survey_leaves:
            weights, full = leaf.rule.get("weights"), 1
            if leaf.rule["kind"] == "tt01":
                weights, full = leaf.rule["scores"], 2
            if weights:
                found[leaf.asked] = {int(k): float(v) / full for k, v in weights.items()}
        return found


def _area(data: Mapping[str, Any]) -> Area:
    criteria = tuple(
        Criterion(
            c["id"],
            c["title"],
            tuple(_leaf(leaf) for leaf in c["leaf"]),
            _number(c.get("alert_below")),
        )
        for c in data["criterion"]
    )
    return Area(data["id"], data["title"], criteria, _number(data.get("alert_below")))


def _leaf(data: Mapping[str, Any]) -> Leaf:
    return Leaf(
        id=data["id"],
        title=data["title"],
        max_points=float(data["max"]),
        source=data["source"],
        concept=data.get("concept", ""),
        rule=scheme_plain.canonical_rule(data.get("rule", {})),
        group=data.get("group", "citizen"),
        not_applicable=data.get("not_applicable", "leave"),
        was=data.get("was", ""),
    )


def _band(data: Mapping[str, Any]) -> Band:
    return Band(
        data["id"],
        data["title"],
        float(data["min_index"]),
        float(data.get("area_floor", 0.0)),
        data.get("alert", False),
        float(data.get("criterion_floor", 0.0)),
    )


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)
