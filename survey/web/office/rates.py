"""AAPOR outcome rates as they stand: whole, per unit, per stratum."""

from __future__ import annotations

from flask import render_template, request

from survey.domain.disposition import MEANINGS
from survey.domain.roles import Role, may
from survey.services.fieldwork import due, monitor
from survey.services.fieldwork import rates as fieldwork_rates
from survey.web import guards
from survey.web.i18n import _
from survey.web.office import bp
from survey.web.session import current, now


@bp.get("/dot/<slug>/ty-le")
@guards.requires(Role.VIEWER)
def rates(slug: str):
    typed = request.args.get("e", "").strip()[:10]
    e = _share(typed)
    error = _("e là một số từ 0 đến 1, ví dụ 0,9.") if typed and e is None else ""
    weighted, by_stratum = "quyen-so" in request.args, request.args.get("theo") == "tang"
    table = fieldwork_rates.table(current(), slug, e=e, weighted=weighted)
    user = guards.current_user()
    page = render_template(
        "office/rates.html",
        wave=monitor.wave(current(), slug),
        table=table,
        rows=[*(table.strata if by_stratum else table.units), table.whole],
        by_stratum=by_stratum,
        typed=typed,
        error=error,
        letters=fieldwork_rates.LETTERS,
        families=_families(),
        formulae=fieldwork_rates.formulae(),
        meanings=MEANINGS,
        fields=due.field_titles(current(), slug),
        user=user,
        may_manage=may(user.role, Role.MANAGER),
        now=now(),
    )
    return page, 422 if error else 200


def _families() -> list[list[str]]:
    """Names of the rates, as two tables show them."""
    response = [name for name in fieldwork_rates.RATES if name.startswith("RR")]
    return [response, [name for name in fieldwork_rates.RATES if name not in response]]


def _share(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
