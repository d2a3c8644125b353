"""Paper forms as PDF: a questionnaire that people fill by hand, each copy with its own number."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from types import MappingProxyType

from forms import pictures as pictures_
from forms.faces.paper import BLANK, Paper, paper
from forms.model import Questionnaire
from survey.domain import assessed
from survey.render import qr
from survey.render.document import pdf, pictures

TEMPLATE = "paper-form.typ"
#: Fine enough to read on a screen, coarse enough for a page of a few tens of kilobytes.
SCREEN_PPI = 96
#: Longest side of a printed picture: 100 mm at 254 dots an inch.
PRINT_PIXELS = 1000
_NONE: Mapping[str, bytes] = MappingProxyType({})
_WORDS: Mapping[str, Mapping[str, str]] = {
    "vi": {
        "number": "Số phiếu",
        "page": "Trang",
        "page_code": "Mã trang",
        "preview": "BẢN XEM TRƯỚC",
        "trial": "chỉ để dùng thử",
        "copy": "lần",
        "agree": "Đồng ý",
        "like_this": "Đánh dấu như thế này:",
        "mistake": "Đánh nhầm: tô kín ô sai rồi đánh ô đúng:",
        "latitude": "Vĩ độ",
        "longitude": "Kinh độ",
        "picture": "hình",
    },
    "en": {
        "number": "Form number",
        "page": "Page",
        "page_code": "Page code",
        "preview": "PREVIEW",
        "trial": "for trying out only",
        "copy": "no.",
        "agree": "I agree",
        "like_this": "Tick like this:",
        "mistake": "A mistake: fill the wrong box, then tick the right one:",
        "latitude": "Latitude",
        "longitude": "Longitude",
        "picture": "picture",
    },
}
_INTRO: Mapping[str, tuple[str, ...]] = {
    "vi": (
        "Ông/bà tự quyết định có trả lời hay không, và có thể bỏ qua câu không muốn trả lời. "
        "Xin không ghi tên, số điện thoại hay số giấy tờ lên phiếu. Số phiếu chỉ dùng để nhập "
        "phiếu một lần, không gắn với ông/bà.",
    ),
    "en": (
        "You decide whether to answer, and you may leave out any question. Please do not write "
        "names, telephone or document numbers on the form. The form number only makes sure that "
        "the form is entered once; it is not linked to you.",
    ),
}
_CLOSING: Mapping[str, str] = {
    "vi": "Hết phiếu. Xin cảm ơn ông/bà.",
    "en": "End of the form. Thank you.",
}


@dataclass(frozen=True, slots=True)
class PaperCopy:
    """One copy: its printed number and what its QR code says, both empty on a preview."""

    number: str = ""
    qr_text: str = ""


def preview_pdf(q: Questionnaire, language: str, files: Mapping[str, bytes] = _NONE) -> bytes:
    """How a questionnaire would look on paper, published or not; it carries no number.

    ``files``: what it shows, by the name each is kept under; of others there is a frame.
    """
    return forms_pdf(
        q,
        language,
        [PaperCopy()],
        title=q.text(q.titles, language),
        organisation="",
        made_on=None,
        files=files,
    )


def preview_pictures(
    q: Questionnaire, language: str, files: Mapping[str, bytes] = _NONE
) -> list[bytes]:
    """The pages of the same as PNG pictures, for a screen."""
    title = q.text(q.titles, language)
    data = _data(q, language, [PaperCopy()], title=title, organisation="", files=files)
    return pictures(TEMPLATE, data, ppi=SCREEN_PPI)


def forms_pdf(
    q: Questionnaire,
    language: str,
    copies: Sequence[PaperCopy],
    *,
    title: str,
    organisation: str,
    made_on: date | None,
    unit_name: str = "",
    synthetic: bool = False,
    files: Mapping[str, bytes] = _NONE,
) -> bytes:
    """All copies in the order given, each on sheets of its own.

    ``unit_name`` fills the texts that name the unit; without it there is a place to write it.
    Raises ValueError when there is no copy.
    """
    if not copies:
        raise ValueError("no forms to print")
    facts = {"unit_name": unit_name, "synthetic": synthetic, "files": files}
    data = _data(q, language, copies, title=title, organisation=organisation, **facts)
    return pdf(TEMPLATE, data, made_on=made_on, tagged=False)


def _data(
    q: Questionnaire,
    language: str,
    copies: Sequence[PaperCopy],
    *,
    title: str,
    organisation: str,
    unit_name: str = "",
    synthetic: bool = False,
    files: Mapping[str, bytes] = _NONE,
) -> dict:
    """What the template is filled with."""
    # Which units somebody is asked about is written in by hand.
    known = dict.fromkeys(assessed.slots([each.name for each in q.variables]), BLANK)
    made = paper(q, language, known=known | ({"unit_name": unit_name} if unit_name else {}))
    worded = language if language in _WORDS else "en"
    return {
        "paper": _plain(made),
        "title": title,
        "organisation": organisation,
        "synthetic": synthetic,
        "form_version": f"{q.form_id} {q.version}",
        "words": _WORDS[worded],
        "pictures": {name: _picture(files[name]) for name in _shown(made) if name in files},
        "blank": BLANK,
        "intro": _INTRO[worded],
        "closing": _CLOSING[worded],
        "forms": [
            {
                "number": each.number,
                "qr": qr.svg(each.qr_text) if each.qr_text else "",
                "unit": unit_name,
            }
            for each in copies
        ],
    }


def _shown(made: Paper) -> set[str]:
    items = [item for part in made.parts for item in part.items]
    return {each.picture for item in items for each in (item, *item.options) if each.picture}


def _picture(content: bytes) -> dict:
    """A picture in the one form in which a template can be given it: within an SVG."""
    printed, ending = pictures_.redrawn(content, PRINT_PIXELS)
    width, height = pictures_.size(printed)
    kind = {"jpg": "jpeg"}.get(ending, ending)
    text = b64encode(printed).decode()
    return {
        "ratio": height / width,
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/{kind};base64,{text}"/></svg>',
    }


def _plain(made: Paper) -> dict:
    return {
        "title": made.title,
        "language": made.language,
        "parts": [asdict(part) for part in made.parts],
    }
