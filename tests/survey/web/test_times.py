"""The office sees how long people take, from counts alone."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from survey.domain import durations
from survey.domain.roles import Role
from survey.services import accounts, timings
from survey.store import paradata, units
from survey.store import waves as wave_store
from tests.support import waves
from tests.support.waves import agree, answer_all, send


def test_a_median_lies_in_its_octave_and_a_mean_between_the_ends():
    assert durations.median({}) is None and durations.mean({}) is None
    # One bin, 3 to 7 seconds: its middle on the logarithm of seconds + 1.
    assert durations.median({2: 10}) == pytest.approx(2**2.5 - 1)
    assert durations.mean({2: 10}) == pytest.approx(2**2.5 - 1)
    assert durations.median({1: 30, 4: 10}) == pytest.approx(2 ** (1 + 20 / 30) - 1)
    assert durations.mean({1: 1, 3: 1}) == pytest.approx((2**1.5 + 2**3.5) / 2 - 1)


def test_octaves_give_back_the_times_that_were_counted():
    seconds = [math.exp(2.5 + 0.7 * math.sin(n)) for n in range(2000)]
    bins: dict[int, int] = {}
    for each in seconds:
        k = int(math.log2(1 + each))
        bins[k] = bins.get(k, 0) + 1
    assert durations.median(bins) == pytest.approx(sorted(seconds)[1000], rel=0.15)
    assert durations.mean(bins) == pytest.approx(sum(seconds) / 2000, rel=0.1)


def test_average_minutes_are_all_pages_of_all_sheets_over_the_sheets(app):
    wave = waves.make(app)
    with wave.database.write() as session:
        found = wave_store.get(session, wave.slug)
        unit = units.of_wave(session, found.id)[0].id
        key = (found.id, unit, "probability")
        paradata.add_counts(
            session,
            {
                (*key, "section:sang_loc", "", "04"): 40,
                (*key, "section:tiep_can", "", "06"): 20,
                (*key, "attempts", "", "1"): 30,
                (*key, "attempts", "", "2+"): 10,
                (*key, "device", "", "phone"): 40,
            },
        )
    with wave.database.read() as session:
        drawn, open_ = timings.of_wave(session, wave.slug)
    assert (drawn.n, open_.n, open_.minutes) == (40, 0, None)
    assert [page.name for page in drawn.pages] == ["sang_loc", "tiep_can"]
    expected = ((2**4.5 - 1) * 40 + (2**6.5 - 1) * 20) / 40 / 60
    assert drawn.minutes == pytest.approx(expected)


def test_few_sheets_show_no_times(app):
    wave = waves.make(app)
    with wave.database.write() as session:
        found = wave_store.get(session, wave.slug)
        key = (found.id, units.of_wave(session, found.id)[0].id, "probability")
        paradata.add_counts(
            session, {(*key, "attempts", "", "1"): 9, (*key, "section:sang_loc", "", "04"): 9}
        )
    with wave.database.read() as session:
        drawn, _ = timings.of_wave(session, wave.slug)
    assert (drawn.n, drawn.minutes, drawn.pages, drawn.of_sheets) == (9, None, (), {})


def test_the_page_shows_what_was_counted_in_both_languages(app, client):
    wave = waves.make(app)
    with wave.database.write() as session:
        found = wave_store.get(session, wave.slug)
        found.settings = found.settings | {"min_shown": 1}
    answerer = app.test_client()
    send(answerer, answer_all(answerer, agree(answerer, wave.codes()[0])))
    app.extensions["counting"].flush()
    with wave.database.write() as session:
        password = accounts.create(session, "lan", Role.VIEWER, by="t", now=datetime.now(UTC))
    send(client, "/van-phong/dang-nhap", name="lan", password=password)
    page = client.get(f"/van-phong/dot/{wave.slug}/thoi-gian").text
    assert "1 phiếu; trung bình" in page and "Mới có 0 phiếu; từ 1 phiếu" in page
    assert "Trước khi bắt đầu" in page and "Tiếng Việt 1 (100 %)" in page
    english = client.get(f"/van-phong/dot/{wave.slug}/thoi-gian?lang=en").text
    assert "1 sheets; " in english and "Before we start" in english
