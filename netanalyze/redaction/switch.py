"""Whether secrets are hidden in this process: yes, unless somebody asked for them (``--no-redact``); and which are known."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

NOT_REDACTED = "not redacted: secrets stand in it as they were seen"
"""Said in whatever is written while secrets are shown."""
_shown = [False]


def redacts() -> bool:
    """Whether secrets are hidden."""
    return not _shown[0]


@contextmanager
def show_secrets(shown: bool = True) -> Iterator[None]:
    """Within, in every thread of the process, nothing is hidden (unless ``shown`` is False, which changes nothing)."""
    before = _shown[0]
    _shown[0] = before or shown
    try:
        yield
    finally:
        _shown[0] = before


KNOWN_MOST = 100
"""Secrets kept in mind; a list of module proxies has a few."""
_known: list[str] = []


def hide_also(secrets: Iterable[str]) -> None:
    """From now on these words are hidden wherever they stand: no form tells them, but where they come from does."""
    _known.extend(secret for secret in secrets if secret and secret not in _known)
    del _known[:-KNOWN_MOST]


def known_secrets() -> tuple[str, ...]:
    """What ``hide_also`` was told."""
    return tuple(_known)
