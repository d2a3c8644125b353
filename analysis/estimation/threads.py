"""Linear algebra on one thread: tall thin products are slower on two."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache


@cache
def _controller():
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> AbstractContextManager:
    """Within it, BLAS keeps to one thread."""
    return _controller().limit(limits=1, user_api="blas")
