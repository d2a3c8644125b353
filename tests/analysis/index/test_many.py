"""Units composed at once come out as each by itself; their draws spread as the survey does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import SchemeError
from analysis.index.composition import SurveyPoints, compose
from analysis.index.many import Block, compose_many
from analysis.index.redraws import draw, rank_draws
from analysis.index.scheme import Scheme

ROOT = Path(__file__).parents[3]
SCHEMES = sorted((ROOT / "survey" / "data" / "schemes").glob("*.toml"))
UNITS = 23


def survey(random, leaves: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares and covariances as samples of some dozens give them."""
    root = random.normal(size=(UNITS, leaves, 2 * leaves)) * 0.03
    return random.uniform(0.45, 0.85, (UNITS, leaves)), root @ root.transpose(0, 2, 1) / leaves


def plain(scheme: Scheme) -> Scheme:
    """The scheme with points where it reads statistics: rules of these are tested elsewhere."""

    def verified(leaf):
        return replace(leaf, source="verified", rule={}) if leaf.source == "statistic" else leaf

    return replace(
        scheme,
        areas=tuple(
            replace(
                area,
                criteria=tuple(
                    replace(one, leaves=tuple(map(verified, one.leaves))) for one in area.criteria
                ),
            )
            for area in scheme.areas
        ),
    )


def made(scheme: Scheme, seed: int = 1):
    random = np.random.default_rng(seed)
    given = {
        leaf.id: random.uniform(0.4, 1, UNITS) * leaf.max_points
        for leaf in scheme.leaves
        if leaf.source != "survey"
    }
    first = next(leaf for leaf in scheme.leaves if leaf.source == "verified")
    given[first.id][:3] = np.nan
    names = tuple(leaf.id for leaf in scheme.survey_leaves)
    shares, covariance = survey(random, len(names))
    half = len(names) // 2
    # Two groups asked apart: nothing is shared between their leaves.
    covariance[:, :half, half:] = covariance[:, half:, :half] = 0
    blocks = [
        Block(names[part], shares[:, part], covariance[:, part, part])
        for part in (slice(None, half), slice(half, None))
    ]
    return given, [block for block in blocks if block.leaves], shares, covariance


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_many_units_at_once_are_each_by_itself(path):
    scheme = plain(Scheme.from_toml(path.read_text("utf-8")))
    given, blocks, shares, covariance = made(scheme)
    found = compose_many(scheme, given, blocks)
    most = np.array([leaf.max_points for leaf in scheme.survey_leaves])
    for u in range(UNITS):
        points = {
            leaf.id: share * leaf.max_points
            for leaf, share in zip(scheme.survey_leaves, shares[u], strict=True)
        }
        alone = compose(
            scheme,
            {name: None if np.isnan(own[u]) else float(own[u]) for name, own in given.items()},
            SurveyPoints(points, covariance[u] * np.outer(most, most)),
        )
        if all(leaf.rule["kind"] == "share" for leaf in scheme.survey_leaves):
            assert found.total[u] == pytest.approx(alone.total)
            assert found.index_percent[u] == pytest.approx(alone.index_percent)
            assert found.total_se[u] == pytest.approx(alone.total_se)
            assert found.most[u].sum() == pytest.approx(alone.denominator)


def test_the_draws_spread_as_the_standard_error_says():
    scheme = Scheme.from_toml(SCHEMES[0].read_text("utf-8"))
    given, blocks, _, _ = made(scheme)
    found = compose_many(scheme, given, blocks)
    drawn = draw(found, draws=20_000)
    spread = drawn.index_percent.std(axis=1) * found.most.sum(axis=1) / 100
    # 20,000 draws: the standard error of a spread is 0.5 %.
    assert spread == pytest.approx(found.total_se, rel=0.03)
    assert drawn.index_percent.mean(axis=1) == pytest.approx(found.index_percent, abs=0.05)
    assert drawn.bands.sum(axis=1) == pytest.approx(1)


def test_the_draws_depend_on_the_seed_and_not_on_the_threads():
    scheme = Scheme.from_toml(SCHEMES[0].read_text("utf-8"))
    given, blocks, _, _ = made(scheme)
    found = compose_many(scheme, given, blocks)
    one, two, other = (
        draw(found, draws=50, seed=seed, workers=workers).index_percent
        for seed, workers in ((1, 1), (1, 2), (2, 1))
    )
    assert (one == two).all()
    assert (one != other).any()


def test_without_a_spread_the_band_is_certain():
    scheme = Scheme.from_toml(SCHEMES[0].read_text("utf-8"))
    given, blocks, shares, covariance = made(scheme)
    sure = [replace(block, covariance=np.zeros_like(block.covariance)) for block in blocks]
    drawn = draw(compose_many(scheme, given, sure), draws=10)
    most = np.array([leaf.max_points for leaf in scheme.survey_leaves])
    for u in range(UNITS):
        points = {
            leaf.id: share * leaf.max_points
            for leaf, share in zip(scheme.survey_leaves, shares[u], strict=True)
        }
        alone = compose(
            scheme,
            {name: None if np.isnan(own[u]) else float(own[u]) for name, own in given.items()},
            SurveyPoints(points, np.zeros((most.size, most.size))),
        )
        assert drawn.bands[u, scheme.bands.index(alone.band)] == 1


def test_ranks_of_draws_are_permutations_and_follow_the_index():
    index = np.random.default_rng(3).normal(size=(40, 30)).astype(np.float32)
    ranks = rank_draws(index)
    assert (np.sort(ranks, axis=0) == np.arange(1, 41)[:, None]).all()
    assert (index.argmax(axis=0) == ranks.argmin(axis=0)).all()


def test_a_survey_leaf_without_answers_is_refused():
    scheme = Scheme.from_toml(SCHEMES[0].read_text("utf-8"))
    given, _, _, _ = made(scheme)
    with pytest.raises(SchemeError) as refused:
        compose_many(scheme, given, [])
    assert refused.value.code == "composition.survey_missing"
