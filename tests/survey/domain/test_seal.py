"""The sealed list: any change is seen, and the root is RFC 6962's."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from survey.domain import seal


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def test_the_root_is_the_tree_of_rfc_6962():
    a, b, c, d, e = sorted(sha256(bytes([n])).digest() for n in range(5))
    assert seal.root([]) == sha256(b"").digest()
    assert seal.root([a]) == a
    assert seal.root([b, a]) == node(a, b)
    assert seal.root([c, a, b]) == node(node(a, b), c)
    assert seal.root([a, b, c, d, e]) == node(node(node(a, b), node(c, d)), e)


@given(st.sets(st.binary(min_size=32, max_size=32), min_size=1, max_size=9), st.randoms())
def test_the_root_does_not_depend_on_order_and_changes_with_any_leaf(leaves, chance):
    listed = list(leaves)
    chance.shuffle(listed)
    root = seal.root(listed)
    assert root == seal.root(sorted(leaves))
    changed = [bytes([listed[0][0] ^ 1]) + listed[0][1:], *listed[1:]]
    assert seal.root(changed) != root
    assert seal.root([*listed, b"\xff" * 33]) != root


def test_a_leaf_changes_with_the_answer_and_with_the_receipt():
    stored = {"answers": {"c1": "5"}, "unit_id": 1}
    first = seal.leaf(stored, b"receipt")
    assert first == seal.leaf({"unit_id": 1, "answers": {"c1": "5"}}, b"receipt")
    assert first != seal.leaf({**stored, "answers": {"c1": "4"}}, b"receipt")
    assert first != seal.leaf(stored, b"another")
