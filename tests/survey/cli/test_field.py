"""The commands of the fieldwork: log, import, release, rates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from survey.domain.calendar import LOCAL
from survey.store import cases, waves
from survey.store.models import Case
from tests.support.databases import ON_SQLITE


@pytest.fixture
def codes(wave):
    """Dossier codes of main cases whose stratum has a reserve."""
    with wave.database.read() as session:
        found = waves.get(session, wave.slug)
        reserves = session.execute(select(Case.unit_id, Case.stratum).where(~Case.issued))
        kept = {tuple(row) for row in reserves}
        issued = cases.issued(session, found.id)
        return [case.dossier.code for case in issued if (case.unit_id, case.stratum) in kept]


@pytest.fixture
def invoke(app):
    # Two weeks after the wave opened, so that there are days to have tried on.
    app.extensions["clock"] = lambda: datetime.now(UTC) + timedelta(days=14)
    return lambda *words: app.test_cli_runner().invoke(args=["field", *words])


def at(day: int, hour: int) -> str:
    moment = datetime.now(LOCAL) + timedelta(days=day)
    return f"{moment:%d/%m/%Y} {hour:02}:00"


def test_a_case_is_tried_replaced_and_counted(invoke, codes):
    case = codes[0]
    early = invoke("release", "--case", case, "--reason", "không gặp")
    assert early.exit_code == 1
    assert "0/3 lần" in early.stderr
    for day, hour in ((1, 9), (2, 14), (3, 19)):
        words = ("--case", case, "--mode", "phone", "--result", "3.13", "--at", at(day, hour))
        done = invoke("attempt", *words)
        assert done.exit_code == 0, done.output + done.stderr
    assert "kết thúc với mã 3.13" in done.output
    assert case in invoke("release").output
    released = invoke("release", "--case", case, "--reason", "không gặp")
    assert "Đã thả 1 hồ sơ dự phòng" in released.output, released.stderr
    assert "0 hồ sơ có thể thay" in invoke("release").output
    assert "Đúng: 1 hồ sơ dự phòng đã thả" in invoke("verify").output
    rates = invoke("rates", "--by", "stratum")
    assert rates.exit_code == 0
    assert "RR1 = I / ((I + P) + R + NC + O + (UH + UO))" in rates.output
    assert "CASRO" in rates.output
    assert "e = 0.500 (cho trước)" in invoke("rates", "--weighted", "--e", "0.5").output


@ON_SQLITE
def test_what_is_wrong_is_said_in_words(invoke, codes, tmp_path):
    assert "no such" not in invoke("attempt", "--case", codes[0]).output
    lost = invoke("attempt", "--case", "999/x", "--mode", "phone", "--result", "3.13")
    assert (lost.exit_code, "Không có hồ sơ “999/x”" in lost.stderr) == (1, True)
    when = invoke(
        "attempt", "--case", codes[0], "--mode", "phone", "--result", "3.13", "--at", "hôm qua"
    )
    assert when.exit_code == 2
    file = tmp_path / "log.csv"
    file.write_text("mã hồ sơ,thời điểm,cách liên hệ,kết quả\nx,y,z,w\n", encoding="utf-8")
    done = invoke("import", str(file))
    assert done.exit_code == 1
    assert "Dòng 2: “y” không phải ngày giờ" in done.stderr
    assert "chưa ghi lần liên hệ nào" in done.stderr
    assert invoke("rates", "--e", "2").exit_code == 1


@ON_SQLITE
def test_a_file_is_logged(invoke, codes, tmp_path):
    file = tmp_path / "log.csv"
    rows = [f"{code},{at(1, 8)},Gọi điện,2.112" for code in codes[:3]]
    file.write_text("\n".join(["mã hồ sơ,thời điểm,cách liên hệ,kết quả", *rows]), encoding="utf-8")
    done = invoke("import", str(file))
    assert "Đã ghi 3 lần liên hệ với 3 hồ sơ" in done.output, done.stderr
