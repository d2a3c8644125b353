"""From laid-down rows to the files of an export, and the package that holds them."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from survey.domain.calendar import local_day
from survey.errors import Conflict
from survey.render.microdata import finished
from survey.render.microdata.columns import Column, DoesNotFit
from survey.services.microdata import answer_files, attachments, beside, dictionary, source, spool
from survey.services.microdata.public import Public
from survey.services.microdata.source import Source
from survey.services.microdata.spool import Spool

#: How far it is: (files done, files in all, what is being made).
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is wanted.  ``replicates`` is empty, ``jackknife`` or ``bootstrap``."""

    formats: tuple[str, ...] = ("csv",)
    language: str = "vi"
    replicates: str = ""
    n_replicates: int = 500
    seed: int = 1
    script: bool = False
    with_excluded: bool = False
    #: Whether answers in words, photos and recordings are part of it: they may name somebody.
    texts: bool = True
    #: Answers that must share each combination of unit, field and characteristics in a file for
    #: everybody; 0 for a file that stays with analysts.
    public: int = 0
    #: Questions that stay empty in a file for everybody.
    leave_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exported:
    """What was made."""

    path: Path
    n_rows: int
    n_columns: int
    sha256: str


class Export:
    """An export whose rows are laid down: the database is not needed any more."""

    def __init__(
        self,
        facts: Source,
        rows: Spool,
        order: Order,
        *,
        now: datetime,
        answer_files: Path | None = None,
        beside: Sequence[Path] = (),
    ) -> None:
        self.facts, self.rows, self.order = facts, rows, order
        #: Where photos and recordings lie, if they are part of it.
        self.answer_files = answer_files
        #: Further files for analysts.
        self.beside = beside
        self.on: date = local_day(now)
        self.n_replicates = rows.replicates.n if rows.replicates else 0

    def columns(self, language: str) -> list[Column]:
        return dictionary.columns(
            self.facts, language, self.rows.widths, n_replicates=self.n_replicates
        )

    @property
    def formats(self) -> list[str]:
        """Data files of a package; the script reads CSV."""
        extra = ["csv"] if self.order.script else []
        return list(dict.fromkeys([*self.order.formats, *extra]))

    @property
    def title(self) -> str:
        named = self.facts.titles.get(self.order.language) or self.facts.titles["vi"]
        synthetic = {"vi": " – SỐ LIỆU GIẢ LẬP", "en": " – SYNTHETIC DATA"}
        return named + (synthetic[self.order.language] if self.facts.synthetic else "")

    def data_file(self, kind: str, path: Path) -> None:
        """One data file, whole or not at all.  Raises Conflict if the format cannot hold it."""
        with finished.whole(path) as part:
            try:
                _WRITERS[kind](self, part, self.columns(self.order.language))
            except DoesNotFit as refused:
                raise Conflict(
                    "Excel chỉ chứa %(most)s dòng hoặc cột; đợt này cần %(n)s. Hãy chọn CSV, "
                    "SPSS, Stata hoặc Parquet.",
                    code=f"microdata.{refused.code}",
                    **refused.facts,
                ) from refused

    def package(self, path: Path, progress: Progress) -> None:
        """A ZIP of the data files, codebook, labels, and script if it is wanted."""
        formats, sums = self.formats, []
        with (
            finished.whole(path) as part,
            tempfile.TemporaryDirectory(dir=path.parent) as folder,
            zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as package,
        ):
            for done, kind in enumerate(formats):
                progress(done, len(formats) + 1, f"microdata.{kind}")
                made = Path(folder) / f"{self.facts.slug}.{kind}"
                self.data_file(kind, made)
                sums.append(self._put(package, made.name, made))
                made.unlink()
            progress(len(formats), len(formats) + 1, "codebook")
            for name, content in attachments.all_of(self):
                sums.append(self._put(package, name, content))
            for each in self.beside:
                sums.append(self._put(package, each.name, each))
            for each in sorted(self.answer_files.iterdir()) if self.answer_files else ():
                sums.append(self._put(package, f"files/{each.name}", each))
            self._put(package, "SHA256SUMS", "".join(sums).encode())
        progress(len(formats) + 1, len(formats) + 1, path.name)

    def _put(self, package: zipfile.ZipFile, name: str, content: Path | bytes) -> str:
        info = zipfile.ZipInfo(name, (self.on.year, self.on.month, self.on.day, 0, 0, 0))
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        digest = hashlib.sha256()
        with package.open(info, "w", force_zip64=True) as out:
            for block in _blocks(content):
                out.write(block)
                digest.update(block)
        return f"{digest.hexdigest()}  {name}\n"


# Each format loads its own library: an export pays for what it writes.


def _csv(export: Export, part: Path, columns: list[Column]) -> None:
    from survey.render.microdata import delimited

    delimited.write(part, columns, export.rows.rows())


def _xlsx(export: Export, part: Path, columns: list[Column]) -> None:
    from survey.render.microdata import sheet

    sheet.write(part, columns, export.rows.rows(), title=export.title, on=export.on)


def _sav(export: Export, part: Path, columns: list[Column]) -> None:
    from survey.render.microdata import spss

    spss.write(part, columns, export.rows.rows(), title=export.title, on=export.on)


def _zsav(export: Export, part: Path, columns: list[Column]) -> None:
    from survey.render.microdata import spss

    spss.write(part, columns, export.rows.rows(), title=export.title, on=export.on, packed=True)


def _dta(export: Export, part: Path, columns: list[Column]) -> None:
    from survey.render.microdata import stata

    stata.write(part, columns, export.rows.rows(), title=export.title)


def _parquet(export: Export, part: Path, columns: list[Column]) -> None:
    from survey.render.microdata import parquet

    parquet.write(part, columns, export.rows.rows(), title=export.title)


_WRITERS: dict[str, Callable[[Export, Path, list[Column]], None]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "sav": _sav,
    "zsav": _zsav,
    "dta": _dta,
    "parquet": _parquet,
}
FORMATS = tuple(_WRITERS)


def lay_down(session: Session, slug: str, order: Order, folder: Path, *, now: datetime) -> Export:
    """Read everything that an export needs from the database.  Raises NotFound, Conflict."""
    unknown = sorted(set(order.formats) - set(FORMATS))
    if unknown:
        raise Conflict("Không có định dạng “%(name)s”.", code="microdata.format", name=unknown[0])
    facts = source.load(session, slug, with_excluded=order.with_excluded)
    if order.language not in facts.languages:
        raise Conflict(
            "Phiếu hỏi không có ngôn ngữ “%(language)s”.",
            code="microdata.language",
            language=order.language,
        )
    by_cell = bool(order.replicates)
    rows = spool.make(
        session,
        facts,
        folder / "rows",
        replicates=order.replicates,
        n_replicates=order.n_replicates,
        seed=order.seed,
        texts=order.texts and not order.public,
        public=Public(facts, order.public, order.leave_out) if order.public else None,
    )
    with_files = order.texts and not order.public
    laid = answer_files.lay_down(session, facts, folder / "files") if with_files else None
    more = [] if order.public else beside.lay_down(session, facts, folder, by_cell=by_cell)
    return Export(facts, rows, order, now=now, answer_files=laid, beside=more)


def write(export: Export, path: Path, progress: Progress) -> Exported:
    """Write to ``path``: a package if it ends with .zip, else the one data file that it names."""
    kind = path.suffix.lstrip(".").lower()
    if kind == "zip":
        export.package(path, progress)
    else:
        progress(0, 1, f"microdata.{kind}")
        export.data_file(kind, path)
        progress(1, 1, path.name)
    digest = hashlib.sha256()
    for block in _blocks(path):
        digest.update(block)
    return Exported(
        path, export.rows.n, len(export.columns(export.order.language)), digest.hexdigest()
    )


def _blocks(content: Path | bytes) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
