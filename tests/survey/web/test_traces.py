"""How sure a ranking is, and where each figure came from: on pages and in files."""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser

import openpyxl
import pytest

from survey.render.numbers import percent
from survey.services import definitions
from survey.store import waves as wave_store
from survey.store.models import IndexTrace, Response, Unit
from tests.support import public_wave
from tests.support.released import answered


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
    return json.loads(client.get(f"/ket-qua/{slug}.json").data)


def place(slug: str, unit: dict) -> str:
    return f"/ket-qua/{slug}/don-vi/{unit['unit_code']}/{unit['valid_from']}"


def shown(found: dict) -> list[dict]:
    return [unit for unit in found["units"] if unit["total"] is not None]


def key(unit: dict) -> str:
    return f"{unit['unit_code']}@{unit['valid_from']}"


def test_each_figure_of_the_table_opens_its_trace(client, public):
    page = client.get(f"/ket-qua/{public.slug}").text
    unit = shown(document(client, public.slug))[0]
    links = re.findall(rf'href="({place(public.slug, unit)}/can-cu)#([^"]+)"', page)
    places = {anchor for _, anchor in links}
    assert {"total", "satisfaction", "cases"} <= places
    assert any(anchor.startswith("leaf-") for anchor in places)
    assert any(anchor.startswith("area-") for anchor in places)
    trace = client.get(links[0][0]).text
    for anchor in places:
        assert f'id="{anchor}"' in trace, anchor


class _Cells(HTMLParser):
    """Every cell of a page's tables with figures: its text and its trace links."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self._open = False

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "td":
            self._open = True
            self.found.append(("", []))
        elif tag == "a" and self._open and given.get("class") == "trace":
            self.found[-1][1].append(given["href"])

    def handle_endtag(self, tag):
        self._open = self._open and tag != "td"

    def handle_data(self, data):
        if self._open:
            self.found[-1] = (self.found[-1][0] + data, self.found[-1][1])


@pytest.mark.parametrize("place", ["", "?phieu=tat-ca", "/do-chac-chan", "/mat-diem"])
def test_every_figure_of_every_table_opens_a_trace_that_is_there(client, public, place):
    cells = _Cells()
    cells.feed(client.get(f"/ket-qua/{public.slug}{place}").text)
    figures = [(text, links) for text, links in cells.found if re.search(r"\d", text)]
    # A reason why there is no figure names the fewest answers that are published.
    bare = [text for text, links in figures if not links and "không công bố" not in text]
    assert bare == []
    links = {link for _, own in figures for link in own}
    assert len(links) > 20
    pages: dict[str, str] = {}
    for address, _, anchor in (link.partition("#") for link in sorted(links)):
        if address not in pages:
            pages[address] = client.get(address).text
        assert f'id="{anchor}"' in pages[address], (address, anchor)


def test_a_trace_adds_up_from_counts_to_the_total(app):
    public, client = public_wave.publish(answered(app, few=2)), app.test_client()
    found = document(client, public.slug)
    with public.database.read() as session:
        for unit in shown(found):
            run = int(found["run_id"].rpartition("-")[2])
            stored = session.query(IndexTrace).filter_by(unit=key(unit))
            trace = stored.order_by(IndexTrace.index_run_id.desc()).first().content
            assert trace["weights"]["run"] == run
            total = sum(area["points"] for area in trace["areas"])
            assert total == pytest.approx(unit["total"])
            for area in trace["areas"]:
                leaves = [x["points"] for x in trace["leaves"] if x["area"] == area["id"]]
                assert sum(leaves) == pytest.approx(area["points"])
            for leaf in trace["leaves"]:
                if leaf["source"] != "survey":
                    continue
                assert leaf["points"] == pytest.approx(leaf["most"] * leaf["share"]["share"])
                assert max(item["valid"] for item in leaf["items"]) <= leaf["heard"]
            cells = trace["weights"]["cells"]
            assert sum(cell["n"] for cell in cells) == unit["n_respondents"]
            assert sum(cell["population"] for cell in cells) == unit["n_population"]


def test_the_counts_are_those_of_the_answers(client, public):
    """Counted again from the stored answers, by hand."""
    found = document(client, public.slug)
    unit = shown(found)[0]
    with public.database.read() as session:
        wave = wave_store.get(session, public.slug)
        question = next(q for q in definitions.of(wave.questionnaire) if q.is_rating and q.concept)
        stored = session.query(IndexTrace).filter_by(unit=key(unit))
        # The first run left nobody out, so that all answers count.
        trace = stored.order_by(IndexTrace.index_run_id).first().content
        given = [
            response.answers.get(question.name)
            for response in session.query(Response)
            .join(Unit, Unit.id == Response.unit_id)
            .filter(Unit.code == unit["unit_code"], Response.stream == "probability")
            .filter(Response.outcome == "1.1")
        ]
    items = [item for leaf in trace["leaves"] for item in leaf.get("items", ())]
    item = next(item for item in items if item["name"] == question.name)
    assert item["valid"] == sum(value is not None for value in given)
    assert item["satisfied"] == sum(value in ("4", "5") for value in given)


def test_the_whole_s_counts_are_those_of_all_answers(client, public):
    with public.database.read() as session:
        traces = {
            row.unit: row.content for row in session.query(IndexTrace).filter_by(index_run_id=1)
        }
        given = [
            response.answers
            for response in session.query(Response)
            .filter(Response.stream == "probability", Response.outcome == "1.1")
        ]  # fmt: skip
    whole = traces[""]
    for leaf in whole["leaves"]:
        for item in leaf["items"]:
            values = [answers[item["name"]] for answers in given if item["name"] in answers]
            assert item["valid"] == len(values)
            assert item["satisfied"] == sum(value in ("4", "5") for value in values)
    assert whole["cases"]["answered"] == len(given)


def test_what_subtraction_would_tell_is_hidden_too(client, public):
    """The whole's count is shown only where the units that hide theirs are many people."""
    address = f"/ket-qua/{public.slug}/can-cu"
    with public.database.read() as session:
        newest = session.query(IndexTrace).order_by(IndexTrace.index_run_id.desc()).first()
        run = newest.index_run_id
        rows = session.query(IndexTrace).filter_by(index_run_id=run)
        traces = {row.unit: row.content for row in rows}
    seen, counted = client.get(address).text, 0
    for variant in ("", "+"):
        shown: dict[str, list[int]] = {}
        for unit, trace in traces.items():
            if unit.rstrip("+") and unit.endswith("+") == bool(variant):
                for leaf in trace["leaves"]:
                    for item in leaf.get("items", ()):
                        if not item["few"]:
                            told = shown.setdefault(item["name"], [0, 0])
                            told[0] += item["satisfied"]
                            told[1] += item["valid"] - item["satisfied"]
        for leaf in traces[variant]["leaves"]:
            for item in leaf["items"]:
                told = shown.get(item["name"], [0, 0])
                rest = (item["satisfied"] - told[0], item["valid"] - item["satisfied"] - told[1])
                assert item["few"] or rest == (0, 0) or min(rest) >= 3
                counted += 1
    assert counted > 20
    assert seen.count("ít người") == sum(
        item["few"] for leaf in traces[""]["leaves"] for item in leaf["items"]
    )


def test_withheld_units_have_no_trace(client, public):
    found = document(client, public.slug)
    for unit in found["units"]:
        if unit["suppressed"]:
            page = client.get(f"{place(public.slug, unit)}/can-cu").text
            assert "không được công bố" in page
            assert 'id="weights"' not in page
            own = found["standing"]["units"][key(unit)]
            assert not {"rank", "lower", "bands"} & set(own)
            assert own.get("model_gamma", 0) == 0


def test_counts_of_few_people_are_for_the_office_alone(client, public):
    with public.database.write() as session:
        before = {(row.index_run_id, row.unit): row.content for row in session.query(IndexTrace)}
        for row in session.query(IndexTrace):
            leaves = json.loads(json.dumps(row.content["leaves"]))
            for leaf in leaves:
                for item in leaf.get("items", ()):
                    item |= {"satisfied": 7654321, "few": True}
            row.content = row.content | {"leaves": leaves}
    unit = shown(document(client, public.slug))[0]
    page = client.get(f"{place(public.slug, unit)}/can-cu").text
    with public.database.write() as session:
        for row in session.query(IndexTrace):
            row.content = before[row.index_run_id, row.unit]
    assert "7.654.321" not in page
    assert "ít người" in page


def test_the_standing_is_the_same_on_the_page_and_in_all_files(client, public):
    found = document(client, public.slug)
    units = found["standing"]["units"]
    page = client.get(f"/ket-qua/{public.slug}/do-chac-chan").text
    text = client.get(f"/ket-qua/{public.slug}/do-chac-chan.csv").data.decode("utf-8-sig")
    lines = {f"{x['unit_code']}@{x['valid_from']}": x for x in csv.DictReader(io.StringIO(text))}
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/ket-qua/{public.slug}.xlsx").data))[
        "Độ chắc chắn"
    ]
    rows = {row[0]: row for row in book.iter_rows(min_row=3, values_only=True)}
    for unit in shown(found):
        own = units[key(unit)]
        assert own["lower"] <= own["rank"] <= own["upper"]
        assert sum(own["bands"]) == pytest.approx(1)
        # With one decimal: of two whole percentages both halves would go up, to 101 %.
        assert all(percent(chance, 1, "vi") in page for chance in own["bands"])
        assert lines[key(unit)]["upper"] == str(own["upper"])
        assert rows[unit["name"]][1:4] == (own["rank"], own["lower"], own["upper"])
        assert unit["name"] in page
    assert "Fay–Herriot" in page
    assert "Tự trả lời qua mã" in page


def test_the_ranks_are_those_of_the_published_index(client, public):
    found = document(client, public.slug)
    index = {key(unit): unit["total"] / unit["denominator"] for unit in shown(found)}
    order = sorted(index, key=index.get, reverse=True)
    assert [found["standing"]["units"][unit]["rank"] for unit in order] == [
        *range(1, len(order) + 1)
    ]


def test_pages_are_worded_in_english_too(client, public):
    unit = shown(document(client, public.slug))[0]
    trace = client.get(f"{place(public.slug, unit)}/can-cu?lang=en").text
    assert "Where each figure comes from" in trace
    assert "Quyền số" not in trace
    standing = client.get(f"/ket-qua/{public.slug}/do-chac-chan?lang=en").text
    assert "How sure the ranking is" in standing
    assert "Hạng" not in standing


def test_nothing_is_shown_of_a_wave_that_is_not_public(client, public, withheld):
    unit = {"unit_code": "10942", "valid_from": "2020-01-01"}
    base = f"/ket-qua/{public.slug}"
    for address in (
        f"{base}/can-cu",
        f"{base}/can-cu?phieu=tat-ca",
        f"{base}/do-chac-chan",
        f"{base}/do-chac-chan.csv",
        f"{place(public.slug, unit)}/can-cu",
    ):
        assert client.get(address).status_code == 404
