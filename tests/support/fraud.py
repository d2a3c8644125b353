"""Waves of answer sheets with a known origin: honest ones, and five ways to stuff them.

The honest part is *not* the model that the rules draw their nulls from: it has response styles
(straight lines, near-straight lines, people who take one side), halo between neighbouring items,
units that differ, households that share a telephone and helpers who hold it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from analysis.quality.screening.rules import Sheets

ITEMS = 20
BINS = 144
#: When people answer: little at night, a morning and an afternoon, some after supper.
_DAY = np.interp(
    np.arange(BINS) / 6,
    [0, 5, 7.5, 10, 12, 13, 15, 17, 20, 22, 24],
    [0, 0, 5, 10, 4, 4, 9, 6, 4, 1, 0],
)


@dataclass
class Wave:
    """Sheets with what a test knows about them: ``planted`` rows and the unit they are in."""

    columns: dict[str, np.ndarray]
    arrivals: dict[tuple[str, str], np.ndarray]
    planted: np.ndarray
    unit: str = ""
    notes: dict[str, object] = field(default_factory=dict)

    def sheets(self) -> Sheets:
        keys = sorted(self.arrivals)
        return Sheets(
            **self.columns,
            arrivals=np.array([self.arrivals[key] for key in keys]),
            arrival_unit=np.array([unit for unit, _ in keys]),
            arrival_day=np.array([day for _, day in keys]),
            bin_minutes=10,
            floor=2.0,
        )


def ratings(rng, n: int, unit_mean: float, content=None) -> np.ndarray:
    """Graded answers of n honest people; about one in seven with a response style."""
    person = rng.normal(0, 0.9, n) if content is None else content
    loading = 0.75 + 0.5 * np.linspace(0, 1, ITEMS)[::-1]
    blocks = rng.normal(0, 0.45, (n, 5))[:, np.arange(ITEMS) // 4]
    item = np.sin(np.arange(ITEMS) * 1.7) * 0.4
    latent = unit_mean + item + loading * person[:, None] + blocks
    latent = latent + rng.normal(0, 0.8, latent.shape)
    codes = 1 + np.searchsorted([-2.6, -1.5, -0.3, 1.2], latent).astype(np.uint8)
    style = rng.random(n)
    straight = style < 0.08
    codes[straight] = np.where(rng.random(straight.sum()) < 0.6, 4, 5)[:, None]
    nearly = (style >= 0.08) & (style < 0.14)
    for i in np.flatnonzero(nearly):
        codes[i] = rng.choice([4, 5], p=[0.7, 0.3])
        odd = rng.choice(ITEMS, size=rng.integers(1, 4), replace=False)
        codes[i, odd] = rng.integers(3, 6, odd.size)
    codes[rng.random(codes.shape) < 0.05] = 0
    return codes


def honest(rng, *, n_units: int = 12, per_unit: int = 100, n_open: int = 40) -> Wave:
    """A wave in which nobody cheats."""
    parts, arrivals = [], {}
    unit_means = rng.normal(0.6, 0.35, n_units)
    for u in range(n_units):
        name, n = f"u{u:02d}", per_unit + n_open
        parts.append(_people(rng, name, n, per_unit, unit_means[u]))
        days = rng.integers(0, 20, n)
        for day in np.unique(days):
            profile = _DAY * rng.gamma(8, 1 / 8, BINS)
            arrivals[name, f"d{day:02d}"] = rng.multinomial(
                (days == day).sum(), profile / profile.sum()
            )
    columns = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    n = len(columns["unit"])
    return Wave(columns, arrivals, np.zeros(n, dtype=bool), notes={"means": unit_means})


def _people(rng, name: str, n: int, per_unit: int, mean: float) -> dict[str, np.ndarray]:
    device = np.array([f"{name}-{rng.integers(10**9)}" for _ in range(n)])
    shared = rng.random(n) < 0.06
    shared[0] = False
    device[shared] = np.roll(device, 1)[shared]
    evening = float(rng.beta(8, 60))
    led = np.arange(n) % 5 == 0
    return {
        "codes": ratings(rng, n, mean),
        "unit": np.full(n, name),
        "drawn": np.arange(n) < per_unit,
        "seconds": np.exp(rng.normal(np.log(9), 0.42, n)),
        "device": device,
        "interviewer": np.where(led, [f"{name}-e{i // 5 % 2}" for i in range(n)], ""),
        "officer_present": rng.random(n) < rng.beta(3, 60),
        "officer_answered": rng.random(n) < 0.01,
        "helped": rng.random(n) < 0.15,
        "out_of_hours": rng.random(n) < evening,
        "timed": np.ones(n, dtype=bool),
        "office_network": rng.random(n) < rng.beta(4, 40),
        "placed": np.ones(n, dtype=bool),
    }


def staff_evening(rng, wave: Wave, unit: str = "u03", n: int = 50) -> Wave:
    """Staff fill fifty forms after hours on the office's network, quickly, all content."""
    rows = _take(rng, wave, unit, n, wave.columns["drawn"])
    made = _copy(wave)
    c = made.columns
    c["codes"][rows] = _habit(rng, n, np.array([4, 5]), 0.25)
    c["seconds"][rows] = np.exp(rng.normal(np.log(3.0), 0.25, n))
    c["out_of_hours"][rows] = True
    c["office_network"][rows] = True
    c["device"][rows] = np.array([f"staff{i % 12}" for i in range(n)])
    evening = np.zeros(BINS, dtype=int)
    np.add.at(evening, 116 + rng.integers(0, 9, n), 1)
    made.arrivals[unit, "d19"] = made.arrivals.get((unit, "d19"), np.zeros(BINS, int)) + evening
    return _plant(made, rows, unit)


def copied_forms(rng, wave: Wave, unit: str = "u04", n: int = 30, changes: int = 2) -> Wave:
    """Two honest forms are copied, each time with ``changes`` answers altered."""
    eligible = wave.columns["drawn"] & (wave.columns["codes"].std(axis=1) > 0.6)
    rows = _take(rng, wave, unit, n + 2, eligible)
    made = _copy(wave)
    codes = made.columns["codes"]
    for i, row in enumerate(rows[2:]):
        codes[row] = codes[rows[i % 2]]
        where = rng.choice(ITEMS, changes, replace=False)
        codes[row, where] = rng.integers(3, 6, changes)
    return _plant(made, rows[2:], unit)


def one_phone(rng, wave: Wave, unit: str = "u05", n: int = 20) -> Wave:
    """One telephone sends the answers of many codes; each is made up with some care."""
    rows = _take(rng, wave, unit, n, wave.columns["drawn"])
    made = _copy(wave)
    made.columns["device"][rows] = "one-phone"
    made.columns["codes"][rows] = ratings(rng, n, 1.6)
    return _plant(made, rows, unit)


def inventing_enumerator(rng, wave: Wave, unit: str = "u06") -> Wave:
    """One of the unit's two enumerators sits at home and writes what people usually say."""
    name = f"{unit}-e0"
    rows = np.flatnonzero(wave.columns["interviewer"] == name)
    made = _copy(wave)
    made.columns["codes"][rows] = _habit(rng, rows.size, np.array([3, 4, 5]), 0.4)
    return _plant(made, rows, unit)


def friends_only(rng, wave: Wave, unit: str = "u07", *, stream: str = "open") -> Wave:
    """Only people known to be content are led to the poster (or reminded of their code)."""
    made = _copy(wave)
    c = made.columns
    rows = np.flatnonzero((c["unit"] == unit) & (c["drawn"] == (stream == "drawn")))
    mean = wave.notes["means"][int(unit[1:])]
    pool = rng.normal(0, 0.9, 3 * rows.size)
    c["codes"][rows] = ratings(rng, rows.size, mean, content=np.sort(pool)[-rows.size :])
    return _plant(made, rows, unit)


def _habit(rng, n: int, values: np.ndarray, noise: float) -> np.ndarray:
    """What somebody writes who invents: one habit for each item, sometimes left."""
    usual = rng.choice(values, ITEMS)
    left = rng.random((n, ITEMS)) < noise
    return np.where(left, rng.choice(values, (n, ITEMS)), usual).astype(np.uint8)


def _take(rng, wave: Wave, unit: str, n: int, eligible: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero((wave.columns["unit"] == unit) & eligible)
    return rng.choice(rows, size=min(n, rows.size), replace=False)


def _copy(wave: Wave) -> Wave:
    return replace(
        wave,
        columns={key: value.copy() for key, value in wave.columns.items()},
        arrivals=dict(wave.arrivals),
        planted=wave.planted.copy(),
    )


def _plant(wave: Wave, rows: np.ndarray, unit: str) -> Wave:
    wave.columns["device"] = wave.columns["device"].astype("U40")
    wave.planted[rows] = True
    wave.unit = unit
    return wave
