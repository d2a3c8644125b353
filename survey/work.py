"""The work behind each kind of job.  Only what does the work loads numpy, scipy and pandas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, TextIO

from flask import Flask

from survey import work_intake, work_schemes
from survey.config import Settings
from survey.domain.calendar import local_day
from survey.domain.frame_layout import Layout
from survey.errors import Conflict
from survey.services import exports, proposals
from survey.services.frames import staging, storing, target, uploads
from survey.store.session import Database

Progress = Callable[[int, int, str], None]


def _weigh(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services import weigh

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc phiếu trả lời")
    with database.read() as session:
        inputs = weigh.load(session, wave)
        everybody = weigh.load(session, wave, with_excluded=True) if inputs.excluded else None
    progress(1, 2, "Tính quyền số")
    weights = weigh.compute(inputs)
    whole = weigh.compute(everybody) if everybody else None
    with database.write() as session:
        # The run that left answers out comes last: it is the newest one.
        first = weigh.store(session, wave, whole, now=_now()) if whole else None
        weights.settings["with_excluded"] = first
        run_id = weigh.store(session, wave, weights, now=_now())
    progress(2, 2, "Đã tính quyền số")
    return run_id, weights


def _index(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services import beside_table, other_groups, publish

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc quyền số và phiếu")
    with database.read() as session:
        inputs = other_groups.load(session, wave)
        first = inputs.with_excluded
        everybody = other_groups.load(session, wave, run_id=first) if first else None
        read = beside_table.load(session, wave, inputs)
    progress(1, 2, "Ước lượng và tổng hợp điểm")
    sums = publish.sums(inputs)
    table = publish.composed(inputs, *sums, now=_now())
    whole = publish.compute(everybody, now=_now()) if everybody else None
    if whole:
        table, whole = publish.alike(inputs, everybody, table, whole)
    beside = beside_table.compute(inputs, read, sums[0], table)
    with database.write() as session:
        run_id = publish.store(session, inputs, table, now=_now(), with_excluded=whole)
        beside_table.store(session, run_id, beside)
    progress(2, 2, "Đã có bảng chỉ số")
    return table


def _release(app: Flask, progress: Progress, wave: str, by: str, reason: str = "") -> Any:
    from survey.services import follow_up_opening, release_gather, release_make

    database: Database = app.extensions["database"]
    progress(0, 3, "Đọc bảng và mọi số liệu của bảng")
    with database.read() as session:
        gathered = release_gather.gather(session, wave, reason=reason)
    progress(1, 3, "Ký và tính lại từ tệp đã ký")
    now = _now()
    made = release_make.make(gathered, key=app.extensions["settings"].release_key, now=now)
    with database.write() as session:
        release = release_make.store(session, gathered, made, by=by, now=now)
        follow_up_opening.from_release(session, wave, by=by, now=now)
    progress(3, 3, "Đã công bố")
    return release, made


def _report(
    app: Flask, progress: Progress, wave: str, by: str, about: dict[str, Any], kinds: list[str]
) -> Any:
    from survey.services import reports

    database: Database = app.extensions["database"]
    progress(0, len(kinds) + 1, "Đọc bảng và mọi số liệu của bảng")
    with database.read() as session:
        gathered = reports.gather(session, wave, about)
    made = {}
    for i, kind in enumerate(kinds, start=1):
        progress(i, len(kinds) + 1, "Vẽ hình và dàn trang")
        made[kind] = reports.make(gathered, kind, now=_now())
    with database.write() as session:
        reports.store(session, wave, gathered, made, by=by, now=_now())
    progress(len(kinds) + 1, len(kinds) + 1, "Đã có báo cáo")
    return made


def _recompute(app: Flask, progress: Progress, wave: str) -> Any:
    _weigh(app, lambda done, total, message: progress(done, 4, message), wave)
    return _index(app, lambda done, total, message: progress(done + 2, 4, message), wave)


def _screen(app: Flask, progress: Progress, wave: str) -> Any:
    from survey.services import screening

    database: Database = app.extensions["database"]
    progress(0, 2, "Đọc phiếu trả lời")
    with database.read() as session:
        inputs = screening.load(session, wave)
    progress(1, 2, "Tìm dấu hiệu")
    found = screening.compute(inputs)
    with database.write() as session:
        screening.store(session, inputs, found, now=_now())
    progress(2, 2, "Đã sàng lọc; chờ người rà soát")
    return found


def _propose(app: Flask, progress: Progress, wave: str, proposal: int) -> Any:
    from survey.services import planner

    database: Database = app.extensions["database"]
    progress(0, 1, "Tính phương án")
    with database.read() as session:
        request = proposals.request_of(session, proposal)
        found = planner.propose(session, wave, request)
    with database.write() as session:
        proposals.answer(session, proposal, found)
    progress(1, 1, "Đã tính phương án")
    return found


def _use(app: Flask, progress: Progress, wave: str, proposal: int, by: str) -> Any:
    from survey.services import sample

    with app.extensions["database"].write() as session:
        request = proposals.request_of(session, proposal)
        made = sample.plan(session, wave, request, by=by, now=_now())
    progress(1, 1, "Đã lập phương án mẫu")
    return made


def _respond(app: Flask, progress: Progress, wave: str, urls: list[str], workers: int = 4) -> Any:
    from survey.services.demo import respond

    database: Database = app.extensions["database"]
    with database.write() as session:
        definition, layout, invited = respond.invite_all(
            session, wave, code_key=app.extensions["settings"].code_key_bytes, now=_now()
        )
    return respond.walk(urls, definition, layout, invited, workers=workers, progress=progress)


def _fill(app: Flask, progress: Progress, wave: str, url: str) -> Any:
    made = _respond(app, progress, wave, [url])
    _recompute(app, lambda done, total, message: None, wave)
    return made


def _load_frame(
    app: Flask,
    progress: Progress,
    wave: str,
    path: Path,
    name: str,
    layout: Layout,
    by: str,
    faults_file: TextIO | None = None,
    upload: int | None = None,
    only_check: bool = False,
) -> Any:
    """Check a file and store its frame; while it is read, nobody waits for the database."""
    database: Database = app.extensions["database"]
    settings: Settings = app.extensions["settings"]
    with database.read() as session:
        wanted = target.of(session, wave)
    with staging.check(
        wanted,
        path,
        layout,
        name=name,
        contact_key=settings.contact_key,
        today=local_day(_now()),
        faults_file=faults_file,
        progress=progress,
    ) as checked:
        if upload is not None:
            with database.write() as session:
                uploads.keep_report(session, wave, upload, uploads.report(checked))
        if only_check:
            return checked.summary()
        checked.refuse_faults()
        progress(checked.n_frame, checked.n_frame, "Ghi vào cơ sở dữ liệu")
        # A row of this database cannot tell how far it is while the same database is written.
        tell = progress if upload is None else _silent
        with database.write() as session:
            made = storing.store(session, checked, by=by, now=_now(), progress=tell)
            if upload is not None:
                uploads.loaded(session, wave, upload)
    return made


def _frame_file(app: Flask, progress: Progress, wave: str, upload: int, by: str, load: bool) -> Any:
    """A file that came through the office's page: checked, or checked and loaded."""
    folder = app.extensions["settings"].instance_dir
    with app.extensions["database"].read() as session:
        found = uploads.get(session, wave, upload, folder=folder)
    if found.path is None:
        raise Conflict("Tệp đã bị xoá; hãy gửi lại.", code="upload.gone")
    with found.faults_path.open("w", encoding="utf-8-sig", newline="") as faults_file:
        made = _load_frame(
            app,
            _now_and_then(progress),
            *(wave, found.path, found.name, found.layout, by, faults_file, upload),
            only_check=not load,
        )
    if load:
        uploads.delete_file(folder, found.path.name)
    return made


def _now_and_then(progress: Progress) -> Progress:
    """Tell how far it is twice a second: each telling is a transaction."""
    told, last = 0.0, ""

    def tell(done: int, total: int, message: str) -> None:
        nonlocal told, last
        if message != last or monotonic() - told > 0.5:
            told, last = monotonic(), message
            progress(done, total, message)

    return tell


def _silent(_done: int, _total: int, _message: str) -> None:
    pass


def _microdata(
    app: Flask, progress: Progress, wave: str, path: Path, order: dict[str, Any], by: str
) -> Any:
    """Lay the rows down in one look at the database, then write the files without it."""
    from survey.services.microdata import files

    database: Database = app.extensions["database"]
    listed = {name: tuple(order.get(name, ())) for name in ("formats", "leave_out")}
    wanted = files.Order(**{**order, **listed})
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.parent, prefix=".microdata-") as folder:
        progress(0, 1, "Đọc phiếu trả lời")
        with database.read() as session:
            export = files.lay_down(session, wave, wanted, Path(folder), now=_now())
        made = files.write(export, path, progress)
    with database.write() as session:
        exports.record(
            session, wave, order, n_rows=made.n_rows, sha256=made.sha256, by=by, now=_now()
        )
    return made


def _microdata_export(
    app: Flask, progress: Progress, wave: str, name: str, order: dict[str, Any], by: str
) -> Any:
    folder = exports.folder(app.extensions["settings"].instance_dir)
    return _microdata(app, _now_and_then(progress), wave, folder / name, order, by)


WORK: dict[str, Callable[..., Any]] = {
    "weigh": _weigh,
    "index": _index,
    "release": _release,
    "report": _report,
    "recompute": _recompute,
    "scheme.replay": work_schemes.replay,
    "screen": _screen,
    "intake": work_intake.take_in,
    "demo.respond": _respond,
    "demo.fill": _fill,
    "frame.check": partial(_frame_file, load=False),
    "frame.import": partial(_frame_file, load=True),
    "frame.file": _load_frame,
    "plan.propose": _propose,
    "plan.use": _use,
    "microdata.file": _microdata,
    "microdata.export": _microdata_export,
}


def _now() -> datetime:
    return datetime.now(UTC)
