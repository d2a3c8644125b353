"""The commands of the office: ``flask GROUP COMMAND``.  One of the doors that commit."""

from __future__ import annotations

from flask import Flask

from survey.cli import (
    account,
    appraisal,
    demo,
    enumerator,
    field,
    follow,
    form,
    frame,
    household,
    index,
    microdata,
    paper,
    paper_forms,
    questionnaire,
    report,
    sample,
    scheme,
    screening,
    server,
    units,
    wave,
    weigh,
)


def install(app: Flask) -> None:
    for command in (
        server.serve,
        server.worker,
        server.pages,
        server.database,
        account.account,
        wave.wave,
        wave.purge,
        units.units,
        questionnaire.questionnaire,
        form.form,
        frame.frame,
        sample.sample,
        field.field,
        enumerator.enumerator,
        household.household,
        paper.slips,
        paper.posters,
        paper_forms.paper,
        screening.screening,
        weigh.weigh,
        scheme.scheme,
        appraisal.verified,
        index.index,
        report.report,
        microdata.microdata,
        follow.follow,
        follow.tt01,
        demo.demo,
    ):
        app.cli.add_command(command)
