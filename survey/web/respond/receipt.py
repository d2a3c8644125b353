"""The holder of a receipt comes back: is the answer in the sealed record, and must it stay?"""

from __future__ import annotations

from flask import Response, render_template, request

from survey.domain.codes import Mistyped, grouped, normalise
from survey.services import receipt, seal
from survey.web import guards, limits
from survey.web.respond import bp, visit
from survey.web.session import current, now
from survey.web.settings import code_key


@bp.get("/bien-nhan")
@guards.public
def receipt_form():
    return render_template("respond/receipt_form.html", typed="", fault="")


@bp.post("/bien-nhan")
@guards.public
@limits.code
def receipt_found():
    """What became of the answer.  By POST: the code stands in no address and no history."""
    typed = request.form.get("code", "")[:200]
    return _shown(receipt.look(current(), typed, code_key=code_key()), typed)


@bp.post("/bien-nhan/rut")
@guards.public
@limits.code
def withdraw_answer():
    typed = request.form.get("code", "")[:200]
    if request.form.get("sure") != "rut":
        return _shown(receipt.look(current(), typed, code_key=code_key()), typed, unsure=True)
    made = receipt.withdraw(current(), typed, code_key=code_key(), now=now())
    kept = visit.browser().receipt()
    if kept is not None and kept[0] == normalise(typed):
        visit.browser().forget_receipt()
    return _shown(made, typed)


@bp.get("/niem-phong/<slug>")
@guards.public
def sealed(slug: str):
    return render_template("respond/sealed.html", record=seal.record(current(), slug))


@bp.get("/niem-phong/<int:seal_id>.txt")
@guards.public
def sealed_list(seal_id: int):
    return Response(seal.listing(current(), seal_id), mimetype="text/plain")


def _shown(found: receipt.ReceiptView | Mistyped | None, typed: str, *, unsure: bool = False):
    if found is None or isinstance(found, Mistyped):
        limits.failed()
        fault = "unknown" if found is None else "mistyped"
        return render_template("respond/receipt_form.html", typed=typed, fault=fault), 404
    page = render_template(
        "respond/receipt.html", found=found, code=grouped(normalise(typed)), unsure=unsure
    )
    return page, 422 if unsure else 200
