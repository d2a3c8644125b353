"""A server of its own with one enumerator, and the app in a Chromium that can be killed."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Error

from survey.app import create_app
from survey.cli import server
from survey.config import Settings
from survey.store import migrate
from tests.support import field, waves
from tests.support.source import ROOT

CHROMIUM = "/usr/bin/chromium"
ARGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CONTROLLED = "navigator.serviceWorker.controller !== null"
#: Answers at random, as far as the form goes, as fast as the form lets itself be filled.
FILL = """async ({seed, stop, eligible}) => {
  let state = seed;
  const chance = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  const rest = (ms) => new Promise((done) => setTimeout(done, ms));
  const sheet = document.querySelector('.sheet');
  let n = 0;
  const passed = new Set();
  for (let round = 0, quiet = 0; round < 60 && quiet < 2; round += 1) {
    const groups = new Map();
    for (const each of sheet.querySelectorAll('input[type=radio], input[type=checkbox]')) {
      if (each.disabled) continue;
      groups.set(each.name, [...(groups.get(each.name) ?? []), each]);
    }
    let did = 0;
    for (const [name, options] of groups) {
      if (passed.has(name) || options.some((each) => each.checked)) continue;
      const first = options.find((each) => each.value === 'co' && n < 2);
      const any = options[Math.floor(chance() * options.length)];
      const chosen = first && (eligible || chance() < 0.9) ? first : any;
      passed.add(name);
      chosen.click();
      did += 1;
      n += 1;
      if (n >= stop) return n;
      await rest(0);
    }
    quiet = did ? 0 : quiet + 1;
    await rest(30);
  }
  return n;
}"""


def build() -> None:
    """Build the app once, whichever worker of the tests comes first."""
    made = ROOT / "static" / "tablet" / "made.json"
    sources = [*(ROOT / "tablet" / "src").iterdir(), ROOT / "tablet" / "package-lock.json"]
    with (ROOT / "tablet" / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        newest = max(each.stat().st_mtime for each in sources)
        if not made.exists() or made.stat().st_mtime < newest:
            subprocess.run([ROOT / ".ci" / "tablet"], check=True)


@contextmanager
def serving(
    folder: Path, *, n: int = 0, made: Callable[[object], field.Device] | None = None
) -> Iterator[tuple[object, str, field.Device]]:
    """(application, address, device with ``n`` cases, or the one ``made``) of a running server."""
    build()
    settings = Settings.from_env({"SURVEY_INSTANCE": str(folder), "LOG_LEVEL": "WARNING"})
    migrate.upgrade(settings.database_url)
    app = create_app(settings)
    device = made(app) if made else field.device(app, waves.make(app, scale=0.2), n=n)
    with server.somewhere(app, None) as url:
        yield app, url, device
    app.extensions["database"].dispose()


class Tablet:
    """One device: its profile stays when the browser is killed."""

    def __init__(self, browser_type, folder: Path, address: str, **options) -> None:
        self.browser_type, self.folder, self.address = browser_type, folder, address
        self.options = {"viewport": {"width": 800, "height": 1100}, **options}
        self.start()

    def start(self, *, offline: bool = False) -> None:
        self.context = self.browser_type.launch_persistent_context(
            str(self.folder), executable_path=CHROMIUM, args=[*ARGS], **self.options
        )
        self.context.set_offline(offline)
        self.page = self.context.pages[0]
        self.page.set_default_timeout(30_000)

    def open(self, place: str = "") -> None:
        self.page.goto(f"{self.address}{place}")
        self.page.wait_for_selector("html[data-ready]")

    def install(self) -> None:
        """Open with a network until everything is kept for later."""
        self.open()
        self.page.wait_for_selector(".cases button")
        self.page.evaluate("navigator.serviceWorker.ready.then((it) => it.active !== null)")
        for wanted in ("caches.keys().then((names) => names.length === 1)", CONTROLLED):
            # The page's policy forbids the driver's own waiting, which evaluates text.
            while not self.page.evaluate(wanted):
                self.page.wait_for_timeout(100)

    def begin(self, case: int) -> None:
        self.page.evaluate(f"location.hash = 'fill/{case}'")
        self.page.wait_for_selector(".odk-form .p-radiobutton-input:not([disabled])")

    def fill(self, seed: int, *, stop: int = 1000, eligible: bool = True) -> int:
        given = {"seed": seed, "stop": stop, "eligible": eligible}
        return self.page.evaluate(FILL, given)

    def finish(self) -> None:
        self.page.locator("#finish").click()
        self.page.wait_for_selector(".cases button")

    def n_checked(self) -> int:
        return self.page.locator(".sheet input:checked").count()

    def unsent(self) -> str:
        self.page.evaluate("location.hash = 'sync'")
        return self.page.locator("#unsent").inner_text()

    def kill(self) -> None:
        """End the browser with all its processes at once, as an empty battery does."""
        for each in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                if f"--user-data-dir={self.folder}".encode() in (each / "cmdline").read_bytes():
                    os.kill(int(each.name), signal.SIGKILL)
        time.sleep(1)
        with suppress(Error):
            self.context.close()
        for left in ("SingletonLock", "SingletonCookie", "SingletonSocket"):
            (self.folder / left).unlink(missing_ok=True)

    def close(self) -> None:
        self.context.close()
