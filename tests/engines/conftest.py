"""A Spark cluster for the tests that ask for one, and a driver's session on it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

import pytest

from tests.support import machine
from tests.support.spark import own_cluster


@pytest.fixture(scope="module")
def spark() -> Iterator[str]:
    """The address of a cluster with two workers; skips the test without PySpark or Java."""
    if importlib.util.find_spec("pyspark") is None:
        pytest.skip("no PySpark: pip install -r requirements-spark.txt")
    if machine.java() is None:
        pytest.skip("no Java 17 or newer: apt-get install default-jre-headless")
    from pyspark import SparkContext

    with own_cluster() as (address, environment):
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            yield address
        finally:
            _end_driver(SparkContext)
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _end_driver(context) -> None:
    """Stop the session and the Java process behind it."""
    if context._active_spark_context is not None:
        context._active_spark_context.stop()
    gateway, context._gateway, context._jvm = context._gateway, None, None
    if gateway is not None:
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait(timeout=30)
