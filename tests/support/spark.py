"""A Spark cluster of our own for the length of one test: a master and workers on loopback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

START_SECONDS = 90

#: Short lives: the quick compiler only, and one collector of garbage.
JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

#: Small data: no code is generated and two partitions are enough.
DEFAULTS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "512m",
    "spark.executor.memory": "512m",
    "spark.driver.extraJavaOptions": JAVA,
    "spark.executor.extraJavaOptions": JAVA,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
QUIET = """rootLogger.level = {level}
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c: %m%n
"""


@contextmanager
def own_cluster(workers: int = 2) -> Iterator[tuple[str, dict[str, str]]]:
    """Start a standalone cluster; yield its address and the environment that a driver needs.

    Every process is stopped by its own group's id when the block ends, however it ends.
    """
    import pyspark

    program = Path(pyspark.__file__).parent / "bin" / "spark-class"
    with tempfile.TemporaryDirectory(prefix="survey-spark-") as name, ExitStack() as stack:
        folder = Path(name)
        environment = {
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_CONF_DIR": str(_settings(folder / "driver", "ERROR")),
            "SPARK_LOCAL_DIRS": str(folder / "scratch"),
        }
        server = {
            **os.environ, **environment, "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": JAVA,
            "SPARK_CONF_DIR": str(_settings(folder / "server", "INFO")),
        }  # fmt: skip
        daemon = [str(program), "org.apache.spark.deploy.{0}.{1}", "--host", "127.0.0.1"]
        daemon += ["--port", "0", "--webui-port", "0"]
        log = folder / "master.log"
        words = [word.format("master", "Master") for word in daemon]
        master = stack.enter_context(_running(words, server, log))
        (address,) = _wait(master, log, r"Starting Spark master at (spark://\S+)", 1)
        for k in range(workers):
            words = [word.format("worker", "Worker") for word in daemon]
            words += ["--cores", "1", "--memory", "1g", "--work-dir", str(folder / f"work-{k}")]
            stack.enter_context(_running([*words, address], server, folder / f"worker-{k}.log"))
        _wait(master, log, r"Registering worker (\S+)", workers)
        yield address, environment


def _settings(folder: Path, level: str) -> Path:
    folder.mkdir()
    lines = "".join(f"{name} {value}\n" for name, value in DEFAULTS.items())
    (folder / "spark-defaults.conf").write_text(lines, encoding="utf-8")
    (folder / "log4j2.properties").write_text(QUIET.format(level=level), encoding="utf-8")
    return folder


@contextmanager
def _running(words: list[str], environment: dict[str, str], log: Path) -> Iterator:
    with log.open("wb") as out:
        process = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
                break


def _wait(process: subprocess.Popen, log: Path, pattern: str, times: int) -> list[str]:
    """What the log says so many times; RuntimeError with the log's end if it does not."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        found = re.findall(pattern, log.read_text(encoding="utf-8", errors="replace"))
        if len(found) >= times:
            return found[:times]
        time.sleep(0.2)
    raise RuntimeError(f"Spark did not start: {log.read_text(errors='replace')[-2000:]}")
