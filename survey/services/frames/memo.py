"""What a function said, remembered while its inputs come again and again, within bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LIMIT = 50_000


class Memo(dict):
    """``memo[key]`` is ``function(key)``, worked out once; forgets all when it grows too large."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        super().__init__()
        self.function = function

    def __missing__(self, key: Any) -> Any:
        if len(self) >= LIMIT:
            self.clear()
        value = self[key] = self.function(key)
        return value
