"""What a wave's set-up may say of its offices."""

from __future__ import annotations

import pytest

from survey.domain import wave_file
from survey.errors import InvalidInput

WAVE = """
slug = "dot-2026"
organisation = "Phòng Nội vụ"
contact = "cchc@example.vn"
window = [2026-07-01, 2026-09-30]
fieldwork = [2026-10-01, 2026-10-31]
questionnaire = "c1-citizen"
scheme = "mau-2023"
units = ["X01"]
titles = {vi = "Đợt", en = "Wave"}
[settings]
"""


@pytest.mark.parametrize(
    "line",
    [
        'group = "leader"',
        'companions = ["leaders-2024", "deputies-2024"]',
        'office_hours = {days = [1, 2, 3, 4, 5], from = "07:30", to = "17:00"}',
        'office_networks = ["203.0.113.0/24", "2001:db8::/48", "198.51.100.7"]',
        "",
    ],
)
def test_hours_and_networks_are_taken(line):
    assert wave_file.read((WAVE + line).encode())["slug"] == "dot-2026"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('office_hours = {days = [1], from = "17:00", to = "07:30"}', "paradata.office_hours"),
        ('group = "boss"', "wave_file.group"),
        ('companions = "leaders-2024"', "wave_file.companions"),
        ('companions = ["leaders-2024", "leaders-2024"]', "wave_file.companions"),
        ('office_hours = {days = [0], from = "07:00", to = "17:00"}', "paradata.office_hours"),
        ('office_hours = {days = [], from = "07:00", to = "17:00"}', "paradata.office_hours"),
        ('office_hours = {days = [1], from = "7 giờ", to = "17:00"}', "paradata.office_hours"),
        ('office_hours = {days = [1], from = "07:00"}', "paradata.office_hours"),
        ('office_hours = "hành chính"', "paradata.office_hours"),
        ('office_networks = ["203.0.113.0/33"]', "paradata.office_network"),
        ('office_networks = "mạng xã"', "paradata.office_network"),
        ("office_networks = [7]", "paradata.office_network"),
    ],
)
def test_what_cannot_be_read_is_named(line, code):
    with pytest.raises(InvalidInput) as refused:
        wave_file.read((WAVE + line).encode())
    assert [problem.code for problem in refused.value.problems] == [code]
