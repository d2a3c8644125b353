"""Another province's scheme from the office's file to the table: nine areas, survey optional."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor

import openpyxl
import pytest
from sqlalchemy import select

from survey import jobs
from survey.domain.calendar import local_day
from survey.domain.duty import Kind
from survey.domain.roles import Role
from survey.errors import InvalidInput
from survey.services import waves as wave_life
from survey.services.appraisal import claim_sheet, entering, reading, settling
from survey.services.composition.table_text import WITHOUT_SURVEY
from survey.services.follow_up import duties
from survey.services.release import check
from survey.services.results import results
from survey.services.schemes import register
from survey.store.models import Scheme, Wave
from tests.support.released import silent
from tests.support.waves import send, token
from tests.survey.web.test_releases import logged_in

NOW = datetime.now(UTC)
HA = "Ông Nam, Chánh Văn phòng"
CODES = ("10894", "10897", "10900", "10903")
MAXIMA = (10, 8, 14, 9, 11, 9, 12, 7)


def sheet(*rows) -> bytes:
    book = openpyxl.Workbook()
    for row in (claim_sheet.COLUMNS, *rows):
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def upload_scheme(client, change=lambda book: None, name="scheme.xlsx"):
    """The shipped scheme as a workbook, changed in a spreadsheet, sent by the office's page."""
    home = "/van-phong/bo-chi-so"
    kept = send(client, home, shipped="mau-9-linh-vuc")
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{kept.location}/tai.xlsx").data))
    change(book)
    made = io.BytesIO()
    book.save(made)
    return send(client, home, file=(io.BytesIO(made.getvalue()), name))


def settings(book):
    """The sheet of settings as name -> cell of its value."""
    page = book.worksheets[0]
    return {str(row[0].value): row[1] for row in page.iter_rows(min_row=1) if row[0].value}


def new_wave(client, scheme: int, slug: str, *, units: str = " ".join(CODES), **more):
    today = local_day(NOW)
    return send(
        client, "/van-phong/dot/moi", slug=slug, title_vi="Chỉ số 2024", title_en="Index 2024",
        organisation="Sở Nội vụ", contact="0220 000 000", questionnaire="c1-citizen",
        scheme=str(scheme), window_from="2024-01-01", window_to="2024-09-30",
        opens_on=f"{today}", closes_on=f"{today + timedelta(30)}", units=units, **more,
    )  # fmt: skip


def rows_of(session, slug):
    table = results.table(session, slug, include_private=True)
    return {row.unit_code: row for row in table.rows}


def _opened(manager, database, mode):
    """The scheme with another way of rounding, a wave under it, and its days."""

    def change(book):
        found = settings(book)
        found["name"].value, found["rounding"].value = "tinh-khac-2024", mode

    kept = upload_scheme(manager, change)
    assert kept.status_code == 303, kept.text
    number, slug = int(kept.location.rsplit("/", 1)[1]), f"khac-{mode.replace('_', '-')}"
    assert new_wave(manager, number, slug, no_survey="1").status_code == 303
    with database.write() as session:
        days = local_day(NOW)
        entering.set_days(session, slug, days, days, by="lan", now=NOW)
    return slug


@pytest.mark.parametrize("mode", ["half_up", "half_even", "truncate"])
def test_a_year_without_a_survey_is_rescaled_claimed_decided_and_released(app, database, mode):
    manager, analyst = (logged_in(app, database, role) for role in (Role.MANAGER, Role.ANALYST))
    slug = _opened(manager, database, mode)
    # The first area does not apply to the second unit; the third has the bonus, the fourth a
    # penalty; the first two lie on halves of the second decimal.
    full = dict(zip((f"lv{k}.a.1" for k in range(1, 9)), MAXIMA, strict=True))
    extra = ("hai_long.thuong.1", "hai_long.thuong.2")
    exact = {
        "half_up": (99.85, 98.13, 84.38),
        "half_even": (99.84, 98.12, 84.38),
        "truncate": (99.84, 98.12, 84.37),
    }[mode]
    entered = {
        CODES[0]: full | {"lv1.a.1": 9.9, "lv2.a.1": 7.976, extra[0]: 0, extra[1]: 0},
        CODES[1]: full | {"lv1.a.1": "NA", "lv3.a.1": 7, extra[0]: 0, extra[1]: 0},
        CODES[2]: full | {"lv8.a.1": 3.5, extra[0]: 2, extra[1]: 0},
        CODES[3]: full | {"lv5.a.1": 0, extra[0]: 0, extra[1]: 1.5},
    }
    content = sheet(*((c, leaf, v) for c, own in entered.items() for leaf, v in own.items()))
    place = f"/van-phong/dot/{slug}/tham-dinh"
    token_of = {"csrf_token": token(analyst, place), "person": HA}
    sent = analyst.post(f"{place}/nhap", data=token_of | {"file": (io.BytesIO(content), "x.xlsx")})
    assert sent.status_code == 303, sent.text
    with database.write() as session:
        for unit in reading.of_wave(session, slug):
            for item in unit.items:
                entering.decide(session, slug, unit.id, item.name, "accepted", by="lan", now=NOW)
        settling.settle(session, slug, by="lan", now=NOW)
    jobs.run_here(app, "recompute", silent, wave=slug)
    with database.read() as session:
        found = rows_of(session, slug)
        table = results.table(session, slug, include_private=True)
    assert [text["vi"] for text in table.method] == [text["vi"] for text in WITHOUT_SURVEY]
    for code, own in entered.items():
        row = found[code]
        leaves = [leaf for leaf in full if own[leaf] != "NA"]
        most = sum(full[leaf] for leaf in leaves)
        points = sum((Fraction(str(own[leaf])) for leaf in leaves), Fraction(0))
        points += Fraction(str(own[extra[0]])) - Fraction(str(own[extra[1]]))
        assert row.denominator == most == (70 if code == CODES[1] else 80)
        assert row.total == pytest.approx(float(points))
        assert row.index_percent == by_hand(100 * points / most, mode), code
        assert (row.satisfaction, row.survey_points, row.total_se) == (None, None, 0)
        assert row.suppressed == ""
    # Written out: 79.876/80, (78.5 with a bonus of 2)/80 and (69 less a penalty of 1.5)/80.
    assert tuple(found[CODES[k]].index_percent for k in (0, 2, 3)) == exact
    assert found[CODES[0]].band["vi"] == "Tốt"
    assert found[CODES[1]].band["vi"] == "Tốt"
    assert [a.code for a in found[CODES[3]].alerts] == []
    _pages_answer(manager, slug, found[CODES[0]])
    _released_and_checked(app, database, slug)


def _pages_answer(client, slug, row):
    home = f"/ket-qua/{slug}"
    own = f"{home}/don-vi/{row.unit_code}/{row.valid_from}"
    for page in (home, f"{home}/mat-diem", f"{home}.csv", f"{home}.xlsx", own, f"{own}/can-cu"):
        assert client.get(page).status_code == 200, page
    text = client.get(home).text
    assert "Năm không khảo sát" in text
    assert "Chưa đơn vị nào đủ phiếu" not in text, "no plot that complains of missing answers"


def _released_and_checked(app, database, slug):
    with database.write() as session:
        wave_life.close_wave(session, slug, by="lan", now=NOW)
    _, made = jobs.run_here(app, "release", silent, wave=slug, by="lan", reason="")
    for bundle in (made.public, made.full):
        seen = check.check(bundle)
        assert seen.agrees, seen.differs % seen.facts
    with database.read() as session:
        owed = duties.of_wave(session, slug, now=NOW, kind=Kind.BREAKTHROUGH)
    assert len(owed) == len(CODES)


def by_hand(percent: Fraction, mode: str) -> float:
    """Two decimals in whole numbers: no helper of the product."""
    cents, rest = divmod(percent * 100, 1)
    if mode == "half_up" and rest >= Fraction(1, 2):
        cents += 1
    if mode == "half_even" and (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and cents % 2)):
        cents += 1
    return floor(cents) / 100


def test_a_wave_without_a_survey_needs_a_scheme_that_can_do_without(app, database):
    manager = logged_in(app, database, Role.MANAGER)

    def change(book):
        found = settings(book)
        found["name"].value, found["no_survey"].value = "can-khao-sat", "refuse"

    number = int(upload_scheme(manager, change).location.rsplit("/", 1)[1])
    refused = new_wave(manager, number, "khong-duoc", no_survey="1")
    assert refused.status_code == 422
    assert "không cho tính năm không khảo sát" in refused.text
    with database.read() as session:
        assert session.scalars(select(Wave)).all() == []


def test_what_must_apply_is_refused_where_it_is_claimed(app, database):
    manager = logged_in(app, database, Role.MANAGER)

    def change(book):
        settings(book)["name"].value = "phai-ap-dung"
        for page in book.worksheets:
            for row in page.iter_rows():
                values = [cell.value for cell in row]
                if "Khi không áp dụng" in values:
                    column = values.index("Khi không áp dụng")
                elif "lv1.a.1" in values:
                    row[column].value = "luôn áp dụng"

    number = int(upload_scheme(manager, change).location.rsplit("/", 1)[1])
    with database.read() as session:
        stored = session.get(Scheme, number)
        _, scheme = register.get(session, stored.id)
        assert {leaf.id: leaf.not_applicable for leaf in scheme.leaves}["lv1.a.1"] == "refuse"
    assert new_wave(manager, number, "ap-dung", no_survey="1").status_code == 303
    with database.write() as session:
        today = local_day(NOW)
        entering.set_days(session, "ap-dung", today, today, by="lan", now=NOW)
        unit = reading.of_wave(session, "ap-dung")[0]
    common = {"person": HA, "by": "thu", "now": NOW}
    with pytest.raises(InvalidInput, match="áp dụng cho mọi"), database.write() as session:
        entering.claim(session, "ap-dung", unit.id, "lv1.a.1", None, **common)
    content = sheet((unit.code, "lv1.a.1", "NA"), (unit.code, "lv2.a.1", "NA"))
    with pytest.raises(InvalidInput) as told, database.write() as session:
        claim_sheet.load(session, "ap-dung", content, **common)
    assert [(p.code, p.facts["place"]) for p in told.value.problems] == [
        ("claims.must_apply", "C2")
    ]
    with database.write() as session:
        entering.claim(session, "ap-dung", unit.id, "lv2.a.1", None, **common)
        entering.claim(session, "ap-dung", unit.id, "lv1.a.1", 5, **common)
    with pytest.raises(InvalidInput, match="áp dụng cho mọi"), database.write() as session:
        entering.decide(
            session, "ap-dung", unit.id, "lv1.a.1", "changed", points=None, reason="x", by="lan",
            now=NOW,
        )  # fmt: skip
