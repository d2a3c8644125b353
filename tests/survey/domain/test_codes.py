"""Codes: every slip of a finger is caught, and every kind repair is made."""

from __future__ import annotations

import math
import random
import secrets
from collections import Counter
from urllib.parse import quote

import pytest

from survey.domain.codes import (
    CASE_SYMBOLS,
    DESK_SYMBOLS,
    DRAWN_SYMBOLS,
    RECEIPT_SYMBOLS,
    SYMBOLS,
    Mistyped,
    code_digest,
    grouped,
    is_valid,
    new_code,
    normalise,
    parse,
)

LENGTHS = (CASE_SYMBOLS, RECEIPT_SYMBOLS, DESK_SYMBOLS)


def codes(length: int, count: int) -> list[str]:
    return [new_code(length, random.Random(seed).randbytes) for seed in range(count)]


@pytest.mark.parametrize("length", LENGTHS)
def test_every_wrong_symbol_at_every_place_is_caught(length):
    """The check is linear, so one code for each symbol at each place covers all codes."""
    for place in range(length):
        seen = set()
        for code in codes(length, 400):
            if code[place] in seen:
                continue
            seen.add(code[place])
            for wrong in set(SYMBOLS) - {code[place]}:
                mistyped = code[:place] + wrong + code[place + 1 :]
                assert parse(mistyped, (length,)) == Mistyped("check")
        assert seen == set(DRAWN_SYMBOLS)


def test_every_swap_of_neighbours_is_caught_in_every_pair_at_every_place():
    for place in range(CASE_SYMBOLS - 1):
        seen = set()
        for code in codes(CASE_SYMBOLS, 9000):
            pair = code[place : place + 2]
            if pair[0] == pair[1] or pair in seen:
                continue
            seen.add(pair)
            swapped = code[:place] + pair[::-1] + code[place + 2 :]
            assert parse(swapped, (CASE_SYMBOLS,)) == Mistyped("check")
        assert len(seen) == 27 * 26


def test_the_check_symbol_is_crockfords():
    """Worked by hand: 'GB' is 16 * 32 + 11 = 523 and 523 mod 37 = 5."""
    assert is_valid("GB5", 3)
    assert not is_valid("GB6", 3)


@pytest.mark.parametrize("length", LENGTHS)
def test_new_codes_keep_to_symbols_that_no_vietnamese_keyboard_changes(length):
    for code in codes(length, 500):
        assert len(code) == length
        assert set(code) <= set("0123456789BCFGHJKMNPQRSTVXZ")
        assert parse(code, LENGTHS) == code
        assert quote(code, safe="") == code


def test_a_one_time_code_holds_sixty_bits_and_a_desk_code_twenty_five_to_thirty():
    def bits(length: int) -> float:
        return (length - 1) * math.log2(len(DRAWN_SYMBOLS)) + math.log2(len(DRAWN_SYMBOLS) / 37)

    assert bits(CASE_SYMBOLS) >= 60
    assert 25 <= bits(DESK_SYMBOLS) <= 30
    assert bits(RECEIPT_SYMBOLS) >= 50


def test_all_symbols_are_equally_likely_at_all_places():
    """Chi-squared on 26 degrees of freedom exceeds 65 once in 30,000 tries; the seeds are fixed."""
    drawn = codes(CASE_SYMBOLS, 5000)
    for place in range(CASE_SYMBOLS):
        counts = Counter(code[place] for code in drawn)
        expected = len(drawn) / len(DRAWN_SYMBOLS)
        assert sum((counts[s] - expected) ** 2 / expected for s in DRAWN_SYMBOLS) < 65


def test_the_operating_system_can_be_the_source():
    assert len({new_code(CASE_SYMBOLS, secrets.token_bytes) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "typed",
    [
        "{lower}",
        "  {grouped}\n",
        "{spaced}",
        "{dashed}",
        "HTTPS://SURVEY.EXAMPLE/P/{code}",
        "https://survey.example/p/{lower}/",
        "https://survey.example/P/{code}?utm_source=zalo&x=a/b#top",
    ],
)
def test_what_people_type_is_repaired(typed):
    for code in codes(CASE_SYMBOLS, 50):
        forms = {
            "code": code,
            "lower": code.lower(),
            "grouped": grouped(code),
            "spaced": grouped(code, " "),
            "dashed": grouped(code, "\u2013"),
        }
        assert parse(typed.format(**forms), (CASE_SYMBOLS,)) == code


def test_lookalikes_are_read_as_digits():
    assert normalise("oO-iI-lL") == "001111"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "length"),
        ("1234", "length"),
        ("1234567890123456", "length"),
        ("GB5*", "alphabet"),
        ("GBU", "alphabet"),
        ("Đ234567", "alphabet"),
        ("GB\u0665", "alphabet"),
        ("\uff27B5", "alphabet"),
    ],
)
def test_the_reason_of_a_refusal_is_told(typed, reason):
    assert parse(typed, (3, 7)) == Mistyped(reason)


def test_one_code_is_known_by_its_length_alone():
    assert len(set(LENGTHS)) == 3
    desk, case = codes(DESK_SYMBOLS, 1)[0], codes(CASE_SYMBOLS, 1)[0]
    assert parse(desk, (CASE_SYMBOLS,)) == Mistyped("length")
    assert parse(desk, (CASE_SYMBOLS, DESK_SYMBOLS)) == desk
    assert parse(case, (CASE_SYMBOLS, DESK_SYMBOLS)) == case


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("ABCDEFGHJKMNPQ", "ABCDE-FGHJK-MNPQ"),
        ("ABCDEFGHJKMN", "ABCD-EFGH-JKMN"),
        ("ABCDEFG", "ABCD-EFG"),
        ("ABCDE", "ABCDE"),
    ],
)
def test_codes_are_printed_in_even_groups(code, printed):
    assert grouped(code) == printed
    assert normalise(printed) == code


def test_the_digest_depends_on_code_and_key():
    code, other = codes(CASE_SYMBOLS, 2)
    digest = code_digest(b"k" * 64, code)
    assert len(digest) == 32
    assert digest == code_digest(b"k" * 64, code)
    assert digest != code_digest(b"K" * 64, code)
    assert digest != code_digest(b"k" * 64, other)
