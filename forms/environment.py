"""What a rule sees: a plain dict of values by name, with a few keys that are no question.

A repeat's name holds a list of rounds, each a dict of its values by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from forms import values
from forms.values import Value, ValueFault

Environment = Mapping[str, Any]
Run = Callable[[Environment], Any]

#: Keys of an environment that are no question: the day, the moment, the respondent's own seed,
#: the number of the round that a rule stands in, and the language of labels.
TODAY, NOW, SEED, POSITION, LANGUAGE = "today()", "now()", "random()", "position()", "language()"
#: Key of a column of the choice that a choice_filter is looking at.
COLUMN = "@{}".format


class Undecided(Exception):
    """The rule depends on a question that has not come up yet."""


class _Open:
    """The value of a question that has not come up yet: reading it leaves the rule undecided."""


OPEN = _Open()

#: How a stored value of a kind becomes the value that rules work with.
TYPED: dict[str, Callable[[Value], Value]] = {
    "date": values.day,
    "datetime": values.moment,
    "time": values.clock,
}


def today(env: Environment) -> date:
    """The day in the environment.  Raises ValueFault without one."""
    day = values.day(env.get(TODAY))
    if day is None:
        raise ValueFault("today is not in the context")
    return day


def now(env: Environment) -> datetime:
    """The moment in the environment, by the wall clock.  Raises ValueFault without one."""
    given = env.get(NOW)
    if given is OPEN:
        raise Undecided(NOW)
    if isinstance(given, datetime):
        return given.replace(tzinfo=None)
    moment = values.moment(given)
    if moment is None:
        raise ValueFault("now is not in the context")
    return moment


def typed(kind: str, read: Run) -> Run:
    """Read a stored value as the value of a kind that rules work with."""
    read_as = TYPED.get(kind)
    return (lambda env: read_as(read(env))) if read_as else read


def given(env: Environment, key: str) -> Any:
    """What the environment must hold.  Raises ValueFault without it."""
    value = env.get(key)
    if value is OPEN:
        raise Undecided(key)
    if value is None:
        raise ValueFault(f"{key.removesuffix('()')} is not in the context")
    return value


def seed(env: Environment) -> str:
    """The respondent's seed, apart for each round of a repeat."""
    return f"{given(env, SEED)}\x1f{env.get(POSITION, '')}"
