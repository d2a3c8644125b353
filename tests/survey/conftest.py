"""What the tests of the application share."""

from __future__ import annotations

import pytest

from tests.support import waves


@pytest.fixture
def wave(app):
    """A small synthetic wave on this test's database, drawn and open."""
    return waves.make(app)
