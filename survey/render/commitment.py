"""The commitment on one A4 page: digests of frame and plan before the seed is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from survey.render import qr
from survey.render.document import pdf
from survey.render.numbers import day, number


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the page says."""

    wave_title: str
    organisation: str
    synthetic: bool
    frame_sha256: str
    plan_sha256: str
    seed_source: str
    seed_on: date
    committed_on: date
    n_units: int
    n_strata: int
    n_main: int
    n_reserve: int
    #: The numbers are those of an earlier wave, and public since then.
    seed_known: bool = False


def commitment_pdf(page: Commitment, *, link: str) -> bytes:
    """The page, with a QR code that leads to ``link``."""
    data = {
        "wave_title": page.wave_title,
        "organisation": page.organisation,
        "synthetic": page.synthetic,
        "frame": groups(page.frame_sha256),
        "plan": groups(page.plan_sha256),
        "seed_source": page.seed_source,
        "seed_on": day(page.seed_on, "vi"),
        "committed_on": day(page.committed_on, "vi"),
        "seed_on_en": day(page.seed_on, "en"),
        "counts": [
            number(count, 0, "vi")
            for count in (page.n_units, page.n_strata, page.n_main, page.n_reserve)
        ],
        "seed_known": page.seed_known,
        "link": link,
        "qr": qr.svg(link),
    }
    return pdf("commitment.typ", data, made_on=page.committed_on)


def groups(digest: str) -> list[str]:
    """A digest in groups of eight, so that two people can read it to each other."""
    return [digest[i : i + 8] for i in range(0, len(digest), 8)]
