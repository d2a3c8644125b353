"""Say for each group of tests whether it ran, and refuse a run in which a promised group did not.

A test belongs to every group whose marker it carries or in whose folder it lies; to none: unit.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

MARKED = ("property", "reference", "postgresql", "browser", "spark", "journey", "long", "bench")
FOLDERS = ("contract", "migrations", "architecture")
ORDER = ("unit", *FOLDERS, *MARKED)

#: Groups that run only when they are asked for, and how to ask.
ON_REQUEST = {"long": "make test-long", "bench": "make bench"}


def groups_of(item: pytest.Item) -> list[str]:
    """The groups of one test, by its markers and its folder under tests/."""
    parts = item.nodeid.split("::")[0].split("/")[:-1]
    found = [folder for folder in FOLDERS if folder in parts]
    found += [name for name in MARKED if item.get_closest_marker(name)]
    return found or ["unit"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long tests too")
    parser.addoption("--bench", action="store_true", help="run the measurements, nothing else")
    parser.addoption(
        "--must-run",
        metavar="GROUPS",
        default="",
        help="groups, separated by commas, of which no test may be skipped or missing",
    )


def pytest_configure(config: pytest.Config) -> None:
    # With xdist the workers run the tests; only the process that talks to the person keeps count.
    if not hasattr(config, "workerinput"):
        wanted = [name for name in config.getoption("--must-run").split(",") if name]
        config.pluginmanager.register(Count(wanted), "survey-groups")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    bench, long = config.getoption("--bench"), config.getoption("--long")
    keep, drop = [], []
    for item in items:
        groups = groups_of(item)
        item.user_properties.append(("groups", groups))
        wanted = ("bench" in groups) == bench and (long or bench or "long" not in groups)
        (keep if wanted else drop).append(item)
    if drop:
        config.hook.pytest_deselected(items=drop)
        items[:] = keep


class Count:
    """Outcomes and reasons per group, from the reports of all workers."""

    def __init__(self, must_run: list[str]) -> None:
        self.must_run = must_run
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: dict[str, Counter[str]] = defaultdict(Counter)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        outcome = "error" if report.failed and report.when != "call" else report.outcome
        for group in dict(report.user_properties).get("groups", ()):
            self.outcomes[group][outcome] += 1
            if report.skipped and isinstance(report.longrepr, tuple):
                self.reasons[group][report.longrepr[2].removeprefix("Skipped: ")] += 1

    def broken_promises(self) -> list[str]:
        return [
            f"{group}: {'not one test ran' if not ran['passed'] else 'some tests were skipped'}"
            for group in self.must_run
            if (ran := self.outcomes[group])["skipped"] or not ran["passed"]
        ]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.OK and self.broken_promises():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter, config: pytest.Config) -> None:
        # Of a run of chosen files only the groups that it met are news.
        whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
        shown = [group for group in ORDER if self.outcomes[group] or whole]
        if not shown or config.option.collectonly:
            return
        terminalreporter.section("groups of tests (a test may count in several)")
        for group in shown:
            terminalreporter.line(f"{group:<13}{self._line(group, config)}")
            for reason, times in self.reasons[group].most_common():
                terminalreporter.line(f"{'':<13}  skipped {times}: {reason}")
        for broken in self.broken_promises():
            terminalreporter.line(f"FAILED: must run here, {broken}", red=True)

    def _line(self, group: str, config: pytest.Config) -> str:
        ran = self.outcomes[group]
        if ran:
            verdict = "ran    " if ran["passed"] or ran["failed"] else "NOT RUN"
            return f"{verdict} " + ", ".join(f"{n} {what}" for what, n in sorted(ran.items()))
        if group in ON_REQUEST and not config.getoption(f"--{group}"):
            return f"not asked for ({ON_REQUEST[group]})"
        return "NOT RUN there is no test of this group"
