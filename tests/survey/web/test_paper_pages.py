"""The office prints numbered paper forms; each copy is known by its number and QR code."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from survey.domain import paper
from survey.domain.calendar import local_day
from survey.domain.roles import Role
from survey.services import accounts
from survey.services.paper_entry import returns
from survey.store.models import AuditEvent, Case, PaperForm, Wave
from tests.support import waves
from tests.support.waves import send
from tests.survey.render import pdf_reading


@pytest.fixture
def enter(client, wave):
    def as_(role: Role) -> str:
        with wave.database.write() as session:
            password = accounts.create(session, "lan", role, by="t", now=datetime.now(UTC))
        send(client, "/van-phong/dang-nhap", name="lan", password=password)
        return f"/van-phong/dot/{wave.slug}/phieu-giay"

    return as_


@pytest.fixture
def wave(app):
    return waves.make(app)


def texts(content: bytes) -> list[str]:
    return [pdf_reading.text(content, page) for page in range(pdf_reading.n_pages(content))]


def test_copies_are_numbered_on_every_page_and_kept_on_record(client, enter, wave):
    place = enter(Role.MANAGER)
    made = send(client, place, count="3", language="vi", unit="")
    assert made.content_type == "application/pdf"
    pages = texts(made.data)
    for number in (1, 2, 3):
        of_copy = [page for page in pages if paper.shown(number) in page]
        assert len(of_copy) == len(pages) / 3 >= 2
    for page, text in enumerate(pages):
        (code,) = pdf_reading.qr_texts(made.data, page)
        slug, number = code.split("/")
        assert slug == wave.slug and number in text
    assert all("giả lập" in page or "synthetic" in page for page in pages)
    again = send(client, place, count="1", language="en", unit="")
    assert paper.shown(4) in texts(again.data)[0] and "Tick" in texts(again.data)[0]
    with wave.database.read() as session:
        columns = (PaperForm.number, PaperForm.language, PaperForm.state)
        kept = session.execute(select(*columns).order_by(PaperForm.number))
        assert [tuple(row) for row in kept] == [
            *((n, "vi", "printed") for n in (1, 2, 3)),
            (4, "en", "printed"),
        ]
        assert session.scalar(select(AuditEvent).where(AuditEvent.action == "paper.printed"))


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"count": "0"}, "từ 1 đến"),
        ({"count": "nhiều"}, "từ 1 đến"),
        ({"count": "501"}, "từ 1 đến"),
        ({"count": "1", "language": "fr"}, "fr"),
        ({"count": "1", "unit": "99999"}, "99999"),
    ],
)
def test_an_order_that_cannot_be_prints_nothing(client, enter, wave, sent, told):
    place = enter(Role.MANAGER)
    refused = send(client, place, **({"language": "vi", "unit": ""} | sent))
    assert refused.status_code == 422 and told in refused.text
    with wave.database.read() as session:
        assert session.scalars(select(PaperForm)).all() == []


def test_only_who_manages_the_wave_prints(client, enter):
    place = enter(Role.ANALYST)
    assert client.get(place).status_code == 403


def test_a_typed_number_with_a_wrong_digit_is_no_number():
    for number in (1, 42, 999_999):
        shown = paper.shown(number)
        assert paper.read(shown) == paper.read(shown.replace("-", " ")) == number
        for place, digit in enumerate(shown):
            if digit.isdigit():
                other = shown[:place] + str((int(digit) + 3) % 10) + shown[place + 1 :]
                assert paper.read(other) is None


def test_spoilt_forms_are_void_for_a_reason_and_those_that_came_back_are_not(client, enter, wave):
    place = enter(Role.MANAGER)
    send(client, place, count="5", language="vi", unit="")
    one, two, four, five = (paper.shown(n) for n in (1, 2, 4, 5))

    def void(first, last="", reason="In mờ."):
        return send(client, f"{place}/huy", first=first, last=last, reason=reason)

    def states():
        with wave.database.read() as session:
            return [*session.scalars(select(PaperForm.state).order_by(PaperForm.number))]

    assert void(one).status_code == 303
    assert "Đã huỷ 1 phiếu." in client.get(f"{place}?huy=1").text
    for first, last, reason, told in (
        (two, "", " ", "Hãy ghi lý do huỷ."),
        ("000002-0", "", "x", "số kiểm tra"),
        (five, four, "x", "Số đầu phải trước số cuối"),
        (paper.shown(9), "", "x", "không in phiếu số"),
        (one, "", "x", f"Phiếu số {one} đã huỷ."),
    ):
        refused = void(first, last, reason)
        assert (refused.status_code, told in refused.text) == (422, True), told
    with wave.database.write() as session:
        case = session.scalars(select(Case).where(Case.issued).order_by(Case.id)).first()
        stored = session.scalars(select(Wave)).one()
        day = max(stored.opens_on, min(stored.closes_on, local_day(datetime.now(UTC))))
        returns.log(
            session, wave.slug, four, filled_on=day.isoformat(), case=case.dossier.code,
            by="lan", now=datetime.now(UTC),
        )  # fmt: skip
    assert states() == ["void", *["printed"] * 4]
    refused = void(two, five)
    assert (refused.status_code, f"Phiếu {four} đã nhận về" in refused.text) == (422, True)
    assert states() == ["void", *["printed"] * 4]  # not half of them
    assert void(two, paper.shown(3)).status_code == 303
    assert states() == ["void"] * 3 + ["printed"] * 2
    with wave.database.read() as session:
        facts = session.scalars(select(AuditEvent).where(AuditEvent.action == "paper.voided"))
        assert [(each.by, each.facts["n"], each.facts["reason"]) for each in facts] == [
            ("lan", 1, "In mờ."),
            ("lan", 2, "In mờ."),
        ]
