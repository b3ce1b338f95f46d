"""Segments of a module proxy's path that look made up: hosts of packages put tokens there."""

from string import digits

from netanalyze.patterns import lazy_pattern
from netanalyze.redaction.userinfo import HIDDEN

URLS = ("GOPROXY", "GOSUMDB")
"""Variables with such URLs."""
_SEGMENT = lazy_pattern(r"(?<=/)[A-Za-z0-9_=+.-]{8,}(?=/|\||,|$|\?|[\s\"'])")
_ASSIGNED = lazy_pattern(rf"(?<![A-Za-z0-9_])(?:{'|'.join(URLS)})=[^\s\"']++")


def hide_segments(value: str) -> str:
    """The value of such a variable with what looks made up hidden.

    >>> hide_segments("https://p.test/basic/S3cretToken/go/,direct")
    'https://p.test/basic/xxxxx/go/,direct'
    """
    return _SEGMENT.sub(lambda found: HIDDEN if _is_made_up(found[0]) else found[0], value)


def hide_assigned_segments(text: str) -> str:
    """A text with such variables in it: ``GOPROXY=https://…``."""
    return _ASSIGNED.sub(lambda found: hide_segments(found[0]), text)


def made_up(value: str) -> list[str]:
    """What is hidden of a variable's value."""
    return [found for found in _SEGMENT.findall(value) if _is_made_up(found)]


def _is_made_up(text: str) -> bool:
    numbers = sum(c in digits for c in text)
    return bool(numbers) and (text.lower() != text or (len(text) >= 20 and numbers >= 4)) and "." not in text
