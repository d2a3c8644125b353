"""Any listing is drawn from alike on the server and on the tablet, to the bit."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.domain import household
from survey.domain.household import Entry
from tests.support.javascript import node, plain, twin

pytestmark = pytest.mark.skipif(node() is None, reason="no Node.js here (make tablet brings one)")

NOTES = st.text(max_size=12).filter(household._is_plain)
LINES = st.tuples(NOTES, st.none() | st.integers(0, household.MAX_ADULTS))
LISTINGS = st.dictionaries(st.integers(1, household.MAX_NUMBER), LINES, max_size=60).map(
    lambda told: [Entry(number, *line) for number, line in told.items()]
)
NAMES = st.text(min_size=1, max_size=12).filter(household._is_plain)


@pytest.fixture(scope="module")
def call():
    with twin() as made:
        yield made


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=NAMES,
    area=NAMES,
    listing=LISTINGS,
    wanted=st.integers(1, 40),
    method=st.sampled_from(household.METHODS),
    adults=st.integers(1, household.MAX_ADULTS),
)
def test_both_draw_the_same(call, seed, area, listing, wanted, method, adults):
    digest = household.listing_digest(area, listing)
    assert call("listingDigest", area, plain(listing)) == digest
    drawn = household.households(seed, area, listing, wanted, method)
    assert call("households", seed, area, plain(listing), wanted, method) == drawn
    # Addresses are gone, the digest has stayed.
    thin = household.thinned(listing)
    assert household.households(seed, area, thin, wanted, method, digest) == drawn
    assert call("households", seed, area, plain(thin), wanted, method, digest) == drawn
    for number in drawn[:3]:
        who = household.adult(seed, area, digest, number, adults)
        assert call("adult", seed, area, digest, number, adults) == who
        assert 1 <= who <= adults


@settings(deadline=None, max_examples=150)
@given(seed=NAMES, parts=st.lists(NAMES, max_size=3), bound=st.integers(1, 2**31))
def test_both_count_alike(call, seed, parts, bound):
    value = household.below(seed, parts, bound)
    assert call("below", seed, parts, bound) == value < bound
