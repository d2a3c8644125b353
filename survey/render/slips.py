"""One-time invitation slips: four A6 slips on an A4 sheet, one dossier each, no person's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from survey.domain.codes import grouped
from survey.domain.links import case_link, typed_address
from survey.render import qr
from survey.render.document import pdf
from survey.render.numbers import day

PER_PAGE = 4


@dataclass(frozen=True, slots=True)
class Slip:
    """What one slip says besides the common text."""

    code: str
    unit_name: str
    #: Lets the office find the dossier again: a running number, or masked_reference().
    reference: str


def masked_reference(dossier_code: str) -> str:
    """The last four characters of a dossier code: known to its owner, of no use to a finder.

    >>> masked_reference("H29.15-230105-0042")
    '…0042'
    """
    return "…" + dossier_code[-4:]


def slips_pdf(
    slips: Sequence[Slip],
    *,
    wave_title: str,
    organisation: str,
    public_url: str,
    minutes: int,
    closes_on: date,
    synthetic: bool,
    made_on: date,
) -> bytes:
    """All slips in the order given; each unit starts a new sheet, so that sheets can be handed out.

    Raises ValueError when there is none.
    """
    if not slips:
        raise ValueError("no slips to print")
    data = {
        "wave_title": wave_title,
        "organisation": organisation,
        "address": typed_address(public_url),
        "minutes": minutes,
        "closes_on": day(closes_on, "vi"),
        "closes_on_en": day(closes_on, "en"),
        "synthetic": synthetic,
        "sheets": [[_filled(slip, public_url) for slip in sheet] for sheet in _sheets(slips)],
    }
    return pdf("slips.typ", data, made_on=made_on, tagged=False)


def _sheets(slips: Iterable[Slip]) -> Iterable[list[Slip]]:
    for _, group in groupby(slips, key=lambda slip: slip.unit_name):
        of_unit = list(group)
        for start in range(0, len(of_unit), PER_PAGE):
            yield of_unit[start : start + PER_PAGE]


def _filled(slip: Slip, public_url: str) -> dict[str, str]:
    return {
        "qr": qr.svg(case_link(public_url, slip.code)),
        "code": grouped(slip.code),
        "unit": slip.unit_name,
        "reference": slip.reference,
    }
