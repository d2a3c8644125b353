"""The office prints numbered paper forms; each copy is known by its number and QR code."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from survey.domain import paper
from survey.domain.roles import Role
from survey.services import accounts
from survey.store.models import AuditEvent, PaperForm
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
