"""The citizen's pages, from a link to a receipt, and every way in which they refuse."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import forms.questionnaires
from forms import duration
from survey.domain import codes
from survey.services import invite
from survey.services import waves as wave_service
from survey.store.models import AccessCode, Case, CaseEvent, Draft, Response, Wave
from tests.support.waves import ELIGIBLE, RATINGS, agree, answer_all, send, token

RECEIPT = re.compile(r'class="code">([^<]+)<')


def stored(wave, model):
    with wave.database.read() as session:
        return list(session.scalars(select(model)))


def submit(client):
    return send(client, "/phieu/gui")


def test_the_whole_walk_leaves_one_answer_and_a_receipt(client, wave):
    (code,) = wave.codes()
    place = answer_all(client, agree(client, code), **RATINGS)
    assert submit(client).location == "/phieu/xong"
    page = client.get("/phieu/xong").text
    assert 'class="code"' in page
    (answer,) = stored(wave, Response)
    # The ratings alone are more than half and less than four fifths of what was asked.
    assert (answer.stream, answer.outcome) == ("probability", "1.2")
    assert answer.inclusion_probability > 0
    assert stored(wave, Draft) == []
    assert place == "/phieu/gui"


def test_the_first_page_promises_the_time_of_this_questionnaire(client, wave):
    (code,) = wave.codes()
    client.get(f"/P/{code}")
    q = forms.questionnaires.load("c1-citizen")
    for name, words in (("vi", "Khoảng {} phút."), ("en", "About {} min.")):
        assert words.format(duration.minutes(q, name)) in client.get(f"/phieu?lang={name}").text


def test_an_answer_holds_nothing_that_leads_back(client, wave):
    (code,) = wave.codes()
    answer_all(client, agree(client, code), **RATINGS)
    submit(client)
    (answer,) = stored(wave, Response)
    case = next(c for c in stored(wave, Case) if c.disposition == "1.0")
    columns = {column.name for column in Response.__table__.columns}
    assert not columns & {"case_id", "dossier_id", "code", "submitted_at"}
    kept = str({name: getattr(answer, name) for name in columns})
    assert code not in kept
    assert not [e for e in stored(wave, CaseEvent) if e.case_id == case.id and e.kind == "answered"]
    assert answer.unit_id == case.unit_id
    assert case.stratum in answer.stratum.split("+")


def test_sending_twice_stores_once_and_shows_the_same_receipt(client, wave):
    (code,) = wave.codes()
    answer_all(client, agree(client, code), **RATINGS)
    first = submit(client)
    receipt = client.get("/phieu/xong").text
    again = submit(client)
    assert first.location == again.location == "/phieu/xong"
    assert client.get("/phieu/xong").text == receipt
    assert len(stored(wave, Response)) == 1


def open_one_time_link(client, wave):
    client.get(f"/P/{wave.codes()[0]}")


def open_poster(client, wave):
    client.get(f"/Q/{wave.desk_code()}")


@pytest.mark.parametrize("open_it", [open_one_time_link, open_poster])
def test_a_reply_lost_on_its_way_costs_nobody_the_receipt(client, wave, open_it):
    open_it(client, wave)
    place = send(client, "/phieu", consent="dong_y").location
    answer_all(client, place, b1="chung_thuc", b2="truc_tiep", **RATINGS)
    client.get("/phieu/gui")
    before = client.get_cookie("cchc").value
    submit(client)
    receipt = RECEIPT.search(client.get("/phieu/xong").text).group(1)
    # The button was pressed twice: the browser dropped the first reply and its cookie.
    client.set_cookie("cchc", before)
    assert submit(client).location == "/phieu/xong"
    assert RECEIPT.search(client.get("/phieu/xong").text).group(1) == receipt
    assert len(stored(wave, Response)) == 1


def test_two_devices_with_one_code_store_one_answer(app, wave):
    (code,) = wave.codes()
    phone, tablet = app.test_client(), app.test_client()
    answer_all(phone, agree(phone, code), **RATINGS)
    # The tablet resumes the same draft and stands at the end as well.
    assert agree(tablet, code) == "/phieu/gui"
    assert submit(phone).location == "/phieu/xong"
    late = submit(tablet)
    assert late.status_code == 409
    assert "đã được dùng" in late.text
    assert len(stored(wave, Response)) == 1


def test_going_back_after_sending_leads_to_the_receipt(client, wave):
    (code,) = wave.codes()
    answer_all(client, agree(client, code), **RATINGS)
    submit(client)
    for path in ("/phieu", "/phieu/gui", "/phieu/sang_loc"):
        assert client.get(path).location == "/phieu/xong"


def test_a_spent_code_says_so_and_changes_nothing(app, client, wave):
    (code,) = wave.codes()
    answer_all(client, agree(client, code), **RATINGS)
    submit(client)
    reply = app.test_client().get(f"/P/{code}")
    assert reply.status_code == 409
    assert "Mã này đã được dùng" in reply.text
    assert len(stored(wave, Response)) == 1


def wrong(code: str) -> str:
    """The code with its first symbol replaced by another one."""
    other = next(s for s in codes.DRAWN_SYMBOLS if s != code[0])
    return other + code[1:]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda code: code[:-1], "Số ký tự không đúng"),
        (lambda code: "À" + code[1:], "Có ký tự không bao giờ dùng"),
        (wrong, "Có một ký tự sai"),
    ],
)
def test_a_mistyped_code_says_what_is_wrong_and_keeps_what_was_typed(client, wave, spoil, words):
    typed = spoil(wave.codes()[0])
    reply = send(client, "/ma", code=typed)
    assert reply.status_code == 404
    assert words in reply.text
    assert f'value="{typed}"' in reply.text


def test_a_foreign_code_is_unknown(client, wave):
    foreign = codes.new_code(codes.CASE_SYMBOLS, lambda n: bytes(range(7, 7 + n)))
    reply = client.get(f"/P/{foreign}")
    assert reply.status_code == 404
    assert "không thuộc đợt khảo sát nào" in reply.text


def test_a_code_may_be_typed_with_small_letters_blanks_and_dashes(client, wave):
    (code,) = wave.codes()
    typed = " - ".join((code[:4], code[4:9], code[9:])).lower()
    assert send(client, "/ma", code=typed).location == "/phieu"


def test_a_code_that_was_issued_again_is_dead(client, wave, settings):
    (code,) = wave.codes()
    with wave.database.write() as session:
        digest = codes.code_digest(settings.code_key_bytes, code)
        case = session.scalars(select(AccessCode).where(AccessCode.digest == digest)).one().case_id
        (fresh,) = invite.reissue_codes(
            session,
            wave.slug,
            [case],
            reason="lost letter",
            code_key=settings.code_key_bytes,
            by="test",
            now=datetime.now(UTC),
        )
    assert client.get(f"/P/{code}").status_code == 410
    assert client.get(f"/P/{fresh.code}").location == "/phieu"


def test_only_digests_of_one_time_codes_are_stored(wave, settings):
    (code,) = wave.codes()
    (kept,) = stored(wave, AccessCode)
    assert kept.digest == codes.code_digest(settings.code_key_bytes, code)
    assert code.encode() not in kept.digest


def test_a_closed_wave_says_so_and_keeps_the_draft(app, client, wave):
    (code,) = wave.codes()
    place = agree(client, code)
    with wave.database.write() as session:
        wave_service.close_wave(session, wave.slug, by="test", now=datetime.now(UTC))
    assert app.test_client().get(f"/P/{code}").status_code == 410
    late = client.get(place)
    assert late.status_code == 410
    assert "Đợt khảo sát đã kết thúc" in late.text
    assert len(stored(wave, Draft)) == 1


def test_a_wave_before_its_first_day_says_when_it_opens(client, wave):
    (code,) = wave.codes()
    with wave.database.write() as session:
        found = session.scalars(select(Wave)).one()
        found.opens_on = found.opens_on + timedelta(days=30)
    reply = client.get(f"/P/{code}")
    assert reply.status_code == 403
    assert "chưa bắt đầu" in reply.text


def test_declining_is_counted_as_a_refusal_and_can_be_taken_back(client, wave):
    (code,) = wave.codes()
    client.get(f"/P/{code}")
    assert send(client, "/phieu", consent="khong").location == "/phieu/tu-choi"
    assert [c.disposition for c in stored(wave, Case) if c.opened] == ["2.11"]
    assert "đã chọn không tham gia" in client.get("/phieu").text
    assert send(client, "/phieu", consent="dong_y").location == "/phieu/sang_loc"
    assert [c.disposition for c in stored(wave, Case) if c.opened] == ["3.0"]


def test_consent_is_never_given_by_default(client, wave):
    (code,) = wave.codes()
    client.get(f"/P/{code}")
    assert " checked" not in client.get("/phieu").text
    assert send(client, "/phieu").status_code == 422
    assert stored(wave, Draft) == []


def test_no_answer_is_preselected_and_every_rating_offers_no_opinion(client, wave):
    (code,) = wave.codes()
    place = agree(client, code)
    pages = 0
    while place != "/phieu/gui":
        page = client.get(place).text
        assert " checked" not in page
        assert page.count("q--scale") == page.count("Không có ý kiến")
        place = send(client, place, **ELIGIBLE).location
        pages += 1
    assert pages > 8


def test_a_missing_required_answer_is_shown_at_its_question_and_keeps_the_rest(client, wave):
    (code,) = wave.codes()
    place = agree(client, code)
    reply = send(client, place, a1="co", a3="tu", a4="khong")
    assert reply.status_code == 422
    assert 'href="#a2-0"' in reply.text
    assert 'id="a2-error"' in reply.text
    assert reply.text.count(" checked") == 3


def test_a_value_that_is_not_on_the_page_is_refused(client, wave):
    (code,) = wave.codes()
    reply = send(client, agree(client, code), **{**ELIGIBLE, "a3": "somebody"})
    assert reply.status_code == 422


def test_a_second_device_goes_on_where_the_first_stopped(app, client, wave):
    (code,) = wave.codes()
    place = agree(client, code)
    following = send(client, place, **ELIGIBLE).location
    assert agree(app.test_client(), code) == following


def test_nobody_jumps_ahead_of_the_questions(client, wave):
    (code,) = wave.codes()
    place = agree(client, code)
    assert client.get("/phieu/ca_nhan").location == place
    assert client.get("/phieu/gui").location == place
    assert submit(client).location == place
    assert stored(wave, Response) == []


def test_who_is_not_eligible_is_thanked_and_counted_apart(client, wave):
    (code,) = wave.codes()
    place = agree(client, code)
    following = send(client, place, **{**ELIGIBLE, "a1": "khong"}).location
    assert following == "/phieu/ket_thuc"
    assert send(client, following).location == "/phieu/gui"
    submit(client)
    assert [answer.outcome for answer in stored(wave, Response)] == ["4.0"]


def test_the_poster_is_a_stream_of_its_own(client, wave):
    assert client.get(f"/Q/{wave.desk_code()}").location == "/phieu"
    assert "không được tính vào chỉ số chính thức" in client.get("/phieu").text
    place = send(client, "/phieu", consent="dong_y").location
    answer_all(client, place, b1="chung_thuc", b2="truc_tiep", **RATINGS)
    submit(client)
    (answer,) = stored(wave, Response)
    assert (answer.stream, answer.inclusion_probability, answer.stratum) == ("open", None, "")
    assert not any(c.opened for c in stored(wave, Case))


def test_a_poster_code_typed_into_the_box_opens_the_poster_stream(client, wave):
    assert send(client, "/ma", code=wave.desk_code()).location == "/phieu"


def test_a_get_writes_nothing(client, wave):
    (code,) = wave.codes()
    client.get(f"/P/{code}")
    client.get("/phieu")
    assert not any(c.opened for c in stored(wave, Case))
    assert stored(wave, Draft) == []


def test_an_answer_in_front_of_an_officer_is_flagged_and_kept(client, wave):
    (code,) = wave.codes()
    straight = {**RATINGS, "a4": "co", "a3": "can_bo"}
    answer_all(client, agree(client, code), **straight)
    submit(client)
    (answer,) = stored(wave, Response)
    assert answer.flags == ["officer_present", "officer_answered", "straight_line"]


def test_every_page_of_a_synthetic_wave_says_so(client, wave):
    (code,) = wave.codes()
    place = agree(client, code)
    seen = [client.get("/phieu").text, client.get(place).text]
    answer_all(client, place, **RATINGS)
    seen.append(client.get("/phieu/gui").text)
    submit(client)
    seen.append(client.get("/phieu/xong").text)
    seen.append(client.get(f"/P/{code}").text)
    assert all("synthetic" in page for page in seen)


def test_the_language_is_kept_for_the_visit(client, wave):
    (code,) = wave.codes()
    client.get(f"/P/{code}")
    reply = client.post(
        "/ngon-ngu", data={"csrf_token": token(client), "language": "en", "next": "/phieu"}
    )
    assert reply.location == "/phieu"
    assert "Do you agree to take part?" in client.get("/phieu").text


def test_the_language_switch_sends_nobody_elsewhere(client, wave):
    for target in (
        "https://example.org/",
        "//example.org/x",
        "////example.org",
        "/\t//example.org",
        "\\\\example.org",
        "/nowhere",
    ):
        reply = client.post(
            "/ngon-ngu", data={"csrf_token": token(client), "language": "en", "next": target}
        )
        assert reply.location == "/"


def test_the_language_is_switched_where_one_stands_even_on_a_page_of_faults(client, wave):
    place = agree(client, wave.codes()[0])
    for path in ("/phieu", place):
        reply = send(client, path)
        assert reply.status_code == 422
        assert f'name="next" value="{path}"' in reply.text
        assert send(client, "/ngon-ngu", language="en", next=path).location == path
    assert send(client, "/ngon-ngu", language="en", next="/ma").location == "/"


def test_taking_consent_back_at_a_poster_erases_what_was_begun(client, wave):
    client.get(f"/Q/{wave.desk_code()}")
    place = send(client, "/phieu", consent="dong_y").location
    send(client, place, **ELIGIBLE)
    assert len(stored(wave, Draft)) == 1
    assert send(client, "/phieu", consent="khong").location == "/phieu/tu-choi"
    assert stored(wave, Draft) == []
