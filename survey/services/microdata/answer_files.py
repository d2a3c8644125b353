"""Photos and recordings that are answers, laid down beside the rows for analysts alone."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.model import FILES
from survey.domain.wave import Stream
from survey.services.microdata.source import Source
from survey.store.models import Response, ResponseFile

#: Files that the database hands over at a time.
_BLOCK = 4


def lay_down(session: Session, source: Source, folder: Path) -> Path | None:
    """Write the files of a wave's drawn sample; None if no question asks for any.

    Each is named as the answer is, so that the order of the files says nothing.
    """
    if not any(variable.question.kind in FILES for variable in source.variables):
        return None
    folder.mkdir()
    query = (
        select(ResponseFile.name, ResponseFile.content)
        .join(Response, Response.id == ResponseFile.response_id)
        .where(Response.wave_id == source.wave_id, Response.stream == Stream.PROBABILITY)
        .order_by(ResponseFile.name)
    )
    streamed = {"yield_per": _BLOCK, "stream_results": True}
    for row in session.execute(query, execution_options=streamed):
        (folder / Path(row.name).name).write_bytes(row.content)
    return folder
