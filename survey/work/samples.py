"""Plans of samples, worked out and taken."""

from __future__ import annotations

from typing import Any

from flask import Flask

from survey.services.sampling import proposals
from survey.store.session import Database
from survey.work.progress import Progress, now


def propose(app: Flask, progress: Progress, wave: str, proposal: int) -> Any:
    from survey.services.sampling import planner

    database: Database = app.extensions["database"]
    progress(0, 1, "Tính phương án")
    with database.read() as session:
        request = proposals.request_of(session, proposal)
        found = planner.propose(session, wave, request)
    with database.write() as session:
        proposals.answer(session, proposal, found)
    progress(1, 1, "Đã tính phương án")
    return found


def use(app: Flask, progress: Progress, wave: str, proposal: int, by: str) -> Any:
    from survey.services.sampling import sample

    with app.extensions["database"].write() as session:
        request = proposals.request_of(session, proposal)
        made = sample.plan(session, wave, request, by=by, now=now())
    progress(1, 1, "Đã lập phương án mẫu")
    return made
