"""What everybody may do with a table: search, order, open one unit, take it as open data."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from survey.store import waves as wave_store
from survey.store.models import IndexRun
from tests.support import public_wave


@pytest.fixture(scope="module")
def public(tmp_path_factory, _sqlite_template):
    """A computed wave with two units of few answers, its results public."""
    found = public_wave.make(tmp_path_factory.mktemp("public"), _sqlite_template)
    yield found
    public_wave.drop(found)


@pytest.fixture
def client(public):
    return public.app.test_client()


@pytest.fixture
def withheld(public):
    """The wave while its results are not public."""
    with public.database.write() as session:
        wave_store.get(session, public.slug).results_public = False
    yield
    with public.database.write() as session:
        wave_store.get(session, public.slug).results_public = True


def document(client, slug: str) -> dict:
    reply = client.get(f"/ket-qua/{slug}.json")
    assert reply.content_type == "application/json; charset=utf-8"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    return json.loads(reply.data)


def names(page: str) -> list[str]:
    table = page.split('id="table"')[1].split("</table>")[0]
    return re.findall(r'<th scope="row" class="name"><a href="[^"]*">([^<]*)</a>', table)


def test_open_data_keeps_to_the_published_schema(client, public):
    found = document(client, public.slug)
    schema = client.get("/ket-qua/luoc-do.json").json
    assert found["$schema"].endswith("/ket-qua/luoc-do.json")
    checker = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    checker.check_schema(schema)
    checker.validate(found)
    withheld = next(unit for unit in found["units"] if unit["suppressed"])
    assert found["with_excluded"]["units"]
    withheld["satisfaction"] = 0.5
    assert not checker.is_valid(found)


def test_open_data_and_csv_say_the_same(client, public):
    found = document(client, public.slug)
    lines = client.get(f"/ket-qua/{public.slug}.csv").data.decode("utf-8-sig").splitlines()
    assert len(lines) == len(found["units"]) + 2
    assert all(unit["name"] in line for unit, line in zip(found["units"], lines[1:], strict=False))


def test_a_unit_is_found_with_and_without_marks(client, public):
    for typed in ("cẩm giang", "cam giang", "CAM GIANG"):
        page = client.get(f"/ket-qua/{public.slug}", query_string={"tim": typed}).text
        assert names(page) == ["Thị trấn Cẩm Giang"]
    page = client.get(f"/ket-qua/{public.slug}?tim=kh%C3%B4ng-c%C3%B3").text
    assert "Không có đơn vị nào" in page
    assert names(page) == []


def test_what_is_typed_is_never_taken_for_markup(client, public):
    page = client.get(f"/ket-qua/{public.slug}", query_string={"tim": '"><b>x'}).text
    assert "<b>x" not in page


def test_the_headings_order_the_table_without_a_script(client, public):
    page = client.get(f"/ket-qua/{public.slug}").text
    link = re.search(r'href="([^"]*xep=tong[^"]*)"', page)[1].replace("&amp;", "&")
    ordered = client.get(link).text
    assert 'aria-sort="descending"' in ordered
    known = {unit["name"]: unit["total"] for unit in document(client, public.slug)["units"]}
    totals = [known[name] for name in names(ordered)]
    shown = [total for total in totals if total is not None]
    assert shown == sorted(shown, reverse=True)
    assert totals == shown + [None] * (len(totals) - len(shown))


def test_each_unit_has_its_page(client, public):
    table = client.get(f"/ket-qua/{public.slug}").text
    places = re.findall(r'href="(/ket-qua/[^"]*/don-vi/[^"/]*/[^"/]*)"', table)
    units = document(client, public.slug)["units"]
    assert len(places) == len(units)
    for unit in units:
        place = f"/ket-qua/{public.slug}/don-vi/{unit['unit_code']}/{unit['valid_from']}"
        assert place in places
        page = client.get(place).text
        assert unit["name"] in page
        if unit["suppressed"]:
            assert "data--short" not in page
    assert "Satisfied by subject" not in client.get(place).text
    assert client.get(f"{place}?lang=en").status_code == 200


def test_unknown_units_are_not_found(client, public):
    place = f"/ket-qua/{public.slug}/don-vi/10888/1900-01-01"
    assert client.get(place).status_code == 404


def test_withheld_waves_are_not_found(client, public, withheld):
    unit = f"/ket-qua/{public.slug}/don-vi/10888/2020-01-01"
    for address in (unit, f"/ket-qua/{public.slug}.json", f"/ket-qua/{public.slug}"):
        assert client.get(address).status_code == 404


def test_a_new_table_is_shown_at_once(client, public):
    before = document(client, public.slug)["run_id"]
    public.compute()
    assert document(client, public.slug)["run_id"] != before
    with public.database.read() as session:
        assert session.query(IndexRun).count() >= 2
