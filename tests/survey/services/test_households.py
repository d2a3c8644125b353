"""A household round on the server: areas, listings, selections that are believed or held."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from survey.domain import household
from survey.domain.household import Entry
from survey.domain.intake import Verdict
from survey.errors import Conflict, InvalidInput
from survey.services import waves
from survey.services.households import areas as drawing
from survey.services.households import checking, listings, loading, overview
from survey.services.households.interviews import PART
from survey.store import households as store
from survey.store.models import (
    Case,
    FieldAttachment,
    HouseholdArea,
    HouseholdCase,
    Response,
    ResponseWeight,
)
from tests.support import field, households
from tests.support.households import SLUG, listing

CLEAN = {"now": datetime(2026, 1, 1, tzinfo=UTC), "by": "test"}


@pytest.fixture
def device(app):
    return households.make(app)


@pytest.fixture
def desk(app, database, device):
    return field.Desk(app, database, SLUG)


def differing(database) -> list:
    with database.read() as session:
        return [*checking.areas(session, SLUG), *listings.verified(session, SLUG)]


def place_of(database, case_id: int) -> HouseholdCase:
    with database.read() as session:
        found = session.get_one(HouseholdCase, case_id)
        session.expunge(found)
        return found


def test_areas_are_drawn_with_chances_by_their_households(database, device):
    with database.read() as session:
        frame = session.query(HouseholdArea).all()
        sizes = {unit: sum(a.households for a in frame if a.unit_id == unit) for unit in
                 {a.unit_id for a in frame}}  # fmt: skip
        drawn = [area for area in frame if area.probability is not None]
        assert len(drawn) == 4
        for area in drawn:
            wanted = 2 * area.households / sizes[area.unit_id]
            assert area.probability == pytest.approx(wanted, rel=1e-12)
    assert differing(database) == []


def test_a_listing_grows_offline_and_is_final_once_closed(database, device):
    area = device.areas()[0]
    first, whole = listing(4), listing(9)
    assert device.send_listing(area, first, closed=False).json == {"outcome": "kept"}
    assert device.send_listing(area, first, closed=False).json == {"outcome": "known"}
    assert device.send_listing(area, whole, revision=7, closed=False).json["outcome"] == "kept"
    # An older state comes late.
    assert device.send_listing(area, first, revision=3, closed=False).json["outcome"] == "known"
    with database.read() as session:
        assert len(store.listing(session, area["id"]).lines) == 9
    assert device.send_listing(area, whole, revision=8).json["outcome"] == "kept"
    assert device.send_listing(area, whole, revision=8).json["outcome"] == "known"
    other = device.send_listing(area, first, revision=9)
    assert (other.status_code, other.json["code"]) == (409, "household.other_listing")
    with database.read() as session:
        line = next(each for each in overview.progress(session, SLUG) if each.code == area["code"])
    assert (line.state, line.n_listed, line.n_drawn, line.n_answered) == ("closed", 9, 3, 0)


def test_a_closed_listing_says_which_household_each_case_is(database, device):
    area = device.areas()[0]
    device.send_listing(area, listing())
    numbers = [place_of(database, id_).number for id_ in area["places"]]
    assert numbers == [device.selection(area, listing(), i, 1)["number"] for i in range(3)]
    assert 2 not in numbers, "nobody of age lives there"
    assert {place_of(database, id_).share for id_ in area["places"]} == {3 / 8}
    with database.read() as session:
        assert all(session.get_one(Case, id_).issued for id_ in area["places"])


def test_places_without_a_household_stay_out_of_the_field(database, device):
    area = device.areas()[0]
    device.send_listing(area, [Entry(1, "", 2), Entry(2, "", 0)])
    with database.read() as session:
        issued = [session.get_one(Case, id_).issued for id_ in area["places"]]
    assert issued == [True, False, False]
    assert place_of(database, area["places"][0]).share == 1.0


def test_faulty_lines_are_named_and_nothing_is_kept(database, device):
    area = device.areas()[0]
    reply = device.send_listing(area, [Entry(1, "", 2), Entry(1, "", 99)])
    assert (reply.status_code, reply.json["code"]) == (422, "household.listing")
    with database.read() as session:
        assert store.listing(session, area["id"]) is None
    for told in ({}, {"area": "1"}, [1], {"area": area["id"], "revision": True, "closed": True}):
        reply = device.app.test_client().post(f"{device.place}/app/listings", json=told)
        assert (reply.status_code, reply.json["code"]) == (422, "tablet.unreadable")


def test_an_area_of_somebody_else_is_not_listed(app, device):
    other = field.device(app, device.wave, n=0, name="dtv2")
    reply = households.Device(app, device.wave, "dtv2", other.token).send_listing(
        device.areas()[0], listing()
    )
    assert (reply.status_code, reply.json["code"]) == (404, "household.not_yours")


def test_a_right_selection_is_an_answer_with_the_product_of_chances(database, device, desk):
    area = device.areas()[0]
    device.send_listing(area, listing())
    told = {
        "position": {"consent": True, "lat": 20.93871, "lon": 106.31337},
        "officer": "part",
        "observations": {"others": "family", "willing": "well", "name": "x"},
    }
    made = device.selection(area, listing(), 1, 4)
    id_ = device.interview(area, 1, made, part=told)
    assert desk.judged(id_) == ("stored", "")
    place = place_of(database, area["places"][1])
    assert (place.adults, place.adult) == (4, made["adult"])
    assert place.position == {"lat": 20.94, "lon": 106.31}
    with database.read() as session:
        answer = session.get_one(Response, desk.row(id_).response_id)
        chance = session.get_one(HouseholdArea, area["id"]).probability
        assert answer.inclusion_probability == pytest.approx(chance * 3 / 8 / 4, rel=1e-12)
        assert (answer.psu, answer.stratum) == (area["code"], "ho_dan")
        kept = {k: v for k, v in answer.paradata.items() if k in ("officer", "seen_others")}
        assert kept == {"officer": "part", "seen_others": "family"}
        assert "x" not in answer.paradata.values()
        assert "officer" not in answer.answers
    assert differing(database) == []


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"adult": lambda made: 1 + made["adult"] % 4}, "adult"),
        ({"number": lambda made: made["number"] + 1}, "number"),
        ({"digest": lambda made: "0" * 64}, "digest"),
        ({"area": lambda made: "elsewhere"}, "area"),
        ({"adults": lambda made: 0}, "missing"),
        ({"adults": lambda made: "4"}, "missing"),
    ],
)
def test_another_selection_is_held_with_its_reason_and_not_lost(desk, device, change, differs):
    area = device.areas()[0]
    device.send_listing(area, listing())
    made = device.selection(area, listing(), 0, 4)
    wrong = made | {name: how(made) for name, how in change.items()}
    id_ = device.interview(area, 0, wrong)
    assert desk.judged(id_) == ("quarantined", "selection")
    assert desk.row(id_).facts["differs"] == differs
    assert desk.n_answers() == 0
    assert desk.row(id_).xml


def test_a_person_may_take_a_held_one_if_it_says_how_many_adults(desk, device):
    area = device.areas()[0]
    device.send_listing(area, listing())
    made = device.selection(area, listing(), 0, 4)
    id_ = device.interview(area, 0, made | {"adult": 1 + made["adult"] % 4})
    assert desk.judged(id_)[1] == "selection"
    desk.decide(id_, Verdict.ACCEPTED)
    assert desk.row(id_).state == "stored"
    # Taken all the same, it stays visible to whoever draws again.
    (found,) = differing(desk.database)
    assert (found["differs"], found["number"]) == ("adult", made["number"])
    empty = device.post(device.fill(area["places"][1], instance_id="uuid:empty"))
    assert empty.status_code == 201
    assert desk.judged("uuid:empty") == ("quarantined", "selection")
    with pytest.raises(Conflict, match="số người lớn"):
        desk.decide("uuid:empty", Verdict.ACCEPTED)


def test_an_interview_that_comes_before_its_listing_waits_for_it(desk, device):
    area = device.areas()[0]
    id_ = device.interview(area, 0, device.selection(area, listing(), 0, 2))
    assert desk.judged(id_) == ("quarantined", "selection")
    assert desk.row(id_).facts["differs"] == "listing"
    device.send_listing(area, listing())
    assert desk.judged(id_) == ("stored", "")


def test_the_part_may_come_in_a_later_request(desk, device):
    area = device.areas()[0]
    device.send_listing(area, listing())
    part = json.dumps({"selection": device.selection(area, listing(), 0, 2)}).encode()
    xml = device.fill(area["places"][0], instance_id="uuid:late")
    assert device.post(xml, more=True).status_code == 201
    assert desk.judged("uuid:late")[0] == "waiting"
    assert device.post(xml, {PART: part}).status_code == 201
    assert desk.judged("uuid:late") == ("stored", "")


def test_a_position_needs_consent_and_stays_coarse(database, desk, device):
    area = device.areas()[0]
    device.send_listing(area, listing())
    place = {"lat": 20.93871, "lon": 106.31337}
    id_ = device.interview(
        area, 0, device.selection(area, listing(), 0, 1), part={"position": place}
    )
    assert desk.judged(id_) == ("stored", "")
    assert place_of(database, area["places"][0]).position is None


def test_a_tampered_store_is_found_by_drawing_again(database, device, desk):
    area = device.areas()[0]
    device.send_listing(area, listing())
    with database.write() as session:
        place = session.get_one(HouseholdCase, area["places"][0])
        place.number = 999
    (found,) = differing(database)
    assert (found["area"], found["differs"]) == (area["code"], "household")
    with database.write() as session:
        session.get_one(HouseholdArea, area["id"]).probability = 0.5
    assert {each["differs"] for each in differing(database)} == {"household", "area"}


def test_a_changed_frame_is_not_drawn_from(app, database):
    named = {"by": "test", "now": datetime.now(UTC)}
    from pathlib import Path

    from survey.services import units, wave_setup

    with database.write() as session:
        units.load_register(session)
        wave_setup.create(session, households.setup(), folder=Path("."), **named)
        loading.load(session, SLUG, households.frame(), name="f.csv", **named)
        session.query(HouseholdArea).first().households += 1
        with pytest.raises(Conflict, match="đã đổi sau khi lập phương án"):
            drawing.draw_areas(session, SLUG, "1", **named)


def test_faults_of_the_frame_are_told_with_their_rows(database):
    from pathlib import Path

    from survey.services import units, wave_setup

    named = {"by": "test", "now": datetime.now(UTC)}
    bad = b"code,name,unit,households\na,A,10888,5\na,B,10888,5\nb,,10888,5\nc,C,10888,none\n"
    with database.write() as session:
        units.load_register(session)
        wave_setup.create(session, households.setup(), folder=Path("."), **named)
        with pytest.raises(InvalidInput) as told:
            loading.load(session, SLUG, bad, name="f.csv", **named)
        assert [p.code for p in told.value.problems] == [
            "areas.twice",
            "areas.missing",
            "areas.size",
        ]
        assert [p.facts["row"] for p in told.value.problems] == [3, 4, 5]
        alien = b"code,name,unit,households\na,A,00001,5\n"
        with pytest.raises(InvalidInput) as told:
            loading.load(session, SLUG, alien, name="f.csv", **named)
        assert told.value.problems[0].code == "areas.unit"


@pytest.mark.parametrize(
    "settings",
    [{"areas": 1}, {"households": 0}, {"method": "door to door"}, {"gps": "exact"}, {"officer": 1},
     {"unknown": 1}],
)  # fmt: skip
def test_a_set_up_with_a_faulty_round_is_refused(settings):
    from survey.domain.household_round import round_faults

    assert list(round_faults({"areas": 2, "households": 3})) == []
    assert list(round_faults({"areas": 2, "households": 3} | settings))


def test_a_round_goes_through_weights_to_the_table(app, database, device, desk):
    from survey import jobs

    quiet = lambda _done, _total, _message: None  # noqa: E731
    for area in device.areas():
        device.send_listing(area, listing())
        for place in range(3):
            made = device.selection(area, listing(), place, 1 + place)
            id_ = device.interview(area, place, made, part={"officer": "no"})
            assert desk.judged(id_) == ("stored", "")
    run_id, weights = jobs.run_here(app, "weigh", quiet, wave=SLUG)
    with database.read() as session:
        psus = {
            row.psu: row.final for row in session.query(ResponseWeight).filter_by(run_id=run_id)
        }
        areas = {a.code: a for a in session.query(HouseholdArea) if a.probability}
        assert set(psus) == set(areas)
        for code, area in areas.items():
            own = session.query(ResponseWeight, Response).filter(
                ResponseWeight.run_id == run_id,
                ResponseWeight.psu == code,
                Response.id == ResponseWeight.response_id,
            )
            wanted = sorted(k * 8 / 3 / area.probability for k in (1, 2, 3))
            assert sorted(weight.final for weight, _ in own) == pytest.approx(wanted)
    table = jobs.run_here(app, "index", quiet, wave=SLUG)
    assert [row.n_respondents for row in table.rows] == [6, 6]
    with database.read() as session:
        assert {row.n_population for row in table.rows} == set(store.sizes(session, 1).values())
    assert all(row.satisfaction_se is not None for row in table.rows)


def test_a_closed_wave_cannot_lead_from_an_answer_to_a_door(database, device, desk):
    for area in device.areas():
        device.send_listing(area, listing())
    area, lines = device.areas()[0], listing()
    place = {"consent": True, "lat": 20.9, "lon": 106.3}
    made = device.selection(area, lines, 0, 5)
    assert desk.judged(device.interview(area, 0, made, part={"position": place})) == ("stored", "")
    with database.write() as session:
        waves.close_wave(session, SLUG, by="test", now=datetime.now(UTC))
    with database.read() as session:
        kept = store.listing(session, area["id"])
        assert {note for _, note, _ in kept.lines} == {""}
        assert {adults for _, _, adults in kept.lines} == {0, 1}
        assert all(
            (each.adults, each.adult, each.position) == (None, None, None)
            for each in session.query(HouseholdCase)
        )
        assert session.query(FieldAttachment).count() == 0
    # What was drawn can still be drawn again, here and on a device that asks once more.
    assert differing(database) == []
    with database.write() as session:
        waves.open_wave(session, SLUG, by="test", now=datetime.now(UTC))
    told = device.areas()[0]["listing"]
    assert told["digest"] == made["digest"]
    entries = [Entry(*line) for line in told["lines"]]
    rule = (area["seed"], area["code"], entries, area["wanted"], area["method"])
    numbers = [place_of(database, id_).number for id_ in area["places"]]
    assert household.households(*rule, told["digest"]) == numbers
