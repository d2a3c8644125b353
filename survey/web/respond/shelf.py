"""Compiled pages, kept for the next visitor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Response, has_app_context

from forms.faces.compiled import Template
from forms.model import Questionnaire
from survey.web.packing import Packed
from survey.web.respond.visit import Browser

#: More pages than all questionnaires of a busy installation have.
MOST = 1000
_COMPILED: dict[tuple, Compiled] = {}
#: Marks whose text is one visitor's alone; that of all others a whole unit's visitors share.
_PRIVATE = frozenset({"token", "nonce", "visit", "state", "about", "options", "code"})
#: Packed copies of all pages together, each some 50 kB.
MOST_COPIES = 1000
#: A page with the texts of one unit's visitors -> the page packed with them.
_COPIES: dict[tuple[Template, tuple[str, ...]], Packed] = {}
#: What was asked for once.  Where units are many and visitors few, packing would cost more than it
#: saves: such a page goes out as it is, and whoever stands before us compresses it.
_ASKED: set[tuple[Template, tuple[str, ...]]] = set()


@dataclass(frozen=True, slots=True)
class Compiled:
    page: Template
    #: Question -> option -> its line, where not everybody is offered the same in the same order.
    options: Mapping[str, Mapping[str, Template]] = field(default_factory=dict)
    #: Kept with its page: its number in memory must not become another one's.
    questionnaire: Questionnaire | None = None

    def filled(self, fill: Callable[..., str], browser: Browser) -> Filled:
        """The page that nobody has filled in yet."""
        fixed, marks = self.page.at_first
        shared = tuple(fill(*mark) for mark in marks if mark[0] not in _PRIVATE)
        packed = _COPIES.get((self.page, shared))
        if packed is None:
            if _is_first((self.page, shared)):
                return Filled(self.page.fill(fill, untouched=True).encode(), 200)
            if len(_COPIES) >= MOST_COPIES:
                _COPIES.clear()
            packed = _COPIES[self.page, shared] = Packed.of(_joined(fixed, marks, shared))
        own = (fill(*mark) for mark in marks if mark[0] in _PRIVATE)
        return Filled(packed.page(own, gzip=browser.gzip), 200, gzip=browser.gzip)


@dataclass(frozen=True, slots=True)
class Filled:
    """A page as it goes out."""

    body: bytes
    status: int
    gzip: bool = False

    def response(self) -> Response:
        head = {"Content-Encoding": "gzip"} if self.gzip else {}
        return Response(self.body, self.status, head, mimetype="text/html")


def _is_first(copy: tuple[Template, tuple[str, ...]]) -> bool:
    if copy in _ASKED:
        return False
    if len(_ASKED) >= MOST_COPIES:
        _ASKED.clear()
    _ASKED.add(copy)
    return True


def _joined(
    fixed: Sequence[str], marks: Sequence[Sequence[str]], shared: Sequence[str]
) -> list[str]:
    """The pieces between what is one visitor's own, with the shared texts in them."""
    texts, pieces = iter(shared), [fixed[0]]
    for mark, after in zip(marks, fixed[1:], strict=True):
        if mark[0] in _PRIVATE:
            pieces.append(after)
        else:
            pieces[-1] += next(texts) + after
    return pieces


class NotReady(LookupError):
    """The page is not compiled yet, and who asks cannot do it."""


def find(key: tuple, compile_: Callable[[], Compiled]) -> Compiled:
    """The compiled page of that key; made where there is an application to make it with."""
    found = _COMPILED.get(key)
    if found is None:
        if not has_app_context():
            raise NotReady(key[0])
        found = _kept(key, compile_())
    return found


def _kept(key: tuple, made: Compiled) -> Compiled:
    if len(_COMPILED) >= MOST:
        for shelf in (_COMPILED, _COPIES, _ASKED):
            shelf.clear()
    _COMPILED[key] = made
    return made
