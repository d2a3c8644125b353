"""Commit and reveal: nothing can change between the promise and the draw, and anybody can check."""

from __future__ import annotations

import io
import json
import random
import zipfile
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from survey.errors import Conflict, InvalidInput, NotFound
from survey.render import sample_bundle as files
from survey.services.demo import load
from survey.services.sampling import bundle_check, check, commitment, pseudonyms, sample
from survey.services.sampling import draw as sample_draw
from survey.store import waves
from survey.store.models import AuditEvent, Case, Dossier
from tests.conftest import NOON
from tests.support import second_draw
from tests.survey.render import pdf_reading

KEY = bytes(range(32))
SEED_ON = NOON.date() + timedelta(days=30)
LATER = NOON + timedelta(days=31)
SEED = "giải đặc biệt 31/12: 04512"


@pytest.fixture
def session(database, settings):
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="test", now=NOON, scale=0.02)
        sample.plan(session, load.SLUG, sample.PlanRequest(), by="test", now=NOON)
        yield session


def commit(session, **changes) -> commitment.CommitmentView:
    given = {"seed_source": "Xổ số miền Bắc, giải đặc biệt", "seed_on": SEED_ON, "key": KEY}
    given |= {"by": "test", "now": NOON} | changes
    return commitment.commit(session, load.SLUG, **given)


def draw(session, now=LATER, seed=SEED):
    return sample_draw.draw_sample(session, load.SLUG, seed, by="test", now=now)


def unpacked(session) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(commitment.bundle(session, load.SLUG))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def folder(tmp_path, content: dict[str, bytes]):
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def codes_of(session) -> list[str]:
    return list(session.scalars(select(Dossier.code)))


def test_what_was_promised_is_drawn_and_checks_without_a_database(session, tmp_path):
    promised = commit(session)
    before = unpacked(session)
    assert set(before) == {files.FRAME, files.PLAN, files.COMMITMENT, files.DESCRIPTION}
    assert bundle_check.check(folder(tmp_path, before)).agrees
    made = draw(session)
    content = unpacked(session)
    assert content[files.FRAME] == before[files.FRAME]
    found = bundle_check.check(folder(tmp_path, content))
    assert (found.agrees, found.drawn, found.n_main, found.n_reserve) == (
        True, True, made.n_main, made.n_reserve,
    )  # fmt: skip
    assert made.committed
    assert made.digest == found.digests[files.SAMPLE] == files.digest(content[files.SAMPLE])
    assert found.digests[files.FRAME] == promised.frame_sha256
    assert check.verify(session, load.SLUG).agrees


def test_the_description_is_enough_to_draw_again(session):
    commit(session)
    draw(session)
    content = unpacked(session)
    seed = json.loads(content[files.DRAW])["seed"]
    again = second_draw.sample_csv(content[files.FRAME], content[files.PLAN], seed)
    assert again == content[files.SAMPLE]


def test_the_bundle_tells_of_no_dossier(session):
    commit(session)
    draw(session)
    everything = b"".join(unpacked(session).values()).decode()
    assert not [code for code in codes_of(session) if code in everything]
    assert KEY.hex() not in everything


def test_the_cases_are_the_dossiers_behind_the_pseudonyms(session):
    commit(session)
    draw(session)
    lines = unpacked(session)[files.SAMPLE].decode().splitlines()[1:]
    chosen = random.Random(1).sample([line.split(",") for line in lines], 12)
    for _stratum, role, rank, name, *_ in chosen:
        opened = pseudonyms.open_pseudonym(
            session, load.SLUG, name.upper(), reason="đối chiếu", by="lan", now=LATER
        )
        case = session.scalars(select(Case).join(Dossier).where(Dossier.code == opened.code)).one()
        assert (case.role, str(case.rank)) == (role, rank)
    record = session.scalars(
        select(AuditEvent).where(AuditEvent.action == "sample.pseudonym_opened")
    ).all()
    assert len(record) == 12
    assert {(event.by, event.facts["reason"]) for event in record} == {("lan", "đối chiếu")}


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_pseudonym_is_not_opened_without_a_reason(session, reason):
    commit(session)
    with pytest.raises(InvalidInput):
        pseudonyms.open_pseudonym(session, load.SLUG, "a" * 16, reason=reason, by="x", now=NOON)
    with pytest.raises(NotFound):
        pseudonyms.open_pseudonym(session, load.SLUG, "a" * 16, reason="x", by="x", now=NOON)


def test_a_seed_that_may_be_known_is_no_seed(session):
    for day in (date(2023, 1, 1), NOON.date()):
        with pytest.raises(InvalidInput) as refused:
            commit(session, seed_on=day)
        assert refused.value.code == "commit.seed_known"
    with pytest.raises(InvalidInput):
        commit(session, seed_source="  ")
    draw(session)  # without a commitment: possible, and said so
    with pytest.raises(Conflict) as refused:
        commit(session)
    assert refused.value.code == "commit.seed_revealed"


def test_nothing_is_drawn_before_the_day_of_the_seed(session):
    commit(session)
    with pytest.raises(Conflict) as refused:
        draw(session, now=NOON)
    assert refused.value.code == "draw.before_the_seed"


def test_after_the_promise_the_plan_stays(session):
    commit(session)
    for again in (
        lambda: sample.plan(session, load.SLUG, sample.PlanRequest(), by="x", now=NOON),
        lambda: commit(session),
    ):
        with pytest.raises(Conflict):
            again()


@pytest.mark.parametrize("change", ["frame", "plan"])
def test_a_change_behind_its_back_stops_the_draw(session, change):
    commit(session)
    if change == "frame":
        one = session.scalar(select(Dossier.id).limit(1))
        session.execute(update(Dossier).where(Dossier.id == one).values(code="smuggled in"))
    else:
        planned = waves.plan_of(session, waves.get(session, load.SLUG).id)
        definition = json.loads(json.dumps(planned.definition))
        definition["strata"][0]["n"] += 1
        planned.definition, planned.sha256 = definition, sample.plan_digest(definition)
    session.flush()
    with pytest.raises(Conflict) as refused:
        draw(session)
    assert refused.value.code == "draw.changed_since_plan"


def test_a_closed_wave_is_not_planned_committed_or_drawn(session):
    waves.get(session, load.SLUG).state = "closed"
    for late in (
        lambda: sample.plan(session, load.SLUG, sample.PlanRequest(), by="x", now=NOON),
        lambda: commit(session),
        lambda: draw(session),
    ):
        with pytest.raises(Conflict) as refused:
            late()
        assert refused.value.code == "wave.closed"


def test_the_page_is_one_sheet_with_both_digests(session):
    made = commit(session)
    pdf = commitment.page_pdf(session, load.SLUG, public_url="https://khaosat.example")
    assert pdf_reading.n_pages(pdf) == 1
    text = "".join(pdf_reading.text(pdf, 0).split())
    assert made.frame_sha256 in text
    assert made.plan_sha256 in text
    assert f"{SEED_ON:%d/%m/%Y}" in text
    link = "https://khaosat.example/ket-qua/cam-giang-2023/mau"
    assert pdf_reading.qr_texts(pdf, 0) == [link]


def altered(content: dict[str, bytes], name: str, old: str, new: str) -> dict[str, bytes]:
    assert old.encode() in content[name]
    return content | {name: content[name].replace(old.encode(), new.encode(), 1)}


def resealed(content: dict[str, bytes]) -> dict[str, bytes]:
    """As somebody would do who changes a file and its digests."""
    promised = json.loads(content[files.COMMITMENT])
    promised["frame_sha256"] = files.digest(content[files.FRAME])
    promised["plan_sha256"] = files.digest(content[files.PLAN])
    drawn = json.loads(content[files.DRAW])
    drawn["sample_sha256"] = files.digest(content[files.SAMPLE])
    return content | {
        files.COMMITMENT: files.json_file(promised), files.DRAW: files.json_file(drawn)
    }  # fmt: skip


@pytest.fixture
def published(session) -> dict[str, bytes]:
    commit(session)
    draw(session)
    return unpacked(session)


def test_whoever_touches_a_published_file_is_found_out(published, tmp_path):
    lines = published[files.SAMPLE].decode().splitlines()
    first, second = lines[1], lines[2]
    name = first.split(",")[3]
    swapped = altered(
        altered(published, files.SAMPLE, name, "@"), files.SAMPLE, second.split(",")[3], name
    )
    swapped = altered(swapped, files.SAMPLE, "@", second.split(",")[3])
    frame_line = published[files.FRAME].decode().splitlines()[5]
    shorter = published[files.FRAME].replace(f"{frame_line}\n".encode(), b"")
    tampered = {
        "frame.csv: sha256": altered(published, files.FRAME, frame_line, "a" + frame_line[1:]),
        "plan.json: sha256": altered(published, files.PLAN, '"n": ', '"n":  '),
        "sample.csv, dòng 2": altered(published, files.SAMPLE, name, "aaaaaaaaaaaaaaaa"),
        "sample.csv, dòng 2:": swapped,
        "sample.csv, dòng": altered(published, files.DRAW, '"seed": "', '"seed": "x'),
        "sample.csv: sha256": altered(published, files.DRAW, '_sha256": "', '_sha256": "0'),
        "hồ sơ, danh sách có": resealed(published | {files.FRAME: shorter}),
        "trùng bí danh": resealed(
            published | {files.FRAME: published[files.FRAME] + frame_line.encode() + b"\n"}
        ),
    }  # fmt: skip
    for words, content in tampered.items():
        found = bundle_check.check(folder(tmp_path, content))
        assert not found.agrees, words
        assert words in found.differs % found.facts


def test_role_rank_and_chance_are_checked_too(published, tmp_path):
    row = published[files.SAMPLE].decode().splitlines()[1]
    stratum, role, rank, name, key, chance = row.split(",")
    for other in (
        [stratum, "reserve", rank, name, key, chance], [stratum, role, "9", name, key, chance],
        [stratum, role, rank, name, key, f"{chance}0"],
        [stratum, role, rank, name, "0" * 16, chance],
    ):  # fmt: skip
        content = resealed(altered(published, files.SAMPLE, row, ",".join(other)))
        found = bundle_check.check(folder(tmp_path, content))
        assert "dòng 2" in found.differs % found.facts


def test_what_cannot_be_read_is_refused(published, tmp_path):
    unreadable = [
        {name: data for name, data in published.items() if name != files.PLAN},
        {name: data for name, data in published.items() if name != files.SAMPLE},
        published | {files.PLAN: b"{"},
        published | {files.PLAN: published[files.PLAN].replace(b"sample-plan/1", b"sample-plan/9")},
        published | {files.PLAN: published[files.PLAN].replace(b"stratified-srs/1", b"dice/1")},
    ]
    for number, content in enumerate(unreadable):
        place = tmp_path / str(number)
        place.mkdir()
        with pytest.raises(InvalidInput):
            bundle_check.check(folder(place, content))
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"not a zip")
    with pytest.raises(InvalidInput):
        bundle_check.check(broken)


def test_random_plans_agree_with_the_second_draw(tmp_path):
    """Ties aside, strata of any size and names beyond ASCII: both ways, the same bytes."""
    chance = random.Random(5)
    for number in range(20):
        strata = {}
        for h in range(chance.randint(1, 6)):
            size = chance.randint(1, 40)
            n = chance.randint(1, size)
            strata[f"Xã Cẩm Điền {h}, Đường {chance.randint(1, 9)}"] = (
                size, n, chance.randint(0, size - n)
            )  # fmt: skip
        units = [
            (f"{chance.getrandbits(80):020x}"[:16], name)
            for name, (size, _, _) in strata.items() for _ in range(size)
        ]  # fmt: skip
        plan = files.plan_file(
            {"wave": "w"},
            [
                {"stratum": name, "population": size, "n": n, "reserve": reserve}
                for name, (size, n, reserve) in strata.items()
            ],
        )
        frame, seed = files.frame_file(units), f"số {number} – đỏ"
        sample_file = second_draw.sample_csv(frame, plan, seed)
        content = {
            files.FRAME: frame, files.PLAN: plan, files.SAMPLE: sample_file,
            files.COMMITMENT: files.json_file({"format": "sample-commitment/1", "wave": "w"}),
            files.DRAW: files.json_file({"format": "sample-draw/1", "seed": seed}),
        }  # fmt: skip
        content[files.COMMITMENT] = files.json_file(
            {
                "format": "sample-commitment/1", "wave": "w",
                "frame_sha256": files.digest(frame), "plan_sha256": files.digest(plan),
            }
        )  # fmt: skip
        content[files.DRAW] = files.json_file(
            {"format": "sample-draw/1", "seed": seed, "sample_sha256": files.digest(sample_file)}
        )
        found = bundle_check.check(folder(tmp_path, content))
        assert found.agrees, found.differs % (found.facts or {})
