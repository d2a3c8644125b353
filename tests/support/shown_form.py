"""A questionnaire that shows pictures, sounds and a film, and the files that it names."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from types import MappingProxyType

from tests.support import files

SURVEY = """
type|name|label::vi|label::en|media::image::vi|media::image::en|audio|media::video|big-image|appearance
hidden|unit_name||||||||
hidden|case_field||||||||
hidden|case_channel||||||||
begin group|mot|Trang một|Page one||||||
note|n|Xem bản đồ|Look at the map|ban_do.png||||ban_do_to.png|
select_one cho|noi|Ông/bà ngồi đâu?|Where did you sit?|so_do.jpg|so_do_en.jpg|doc.m4a||||
select_multiple cho|them|Còn chỗ nào?|Where else?||||||
image|anh|Ảnh chỗ ngồi|Photo of the seat|so_do.jpg|||||
text|y|Xem phim rồi góp ý|Watch and remark||||phim.mp4||
end group|||||||||
"""
CHOICES = """
list_name|name|label::vi|label::en|image
cho|san|Ngoài sân|Outside|san.webp
cho|nha|Trong nhà|Inside|
"""
SETTINGS = (
    "form_id|form_title::vi|form_title::en|version|default_language\nhinh|Phiếu hình|Pictures|1|vi"
)
MEDIA = {
    "ban_do.png": files.photo((300, 200), (20, 60, 200), kind="PNG"),
    "ban_do_to.png": files.photo((900, 600), (20, 60, 200), kind="PNG"),
    "so_do.jpg": files.photo((300, 220), (30, 140, 60)),
    "so_do_en.jpg": files.photo((300, 220), (200, 140, 60)),
    "san.webp": files.photo((120, 80), kind="WEBP"),
    "doc.m4a": files.m4a(),
    "phim.mp4": files.m4a(handler=b"vide"),
}


def sheets(changes: Mapping[str, str] = MappingProxyType({})) -> dict[str, bytes]:
    """The sheets as CSV, with some words replaced."""
    made = {}
    for name, text in (("survey", SURVEY), ("choices", CHOICES), ("settings", SETTINGS)):
        for before, after in changes.items():
            text = text.replace(before, after)
        out = io.StringIO(newline="")
        csv.writer(out).writerows(line.split("|") for line in text.strip().splitlines())
        made[f"{name}.csv"] = out.getvalue().encode()
    return made
