"""Attempts, releases and rates, through the services, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from survey.domain.calendar import LOCAL
from survey.errors import Conflict, InvalidInput, NotFound
from survey.services import entry, invite, respond
from survey.services import waves as wave_service
from survey.services.fieldwork import attempt_file, attempts, rates
from survey.services.fieldwork import record as fieldwork_record
from survey.services.fieldwork import reserves as fieldwork_reserves
from survey.store import cases, waves
from survey.store.models import Case, ContactAttempt, ReserveRelease
from tests.support.databases import ON_SQLITE

#: Days after the wave opened; the last moment that the tests know.
LATER = 12


@pytest.fixture
def session(wave):
    with wave.database.write() as session:
        yield session


@pytest.fixture
def field(session, wave):
    """Short words for what the office does."""
    return Field(session, wave.slug)


class Field:
    def __init__(self, session, slug: str) -> None:
        self.session, self.slug = session, slug
        self.wave = waves.get(session, slug)
        first = datetime.combine(self.wave.opens_on, datetime.min.time(), LOCAL)
        self.first, self.now = first, first + timedelta(days=LATER)

    def at(self, day: int, hour: int) -> datetime:
        return self.first + timedelta(days=day, hours=hour)

    def main(self, n: int = 1) -> list[Case]:
        """Main cases of one stratum with a reserve for each."""
        for case in cases.issued(self.session, self.wave.id):
            like = self.stratum(case)
            main = [c for c in like if c.role == "main"]
            if len(main) >= n and len(like) - len(main) >= n:
                return main[:n]
        raise AssertionError("no stratum is large enough")

    def stratum(self, case: Case) -> list[Case]:
        return list(
            self.session.scalars(
                select(Case)
                .where(Case.unit_id == case.unit_id, Case.stratum == case.stratum)
                .order_by(Case.rank)
            )
        )

    def log(self, case, result: str, day: int = 1, hour: int = 9, mode: str = "phone", note=""):
        return attempts.log_attempt(
            self.session,
            self.slug,
            case.dossier.code,
            at=self.at(day, hour),
            mode=mode,
            result=result,
            note=note,
            by="lan",
            now=self.now,
        )

    def try_enough(self, case) -> None:
        for day, hour in ((1, 9), (2, 15), (3, 19)):
            self.log(case, "3.13", day, hour)

    def release(self, *chosen, reason: str = "không liên hệ được"):
        codes = [case.dossier.code for case in chosen]
        return fieldwork_reserves.release(
            self.session, self.slug, codes, reason=reason, by="lan", now=self.now
        )

    def view(self, case):
        return attempts.view(self.session, self.slug, case.id)

    def whole(self, **how):
        return rates.table(self.session, self.slug, **how).whole


def test_attempts_pile_up_until_the_rule_is_met(field):
    (case,) = field.main()
    field.log(case, "3.13", 1, 9)
    field.log(case, "3.13", 1, 15)
    seen = field.view(case)
    assert (seen.effort.attempts, seen.effort.days, seen.effort.dayparts) == (2, 1, 2)
    assert (seen.ends_as, seen.disposition) == ("", "3.0")
    field.log(case, "2.20", 2, 9, mode="visit")
    assert field.view(case).ends_as == ""  # three attempts, but on two days
    field.log(case, "3.12", 3, 9)
    assert field.view(case).ends_as == "2.20"
    assert field.view(case).disposition == "3.0"  # still worked: somebody may answer


@ON_SQLITE
def test_a_refusal_ends_a_case_until_somebody_agrees(field):
    (case,) = field.main()
    field.log(case, "2.112")
    assert (case.disposition, field.view(case).ends_as) == ("2.112", "2.112")
    field.log(case, "agreed", 2)
    assert (case.disposition, field.view(case).ends_as) == ("3.0", "")


REFUSED = [
    ({"mode": "smoke"}, "attempt.mode"),
    ({"result": "1.1"}, "attempt.result"),
    ({"result": "2.22", "mode": "visit"}, "attempt.result_of_mode"),
    ({"result": "2.36"}, "attempt.note_needed"),
    ({"note": "gọi lại 0912 345 678"}, "attempt.note_personal"),
    ({"note": "x" * 201}, "attempt.note_long"),
    ({"day": LATER + 1}, "attempt.future"),
    ({"day": -1}, "attempt.outside"),
]


@ON_SQLITE
def test_what_cannot_be_logged_is_refused(field):
    (case,) = field.main()
    for change, code in REFUSED:
        with pytest.raises(InvalidInput) as refused:
            field.log(case, **({"result": "3.13"} | change))
        assert refused.value.code == code
    assert field.view(case).log == ()


@ON_SQLITE
def test_a_reserve_and_an_answered_case_are_not_contacted(field):
    (case,) = field.main()
    reserve = next(c for c in field.stratum(case) if not c.issued)
    with pytest.raises(Conflict) as refused:
        field.log(reserve, "3.13")
    assert refused.value.code == "attempt.not_issued"
    with pytest.raises(NotFound):
        attempts.find(field.session, field.slug, "no such dossier")
    assert attempts.find(field.session, field.slug, str(case.id)).id == case.id


def test_a_wrong_line_is_taken_back_and_stays_on_record(field):
    (case,) = field.main()
    line = field.log(case, "2.31")
    assert case.disposition == "2.31"
    take = {"reason": "ghi nhầm hồ sơ", "by": "an", "now": field.now}
    attempts.take_back(field.session, field.slug, line.id, **take)
    seen = field.view(case)
    assert (seen.disposition, seen.effort.attempts) == ("3.0", 0)
    assert [entry.taken_back for entry in seen.log] == ["ghi nhầm hồ sơ"]
    with pytest.raises(Conflict):
        attempts.take_back(field.session, field.slug, line.id, **take)


def test_reserves_come_in_their_fixed_order_and_once(field):
    first, second = field.main(2)
    reserves = [c for c in field.stratum(first) if c.role == "reserve"]
    for case in (first, second):
        field.log(case, "2.112")
    made = field.release(second, first)
    assert [row.replaced_id for row in made] == [first.id, second.id]
    assert [row.reserve_id for row in made] == [reserves[0].id, reserves[1].id]
    assert [c.issued for c in reserves[:2]] == [True, True]
    with pytest.raises(Conflict) as refused:
        field.release(first)
    assert refused.value.code == "release.replaced"
    shown = fieldwork_reserves.releases(field.session, field.slug)
    assert [(r.replaced_id, r.reserve_id, r.by, r.code) for r in shown] == [
        (second.id, reserves[1].id, "lan", "2.112"),
        (first.id, reserves[0].id, "lan", "2.112"),
    ]


@ON_SQLITE
def test_no_release_before_the_rule_is_met(field):
    (case,) = field.main()
    field.log(case, "3.13", 1, 9)
    field.log(case, "3.13", 2, 9)
    field.log(case, "3.13", 3, 9)  # three days, one time of day
    with pytest.raises(Conflict) as refused:
        field.release(case)
    assert refused.value.code == "release.too_early"
    assert "1/2 buổi" in str(refused.value)
    field.log(case, "3.13", 4, 20)
    (made,) = field.release(case)
    assert (made.code, case.disposition) == ("3.13", "3.13")


@ON_SQLITE
def test_a_wave_may_ask_for_less_or_more(field):
    (case,) = field.main()
    field.wave.settings = {
        **field.wave.settings,
        "contact_rule": {"attempts": 1, "days": 1, "dayparts": 1, "personal": 1},
    }
    field.log(case, "3.30", 1, 9, mode="letter")
    assert field.view(case).ends_as == ""  # a returned letter reached nobody
    field.log(case, "2.20", 1, 10)
    assert field.view(case).ends_as == "2.20"


def test_an_exhausted_stratum_is_said_and_nothing_half_done(field):
    (case,) = field.main()
    like = field.stratum(case)
    others = [c for c in like if c.role == "reserve"]
    gone = [c for c in like if c.role == "main"]
    for one in gone:
        field.log(one, "2.112")
    assert len(gone) > len(others)
    with pytest.raises(Conflict) as refused:
        field.release(*gone)
    assert refused.value.code == "release.none_left"
    assert fieldwork_reserves.releases(field.session, field.slug) == []
    assert not any(case.issued for case in others)
    field.release(*gone[: len(others)])
    released = others[0]
    field.log(released, "2.112", 5)
    with pytest.raises(Conflict):
        field.release(released)


@ON_SQLITE
def test_a_release_needs_a_reason_without_persons(field):
    (case,) = field.main()
    field.log(case, "2.112")
    for reason, code in ((" ", "release.no_reason"), ("bà Hoa", "attempt.note_personal")):
        with pytest.raises(InvalidInput) as refused:
            field.release(case, reason=reason)
        assert refused.value.code == code
    with pytest.raises(InvalidInput):
        field.release()


@ON_SQLITE
def test_no_release_in_a_closed_wave_nor_for_an_unreleased_case(field):
    (case,) = field.main()
    field.log(case, "2.112")
    reserve = next(c for c in field.stratum(case) if not c.issued)
    with pytest.raises(Conflict) as refused:
        field.release(reserve)
    assert refused.value.code == "release.not_issued"
    wave_service.close_wave(field.session, field.slug, by="lan", now=field.now)
    with pytest.raises(Conflict) as refused:
        field.release(case)
    assert refused.value.code == "release.wave_not_open"


@ON_SQLITE
def test_a_log_that_a_release_rests_on_is_not_taken_back(field):
    (case,) = field.main()
    line = field.log(case, "2.112")
    field.release(case)
    with pytest.raises(Conflict) as refused:
        attempts.take_back(
            field.session, field.slug, line.id, reason="nhầm", by="an", now=field.now
        )
    assert refused.value.code == "attempt.replaced"


@ON_SQLITE
def test_a_released_reserve_gets_a_slip(field, settings):
    key = settings.code_key_bytes
    invite.issue_codes(field.session, field.slug, code_key=key, by="an", now=field.now)
    (case,) = field.main()
    field.log(case, "2.112")
    (made,) = field.release(case)
    (slip,) = invite.issue_codes(field.session, field.slug, code_key=key, by="an", now=field.now)
    assert slip.case.id == made.reserve_id
    opened = entry.open_case(field.session, slip.code, code_key=key, now=field.now)
    assert opened.id == made.reserve_id


def test_who_opens_the_page_is_at_work_again(field, wave, settings):
    (case,) = field.main()
    field.try_enough(case)
    field.release(case)
    made = invite.further_codes(
        field.session, [case], code_key=settings.code_key_bytes, reason="trial", now=field.now
    )
    key = settings.code_key_bytes
    opened = entry.open_case(field.session, made[0].code, code_key=key, now=field.now)
    assert not opened.declined
    respond.start(field.session, opened, language="vi", now=field.now)
    field.session.refresh(case)
    assert case.disposition == "3.0"
    assert field.whole().counts["R"] == 1  # opened and nothing sent so far


@ON_SQLITE
def test_a_citizens_refusal_may_be_replaced_at_once_and_is_not_contacted(field, settings):
    (case,) = field.main()
    key = settings.code_key_bytes
    (made,) = invite.further_codes(
        field.session, [case], code_key=key, reason="trial", now=field.now
    )
    opened = entry.open_case(field.session, made.code, code_key=key, now=field.now)
    respond.decline(field.session, opened, now=field.now)
    with pytest.raises(Conflict) as refused:
        field.log(case, "3.13")
    assert refused.value.code == "attempt.declined"
    (row,) = field.release(case)
    assert row.code == "2.11"
    assert field.whole().counts["R"] == 1


def test_rates_count_every_issued_case_once(field):
    before = field.whole()
    n_main = len(cases.issued(field.session, field.wave.id))
    assert (before.issued, before.counts["UH"]) == (n_main, n_main)
    assert before.rates["RR1"].value == 0
    assert before.rates["RR3"].missing == "no_eligibility_rate"
    first, second = field.main(2)
    field.log(first, "2.112")
    field.log(second, "4.10")
    field.release(first, second)
    table = rates.table(field.session, field.slug)
    whole = table.whole
    assert whole.issued == n_main + 2
    assert (whole.counts["R"], whole.counts["NE"], whole.counts["UH"]) == (1, 1, n_main)
    assert (table.e.value, table.e_given) == (0.5, False)
    assert whole.rates["REF1"].value == pytest.approx(1 / (n_main + 1))
    assert whole.rates["REF2"].value == pytest.approx(1 / (1 + 0.5 * n_main))
    assert whole.rates["REF3"].value == 1
    assert sum(row.issued for row in table.units) == whole.issued
    assert sum(row.issued for row in table.strata) == whole.issued
    one = next(r for r in table.strata if r.counts["R"])
    assert (one.field, one.counts["NE"]) == (first.stratum, 1)
    given = field.whole(e=1.0)
    assert given.rates["REF2"].value == given.rates["REF1"].value


def test_weights_of_a_stratum_still_add_up_to_its_dossiers(field):
    first, second = field.main(2)
    weighted = rates.table(field.session, field.slug, weighted=True)
    before = _weight(weighted, first)
    field.log(first, "2.112")
    field.log(second, "2.112")
    field.release(first, second)
    after = rates.table(field.session, field.slug, weighted=True)
    # N / n' each: a larger sample of the same stratum.
    assert _weight(after, first) == pytest.approx(before)
    row = _row(after, first)
    assert row.rates["REF1"].value == pytest.approx(2 / row.issued)


def _row(table, case):
    return next(r for r in table.strata if (r.unit_code, r.field) == (case.unit.code, case.stratum))


def _weight(table, case) -> float:
    return _row(table, case).rates["RR1"].denominator


def test_the_public_record_counts_and_names_nobody(field):
    first, second = field.main(2)
    field.log(first, "2.112")
    field.try_enough(second)
    field.release(first, second)
    record = fieldwork_record.strata(field.session, field.slug)
    (row,) = [row for row in record if row.n_released]
    assert (row.n_released, row.reasons) == (2, {"2.112": 1, "3.13": 1})
    assert (row.unit_code, row.field) == (first.unit.code, first.stratum)
    text = repr(record) + fieldwork_record.record_csv(field.session, field.slug).decode()
    assert f",{row.n_released},2.112,1" in text
    for case in (first, second):
        assert case.dossier.code not in text


@ON_SQLITE
def test_the_record_finds_reserves_that_nobody_released(field):
    first, second = field.main(2)
    field.log(first, "2.112")
    field.release(first)
    assert fieldwork_record.faults(field.session, field.slug) == []
    *_, last = (case for case in field.stratum(first) if case.role == "reserve")
    last.issued = True
    field.session.flush()
    codes = [fault.code for fault in fieldwork_record.faults(field.session, field.slug)]
    others = [c for c in field.stratum(second) if c.role == "reserve" and not c.issued]
    assert codes == (["record.order"] if others else []) + ["record.no_line"]
    last.issued = False
    reserve = next(case for case in field.stratum(first) if case.role == "reserve")
    reserve.issued = False
    field.session.flush()
    codes = [fault.code for fault in fieldwork_record.faults(field.session, field.slug)]
    assert codes == ["record.no_line"]


@ON_SQLITE
def test_an_attempt_that_is_sent_twice_is_one(field):
    (case,) = field.main()
    field.log(case, "3.13")
    with pytest.raises(Conflict) as refused:
        field.log(case, "3.12")
    assert refused.value.code == "attempts.twice"
    assert field.view(case).effort.attempts == 1


def test_the_database_refuses_to_change_a_line(field):
    (case,) = field.main()
    field.log(case, "2.112")
    field.release(case)
    for table, change in (
        (ContactAttempt, update(ContactAttempt).values(result="agreed")),
        (ContactAttempt, delete(ContactAttempt)),
        (ReserveRelease, update(ReserveRelease).values(reason="khác")),
        (ReserveRelease, delete(ReserveRelease)),
    ):
        with field.session.begin_nested() as undone:
            with pytest.raises(DBAPIError, match="append-only"):
                field.session.execute(change)
            undone.rollback()
        assert field.session.scalars(select(table)).all()


HEADING = "Mã hồ sơ;Thời điểm;Cách liên hệ;Kết quả;Ghi chú\n"


def load(field, *lines: str):
    content = (HEADING + "\n".join(lines)).encode("utf-8-sig")
    return attempt_file.import_file(
        field.session, field.slug, content, name="log.csv", by="lan", now=field.now
    )


def stamp(field, day: int, hour: int) -> str:
    return f"{field.at(day, hour):%d/%m/%Y %H:%M}"


def test_a_file_of_attempts_is_logged_whole(field):
    first, second = field.main(2)
    made = load(
        field,
        f"{first.dossier.code};{stamp(field, 1, 9)};Gọi điện;3.13;",
        f"{first.dossier.code};{stamp(field, 2, 9)};visit;Không ai trả lời;cửa khoá",
        f"{second.dossier.code};{stamp(field, 1, 20)};phone;2.112;",
    )
    assert (made.n_attempts, made.n_cases) == (3, 2)
    assert (field.view(first).effort.days, second.disposition) == (2, "2.112")
    with pytest.raises(InvalidInput) as refused:
        load(field, f"{first.dossier.code};{stamp(field, 1, 9)};phone;3.12;")
    assert "đã được ghi" in str(refused.value.problems[0])


@ON_SQLITE
def test_every_fault_of_a_file_names_its_row_and_nothing_is_logged(field):
    (case,) = field.main()
    code = case.dossier.code
    good = f"{code};{stamp(field, 1, 9)};phone;3.13;"
    with pytest.raises(InvalidInput) as refused:
        load(
            field,
            good,
            "999;1/1/2024 9:00;phone;3.13;",
            f"{code};hôm qua;phone;3.13;",
            f"{code};{stamp(field, 1, 10)};chim bồ câu;9.9;",
            f"{code};{stamp(field, 1, 11)};visit;3.12;",
            f"{code};{stamp(field, LATER + 2, 9)};phone;3.13;",
            good,
            f";{stamp(field, 1, 12)};phone;3.13;0912345678",
        )
    said = [str(problem) for problem in refused.value.problems]
    assert [text.split(":")[0] for text in said] == [
        f"Dòng {n}" for n in (3, 4, 5, 5, 6, 7, 8, 9, 9)
    ]
    assert "không có trong danh mục của cột “mode”" in " ".join(said)
    assert field.view(case).log == ()
