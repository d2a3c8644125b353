"""What is installed is what is used, and the same everywhere."""

from __future__ import annotations

import re
import sys
from importlib.metadata import packages_distributions

from tests.support.source import MODULES, ROOMS, ROOT, imports

#: Required for what they bring to another package, never imported by name.
CARRIED = {
    "gunicorn": "serves the pages behind nginx: deploy/gunicorn.conf.py",
}


#: What the product uses where it is there, and does without.
OPTIONAL = ("requirements-fast.txt", "requirements-spark.txt")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    found = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            matched = re.fullmatch(r"([\w.-]+)(\[[\w,]+\])?==([\w.]+)", line)
            assert matched, f"{file}: {line!r} is not pinned to one version"
            found[canonical(matched[1])] = matched[3]
    return found


def imported() -> set[str]:
    """The distributions behind the packages that the product imports."""
    tops = {name.split(".")[0] for path in MODULES for name in imports(path)}
    behind = packages_distributions()
    outside = tops - set(sys.stdlib_module_names) - set(ROOMS)
    return {canonical(name) for top in outside for name in behind.get(top, [top])}


def test_every_package_that_is_imported_is_required_by_name():
    optional = {name for file in OPTIONAL for name in pins(file)}
    assert imported() - optional <= set(pins("requirements.txt"))
    assert optional <= imported()


def test_every_package_that_is_required_is_imported_or_carried_for_a_reason():
    optional = {name for file in OPTIONAL for name in pins(file)}
    assert set(pins("requirements.txt")) - set(CARRIED) == imported() - optional


def test_the_constraints_repeat_every_pin():
    constraints = pins(".ci/constraints.txt")
    tests = ("tests/requirements.txt", "tests/requirements-bench.txt")
    for file in ("requirements.txt", *OPTIONAL, *tests):
        assert pins(file).items() <= constraints.items(), file
