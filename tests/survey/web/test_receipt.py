"""A receipt finds the answer in the sealed record again, and takes it back until publication."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from survey.domain import seal as rules
from survey.services import seal
from survey.services import waves as wave_service
from survey.services.fieldwork import monitor, rates
from survey.store.models import Case, Response, SealedLeaf, Wave, Withdrawal
from tests.support import waves as support
from tests.support.waves import ELIGIBLE, RATINGS, send

TOMORROW = datetime.now(UTC) + timedelta(days=1)
FINGERPRINT = re.compile(r'class="digest">([0-9a-f]{64})<')


@pytest.fixture
def wave(app):
    return support.make(app, layout="one_page")


@pytest.fixture
def answer(app, wave):
    """Somebody answers; the receipt code that the last page shows."""

    def made(path: str | None = None) -> str:
        client = app.test_client()
        client.get(path or f"/P/{wave.codes()[0]}")
        sent = {**ELIGIBLE, **RATINGS, "b1": "chung_thuc", "b2": "truc_tiep"}
        reply = send(client, "/phieu", consent="dong_y", page="sang_loc", **sent)
        assert reply.location == "/phieu/xong"
        return re.search(r'class="code">([^<]+)<', client.get("/phieu/xong").text)[1]

    return made


def count(wave, model) -> int:
    with wave.database.read() as session:
        return len(session.scalars(select(model)).all())


def seal_tomorrow(wave) -> list[int]:
    with wave.database.write() as session:
        return seal.seal_all(session, now=TOMORROW)


def test_a_receipt_finds_its_answer_in_the_sealed_record(client, wave, answer):
    codes = [answer() for _ in range(3)]
    page = send(client, "/bien-nhan", code=codes[0]).text
    assert "sau nửa đêm hôm nay" in page
    with wave.database.write() as session:  # today still goes on: nothing is sealed yet
        assert seal.seal_all(session, now=datetime.now(UTC)) == []
    (number,) = seal_tomorrow(wave)
    page = send(client, "/bien-nhan", code=codes[0].lower()).text
    assert "cùng 2 phiếu khác" in page
    listed = client.get(f"/niem-phong/{number}.txt").text.split()
    assert FINGERPRINT.search(page)[1] in listed
    assert listed == sorted(listed) and len(listed) == 3
    root = rules.root([bytes.fromhex(leaf) for leaf in listed]).hex()
    assert root in client.get(f"/niem-phong/{wave.slug}").text
    assert seal_tomorrow(wave) == []


def test_an_answer_that_somebody_changed_no_longer_matches(client, wave, answer):
    code = answer()
    seal_tomorrow(wave)
    with wave.database.write() as session:
        kept = session.scalars(select(Response)).one()
        kept.answers = {**kept.answers, "c1": "1"}
    assert "không khớp với sổ niêm phong" in send(client, "/bien-nhan", code=code).text


def test_the_receipts_page_shows_no_answer_and_no_case(client, wave, answer):
    code = answer()
    page = send(client, "/bien-nhan", code=code).text
    with wave.database.read() as session:
        kept = session.scalars(select(Response)).one()
    assert kept.id not in page and kept.receipt_digest.hex() not in page
    assert "Rất hài lòng" not in page


def test_a_withdrawn_answer_is_gone_and_its_case_is_a_refusal(client, wave, answer):
    code, other = answer(), answer()
    seal_tomorrow(wave)
    with wave.database.read() as session:
        before = rates.table(session, wave.slug)
    assert send(client, "/bien-nhan/rut", code=code).status_code == 422
    assert count(wave, Response) == 2
    page = send(client, "/bien-nhan/rut", code=code, sure="rut").text
    assert "đã được rút lại và xoá" in page
    assert "đã được rút lại và xoá" in send(client, "/bien-nhan", code=code).text
    assert (count(wave, Response), count(wave, Withdrawal), count(wave, SealedLeaf)) == (1, 1, 2)
    with wave.database.read() as session:
        after = rates.table(session, wave.slug)
        counted = monitor.totals(monitor.counts(session, wave.slug))
        assert sum(c.disposition == "1.0" for c in session.scalars(select(Case))) == 2
    assert before.codes.get("2.11", 0) + 1 == after.codes["2.11"]
    assert (counted.submitted, counted.refused) == (1, 1)
    assert "người trả lời rút lại: 1." in client.get(f"/niem-phong/{wave.slug}").text
    assert "còn nguyên" in send(client, "/bien-nhan", code=other).text
    # A second press finds it withdrawn; nothing happens twice.
    assert send(client, "/bien-nhan/rut", code=code, sure="rut").status_code == 200
    assert count(wave, Withdrawal) == 1


def test_what_is_left_of_a_withdrawn_answer_says_nothing_of_it(client, wave, answer):
    code = answer()
    send(client, "/bien-nhan/rut", code=code, sure="rut")
    columns = {column.name for column in Withdrawal.__table__.columns}
    assert columns == {
        *("receipt_digest", "wave_id", "unit_id", "stratum", "stream", "withdrawn_on")
    }


def test_an_answer_from_a_poster_can_be_withdrawn_too(client, wave, answer):
    code = answer(f"/Q/{wave.desk_code()}")
    send(client, "/bien-nhan/rut", code=code, sure="rut")
    assert (count(wave, Response), count(wave, Withdrawal)) == (0, 1)


def test_after_publication_an_answer_stays(client, wave, answer):
    code = answer()
    with wave.database.write() as session:
        wave_service.close_wave(session, wave.slug, by="test", now=datetime.now(UTC))
        session.execute(update(Wave).values(results_public=True))
    page = send(client, "/bien-nhan", code=code).text
    assert "không rút lại được nữa" in page and "niêm phong ngày" in page
    send(client, "/bien-nhan/rut", code=code, sure="rut")
    assert (count(wave, Response), count(wave, Withdrawal)) == (1, 0)


@pytest.mark.parametrize(("typed", "words"), [("", "gõ sai"), ("ZZZZZZZZZZZZ", "gõ sai")])
def test_a_mistyped_receipt_says_so(client, wave, typed, words):
    reply = send(client, "/bien-nhan", code=typed)
    assert reply.status_code == 404
    assert words in reply.text


def test_sealing_hides_the_order_of_answering_from_whoever_watched(wave, answer):
    """PostgreSQL keeps rows as they came, each with its transaction's number, until then."""
    for _ in range(12):
        answer()
    seal_tomorrow(wave)
    with wave.database.read() as session:
        listed = [row[0] for row in session.execute(text("SELECT id FROM response"))]
        assert listed == sorted(listed) and len(listed) == 12
        if session.bind.dialect.name == "postgresql":
            # SQLite stores answers by their random key and has no transaction numbers.
            rows = session.execute(text("SELECT xmin::text FROM response")).all()
            assert len(set(rows)) == 1
