"""A scoring scheme as data: areas, criteria, sub-criteria, bands and alert rules."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from analysis.errors import SchemeError
from analysis.index import scheme_lint

Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A sub-criterion.  ``source`` is verified, survey, bonus or penalty."""

    id: str
    title: Text
    max_points: float
    source: str
    #: Survey leaves: the concept whose questions are scored, and how.
    concept: str = ""
    rule: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Criterion:
    id: str
    title: Text
    leaves: tuple[Leaf, ...]


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


@dataclass(frozen=True, slots=True)
class Band:
    """``min_index`` in percent; every area must reach ``area_floor`` percent of its maximum."""

    id: str
    title: Text
    min_index: float
    area_floor: float = 0.0
    alert: bool = False


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
    #: What happens without a survey: "rescale" its points out of the maximum, or "refuse".
    no_survey: str = "refuse"

    @classmethod
    def from_toml(cls, text: str) -> Scheme:
        """Read a scheme.

        Raises
        ------
        SchemeError
            ``scheme.toml`` if it is no TOML, ``scheme.invalid`` with all faults in
            ``facts["faults"]`` (each with its place) if it breaks the rules of `scheme_lint`.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise SchemeError("scheme.toml", f"The scheme is no TOML: {error}.") from error
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scheme:
        """The scheme that TOML or JSON data describe.  Raises SchemeError ``scheme.invalid``."""
        faults = scheme_lint.faults(data)
        if faults:
            raise SchemeError("scheme.invalid", "; ".join(faults), faults=tuple(faults))
        since = data["valid_from"]
        return cls(
            name=data["name"],
            title=data["title"],
            valid_from=since if isinstance(since, date) else date.fromisoformat(since),
            legal_source=data.get("legal_source", ""),
            areas=tuple(_area(area) for area in data["area"]),
            bands=tuple(
                sorted((Band(**band) for band in data["band"]), key=lambda b: -b.min_index)
            ),
            decimals=data.get("decimals", 3),
            rounding=data.get("rounding", "half_up"),
            no_survey=data.get("no_survey", "refuse"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back as an equal scheme."""
        data = asdict(self)
        data["valid_from"] = self.valid_from.isoformat()
        data["area"] = [_plain_area(area) for area in data.pop("areas")]
        data["band"] = list(data.pop("bands"))
        return data

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

    def verified_maxima(self) -> dict[str, float]:
        """Maximum points of every leaf that an appraiser fills, bonus and penalty included."""
        return {leaf.id: leaf.max_points for leaf in self.leaves if leaf.source != "survey"}


def _area(data: Mapping[str, Any]) -> Area:
    criteria = tuple(
        Criterion(c["id"], c["title"], tuple(_leaf(leaf) for leaf in c["leaf"]))
        for c in data["criterion"]
    )
    return Area(data["id"], data["title"], criteria, data.get("alert_below"))


def _leaf(data: Mapping[str, Any]) -> Leaf:
    return Leaf(
        id=data["id"],
        title=data["title"],
        max_points=float(data["max"]),
        source=data["source"],
        concept=data.get("concept", ""),
        rule=data.get("rule", {}),
    )


def _plain_area(area: dict[str, Any]) -> dict[str, Any]:
    criteria = [
        {
            "id": c["id"],
            "title": c["title"],
            "leaf": [{"max": leaf.pop("max_points"), **leaf} for leaf in c["leaves"]],
        }
        for c in area["criteria"]
    ]
    plain = {"id": area["id"], "title": area["title"], "criterion": criteria}
    if area["alert_below"] is not None:
        plain["alert_below"] = area["alert_below"]
    return plain
