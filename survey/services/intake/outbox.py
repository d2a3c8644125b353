"""What a tablet could not send, brought as the file that its app writes.

Each record is encrypted with a key that follows from the address it was made under, so the file
says nothing to whoever finds it.  It goes the way of everything that comes from the field: an
interview that is here already is known again, one that does not fit is in quarantine.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from survey.domain.text import clean_line
from survey.errors import Conflict, InvalidInput, Problem, SurveyError
from survey.services import tablet
from survey.services.households import listings
from survey.services.intake import enumerators, receiving
from survey.services.intake.receiving import Parcel
from survey.services.supervision import messages
from survey.store import audit
from survey.store.models import FieldAddress, User

#: Bytes of a file: two hundred interviews with a few photos each.
LARGEST = 256 << 20
#: Whatever else a device keeps has not been finished.
FINISHED = ("ready", "held")
_UNREADABLE = Problem("outbox.unreadable", "Tệp này không do ứng dụng thực địa ghi ra.")
_Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one record.  ``outcome``: kept, held, unfinished or refused."""

    number: int
    kind: str
    enumerator: str
    outcome: str
    problem: Problem | None = None


def take_in(
    session: Session, content: bytes, *, code_key: bytes, by: str, now: datetime
) -> list[Line]:
    """Open a file and take every record in; brought again, nothing is doubled.

    Raises InvalidInput: it is no such file.
    """
    records = _records(content)
    opener = _Opener(session, code_key, now)
    lines = [opener.line(i, record) for i, record in enumerate(records, start=1)]
    counts = {each.outcome: 0 for each in lines}
    for each in lines:
        counts[each.outcome] += 1
    audit.append(session, "field.outbox_opened", by=by, at=now, n=len(lines), outcomes=counts)
    return lines


def _records(content: bytes) -> list[Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not found:
        raise InvalidInput(_UNREADABLE.message, [_UNREADABLE], code=_UNREADABLE.code)
    return found


class _Opener:
    def __init__(self, session: Session, code_key: bytes, now: datetime) -> None:
        self.session, self.code_key, self.now = session, code_key, now
        self.takers: dict[str, Callable[..., Line | None]] = {
            "interview": self._interview,
            "attempt": self._attempt,
            "listing": self._listing,
            "reading": self._reading,
        }

    def line(self, number: int, record: object) -> Line:
        kind, who = "", ""
        try:
            kind, state = record["kind"], record["state"]
            if state not in FINISHED:
                return Line(number, kind, who, "unfinished")
            address = self._address(record["head"]["key"])
            if address is None:
                words = "Không có khoá: bản ghi không thuộc hệ thống này."
                return Line(number, kind, who, "refused", Problem("outbox.no_key", words))
            user = self.session.get_one(User, address.account_id)
            who = user.name
            key = tablet.device_key(self.code_key, bytes(address.digest))
            head = _opened(key, record["head"])
            body = _opened(key, record["body"]) if record.get("body") else None
            outcome = self.takers[kind](user, head, body)
        except InvalidTag:
            words = "Bản ghi hỏng hoặc đã bị sửa."
            return Line(number, kind, who, "refused", Problem("outbox.damaged", words))
        except SurveyError as refused:
            problem = Problem(refused.code, refused.message, refused.facts)
            return Line(number, kind, who, "refused", problem)
        except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
            return Line(number, str(kind)[:40], who, "refused", _UNREADABLE)
        return Line(number, kind, who, outcome)

    def _address(self, id_: object) -> FieldAddress | None:
        return self.session.get(FieldAddress, id_) if type(id_) is int else None

    def _interview(self, user: User, _head: _Facts, body: _Facts) -> str:
        files = {
            clean_line(name): base64.b64decode(file["text"], validate=True)
            for name, file in body["files"].items()
        }
        parcel = Parcel(body["xml"].encode(), files)
        address = enumerators.current_address(self.session, user.id)
        if address is None:
            raise Conflict(
                "Máy của “%(name)s” đang bị khoá: hãy cấp một địa chỉ mới rồi nạp lại tệp.",
                code="outbox.no_address",
                name=user.name,
            )
        told = receiving.receive(
            self.session, address, parcel, code_key=self.code_key, now=self.now
        )
        return "kept" if told.outcome == "kept" else "held"

    def _attempt(self, user: User, head: _Facts, _body: object) -> str:
        tablet.log_attempt(
            self.session, user.id, case_id=head["case"], at=datetime.fromisoformat(head["fixed"]),
            mode=head["mode"], result=head["result"], note=head["note"][:500], by=user.name,
            now=self.now,
        )  # fmt: skip
        return "kept"

    def _listing(self, user: User, head: _Facts, _body: object) -> str:
        lines = [[each["number"], each["note"], each["adults"]] for each in head["lines"]]
        listings.receive(
            self.session, user.id, area_id=head["area"], revision=head["revision"], lines=lines,
            closed=head["closed"], by=user.name, now=self.now,
        )  # fmt: skip
        return "kept"

    def _reading(self, user: User, head: _Facts, _body: object) -> str:
        messages.read(self.session, user.id, head["message"], now=self.now)
        return "kept"


def _opened(key: bytes, sealed: _Facts) -> Any:
    """AES-GCM as the app seals: 96-bit nonce, the tag behind the text."""
    data = b"".join(base64.b64decode(piece, validate=True) for piece in sealed["data"])
    return json.loads(AESGCM(key).decrypt(base64.b64decode(sealed["iv"]), data, None))
