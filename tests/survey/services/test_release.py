"""A released table: computed again from its file alone, every change to the file is found."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import metadata

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from survey.errors import Conflict, InvalidInput
from survey.render import release_files as files
from survey.services import receipt, waves
from survey.services.release import check, releases, signing
from survey.services.results import results
from survey.store import waves as wave_store
from survey.store.models import AuditEvent, IndexRun, Response, VerifiedPoint
from tests.support import released
from tests.support.databases import ON_SQLITE

NOW = datetime.now(UTC)


@pytest.fixture
def first(app):
    """A wave with one release: (wave, stored release, its two files)."""
    wave = released.answered(app)
    stored, made = wave.release()
    return wave, stored, made


def resigned(bundle: bytes, changed: dict[str, bytes], key: str) -> bytes:
    """The file as somebody who holds the key would forge it."""
    content = files.unpacked(bundle) | changed
    manifest = json.loads(content[files.MANIFEST])
    inside = {n: p for n, p in content.items() if n not in (files.MANIFEST, files.SIGNATURE)}
    manifest["files"] = {name: files.digest(part) for name, part in inside.items()}
    private = signing.private_key(key)
    signed = files.json_file(manifest)
    signature = {
        "algorithm": "Ed25519",
        "public_key": signing.public_hex(private),
        "signature": signing.sign(private, signed),
    }
    return files.packed(
        {**inside, files.MANIFEST: signed, files.SIGNATURE: files.json_file(signature)}
    )


def test_both_files_give_the_table_again_and_neither_needs_the_other(first):
    _, stored, made = first
    for bundle, full in ((made.public, False), (made.full, True)):
        found = check.check(bundle, public_key=stored.public_key)
        assert found.agrees, found.differs % found.facts
        assert (found.number, found.full, found.same_program) == (1, full, True)
        assert found.n_cells > 500
    assert made.public == files.packed(files.unpacked(made.public)), "packing is deterministic"


def test_the_public_file_holds_no_answer_and_nothing_of_a_withheld_unit(app):
    wave = released.answered(app, few=3)
    _, made = wave.release()
    public = files.unpacked(made.public)
    table = json.loads(public[files.TABLE])
    hidden = {f"{r['unit_code']}@{r['valid_from']}" for r in table["rows"] if r["suppressed"]}
    assert len(hidden) == 3
    assert files.ANSWERS not in public
    for name in (files.TOTALS, files.SUMS, files.COVARIANCE):
        assert {row["unit"] for row in files.csv_rows(name, public[name])}.isdisjoint(hidden)
    with wave.database.read() as session:
        ids = session.scalars(select(Response.id)).all()
        receipts = session.scalars(select(Response.receipt_digest)).all()
    full = b"".join(files.unpacked(made.full).values())
    assert not any(key.encode() in full or r.hex().encode() in full
                   for key, r in zip(ids, receipts, strict=True))  # fmt: skip
    signed = json.loads(public[files.MANIFEST])["withheld"]
    assert signed == {files.ANSWERS: files.digest(files.unpacked(made.full)[files.ANSWERS])}


@ON_SQLITE
def test_any_changed_byte_of_any_file_is_found(first):
    _, stored, made = first
    content = files.unpacked(made.full)
    for name, part in content.items():
        at = len(part) // 2
        turned = part[:at] + bytes([part[at] ^ 1]) + part[at + 1 :]
        try:
            found = check.check(
                files.packed(content | {name: turned}), public_key=stored.public_key
            )
        except InvalidInput:
            continue
        assert not found.agrees, name
    missing = {name: part for name, part in content.items() if name != files.SUMS}
    assert "sums.csv" in _words(files.packed(missing))
    assert "more.csv" in _words(files.packed(content | {"more.csv": b"x"}))


def _words(bundle: bytes, **more) -> str:
    found = check.check(bundle, **more)
    return found.differs % dict(found.facts)


def _table_cell(part: bytes) -> bytes:
    table = json.loads(part)
    row = next(r for r in table["rows"] if r["satisfaction"] is not None)
    row["satisfaction"] += 1e-6
    return files.json_file(table)


def _next_line(part: bytes, was: str, new: str) -> bytes:
    text = part.decode()
    assert was in text
    return text.replace(was, new, 1).encode()


def _one_answer(part: bytes) -> bytes:
    head, line, *rest = part.decode().split("\n")
    cells = line.split(",")
    at = next(i for i, cell in enumerate(cells) if i > 4 and cell in "12345" and cell)
    cells[at] = "1" if cells[at] >= "4" else "5"
    return "\n".join([head, ",".join(cells), *rest]).encode()


def _first_number(part: bytes, column: int) -> bytes:
    head, line, *rest = part.decode().split("\n")
    cells = line.split(",")
    cells[column] = str(float(cells[column]) * 1.01 + 1)
    return "\n".join([head, ",".join(cells), *rest]).encode()


def _first_weight(part: bytes) -> bytes:
    """One person was a little more likely to be drawn."""
    head, line, *rest = part.decode().split("\n")
    cells = line.split(",")
    cells[2] = str(float(cells[2]) * 0.9)
    return "\n".join([head, ",".join(cells), *rest]).encode()


def _changed(part: bytes, *path) -> bytes:
    """One number of a JSON document is another; a number in the path counts the entries."""
    whole = json.loads(part)
    at = whole
    for step in path[:-1]:
        at = at[list(at)[step] if isinstance(at, dict) and isinstance(step, int) else step]
    at[path[-1]] += 1
    return files.json_file(whole)


FORGERIES = [
    ("public", files.TABLE, _table_cell, "cột satisfaction"),
    ("public", files.SUMS, lambda p: _first_number(p, 2), "table.json, "),
    ("public", files.COVARIANCE, lambda p: _first_number(p, 3), "table.json, "),
    ("public", files.TOTALS, lambda p: _first_number(p, 2), "n_effective"),
    ("public", files.UNITS, lambda p: _next_line(p, ",Thị trấn", ",Thị  trấn"), "cột name"),
    ("public", files.SCHEME, lambda p: _next_line(p, "max = 5", "max = 4"), "is not between"),
    ("public", files.VERIFIED, lambda p: _first_number(p, 3), "areas.chi_dao.points"),
    ("public", files.STRATA, lambda p: p.rsplit(b"\n", 2)[0] + b"\n", "n_issued"),
    ("public", files.FRAME, lambda p: p.rsplit(b"\n", 2)[0] + b"\n", "frame.csv"),
    ("public", files.PLAN, lambda p: _next_line(p, '"n": ', '"n": 1'), "đã cam kết"),
    ("full", files.ANSWERS, lambda p: _one_answer(p), "totals.csv"),
    ("full", files.ANSWERS, lambda p: p.rsplit(b"\n", 2)[0] + b"\n", "n_respondents"),
    (
        "full",
        files.WEIGHTS,
        lambda p: _next_line(p, '"min_cell": 5', '"min_cell": 50'),
        "populations",
    ),
    ("full", files.SUMS, lambda p: _first_number(p, 2), "sums.csv"),
    ("full", files.ANSWERS, lambda p: _first_weight(p), "weights.json, "),
    ("full", files.WEIGHTS, lambda p: _next_line(p, '"factor": ', '"factor": 1'), "weights.json, "),
    ("public", files.STANDING, lambda p: _changed(p, "units", 0, "rank"), "› rank: có"),
    ("public", files.STANDING, lambda p: _changed(p, "units", 3, "bands", 0), "› bands › 1: có"),
    ("public", files.STANDING, lambda p: _changed(p, "units", 2, "model"), "› model: có"),
    ("public", files.STANDING, lambda p: _changed(p, "seed"), "standing.json, seed: có"),
    ("public", files.TRACES, lambda p: _changed(p, 2, "leaves", -1, "points"), "› points: có"),
    ("public", files.TRACES, lambda p: _changed(p, 2, "cases", "issued"), "› cases › issued: có"),
    ("full", files.TRACES, lambda p: _changed(p, 2, "leaves", -1, "items", 0, "valid"), "› valid"),
    ("full", files.TRACES, lambda p: _changed(p, 2, "weights", "cells", 0, "final"), "› final: có"),
    ("full", files.DRIVERS, lambda p: _changed(p, "drivers", 0, "correlation"), "› correlation"),
]


@ON_SQLITE
def test_who_holds_the_key_cannot_change_a_figure_either(first, settings):
    _, stored, made = first
    for kind, name, change, said in FORGERIES:
        bundle = getattr(made, kind)
        forged = resigned(
            bundle, {name: change(files.unpacked(bundle)[name])}, settings.release_key
        )
        found = check.check(forged, public_key=stored.public_key)
        assert not found.agrees, (kind, name)
        assert said in found.differs % dict(found.facts), (kind, name)


@ON_SQLITE
def test_the_spreadsheet_s_file_must_say_the_same_and_the_cell_is_named(first, settings):
    _, _, made = first
    part = files.unpacked(made.public)[files.TABLE_CSV].decode("utf-8-sig")
    head, line, *rest = part.splitlines(keepends=True)
    at, cells = head.split(",").index("n_respondents"), line.split(",")
    name, was, cells[at] = cells[5], cells[at], "999"
    changed = ("\ufeff" + head + ",".join(cells) + "".join(rest)).encode()
    words = _words(resigned(made.public, {files.TABLE_CSV: changed}, settings.release_key))
    assert "dòng 2, cột n_respondents: có “999”" in words
    assert f"“{was}”" in words
    assert name


@ON_SQLITE
def test_another_version_is_named_with_both(first, settings):
    _, stored, made = first
    assert check.check(made.public).versions == ()
    found = json.loads(files.unpacked(made.public)[files.SOFTWARE])
    found["packages"] |= {"numpy": "0.9", "left-pad": "1.0"}
    found["python"] = "2.7.18"
    part = files.json_file(found)
    assert "software.json: sha256" in _words(
        files.packed(files.unpacked(made.public) | {files.SOFTWARE: part})
    )
    again = check.check(resigned(made.public, {files.SOFTWARE: part}, settings.release_key))
    assert again.agrees, "the figures are the same"
    named = {name: (was, here) for name, was, here in again.versions}
    assert named.pop("python")[0] == "2.7.18"
    assert named.pop("numpy") == ("0.9", metadata.version("numpy"))
    assert named == {"left-pad": ("1.0", "")}


@ON_SQLITE
def test_another_key_s_signature_is_found(first):
    _, stored, made = first
    forged = resigned(made.public, {}, "11" * 32)
    assert check.check(forged).agrees, "only the published key tells"
    assert "khoá đã công khai" in _words(forged, public_key=stored.public_key)


def test_a_correction_is_a_new_release_that_names_what_changed(app, first):
    wave, one, made = first
    with pytest.raises(Conflict, match="chưa có lần tính nào mới hơn"):
        wave.release("lý do")
    with wave.database.write() as session:
        row = session.scalars(select(VerifiedPoint).where(VerifiedPoint.points > 2)).first()
        session.execute(
            update(VerifiedPoint)
            .where(VerifiedPoint.unit_id == row.unit_id, VerifiedPoint.leaf == row.leaf)
            .values(points=row.points - 1)
        )
    wave.compute()
    with pytest.raises(InvalidInput, match="lý do"):
        wave.release()
    two, corrected = wave.release("Nhập nhầm điểm thẩm định của một xã.")
    assert two.number == 2
    assert two.manifest["previous"] == {"number": 1, "manifest_sha256": one.manifest_sha256}
    changed = corrected.changes["cells"]
    assert {cell["column"] for cell in changed} >= {"total", "verified_points", "index_percent"}
    assert len({cell["row"] for cell in changed}) == 1
    assert "verified.csv" in corrected.changes["inputs"]
    assert files.ANSWERS not in corrected.changes["inputs"]
    assert check.check(corrected.public, previous=made.public).agrees
    assert "không nối tiếp" in _words(made.public, previous=corrected.public)
    with wave.database.read() as session:
        shown = releases.of_wave(session, wave.slug, "vi")
        # The page shows the released table, whatever was computed since.
        total = results.table(session, wave.slug, include_private=False)
    assert [r.number for r in shown.releases] == [2, 1]
    cell = next(cell for cell in shown.newest.cells if cell.title == "Điểm thẩm định")
    assert float(cell.before.replace(",", ".")) == pytest.approx(
        float(cell.after.replace(",", ".")) + 1
    )
    run = two.index_run_id
    with wave.database.read() as session:
        assert session.get_one(IndexRun, run).table["rows"] == total.to_dict()["rows"]


def test_a_table_computed_after_the_release_waits_for_its_own(app, first):
    wave, _, _ = first
    with wave.database.read() as session:
        before = results.table(session, wave.slug, include_private=True)
    with wave.database.write() as session:
        session.execute(update(VerifiedPoint).values(points=0.5))
    wave.compute()
    with wave.database.read() as session:
        assert results.table(session, wave.slug, include_private=True) == before
        assert releases.of_wave(session, wave.slug, "vi").is_newer


def test_after_a_release_nothing_under_it_moves(first, settings):
    wave, one, _ = first
    with wave.database.write() as session:
        for refused in (
            lambda: waves.open_wave(session, wave.slug, by="lan", now=NOW),
            lambda: waves.set_public(session, wave.slug, False, by="lan", now=NOW),
        ):
            with pytest.raises(Conflict, match="đã công bố"):
                refused()
        assert receipt.is_published(session, wave_store.get(session, wave.slug))
        actions = session.scalars(select(AuditEvent)).all()
    assert [each.by for each in actions if each.action == "index.released"] == ["lan"]
    for change in ("UPDATE index_release SET reason = 'x'", "DELETE FROM index_release"):
        with pytest.raises(DBAPIError), wave.database.write() as session:
            session.execute(text(change))


@ON_SQLITE
def test_answers_that_moved_since_the_computation_stop_the_release(app):
    wave = released.answered(app)
    with wave.database.write() as session:
        some = session.scalars(select(Response.id).where(Response.outcome == "1.1").limit(1)).one()
        session.execute(delete(Response).where(Response.id == some))
    with pytest.raises(Conflict, match="Tính lại quyền số và chỉ số"):
        wave.release()


@ON_SQLITE
def test_an_open_wave_is_not_released(app, wave):
    with pytest.raises(Conflict, match="chưa có bảng"):
        released.Answered(app, wave).release()
    with wave.database.write() as session:
        released.fill(session, wave.slug)
    open_wave = released.Answered(app, wave)
    open_wave.compute()
    with pytest.raises(Conflict, match="còn nhận phiếu"):
        open_wave.release()


@ON_SQLITE
def test_excluded_answers_travel_with_the_auditor_s_file_and_both_tables_follow(app):
    wave = released.answered(app)
    with wave.database.write() as session:
        released.exclude(session, wave.slug, n=9)
    wave.compute()
    _, made = wave.release()
    table = json.loads(files.unpacked(made.full)[files.TABLE])
    assert table["n_excluded"] == 9
    assert table["with_excluded"]["whole"]["n_respondents"] == table["whole"]["n_respondents"] + 9
    found = check.check(made.full)
    assert found.agrees, found.differs % found.facts
    assert found.n_cells > 1.5 * check.check(made.public).n_cells
