"""Regular expressions that are compiled when they are first asked: most of an analysis's are never, and its start is what a
small capture takes."""

import re
from typing import Any, AnyStr, cast


class _Pattern:
    """What ``re.compile`` gives, from the first question on."""

    def __init__(self, expression: str | bytes, flags: int):
        self._expression, self._flags = expression, flags

    def __getattr__(self, name: str) -> Any:
        """Something of the compiled expression, kept so that asking again goes straight to it."""
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(re.compile(self._expression, self._flags), name)
        setattr(self, name, value)
        return value


def lazy_pattern(expression: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A pattern as ``re.compile`` gives it, but compiled with the first search.

    Errors of the expression show then, too: a test compiles all of them.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(expression, flags))
