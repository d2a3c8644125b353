"""Loading a frame: every fault of every row is told, and nothing is half loaded."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from survey.errors import Conflict, InvalidInput
from survey.services import frame
from survey.services.demo import load
from survey.services.frames import storing
from survey.services.sampling import sample
from survey.store.models import Contact, Dossier, Frame
from tests.conftest import NOON

HEADING = "dossier_code,unit_code,field,channel,received_on,due_on,returned_on,applicant,contact"
GOOD = "H1,{unit},chung_thuc,truc_tiep,02/05/2023,03/05/2023,03/05/2023,person,"


@pytest.fixture
def session(database, settings):
    """A session on a database that holds the demonstration wave and its small frame."""
    with database.write() as session:
        load.load(session, contact_key=settings.contact_key, by="test", now=NOON, scale=0.01)
        yield session


@pytest.fixture
def unit(session) -> str:
    return load.communes(session)[0]


@pytest.fixture
def bring_in(session, settings):
    def run(content: str | bytes, name: str = "synthetic.csv"):
        raw = content if isinstance(content, bytes) else content.encode()
        return frame.import_file(
            session,
            load.SLUG,
            raw,
            name=name,
            contact_key=settings.contact_key,
            by="test",
            now=NOON,
        )

    return run


def faults(bring_in, content) -> list[tuple[str, int]]:
    with pytest.raises(InvalidInput) as caught:
        bring_in(content)
    return [(fault.code, fault.facts["row"]) for fault in caught.value.problems]


def lines(*rows: str) -> str:
    return "\n".join([HEADING, *rows]) + "\n"


def count(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def test_a_good_file_replaces_the_frame_whole(session, bring_in, unit):
    made = bring_in(lines(GOOD.format(unit=unit)))
    assert made.n_dossiers == 1
    assert (count(session, Frame), count(session, Dossier)) == (1, 1)
    assert session.scalars(select(Dossier)).one().returned_on.isoformat() == "2023-05-03"


def test_every_fault_of_a_file_is_told_at_once_with_its_row(session, bring_in, unit):
    before = count(session, Dossier)
    good = GOOD.format(unit=unit)
    found = faults(
        bring_in,
        lines(
            good,
            good,
            good.replace("H1", "H2").replace(unit, "00000"),
            good.replace("H1", "H3").replace("03/05/2023,person", "01/05/2023,person"),
            good.replace("H1", "H4").replace("02/05/2023,03", "02/05/2023,01"),
            good.replace("H1", "H5").replace("02/05/2023", "31/02/2023"),
            good.replace("H1", "H6").replace("chung_thuc", "bay_len_trang"),
            good.replace("H1", "H7").replace("truc_tiep", ""),
            good.replace("H1", "H8") + ",one cell too many",
        ),
    )
    assert found == [
        ("frame.duplicate_code", 3),
        ("frame.unknown_unit", 4),
        ("frame.returned_before_received", 5),
        ("frame.due_before_received", 6),
        ("frame.bad_date", 7),
        ("frame.unknown_value", 8),
        ("frame.empty_cell", 9),
        ("frame.cell_count", 10),
    ]
    assert count(session, Dossier) == before > 100, "the frame that was there stays as it was"


def test_a_fault_names_row_cell_and_heading(bring_in, unit):
    row = GOOD.format(unit=unit).replace("02/05/2023", "31/02/2023")
    with pytest.raises(InvalidInput) as caught:
        bring_in(lines(row))
    assert str(caught.value.problems[0]).startswith("Dòng 2: ô E2 (received_on) – “31/02/2023”")


def test_bytes_that_are_no_utf8_are_told_with_row_and_place(bring_in, unit):
    good = lines(GOOD.format(unit=unit)).encode()
    assert faults(bring_in, good.replace(b"H1", b"H\xd0\xff")) == [("frame.not_utf8", 2)]


def test_other_rows_are_checked_beside_one_that_cannot_be_read(bring_in, unit):
    good = lines(GOOD.format(unit=unit), GOOD.format(unit="1").replace("H1", "H2")).encode()
    found = faults(bring_in, good.replace(b"H1", b"H\xd0\xff"))
    assert found == [("frame.not_utf8", 2), ("frame.unknown_unit", 3)]


def test_a_missing_column_is_named_and_the_others_are_checked(bring_in, unit):
    heading, *rest = lines(GOOD.format(unit="1")).splitlines()
    place = heading.split(",").index("returned_on")
    without = [
        ",".join(c for i, c in enumerate(line.split(",")) if i != place)
        for line in (heading, *rest)
    ]
    with pytest.raises(InvalidInput) as caught:
        bring_in("\n".join(without))
    missing, unknown = caught.value.problems
    assert (missing.code, missing.facts["column"]) == ("frame.missing_column", "returned_on")
    assert (unknown.code, unknown.facts["row"]) == ("frame.unknown_unit", 2)


@pytest.mark.parametrize("content", ["", "\n\n", HEADING + "\n"])
def test_a_file_without_dossiers_is_no_frame(bring_in, content):
    with pytest.raises(InvalidInput) as caught:
        bring_in(content)
    assert [fault.code for fault in caught.value.problems] == ["frame.empty"]


def test_vietnamese_headings_semicolons_and_a_byte_order_mark_are_read(session, bring_in, unit):
    heading = "Mã hồ sơ;Mã đơn vị;Lĩnh vực;Cách nộp;Ngày nhận;Ngày hẹn trả;Ngày trả;Người nộp"
    row = f"H1;{unit};Chứng thực;Trực tiếp;02/05/2023;;03/05/2023;Cá nhân"
    assert bring_in(f"\ufeff{heading}\r\n{row}\r\n").n_dossiers == 1
    stored = session.scalars(select(Dossier)).one()
    assert (stored.field, stored.channel, stored.applicant) == ("chung_thuc", "truc_tiep", "person")


def test_contacts_are_stored_encrypted_and_only_where_given(session, bring_in, unit):
    good = GOOD.format(unit=unit)
    made = bring_in(lines(good + "0912 345 678", good.replace("H1", "H2")))
    assert (made.n_contacts, count(session, Contact)) == (1, 1)
    assert b"345" not in bytes(session.scalars(select(Contact.ciphertext)).one())


def test_the_frame_of_a_synthetic_wave_is_named_so(bring_in, session, unit):
    bring_in(lines(GOOD.format(unit=unit)), name="dossiers.csv")
    assert "synthetic" in session.scalars(select(Frame.name)).one()


def test_a_frame_that_a_plan_rests_on_stays(session, bring_in, unit):
    sample.plan(session, load.SLUG, sample.PlanRequest(), by="test", now=NOON)
    with pytest.raises(Conflict) as caught:
        bring_in(lines(GOOD.format(unit=unit)))
    assert caught.value.code == "frame.plan_exists"


def test_what_does_not_count_is_left_out_and_counted_by_reason(session, bring_in, unit):
    good = GOOD.format(unit=unit)
    made = bring_in(
        lines(
            good,
            good.replace("H1", "H2").replace("2023", "2022"),
            good.replace("H1", "H3").replace("03/05/2023,person", ",person"),
        )
    )
    assert (made.n_rows, made.n_dossiers) == (3, 1)
    assert made.excluded == {"outside_window": 1, "not_returned": 1}
    kept = session.scalars(select(Frame)).one()
    assert kept.eligibility["excluded"] == made.excluded
    assert kept.eligibility["rule"]["results"] == ["returned", "refused"]


def test_a_file_of_which_nothing_counts_is_no_frame(session, bring_in, unit):
    before = count(session, Dossier)
    with pytest.raises(InvalidInput) as caught:
        bring_in(lines(GOOD.format(unit=unit).replace("2023", "2022")))
    assert [fault.code for fault in caught.value.problems] == ["frame.none_eligible"]
    assert count(session, Dossier) == before


def test_the_content_has_one_digest_whatever_the_order_of_its_rows(session, bring_in, unit):
    good = GOOD.format(unit=unit)
    rows = [good.replace("H1", code) for code in ("H1", "h1", "É9", "H10", "H2")]
    made = [bring_in(lines(*order)) for order in (rows, rows[::-1])]
    assert made[0].sha256 != made[1].sha256
    assert made[0].content_sha256 == made[1].content_sha256
    stored = session.scalars(select(Frame)).one()
    assert storing.content_digest(session, stored) == stored.content_sha256
    before = stored.content_sha256
    other = bring_in(lines(*rows).replace("chung_thuc", "khac", 1))
    assert other.content_sha256 != before


def test_dossiers_of_one_person_are_linked_by_a_number_that_tells_nothing(session, bring_in, unit):
    heading = HEADING.replace("contact", "họ tên,điện thoại")
    row = "{code},{unit},khac,truc_tiep,02/05/2023,,03/05/2023,person,{name},{phone}"
    people = [
        ("A", "Trần Thị Hoa", "0912 345 678"),
        ("B", "Lê Văn Nam", "0912345678"),
        ("C", "TRẦN THỊ HOA", "+84 912345678"),
        ("D", "Trần Thị Hoa", ""),
    ]
    body = [row.format(code=c, unit=unit, name=n, phone=p) for c, n, p in people]
    bring_in("\n".join([heading, *body]))
    linked = dict(session.execute(select(Dossier.code, Dossier.person)).all())
    assert linked == {"A": 2, "B": None, "C": 2, "D": None}
