"""Screening from the citizen's pages to the two tables: evidence, decision, both variants."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from survey import jobs
from survey.domain.calendar import local_day
from survey.domain.roles import Role
from survey.errors import InvalidInput, NotFound
from survey.services import accounts, paradata, screening_review
from survey.services.results import results
from survey.store import screening as store
from survey.store import waves as wave_store
from survey.store.models import (
    DailySalt,
    ParadataCount,
    Response,
    ScreeningDecision,
    WeighRun,
)
from tests.support.waves import RATINGS, agree, answer_all, send

NOW = datetime.now(UTC)
SILENT = lambda done, total, message: None  # noqa: E731


@pytest.fixture
def office_client(app, database):
    """A manager who is logged in."""
    with database.write() as session:
        password = accounts.create(session, "lan", Role.MANAGER, by="test", now=NOW)
    client = app.test_client()
    assert send(client, "/van-phong/dang-nhap", name="lan", password=password).status_code == 303
    return client


def fill(client, code: str, **answers) -> None:
    place = answer_all(client, agree(client, code), **(RATINGS | answers))
    assert send(client, place).status_code == 303


def answered(app, wave, n: int, **answers) -> None:
    for code in wave.codes(n):
        fill(app.test_client(), code, **answers)


def stuffed(app, wave) -> None:
    """A dozen plain answers, and six codes sent from one browser."""
    answered(app, wave, 12)
    from_one_phone(app, wave)


def from_one_phone(app, wave) -> None:
    phone = app.test_client()
    for i, code in enumerate(wave.codes(6)):
        fill(phone, code, **{f"e{k}": str(1 + (i + k) % 5) for k in range(1, 6)})


def exclude_the_phone(app, wave) -> int:
    jobs.run_here(app, "screen", SILENT, wave=wave.slug)
    with wave.database.write() as session:
        [flag] = screening_review.review(session, wave.slug).of(rule="device_cluster")
        return screening_review.decide(
            session,
            wave.slug,
            flag.id,
            verdict="exclude",
            reason="Một máy ở quầy gửi sáu phiếu; đã hỏi bộ phận một cửa.",
            by="Lan",
            now=NOW,
        )


def test_evidence_decision_and_both_tables(app, wave):
    stuffed(app, wave)
    jobs.run_here(app, "recompute", SILENT, wave=wave.slug)
    with wave.database.read() as session:
        before = results.table(session, wave.slug, include_private=True)
    assert exclude_the_phone(app, wave) == 6
    jobs.run_here(app, "recompute", SILENT, wave=wave.slug)
    with wave.database.read() as session:
        without = results.table(session, wave.slug, include_private=True)
        everybody = results.table(session, wave.slug, include_private=True, with_excluded=True)
        xlsx = results.xlsx(session, wave.slug, "vi", include_private=True)
        steps = session.scalars(select(WeighRun.steps)).all()
        n_answers = len(session.scalars(select(Response.id)).all())
    assert n_answers == 18, "nothing is deleted"
    assert json.dumps(steps, allow_nan=False), "PostgreSQL takes no NaN"
    assert without.n_excluded == 6
    assert without.whole.n_respondents == everybody.whole.n_respondents - 6 == 12
    assert without.whole.satisfaction != everybody.whole.satisfaction
    # All answers give what they gave before anybody decided anything.
    assert everybody.rows == before.rows
    assert everybody.whole == before.whole
    assert "6 phiếu bị loại" in without.notes[0]["vi"]
    sheets = openpyxl.load_workbook(io.BytesIO(xlsx)).sheetnames
    assert sheets == ["Kết quả", "Ghi chú", "Độ chắc chắn", "Tính cả phiếu bị loại"]


def test_a_later_decision_takes_the_answers_back(app, wave):
    from_one_phone(app, wave)
    with wave.database.write() as session:
        assert screening_review.request_due(session, now=NOW) == [wave.slug]
    exclude_the_phone(app, wave)
    with wave.database.write() as session:
        assert screening_review.request_due(session, now=NOW) == [], "nothing has come in since"
    # Looking again finds the same, and what was decided stays with it.
    jobs.run_here(app, "screen", SILENT, wave=wave.slug)
    with wave.database.write() as session:
        [flag] = screening_review.review(session, wave.slug).of(rule="device_cluster")
        assert flag.verdict == "exclude"
        screening_review.decide(
            session,
            wave.slug,
            flag.id,
            verdict="keep",
            reason="Máy tính bảng dùng chung ở quầy, có người nhà chứng kiến.",
            by="Minh",
            now=NOW,
        )
        wave_id = wave_store.get(session, wave.slug).id
        assert store.excluded(session, wave_id) == []
        found, sheets = screening_review.flag(session, wave.slug, flag.id)
        assert [each.by for each in found.decisions] == ["Minh", "Lan"]
        assert len(sheets) == 6
        assert not any(sheet.excluded for sheet in sheets)


def test_a_decision_needs_a_verdict_and_a_reason_and_stays(app, wave):
    from_one_phone(app, wave)
    jobs.run_here(app, "screen", SILENT, wave=wave.slug)
    with wave.database.write() as session:
        [flag] = screening_review.review(session, wave.slug).of(rule="device_cluster")
        with pytest.raises(InvalidInput) as refused:
            screening_review.decide(
                session, wave.slug, flag.id, verdict="", reason=" vì ", by="Lan", now=NOW
            )
        assert {each.code for each in refused.value.problems} == {
            "screening.no_verdict",
            "screening.no_reason",
        }
        with pytest.raises(NotFound):
            screening_review.flag(session, wave.slug, flag.id + 1000)
    exclude_the_phone(app, wave)
    for change in ("UPDATE screening_decision SET reason = 'x'", "DELETE FROM screening_decision"):
        with pytest.raises(DBAPIError), wave.database.write() as session:
            session.execute(text(change))
    with wave.database.read() as session:
        assert len(session.scalars(select(ScreeningDecision)).all()) == 1


def test_an_answer_of_the_sample_keeps_little_and_counts_keep_no_answer(app, wave):
    fill(app.test_client(), wave.codes(1)[0])
    desk = app.test_client()
    assert desk.get(f"/q/{wave.desk_code()}").status_code == 303
    place = send(desk, "/phieu", consent="dong_y").location
    assert send(desk, answer_all(desk, place, **RATINGS)).status_code == 303
    app.extensions["counting"].flush()
    with wave.database.read() as session:
        drawn, open_ = sorted(
            session.scalars(select(Response)), key=lambda each: each.stream, reverse=True
        )
        counts = session.scalars(select(ParadataCount)).all()
        of_sample = {"pace", "late", "office", "device", "orders", "scales"}
        assert set(drawn.paradata) <= of_sample
        assert set(open_.paradata) <= of_sample | {"bin", "class"}
        kinds = {(each.stream, each.kind.partition(":")[0]) for each in counts}
        for stream in ("probability", "open"):
            for kind in ("arrival", "device", "language", "entry", "attempts", "section"):
                assert (stream, kind) in kinds
        assert not {column.name for column in ParadataCount.__table__.c} & {
            "response_id",
            "case_id",
            "at",
        }
        text_of_all = repr([(each.paradata, each.minutes) for each in (drawn, open_)])
        assert "127.0.0" not in text_of_all, "no address is stored"


def test_after_its_day_a_device_is_forgotten_unless_many_sheets_share_it(app, wave):
    stuffed(app, wave)
    app.extensions["counting"].flush()
    tomorrow = NOW + timedelta(days=1)
    with wave.database.write() as session:
        today = {each.paradata["device"] for each in session.scalars(select(Response))}
        assert len(today) == 13
        assert paradata.fold(session, now=NOW) == 0, "the day is not over"
        paradata.fold(session, now=tomorrow)
    with wave.database.read() as session:
        left = [each.paradata.get("device") for each in session.scalars(select(Response))]
        assert left.count(None) == 12
        [name] = set(left) - {None}
        assert name.startswith("=")
        assert name not in today
        assert session.scalars(select(DailySalt).where(DailySalt.day == local_day(NOW))).all() == []
        # Desks with under ten arrivals lose their times with the day.
        arrivals = select(ParadataCount).where(ParadataCount.kind == "arrival")
        per_day: dict[int, int] = {}
        for each in session.scalars(arrivals):
            per_day[each.unit_id] = per_day.get(each.unit_id, 0) + each.n
        assert all(n >= 10 for n in per_day.values())


def test_the_office_reads_evidence_and_signs(app, wave, office_client):
    stuffed(app, wave)
    assert "Chưa sàng lọc lần nào" in office_client.get(f"/van-phong/dot/{wave.slug}/sang-loc").text
    jobs.run_here(app, "screen", SILENT, wave=wave.slug)
    page = office_client.get(f"/van-phong/dot/{wave.slug}/sang-loc?rule=device_cluster").text
    assert "6 phiếu từ một máy trong một ngày" in page
    with wave.database.read() as session:
        [flag] = screening_review.review(session, wave.slug).of(rule="device_cluster")
    place = f"/van-phong/dot/{wave.slug}/sang-loc/{flag.id}"
    refused = send(office_client, place, verdict="exclude", reason="ngắn")
    assert refused.status_code == 422
    assert "ít nhất 10 ký tự" in refused.text
    assert send(office_client, place, verdict="exclude", reason="Đã gọi kiểm tra ba hộ."
                ).status_code == 303  # fmt: skip
    shown = office_client.get(place).text
    assert "Đã gọi kiểm tra ba hộ." in shown
    assert shown.count("Bị loại") == 6
    jobs.run_here(app, "recompute", SILENT, wave=wave.slug)
    public = office_client.get(f"/ket-qua/{wave.slug}").text
    assert "6 phiếu bị loại khi rà soát" in public
    assert "Tính cả phiếu bị loại" in public
    other = office_client.get(f"/ket-qua/{wave.slug}?phieu=tat-ca").text
    assert "Số liệu tính cả 6 phiếu bị loại" in other
    first = office_client.get(f"/ket-qua/{wave.slug}.csv").data
    second = office_client.get(f"/ket-qua/{wave.slug}.csv?phieu=tat-ca").data
    assert first != second
    assert first.splitlines()[0] == second.splitlines()[0]
