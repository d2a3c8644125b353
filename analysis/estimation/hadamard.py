"""Hadamard matrices for balanced half samples, of the smallest order at hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def hadamard(least: int) -> Matrix:
    """A Hadamard matrix (n, n), n ≥ ``least``, of 1 and −1; its first row and column are of ones.

    Notes
    -----
    Sylvester's doubling of Paley's matrices: of order p + 1 for a prime p = 3 (mod 4), 2 (p + 1)
    for a prime p = 1 (mod 4).  Powers of two are Sylvester's own.  R's ``survey`` takes the
    same matrices, except of order 28 and 36 (and their doublings), where others are stored there.
    Source: Sylvester (1867); Paley (1933), J. Mathematics and Physics 12, 311–320; Wolter (2007),
    Introduction to Variance Estimation, app. A.
    """
    order, seed = min(_orders(max(least, 1)))
    out = _seeds(seed)
    while len(out) < order:
        out = np.block([[out, out], [out, -out]])
    return out


def _orders(least: int) -> list[tuple[int, int]]:
    """Orders of at least ``least`` that doubling reaches, each with the order it starts from."""
    found = [(1 << (least - 1).bit_length(), 1)]
    for p in range(3, least + 4):
        if not _is_prime(p):
            continue
        start = order = p + 1 if p % 4 == 3 else 2 * (p + 1)
        while order < least:
            order *= 2
        # Of one order, the tuple with the smallest start comes first: Sylvester's.
        found.append((order, start))
    return found


def _seeds(order: int) -> Matrix:
    if order == 1:
        return np.ones((1, 1))
    if _is_prime(order - 1):
        return _first_kind(order - 1)
    return _second_kind(order // 2 - 1)


def _first_kind(p: int) -> Matrix:
    """Order p + 1: −1 where i + j is 0 or a square (mod p)."""
    out = np.ones((p + 1, p + 1))
    out[1:, 1:] = np.where(_squares(p)[np.add.outer(np.arange(p), np.arange(p)) % p], -1.0, 1.0)
    return out


def _second_kind(p: int) -> Matrix:
    """Order 2 (p + 1), from the symmetric conference matrix of order p + 1."""
    differences = np.subtract.outer(np.arange(p), np.arange(p)) % p
    conference = np.ones((p + 1, p + 1))
    conference[1:, 1:] = np.where(_squares(p)[differences], 1.0, -1.0)
    np.fill_diagonal(conference, 0.0)
    out = np.kron(conference, [[1.0, 1.0], [1.0, -1.0]])
    out += np.kron(np.eye(p + 1), [[1.0, -1.0], [-1.0, -1.0]])
    out *= out[:, :1]
    return out * out[:1]


def _squares(p: int) -> NDArray[np.bool_]:
    """Whether each of 0 … p − 1 is 0 or a square (mod p)."""
    out = np.zeros(p, dtype=bool)
    out[np.arange(p) ** 2 % p] = True
    return out


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % k for k in range(2, int(n**0.5) + 1))
