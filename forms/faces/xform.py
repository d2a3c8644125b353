"""A questionnaire as an XForm: what ODK Collect, Enketo and web forms show offline.

pyxform, ODK's own compiler, writes it.  The same questionnaire always gives the same bytes, since
clients ask by their digest whether a form has changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import md5, sha256

from forms.faces.xform_sheets import language_name, sheets
from forms.model import Questionnaire

#: Name of the instance's root element.
ROOT = "data"
_MEDIA = re.compile(r"""jr://(?:file|file-csv|images|audio|video)/([^"'<>]+)""")


@dataclass(frozen=True)
class XForm:
    """A compiled form.

    Attributes
    ----------
    xml : bytes
        The XForm in UTF-8.
    form_id, version, title : str
        As in the form list of OpenRosa.
    languages : tuple of str
        Names of the languages that a client offers, the default first.
    media : tuple of str
        Names of the files that the form needs beside it: lists, pictures, sounds.
    warnings : tuple of str
        What pyxform remarked.
    """

    xml: bytes
    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    media: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def md5(self) -> str:
        """The digest by which OpenRosa clients know a form: ``md5:`` and hexadecimal."""
        return f"md5:{md5(self.xml, usedforsecurity=False).hexdigest()}"

    @property
    def sha256(self) -> str:
        return sha256(self.xml).hexdigest()


class XFormError(ValueError):
    """The questionnaire cannot be written as an XForm; says what pyxform found."""


def build(q: Questionnaire, *, case_file: str = "") -> XForm:
    """Compile a questionnaire; kept per questionnaire.

    Parameters
    ----------
    case_file : str
        CSV file with the enumerator's cases, see ``forms.faces.xform_sheets.sheets``.

    Raises
    ------
    XFormError
        pyxform refuses it.

    Source: https://getodk.github.io/xforms-spec/, https://xlsform.org.
    """
    return q.once(("xform", case_file), lambda: _build(q, case_file))


def load_compiler() -> None:
    """Load pyxform now, so that no request waits for it, and none is charged for it."""
    import pyxform.xls2xform  # noqa: F401


def _build(q: Questionnaire, case_file: str) -> XForm:
    # pyxform takes most of a second to load: only who compiles a form pays for it.
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    book = sheets(q, case_file)
    workbook = {
        "survey": [dict(row) for row in book.survey],
        "choices": [dict(row) for row in book.choices],
        "settings": [dict(book.settings)],
    }
    workbook |= {f"{name}_header": [_header(rows)] for name, rows in workbook.items()}
    try:
        made = convert(workbook, form_name=ROOT)
    except PyXFormError as error:
        raise XFormError(str(error)) from error
    media = dict.fromkeys(_MEDIA.findall(made.xform))
    return XForm(
        xml=made.xform.encode(),
        form_id=q.form_id,
        version=q.version,
        title=book.settings["form_title"],
        languages=tuple(map(language_name, q.languages)),
        media=tuple(media),
        warnings=tuple(made.warnings),
    )


def _header(rows: list[dict[str, str]]) -> dict[str, None]:
    return dict.fromkeys(column for row in rows for column in row)
