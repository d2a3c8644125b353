"""The register through time, with the communes of Cẩm Giàng from 2023 to 2025."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, replace
from datetime import date

import numpy as np
import openpyxl
import pytest
from sqlalchemy import select

from survey.errors import InvalidInput
from survey.render.comparison import Comparison, note, statement
from survey.render.table import ResultRow
from survey.services import units, waves
from survey.services.composition import succession, year_on_year
from survey.services.demo import load
from survey.store import waves as wave_store
from survey.store.models import AuditEvent, IndexRun, Unit, UnitSuccession, Wave, WeighRun
from tests.conftest import NOON
from tests.survey.render.result_tables import TABLE, row

D23, D24, D25 = date(2023, 12, 31), date(2025, 6, 30), date(2025, 12, 31)
MOVES = "from_code,from_valid_from,to_code,to_valid_from,on,share,basis\n"
#: What the register does not know: a divided unit's shares, entered by the office.
DIVIDED = (
    "10933,2024-12-01,10930,2025-07-01,2025-07-01,0.6,dân số\n"
    "10933,2024-12-01,10903,2025-07-01,2025-07-01,0.4,dân số\n"
)


@pytest.fixture
def session(database):
    with database.write() as session:
        units.load_register(session)
        yield session


def communes(session, on: date) -> list[Unit]:
    found = session.scalars(select(Unit).order_by(Unit.code, Unit.valid_from))
    return [
        unit
        for unit in found
        if unit.kind in ("xã", "phường", "thị trấn")
        and unit.valid_from <= on
        and (unit.valid_to is None or on < unit.valid_to)
    ]


def bring_in(session, text: str, **more):
    return units.import_register(
        session, moves_csv=(MOVES + text).encode(), by="t", now=NOON, **more
    )


def faults(session, text: str = "", **more) -> list[tuple[str, int]]:
    with pytest.raises(InvalidInput) as caught:
        if more:
            units.import_register(session, **more, by="t", now=NOON)
        else:
            bring_in(session, text)
    return [(fault.code, fault.facts["row"]) for fault in caught.value.problems]


def named(session, shares, on: date) -> dict[str, dict[str, float] | None]:
    names = {unit.id: unit.name for unit in session.scalars(select(Unit))}
    found = {}
    for unit in communes(session, on):
        sources = shares.sources(unit.id)
        found[unit.name] = sources and {names[old]: share for old, share in sources.items()}
    return found


def test_seventeen_units_become_fifteen(session):
    old, new = communes(session, D23), communes(session, D24)
    assert (len(old), len(new)) == (17, 15)
    shares = succession.shares(session, old, new, since=D23, until=D24)
    found = named(session, shares, D24)
    assert found["Xã Phúc Điền"] == {"Xã Cẩm Phúc": 1.0, "Xã Cẩm Điền": 1.0}
    assert found["Thị trấn Cẩm Giang"] == {"Thị trấn Cẩm Giang": 1.0, "Xã Thạch Lỗi": 1.0}
    assert found["Xã Đức Chính"] == {"Xã Đức Chính": 1.0}
    assert sum(len(sources) for sources in found.values()) == 17


def test_fifteen_units_become_four_communes_and_parts_of_two_wards(session):
    shares = succession.shares(
        session, communes(session, D23), communes(session, D25), since=D23, until=D25
    )
    found = named(session, shares, D25)
    assert set(found["Xã Tuệ Tĩnh"]) == {"Xã Cẩm Văn", "Xã Cẩm Vũ", "Xã Đức Chính"}
    assert set(found["Xã Cẩm Giang"]) == {
        *("Thị trấn Cẩm Giang", "Xã Cẩm Hoàng", "Xã Định Sơn"),
        "Xã Thạch Lỗi",
    }
    divided = {name for name, sources in found.items() if sources is None}
    assert divided == {"Xã Mao Điền", "Xã Cẩm Giàng", "Phường Tứ Minh", "Phường Việt Hòa"}
    bring_in(session, DIVIDED)
    shares = succession.shares(
        session, communes(session, D23), communes(session, D25), since=D23, until=D25
    )
    found = named(session, shares, D25)
    assert found["Xã Mao Điền"] == pytest.approx(
        {"Xã Tân Trường": 1, "Xã Cẩm Đông": 1, "Xã Cẩm Phúc": 0.6, "Xã Cẩm Điền": 0.6}
    )
    # One code, other territory: what was Ngọc Liên in 2023 is Cẩm Giàng in 2025.
    assert found["Xã Cẩm Giàng"] == pytest.approx(
        {
            "Xã Cẩm Hưng": 1,
            "Xã Ngọc Liên": 1,
            "Xã Lương Điền": 1,
            "Xã Cẩm Phúc": 0.4,
            "Xã Cẩm Điền": 0.4,
        }
    )


def test_shares_of_the_office_stay_when_the_shipped_register_is_read_again(session):
    made = bring_in(session, DIVIDED)
    assert (made.n_moves, made.n_shares) == (0, 2)
    units.load_register(session)
    kept = session.scalars(select(UnitSuccession).where(UnitSuccession.basis == "dân số")).all()
    assert sorted(move.share for move in kept) == [0.4, 0.6]
    assert "units.imported" in session.scalars(select(AuditEvent.action)).all()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (DIVIDED.replace("0.6", "0.7"), "units.shares"),
        (DIVIDED.replace("0.4", "0.1"), "units.shares"),
        (DIVIDED.replace("0.6", '"1,5"'), "units.bad_share"),
        (DIVIDED.replace("0.6", "0,6"), "units.cell_count"),
        (DIVIDED.replace("0.6", "nửa"), "units.bad_share"),
        ("10933,2024-12-01,10930,2025-07-01,2025-13-01,1,\n", "units.bad_date"),
        ("99999,2024-12-01,10930,2025-07-01,2025-07-01,1,\n", "units.unknown_unit"),
        ("10894,2020-01-01,10894,2020-01-01,2021-01-01,1,\n", "units.itself"),
        ("10906,2020-01-01,10894,2020-01-01,2025-01-01,1,\n", "units.old_not_there"),
        ("10894,2020-01-01,10930,2025-07-01,2024-01-01,0.5,\n", "units.new_not_there"),
        (DIVIDED.splitlines()[0] + "\n" + DIVIDED, "units.twice"),
    ],
)
def test_a_fault_names_its_row_and_nothing_is_changed(session, text, code):
    found = faults(session, text)
    assert code in {name for name, _row in found}
    assert all(row >= 2 for _code, row in found)
    assert session.scalars(select(UnitSuccession).where(UnitSuccession.basis != "")).all() == []


def test_a_circle_on_one_day_is_refused(session):
    text = (
        "10894,2020-01-01,10897,2020-01-01,2022-01-01,0.2,\n"
        "10897,2020-01-01,10894,2020-01-01,2022-01-01,0.2,\n"
    )
    assert {code for code, _row in faults(session, text)} == {"units.circle"}


def test_two_units_of_one_code_may_not_stand_on_one_day(session):
    text = "code,valid_from,valid_to,name,kind,parent_code\n{},,Xã Mới,xã,{}\n"
    overlap = text.format("10894,2024-01-01", "295").encode()
    assert faults(session, units_csv=overlap) == [("units.overlap", 2)]
    orphan = text.format("19999,2024-01-01", "777").encode()
    assert faults(session, units_csv=orphan) == [("units.no_parent", 2)]
    good = text.format("19999,2024-01-01", "295").encode()
    assert units.import_register(session, units_csv=good, by="t", now=NOON).n_units == 1


def results_of(session, on: date) -> tuple[ResultRow, ...]:
    return tuple(
        row(
            unit.code,
            unit.name,
            valid_from=unit.valid_from,
            n_population=100 * (i + 1),
            satisfaction=0.70 + i / 100,
            satisfaction_se=0.02 + i / 1000,
            satisfaction_low=0.5,
            satisfaction_high=0.99,
        )
        for i, unit in enumerate(communes(session, on))
    )


def earlier(session) -> year_on_year.Earlier:
    old, new = communes(session, D23), communes(session, D25)
    shares = succession.shares(session, old, new, since=D23, until=D25)
    return year_on_year.Earlier(
        replace(TABLE, rows=results_of(session, D23)),
        shares,
        {unit.id: (unit.code, unit.valid_from) for unit in old},
        {unit.id: (unit.code, unit.valid_from) for unit in new},
        {unit.id: unit.name for unit in session.scalars(select(Unit))},
        D25,
    )


def now(session) -> list[ResultRow]:
    return [
        row(
            unit.code,
            unit.name,
            valid_from=unit.valid_from,
            satisfaction=0.9,
            satisfaction_se=0.01,
            satisfaction_low=0.88,
            satisfaction_high=0.92,
        )
        for unit in communes(session, D25)
    ]


def compared(session) -> dict[str, object]:
    found = year_on_year.compare(earlier(session), now(session), level=0.95)
    assert Comparison.from_dict(_plain(found)) == found
    return {each.name: each for each in found.rows} | {"all": found}


def _plain(found):
    return json.loads(json.dumps(asdict(found), default=lambda day: day.isoformat()))


def test_last_years_results_are_recast_on_this_years_units_and_say_so(session):
    bring_in(session, DIVIDED)
    found = compared(session)
    place = {unit.name: i for i, unit in enumerate(communes(session, D23))}
    mao_dien = found["Xã Mao Điền"]
    parts = {"Xã Tân Trường": 1, "Xã Cẩm Đông": 1, "Xã Cẩm Phúc": 0.6, "Xã Cẩm Điền": 0.6}
    n = np.array([100 * (place[name] + 1) * share for name, share in parts.items()])
    p = np.array([0.70 + place[name] / 100 for name in parts])
    se = np.array([0.02 + place[name] / 1000 for name in parts])
    assert mao_dien.before == pytest.approx(n @ p / n.sum())
    assert mao_dien.before_se == pytest.approx(np.sqrt((n**2) @ (se**2)) / n.sum())
    assert mao_dien.difference == pytest.approx(0.9 - mao_dien.before)
    assert mao_dien.difference_se == pytest.approx(np.hypot(0.01, mao_dien.before_se))
    assert mao_dien.recast
    assert note(mao_dien, "vi").startswith("tính lại theo đơn vị Xã Mao Điền từ: ")
    assert "Xã Cẩm Phúc (60,0%)" in note(mao_dien, "vi")
    assert "tính lại theo đơn vị hành chính ngày 31/12/2025" in statement(found["all"], "vi")
    assert "recast on the units of 31 December 2025" in statement(found["all"], "en")


def test_without_the_shares_of_a_divided_unit_its_heirs_have_no_earlier_figure(session):
    found = compared(session)
    assert found["Xã Mao Điền"].before is None
    assert found["Xã Mao Điền"].missing == "unknown_share"
    assert "chưa biết phần nào của Xã Cẩm Phúc, Xã Cẩm Điền" in note(found["Xã Mao Điền"], "vi")
    assert found["Xã Tuệ Tĩnh"].before is not None


def test_an_earlier_wave_is_one_of_the_same_territory_and_shown_once_it_is_public(
    app, database, settings
):
    """Through the store: the table of 2025 holds 2023 on its own units, and the page says so."""
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="t", now=NOON, scale=0.005)
        old = wave_store.get(session, load.SLUG)
        elsewhere = make_wave(session, "xa-khac", ["30"], (date(2024, 1, 1), date(2024, 12, 31)))
        new = make_wave(session, "nam-nay", HEIRS, (date(2025, 7, 1), D25))
        for wave, rows in ((old, results_of(session, D23)), (elsewhere, ())):
            publish(session, wave, replace(TABLE, wave_slug=wave.slug, rows=rows))
        earlier_ = year_on_year.load(session, new)
        assert earlier_.table.wave_slug == load.SLUG
        rows = now(session)
        before = year_on_year.compare(earlier_, rows, level=0.95)
        publish(session, new, replace(TABLE, wave_slug=new.slug, rows=tuple(rows), before=before))
        new.results_public = True
    client = app.test_client()
    page = client.get("/ket-qua/nam-nay").text
    assert "tính lại theo đơn vị Xã Tuệ Tĩnh từ: " in page
    table = client.get("/ket-qua/nam-nay-so-voi-dot-truoc.csv").data.decode("utf-8-sig")
    assert "tính lại theo đơn vị Xã Tuệ Tĩnh" in table
    book = openpyxl.load_workbook(io.BytesIO(client.get("/ket-qua/nam-nay.xlsx").data))
    assert "tính lại theo đơn vị hành chính" in book["So với đợt trước"]["A1"].value
    with database.write() as session:
        wave_store.get(session, load.SLUG).results_public = False
    assert "tính lại" not in client.get("/ket-qua/nam-nay").text
    assert client.get("/ket-qua/nam-nay-so-voi-dot-truoc.csv").status_code == 404


HEIRS = ["10930", "10903", "10888", "10909", "10891", "10543"]


def make_wave(session, slug: str, codes: list[str], window: tuple[date, date]) -> Wave:
    text = load.SCHEME.read_text(encoding="utf-8")
    setup = waves.WaveSetup(
        slug=slug,
        titles={"vi": slug, "en": slug},
        organisation="Phòng Nội vụ",
        contact="0220 000 000",
        window=window,
        fieldwork=window,
        questionnaire="c1-citizen",
        scheme_text=text,
        unit_codes=codes,
        synthetic=True,
    )
    scheme = wave_store.get(session, load.SLUG).scheme
    known = {"name": scheme.name, "valid_from": scheme.valid_from, "sha256": scheme.sha256}
    waves.create(session, setup, scheme=known, by="t", now=NOON)
    return wave_store.get(session, slug)


def publish(session, wave: Wave, table) -> None:
    run = WeighRun(wave_id=wave.id, settings={}, steps=[], n_responses=0, created_at=NOON)
    session.add(run)
    session.flush()
    session.add(
        IndexRun(
            wave_id=wave.id,
            weigh_run_id=run.id,
            scheme_id=wave.scheme_id,
            table=table.to_dict(),
            created_at=NOON,
        )
    )
    session.flush()
