"""Who could be told apart in a file of answers: combinations that too few people share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

#: Concepts (column ``concept`` of the XLSForm) by which people who know somebody may find the row.
KEY_CONCEPTS = frozenset(
    {
        *("sex", "age_group", "age", "ethnicity", "education", "occupation", "disability"),
        *("position", "role", "legal_form", "sector", "workers", "business_age", "in_park"),
    }
)
Seen = Mapping[tuple[object, ...], int]


def exposed(seen: Seen, k: int) -> int:
    """Rows whose combination fewer than ``k`` rows share.

    Source: Sweeney (2002), k-anonymity, Int. J. Uncertain. Fuzziness Knowl.-Based Syst. 10(5).
    """
    return sum(n for n in seen.values() if n < k)


def to_leave_out(seen: Seen, names: Sequence[str], fixed: int, k: int) -> list[str] | None:
    """Names to leave out, one after another, until nobody is exposed; None if that never comes.

    The first ``fixed`` places of a combination stay.  Each step leaves out the name after which
    the fewest rows are exposed, the last one where several are alike.
    """
    kept, gone = list(range(len(names))), []
    while exposed(seen, k):
        if len(kept) == fixed:
            return None
        tried = {place: _without(seen, place) for place in reversed(range(fixed, len(kept)))}
        place = min(tried, key=lambda place: exposed(tried[place], k))
        gone.append(names[kept.pop(place)])
        seen = tried[place]
    return gone


def _without(seen: Seen, place: int) -> Seen:
    found: Counter[tuple[object, ...]] = Counter()
    for combination, n in seen.items():
        found[combination[:place] + combination[place + 1 :]] += n
    return found
