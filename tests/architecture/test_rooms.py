"""Who may import whom.  A new arrow in the house is a change to these tables."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.source import MODULES, ROOMS, ROOT, dotted, imports, within

#: Which of our rooms each room may know.
MAY_IMPORT = {
    "analysis": set(),
    "forms": set(),
    "survey.errors": set(),
    "survey.config": set(),
    "survey.log": set(),
    "survey.domain": {"survey.errors"},
    "survey.store": {"survey.domain", "survey.errors"},
    "survey.render": {"survey.domain", "forms", "analysis"},
    "survey.services": {
        "survey.store",
        "survey.render",
        "survey.domain",
        "survey.errors",
        "forms",
        "analysis",
    },
    "survey.web": {"survey.services", "survey.domain", "survey.errors", "forms"},
    # The doors: they open transactions and put the parts together.
    "survey.counting": {"survey.services", "survey.store.session"},
    "survey.jobs": {
        "survey.config",
        "survey.counting",
        "survey.services",
        "survey.store.session",
        "survey.work",
        "survey.errors",
    },
    "survey.work": {
        "survey.config",
        "survey.services",
        "survey.store.session",
        "survey.domain",
        "survey.errors",
    },
    "survey.cli": {
        "survey.config",
        "survey.jobs",
        "survey.services",
        "survey.store",
        "survey.domain",
        "survey.errors",
        "forms",
    },
    "survey.app": {
        "survey.cli",
        "survey.jobs",
        "survey.log",
        "survey.web",
        "survey.config",
        "survey.store.session",
    },
    "wsgi": {"survey.app"},
    "survey": {"survey.app"},
}

#: Which outside package may appear where; one that is not listed may appear nowhere.
ONLY_HERE = {
    # web
    "flask": {
        "survey.web",
        "survey.app",
        "survey.cli",
        "survey.jobs",
        "survey.work",
    },
    "flask_babel": {"survey.web"},
    "limits": {"survey.web"},
    "itsdangerous": {"survey.web"},
    "captcha": {"survey.render"},
    "flask_wtf": {"survey.web"},
    "werkzeug": {"survey.web"},
    "markupsafe": {"survey.web", "forms.faces"},
    "wtforms": {"survey.web", "forms.faces"},
    "waitress": {"survey.cli"},
    # storage and jobs
    "sqlalchemy": {"survey.store", "survey.services", "survey.cli", "survey.jobs"},
    "psycopg": {"survey.store.session", "survey.store.direct"},
    "alembic": {"survey.store.migrate", "survey.store.migrations"},
    "huey": {"survey.jobs"},
    "playhouse": {"survey.jobs"},
    "peewee": {"survey.jobs"},
    "cryptography": {"survey.config", "survey.services"},
    "argon2": {"survey.services.accounts"},
    # questionnaires
    "elementpath": {"forms"},
    "openpyxl": {"forms"},
    "pyxform": {"forms.faces"},
    "PIL": {"forms.pictures"},
    "defusedxml": {"forms.faces"},
    # statistics
    "numpy": {"analysis", "survey.services", "survey.render.microdata"},
    "pandas": {"analysis", "survey.services", "survey.render.microdata"},
    "scipy": {"analysis"},
    "tomli_w": {"survey.services.schemes"},
    "lark": {"analysis.index.formula"},
    "threadpoolctl": {"analysis"},
    "numba": {"analysis.estimation.compiled"},
    "duckdb": {"analysis.engines.duckdb", "survey.render.microdata.parquet"},
    "pyspark": {"analysis.engines.spark"},
    "pyarrow": {"analysis.engines.spark"},
    # documents
    "babel": {"forms.languages", "survey.render", "survey.domain", "survey.web"},
    "fontpkg_be_vietnam_pro": {"survey.render"},
    "pyreadstat": {"survey.render.microdata"},
    "qrcode": {"survey.render"},
    "typst": {"survey.render"},
    "docx": {"survey.render"},
    "xlsxwriter": {"survey.render"},
    # command line and logs
    "click": {"survey.cli"},
    "rich": {"survey.cli"},
    "structlog": {"survey"},
}


def room_of(module: str) -> str:
    return max((room for room in MAY_IMPORT if within(module, room)), key=len)


def strangers(path: Path) -> Iterator[str]:
    """What a module imports although its room may not."""
    me = dotted(path)
    room = room_of(me)
    for name in imports(path):
        top = name.split(".")[0]
        if top in ROOMS:
            if not any(within(name, allowed) for allowed in {room, *MAY_IMPORT[room]}):
                yield f"{me} imports {name}"
        elif top not in sys.stdlib_module_names:
            if top not in ONLY_HERE:
                yield f"{me} imports {name}, which the table does not know"
            elif not any(within(me, allowed) for allowed in ONLY_HERE[top]):
                yield f"{me} imports {name}"


def test_a_module_imports_only_what_its_room_may():
    assert [fault for path in MODULES for fault in strangers(path)] == []


def test_every_room_of_the_table_stands():
    standing = {dotted(path) for path in MODULES}
    assert set(MAY_IMPORT) <= standing


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("survey/web/results.py", "from survey.store import waves"),
        ("survey/web/results.py", "import analysis.design"),
        ("survey/domain/codes.py", "import flask"),
        ("forms/model.py", "from survey.domain import text"),
        ("analysis/design.py", "import requests"),
    ],
)
def test_a_forbidden_arrow_is_seen(monkeypatch, module, line):
    monkeypatch.setattr("tests.support.source.tree", lambda _path: ast.parse(line))
    assert len(list(strangers(ROOT / module))) == 1
