"""Pages and styles are short on the line, and a style is fetched once."""

from __future__ import annotations

import gzip
import re

import pytest

from tests.support.source import ROOT

ASKS = {"Accept-Encoding": "gzip, deflate, br"}
STYLE = re.compile(r'href="(/static/css/base\.css[^"]*)"')


@pytest.fixture
def database_kind() -> str:
    return "sqlite"  # bytes do not depend on where rows lie


def test_a_page_is_sent_compressed_to_who_can_read_it(client):
    plain, packed = client.get("/"), client.get("/", headers=ASKS)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < 0.6 * len(plain.data)
    assert "Ý kiến của người dân" in gzip.decompress(packed.data).decode()


def test_a_style_is_fetched_once_and_under_another_name_when_it_changes(client):
    address = STYLE.search(client.get("/").text)[1]
    assert "?v=" in address
    reply = client.get(address, headers=ASKS)
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(reply.data) == client.get("/static/css/base.css").data


def test_what_repeats_a_link_is_not_compressed_beside_the_forms_token(client):
    reply = client.get("/P/not-a-code-at-all", headers=ASKS)
    assert reply.status_code == 404
    assert 'name="csrf_token"' in reply.text
    assert "Content-Encoding" not in reply.headers


@pytest.mark.parametrize("path", ["/phieu", "/"])
def test_no_page_needs_a_script_or_a_font_from_anywhere(client, path):
    page = client.get(path).text
    assert "@font-face" not in page + client.get("/static/css/base.css").text
    outside = re.findall(r'(?:src|href|action)="(?!/|#|data:)([^"]+)"', page)
    assert outside == []


@pytest.mark.parametrize("style", sorted((ROOT / "static" / "css").glob("*.css")), ids=str)
def test_a_style_sheet_closes_what_it_opens(style):
    """An open block hides the rules behind it, on some screens only."""
    text = re.sub(r"/\*.*?\*/", "", style.read_text(encoding="utf-8"), flags=re.DOTALL)
    depth = 0
    for number, line in enumerate(text.splitlines(), 1):
        assert depth < 1 or line.startswith((" ", "}")) or not line, f"{style.name}:{number}"
        depth += line.count("{") - line.count("}")
    assert depth == 0
