"""Form list, form and manifest: what a client may fill, and the cases it may fill it for."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape

from flask import abort, g, request, url_for

from survey.services.intake import case_list
from survey.services.intake.case_list import CASE_FILE, FieldForm
from survey.web import guards
from survey.web.openrosa import bp, wire
from survey.web.session import current, now

_LIST = '<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{space}">{rows}</{root}>'
_OF_LISTS = "http://openrosa.org/xforms/xformsList"
_OF_MANIFESTS = "http://openrosa.org/xforms/xformsManifest"


@bp.get("/formList")
@guards.by_address
def form_list(token: str):
    """All forms of the enumerator's waves; ``formID`` asks for one, as Enketo does."""
    wanted = request.args.get("formID")
    found = case_list.forms(current(), g.worker.id, now=now())
    rows = (_entry(token, each) for each in found if wanted in (None, "", each.made.form_id))
    return wire.document(_LIST.format(root="xforms", space=_OF_LISTS, rows="".join(rows)))


@bp.get("/forms/<int:form_id>/form.xml")
@guards.by_address
def form_xml(token: str, form_id: int):
    """The form: the very bytes that the list gave the digest of."""
    return wire.document(_form(form_id).made.xml)


@bp.get("/forms/<int:form_id>/manifest.xml")
@guards.by_address
def manifest(token: str, form_id: int):
    """Files beside the form, with their digests."""
    found = _form(form_id)
    place = url_for("openrosa.cases_csv", token=token, form_id=form_id, _external=True)
    rows = [_tags(filename=CASE_FILE, hash=found.case_md5, downloadUrl=place)]
    for each in found.files:
        place = url_for("media.file", name=each.name, _external=True)
        rows.append(_tags(filename=each.file_name, hash=f"md5:{each.md5}", downloadUrl=place))
    listed = "".join(_element("mediaFile", tags) for tags in rows)
    return wire.document(_LIST.format(root="manifest", space=_OF_MANIFESTS, rows=listed))


@bp.get("/forms/<int:form_id>/cases.csv")
@guards.by_address
def cases_csv(token: str, form_id: int):
    """The enumerator's own cases, nobody else's."""
    return wire.document(_form(form_id).case_csv, "text/csv; charset=utf-8")


def _form(form_id: int) -> FieldForm:
    return case_list.form(current(), g.worker.id, form_id, now=now()) or abort(404)


def _entry(token: str, form: FieldForm) -> str:
    place = {"token": token, "form_id": form.id, "_external": True}
    return _element(
        "xform",
        _tags(
            formID=form.made.form_id,
            name=form.made.title,
            version=form.made.version,
            hash=form.made.md5,
            descriptionText=form.made.title,
            downloadUrl=url_for("openrosa.form_xml", **place),
            manifestUrl=url_for("openrosa.manifest", **place),
        ),
    )


def _tags(**texts: str) -> Iterable[str]:
    return (f"<{name}>{escape(text)}</{name}>" for name, text in texts.items())


def _element(name: str, inner: Iterable[str]) -> str:
    return f"<{name}>{''.join(inner)}</{name}>"
