"""A frame of a million rows: how long, how much memory, beside a bare pass over the file."""

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
import xlsxwriter

from tests.support.source import ROOT

pytestmark = pytest.mark.bench
ROWS = int(os.environ.get("BENCH_FRAME_ROWS", "1000000"))
HEADINGS = (
    *("Mã hồ sơ", "Mã đơn vị", "Lĩnh vực", "Cách nộp", "Ngày nhận", "Ngày hẹn trả", "Ngày trả"),
    *("Đối tượng", "Họ tên", "Điện thoại"),
)
#: One import in a process of its own, so that its memory is its own.
PROGRAM = """
import json, re, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from survey import jobs
from survey.app import create_app
from survey.config import Settings
from survey.domain.frame_layout import Layout
from survey.services import retention
from survey.services.demo import load
from survey.store import migrate

settings = Settings.from_env()
migrate.upgrade(settings.database_url)
app = create_app(settings)
database = app.extensions["database"]
now = datetime.now(UTC)
with database.write() as session:
    load.load(session, contact_key=settings.contact_key, by="bench", now=now, scale=0.001)
def peak():
    # Not ru_maxrss: that of the process which started this one is carried over.
    text = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", text).group(1)) / 1024
before, reached = peak(), {}
def progress(done, total, message):
    reached[message] = time.perf_counter() - begun
begun, cpu = time.perf_counter(), time.process_time()
made = jobs.run_here(app, "frame.file", progress, wave=load.SLUG, path=Path(sys.argv[1]),
                     name="synthetic-bench", layout=Layout(), by="bench")
wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
children = resource.getrusage(resource.RUSAGE_CHILDREN)
begun = time.perf_counter()
with database.write() as session:
    gone = retention.purge(session, by="bench", now=now.replace(year=now.year + 3))
purge = time.perf_counter() - begun
print(json.dumps({"rows": made.n_rows, "contacts": made.n_contacts, "wall": wall, "cpu": cpu,
    "child_cpu": children.ru_utime + children.ru_stime, "before": before, "peak": peak(),
    "reached": reached, "purge": purge,
    "purged": gone.n_contacts, "content": made.content_sha256}))
"""


def rows(n: int):
    chance = random.Random(1)
    units = [str(code) for code in range(10888, 10928, 3) if code not in GONE]
    names = [f"{a} {b} {c}" for a in HO for b in DEM for c in TEN]
    for i in range(n):
        day = date(2023, 1, 1) + timedelta(days=chance.randrange(330))
        due, returned = day + timedelta(days=7), day + timedelta(days=chance.randrange(15))
        yield (
            *(f"H30.{day:%y%m%d}-{chance.randrange(10**6):06d}-{i}", chance.choice(units)),
            *(chance.choice(("Chứng thực", "Hộ tịch", "Đất đai")), chance.choice(CHANNELS)),
            *(f"{day:%d/%m/%Y}", f"{due:%d/%m/%Y}", f"{returned:%d/%m/%Y}", "Cá nhân"),
            *(chance.choice(names), f"09{chance.randrange(10**8):08d}"),
        )


#: Numbers between the codes of communes that belong to none.
GONE = {10915, 10921}
CHANNELS = ("Trực tiếp", "Trực tuyến", "Bưu chính")
HO = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ"]
DEM = ["Văn", "Thị", "Hữu", "Đức", "Minh", "Ngọc", "Quang", "Thanh"]
TEN = ["An", "Bình", "Dũng", "Hà", "Hải", "Hùng", "Lan", "Linh", "Mai", "Nam", "Sơn", "Trang"]


def as_csv(path: Path, n: int) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(rows(n))


def as_xlsx(path: Path, n: int) -> None:
    # Texts are shared, as spreadsheet programs write them.
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate((HEADINGS, *rows(n))):
            sheet.write_row(number, 0, row)


def bare_pass(path: Path) -> float:
    begun = time.perf_counter()
    with path.open(encoding="utf-8-sig", newline="") as file:
        for _row in csv.reader(file):
            pass
    return time.perf_counter() - begun


def imported(tmp_path: Path, path: Path, url: str | None = None) -> dict:
    env = {**os.environ, "SURVEY_INSTANCE": str(tmp_path / path.stem), "LOG_LEVEL": "ERROR"}
    env |= {"PYTHONPATH": str(ROOT)} | ({"DATABASE_URL": url} if url else {})
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def told(kind: str, n: int, found: dict) -> str:
    return (
        f"{kind}, {n} rows: {found['wall']:.1f} s ({found['cpu']:.1f} s of CPU"
        f"{', reader ' + format(found['child_cpu'], '.1f') if found['child_cpu'] > 1 else ''}), "
        f"memory {found['before']:.0f} -> {found['peak']:.0f} MB"
        f"; {found['contacts']} contacts purged in {found['purge']:.1f} s"
    )


@pytest.mark.timeout(1800)
def test_a_million_rows(tmp_path, capsys):
    lines = []
    digests = set()
    for kind, write in (("CSV", as_csv), ("XLSX", as_xlsx)):
        for n in (ROWS // 10, ROWS):
            path = tmp_path / f"{kind}{n}.{kind.lower()}"
            write(path, n)
            found = imported(tmp_path, path)
            assert (found["rows"], found["purged"]) == (n, found["contacts"])
            lines.append(told(kind, n, found))
            if n == ROWS:
                digests.add(found["content"])
            if kind == "CSV" and n == ROWS:
                lines.append(f"bare pass of csv.reader: {bare_pass(path):.1f} s")
            path.unlink()
    assert len(digests) == 1
    with capsys.disabled():
        print("\n" + "\n".join(lines))
