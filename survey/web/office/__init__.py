"""The office: plan and follow a wave, start long work, hand out posters."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("office", __name__, url_prefix="/van-phong")

from survey.web.office import (  # noqa: E402, F401  (they add views to bp)
    account,
    appraisal,
    boundaries,
    contacts,
    desk_sheet,
    enumerators,
    exports,
    fieldwork,
    follow_up,
    frames,
    household,
    new_wave,
    paper_entry,
    paper_forms,
    planner,
    quarantine,
    questionnaire_drafts,
    questionnaire_faces,
    questionnaire_preview,
    questionnaires,
    rates,
    release,
    report,
    reserves,
    sample,
    schemes,
    screening,
    supervision,
    timings,
    unit_accounts,
    work,
    xlsform_page,
)
