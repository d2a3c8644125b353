"""Weights, tables and what is published of them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from survey.store.session import Database
from survey.work.progress import Progress, now


def weigh(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services import unsurveyed
    from survey.services import waves as wave_life
    from survey.services import weigh as service
    from survey.services.households import plan, weighing

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc phiếu trả lời")
    with database.read() as session:
        kind = weighing if plan.is_round(session, wave) else service
        if not wave_life.has_survey(session, wave):
            kind = unsurveyed
        inputs = kind.load(session, wave)
        everybody = kind.load(session, wave, with_excluded=True) if inputs.excluded else None
    progress(1, 2, "Tính quyền số")
    weights = kind.compute(inputs)
    whole = kind.compute(everybody) if everybody else None
    with database.write() as session:
        # The run that left answers out comes last: it is the newest one.
        first = service.store(session, wave, whole, now=now()) if whole else None
        weights.settings["with_excluded"] = first
        run_id = service.store(session, wave, weights, now=now())
    progress(2, 2, "Đã tính quyền số")
    return run_id, weights


def index(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services.composition import beside_table, other_groups, publish

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc quyền số và phiếu")
    with database.read() as session:
        inputs = other_groups.load(session, wave)
        first = inputs.with_excluded
        everybody = other_groups.load(session, wave, run_id=first) if first else None
        read = beside_table.load(session, wave, inputs)
    progress(1, 2, "Ước lượng và tổng hợp điểm")
    sums = publish.sums(inputs)
    table = publish.composed(inputs, *sums, now=now())
    whole, other = None, None
    if everybody:
        all_sums = publish.sums(everybody)
        whole = publish.composed(everybody, *all_sums, now=now())
        table, whole = publish.alike(inputs, everybody, table, whole)
        other = beside_table.WithExcluded(everybody, all_sums, whole)
    beside = beside_table.compute(inputs, read, sums, table, other)
    with database.write() as session:
        run_id = publish.store(session, inputs, table, now=now(), with_excluded=whole)
        beside_table.store(session, run_id, beside)
    progress(2, 2, "Đã có bảng chỉ số")
    return table


def recompute(app: Flask, progress: Progress, wave: str) -> Any:
    weigh(app, lambda done, total, message: progress(done, 4, message), wave)
    return index(app, lambda done, total, message: progress(done + 2, 4, message), wave)


def screen(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services import screening

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc phiếu trả lời")
    with database.read() as session:
        inputs = screening.load(session, wave)
    progress(1, 2, "Tìm dấu hiệu")
    found = screening.compute(inputs)
    with database.write() as session:
        screening.store(session, inputs, found, now=now())
    progress(2, 2, "Đã sàng lọc; chờ người rà soát")
    return found


def release(app: Flask, progress: Progress, wave: str, by: str, reason: str = "") -> Any:
    from survey.services.follow_up import opening
    from survey.services.release import gather, make

    database: Database = app.extensions["database"]
    progress(0, 3, "Đọc bảng và mọi số liệu của bảng")
    with database.read() as session:
        gathered = gather.gather(session, wave, reason=reason)
    progress(1, 3, "Ký và tính lại từ tệp đã ký")
    at = now()
    made = make.make(gathered, key=app.extensions["settings"].release_key, now=at)
    with database.write() as session:
        release = make.store(session, gathered, made, by=by, now=at)
        opening.from_release(session, wave, by=by, now=at)
    progress(3, 3, "Đã công bố")
    return release, made


def report(
    app: Flask, progress: Progress, wave: str, by: str, about: dict[str, Any], kinds: list[str]
) -> Any:
    from survey.services.report import reports

    database: Database = app.extensions["database"]
    progress(0, len(kinds) + 1, "Đọc bảng và mọi số liệu của bảng")
    with database.read() as session:
        gathered = reports.gather(session, wave, about)
    made = {}
    for i, kind in enumerate(kinds, start=1):
        progress(i, len(kinds) + 1, "Vẽ hình và dàn trang")
        made[kind] = reports.make(gathered, kind, now=now())
    with database.write() as session:
        reports.store(session, wave, gathered, made, by=by, now=now())
    progress(len(kinds) + 1, len(kinds) + 1, "Đã có báo cáo")
    return made
