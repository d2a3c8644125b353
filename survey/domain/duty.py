"""What a unit owes after publication, and the only ways in which its state moves.

A duty's state follows from its log alone: nothing is stored that the log does not say.
Source: directive of Cẩm Giàng (2023), section 3: remedy plans and the year's breakthrough job by
10 April, reports each quarter, half year, year and on demand, through the home-affairs office.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """REMEDY: a plan to put weak areas right.  BREAKTHROUGH: the one job that a chair registers."""

    REMEDY = "remedy"
    BREAKTHROUGH = "breakthrough"
    REPORT = "report"


class Action(StrEnum):
    OPENED = "opened"
    REMINDED = "reminded"
    EXTENDED = "extended"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    PROGRESSED = "progressed"
    COMPLETED = "completed"
    LIFTED = "lifted"


class State(StrEnum):
    DUE = "due"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    LIFTED = "lifted"


#: Where an action leads; one that is not here leaves the state as it is.
_LEADS = {
    Action.OPENED: State.DUE,
    Action.SUBMITTED: State.SUBMITTED,
    Action.RETURNED: State.RETURNED,
    Action.ACCEPTED: State.ACCEPTED,
    Action.COMPLETED: State.COMPLETED,
    Action.LIFTED: State.LIFTED,
}
_WAITING = frozenset({State.DUE, State.RETURNED})
_OWED = (Action.SUBMITTED, Action.REMINDED, Action.EXTENDED, Action.LIFTED)
_MAY = {
    State.DUE: _OWED,
    State.RETURNED: _OWED,
    State.SUBMITTED: (Action.ACCEPTED, Action.RETURNED),
    State.ACCEPTED: (Action.PROGRESSED, Action.COMPLETED),
    State.COMPLETED: (),
    State.LIFTED: (),
}
#: Actions that say nothing without words, and those that come with a file.
NEEDS_NOTE = frozenset({Action.RETURNED, Action.EXTENDED, Action.LIFTED, Action.PROGRESSED,
                        Action.COMPLETED})  # fmt: skip
NEEDS_FILE = {Kind.REMEDY: {Action.SUBMITTED}, Kind.REPORT: {Action.SUBMITTED}}
#: What a unit does itself; the office does these for a unit without an account, and the rest.
BY_UNIT = (Action.SUBMITTED, Action.PROGRESSED)
#: Days before the due day on which a reminder is owed; after it, every so many days.
REMIND_BEFORE, REMIND_AFTER = (14, 3, 0), 7


def state_of(actions: Iterable[str]) -> State:
    """The state after a log."""
    state = State.DUE
    for action in actions:
        state = _LEADS.get(Action(action), state)
    return state


def allowed(kind: Kind, state: State) -> tuple[Action, ...]:
    """What may be done now.  A report that is accepted is done: nothing follows it."""
    if kind is Kind.REPORT and state is State.ACCEPTED:
        return ()
    return _MAY[state]


def needs_file(kind: Kind, action: Action) -> bool:
    return action in NEEDS_FILE.get(kind, ())


def due_on(first: date, extensions: Sequence[date | None]) -> date:
    """The day it is due: the last one that was granted."""
    granted = [day for day in extensions if day is not None]
    return granted[-1] if granted else first


def is_waiting(state: State) -> bool:
    """Whether it is the unit that must act."""
    return state in _WAITING


def is_overdue(state: State, due: date, today: date) -> bool:
    return is_waiting(state) and today > due


def reminder_due(state: State, due: date, today: date, reminded: Sequence[date]) -> bool:
    """Whether a reminder is owed today: on one of the days before, then weekly until it comes.

    A day that was missed (a server that stood still) is made up for on the next.
    """
    if not is_waiting(state):
        return False
    days = [due - timedelta(days=n) for n in REMIND_BEFORE]
    late = (today - due).days // REMIND_AFTER
    days += [due + timedelta(days=REMIND_AFTER * k) for k in range(1, late + 1)]
    passed = [day for day in days if day <= today]
    return bool(passed) and not any(day >= max(passed) for day in reminded)
