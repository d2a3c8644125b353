"""Desk posters: one A4 page a desk, for the open stream that only monitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from survey.domain.codes import grouped
from survey.domain.links import desk_link, typed_address
from survey.render import qr
from survey.render.document import pdf
from survey.render.numbers import day


@dataclass(frozen=True, slots=True)
class Poster:
    """What one poster says besides the common text."""

    code: str
    unit_name: str


def posters_pdf(
    posters: Sequence[Poster],
    *,
    wave_title: str,
    organisation: str,
    public_url: str,
    minutes: int,
    closes_on: date,
    synthetic: bool,
    made_on: date | None = None,
) -> bytes:
    """All posters in the order given.  Raises ValueError when there is none."""
    if not posters:
        raise ValueError("no posters to print")
    data = {
        "wave_title": wave_title,
        "organisation": organisation,
        "address": typed_address(public_url),
        "minutes": minutes,
        "closes_on": day(closes_on, "vi"),
        "closes_on_en": day(closes_on, "en"),
        "synthetic": synthetic,
        "posters": [
            {
                "qr": qr.svg(desk_link(public_url, poster.code)),
                "code": grouped(poster.code),
                "unit": poster.unit_name,
            }
            for poster in posters
        ],
    }
    return pdf("posters.typ", data, made_on=made_on)
