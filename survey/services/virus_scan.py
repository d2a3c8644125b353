"""A file that comes in is shown to the installation's virus scanner, where it has one."""

from __future__ import annotations

import logging
import shlex
import subprocess

from survey.domain.attachment import Attachment
from survey.errors import Conflict, InvalidInput

log = logging.getLogger(__name__)
_SECONDS = 60
_INFECTED = 1


def scanned(file: Attachment, command: str) -> Attachment:
    """The file, if the scanner lets it pass: it reads standard input and exits with 0.

    Exit status 1 means infected, as clamdscan has it.  Raises InvalidInput for an infected file,
    Conflict where the scanner did not answer: an unchecked file is never taken.
    """
    if not command:
        return file
    try:
        done = subprocess.run(
            shlex.split(command), input=file.content, capture_output=True, timeout=_SECONDS
        )
        status = done.returncode
    except (OSError, subprocess.TimeoutExpired) as error:
        log.error("virus scanner failed: %s", error)
        status = -1
    if status == _INFECTED:
        raise InvalidInput(
            "Tệp “%(name)s”: phần mềm diệt vi-rút không cho nhận.", code="attachment.infected",
            name=file.name,
        )  # fmt: skip
    if status != 0:
        raise Conflict(
            "Chưa quét được vi-rút nên chưa nhận tệp; hãy thử lại hoặc báo người quản trị.",
            code="attachment.not_scanned",
        )
    return file
