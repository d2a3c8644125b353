"""The office's page of a household round, its commands, and the table of officers present."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from survey import jobs
from survey.domain.roles import Role
from survey.services import accounts, units, wave_setup
from survey.services.composition import by_presence
from survey.store.models import HouseholdArea, HouseholdCase
from tests.support import field, households
from tests.support.households import SLUG, listing
from tests.support.waves import RATINGS, send

PLACE = f"/van-phong/dot/{SLUG}/ho-gia-dinh"
QUIET = lambda _done, _total, _message: None  # noqa: E731


@pytest.fixture
def device(app):
    return households.make(app)


@pytest.fixture
def manager(client, database, device):
    with database.write() as session:
        named = {"by": "test", "now": datetime.now(UTC)}
        password = accounts.create(session, "lan", Role.MANAGER, **named)
        accounts.create(session, "dtv2", Role.ENUMERATOR, **named)
    send(client, "/van-phong/dang-nhap", name="lan", password=password)
    return client


def run(app, *words: str):
    return app.test_cli_runner().invoke(args=["household", *words, "--wave", SLUG])


def test_the_page_shows_how_far_areas_are_and_gives_them_away(manager, device, database):
    area = device.areas()[0]
    device.send_listing(area, listing())
    page = manager.get(PLACE).text
    assert "đã chốt" in page
    assert "chưa lập" in page
    assert "chọn lại giống hệt từ hạt giống" in page
    assert send(manager, f"{PLACE}/giao", area=area["code"], name="dtv2").status_code == 303
    assert [each["code"] for each in device.areas()] != area["code"]
    assert area["code"] not in [each["code"] for each in device.areas()]
    assert send(manager, f"{PLACE}/giao", area="x", name="dtv2").status_code == 422
    assert "drawn again from the seed" in manager.get(f"{PLACE}?lang=en").text
    with database.write() as session:
        session.get_one(HouseholdCase, area["places"][0]).number = 77
    assert "Chọn lại khác những gì đã lưu" in manager.get(f"{PLACE}?lang=vi").text


def test_a_wave_of_dossiers_has_no_such_page(app, client, wave):
    with wave.database.write() as session:
        password = accounts.create(session, "lan", Role.MANAGER, by="test", now=datetime.now(UTC))
    send(client, "/van-phong/dang-nhap", name="lan", password=password)
    place = f"/van-phong/dot/{wave.slug}"
    assert client.get(f"{place}/ho-gia-dinh").status_code == 409
    assert "Hộ gia đình" not in client.get(f"{place}/giam-sat").text


def test_the_commands_say_what_stands_and_what_differs(app, device, database):
    area = device.areas()[0]
    device.send_listing(area, listing())
    told = run(app, "progress")
    assert told.exit_code == 0
    assert area["code"] in told.output
    right = run(app, "verify")
    assert (right.exit_code, "1 danh sách" in right.output) == (0, True)
    with database.write() as session:
        session.get_one(HouseholdCase, area["places"][0]).number = 77
    wrong = run(app, "verify")
    assert wrong.exit_code == 1
    assert area["code"] in wrong.output


def test_results_with_and_without_an_officer_stand_side_by_side(app, manager, device, database):
    desk = field.Desk(app, database, SLUG)
    low = dict.fromkeys(RATINGS, "2")
    for area in device.areas():
        device.send_listing(area, listing())
        for place in range(3):
            near = place == 0
            made = device.selection(area, listing(), place, 2)
            part = {"officer": "all" if near else "no"}
            id_ = device.interview(area, place, made, part=part, **({} if near else low))
            assert desk.judged(id_) == ("stored", "")
    assert "Chưa có bảng chỉ số" in manager.get(PLACE).text
    jobs.run_here(app, "weigh", QUIET, wave=SLUG)
    jobs.run_here(app, "index", QUIET, wave=SLUG)
    for place in (PLACE, f"/van-phong/dot/{SLUG}/sang-loc"):
        page = manager.get(place).text
        assert "Chênh lệch, điểm phần trăm" in page
        assert "100,0%" in page.replace("\xa0", "").replace(" ", "")


def by_hand(rows: pd.DataFrame, presence: list[str]) -> tuple[float, float]:
    """The difference and its standard error, from linearised sums of areas."""
    value, weight = (rows["q"] == 5).to_numpy(float), rows["weight"].to_numpy()
    said, z, shares = np.array(presence), np.zeros(len(rows)), {}
    for side, sign in (("yes", 1.0), ("no", -1.0)):
        member = said == side
        total = weight[member].sum()
        shares[side] = (weight * value)[member].sum() / total
        z += sign * np.where(member, weight * (value - shares[side]) / total, 0.0)
    sums = rows.assign(z=z).groupby(["cell", "psu"])["z"].sum()
    variance = 0.0
    for _, own in sums.groupby("cell"):
        variance += len(own) / (len(own) - 1) * ((own - own.mean()) ** 2).sum()
    return shares["yes"] - shares["no"], float(np.sqrt(variance))


def test_the_difference_has_the_standard_error_of_the_design():
    random = np.random.default_rng(5)
    n = 120
    rows = pd.DataFrame(
        {
            "unit": "u",
            "cell": np.repeat(["u/a", "u/b"], n // 2),
            "psu": [f"{i // 12}" for i in range(n)],
            "weight": random.uniform(1, 9, n),
            "eligible": True,
            "q": random.choice([1.0, 5.0], n),
        }
    )
    presence = list(random.choice(["yes", "no", ""], n, p=[0.3, 0.5, 0.2]))
    inputs = SimpleNamespace(
        respondents=rows, concepts={"S": ["q"]}, populations={}, wave={"min_shown": 10}
    )
    found = by_presence.compute(inputs, presence)
    difference, se = by_hand(rows, presence)
    assert found["difference"] == pytest.approx(difference)
    assert found["se"] == pytest.approx(se)
    assert found["yes"]["n"] == presence.count("yes")
    assert found["low"] < difference < found["high"]
    assert by_presence.compute(inputs, ["yes"] * 9 + ["no"] * (n - 9)) == {}
    assert by_presence.compute(inputs, [""] * n) == {}


def test_no_page_of_such_a_wave_breaks(app, manager, device, database):
    desk = field.Desk(app, database, SLUG)
    for area in device.areas():
        device.send_listing(area, listing())
        for place in range(3):
            made = device.selection(area, listing(), place, 2)
            assert desk.judged(device.interview(area, place, made)) == ("stored", "")
    jobs.run_here(app, "weigh", QUIET, wave=SLUG)
    jobs.run_here(app, "index", QUIET, wave=SLUG)
    pages = [
        rule.rule.replace("<slug>", SLUG)
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and rule.arguments == {"slug"}
    ]
    assert len(pages) > 30
    broken = {page: code for page in pages if (code := manager.get(page).status_code) >= 500}
    assert broken == {}


@pytest.mark.parametrize(
    "words", [("sample", "verify"), ("sample", "plan"), ("sample", "draw", "--seed", "1"),
              ("sample", "bundle"), ("sample", "commit")],
)  # fmt: skip
def test_commands_for_dossiers_send_to_those_for_households(app, device, words):
    told = app.test_cli_runner().invoke(args=[*words, "--wave", SLUG])
    assert (told.exit_code, told.exception.__class__) == (1, SystemExit)
    assert "flask household" in told.output


def test_a_manager_loads_areas_on_the_page_and_faults_are_told_by_row(client, app, database):
    named = {"by": "test", "now": datetime.now(UTC)}
    with database.write() as session:
        units.load_register(session)
        wave_setup.create(session, households.setup(), folder=Path("."), **named)
        password = accounts.create(session, "lan", Role.MANAGER, **named)
    send(client, "/van-phong/dang-nhap", name="lan", password=password)
    assert "Chưa có khu vực nào." in client.get(PLACE).text

    def load(content: bytes):
        return send(client, f"{PLACE}/khu-vuc", file=(io.BytesIO(content), "khu-vuc.csv"))

    bad = b"code,name,unit,households\na,A,10888,5\na,B,10888,5\nc,C,10888,none\n"
    refused = load(bad)
    assert refused.status_code == 422
    assert "Dòng 3: khu vực “a” đã có ở trên." in refused.text
    assert "Dòng 4: số hộ phải là số dương." in refused.text
    alien = load(b"code,name,unit,households\na,A,10888,5\nb,B,00001,5\n")
    assert "Dòng 3, khu vực “b”" in alien.text
    assert load(b"\xff\xfe\x00\x81").status_code == 422
    assert "Chưa có khu vực nào." in client.get(PLACE).text, "nothing of them is stored"
    assert load(households.frame(4)).status_code == 303
    assert load(households.frame(6)).status_code == 303, "another file takes their place"
    with database.read() as session:
        assert session.query(HouseholdArea).count() == 12
    page = client.get(f"{PLACE}?lang=en").text
    assert "Loaded, not drawn yet" in page
    assert run(app, "draw", "--seed", "77").exit_code == 0
    assert load(households.frame()).status_code == 422
    assert "Load areas" not in client.get(f"{PLACE}?lang=en").text
