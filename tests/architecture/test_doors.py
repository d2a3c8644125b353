"""One request is one transaction: who may open and end one."""

from __future__ import annotations

import ast

from tests.support.source import MODULES, dotted, tree, within

#: The doors of the house; survey.store.session makes what they open.
DOORS = (
    "survey.web.transaction",
    "survey.cli",
    "survey.jobs",
    "survey.work",
    "survey.counting",
    "survey.store.migrate",
    "survey.store.migrations.env",
    "survey.store.session",
)
ENDINGS = {"commit", "rollback", "begin", "begin_nested", "begin_twophase", "begin_transaction"}
MAKERS = {"create_engine", "sessionmaker", "make_engine", "make_sessions"}


def openings(module: ast.Module):
    """Calls that begin or end a transaction, or make something that can."""
    # A session is handed in, never imported: visit.begin() of a module is another beginning.
    imported = {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(module):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute):
            name = node.func.attr
            # A file's write takes what is written; the database's takes nothing.
            writes = name == "write" and not node.args and not node.keywords
            ours = isinstance(node.func.value, ast.Name) and node.func.value.id in imported
            if name in MAKERS or ((name in ENDINGS or writes) and not ours):
                yield node.lineno, name
        elif isinstance(node.func, ast.Name) and node.func.id in MAKERS | {"Session"}:
            yield node.lineno, node.func.id


def test_only_the_doors_begin_or_end_a_transaction():
    found = [
        f"{dotted(path)}:{line} {name}"
        for path in MODULES
        if not any(within(dotted(path), door) for door in DOORS)
        for line, name in openings(tree(path))
    ]
    assert found == []


def test_a_commit_elsewhere_would_be_seen():
    written = ast.parse("def f(s, file):\n    file.write('x')\n    s.commit()\n    d.write()\n")
    assert list(openings(written)) == [(3, "commit"), (4, "write")]
