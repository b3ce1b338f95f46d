"""Which causes fit what the command said when it failed, asked of the causes themselves."""

import functools

from netanalyze.causes.cause import cause_of, causes


def fits(cause: str, kind: str) -> bool:
    """Whether an error of this kind (netanalyze.clients.messages) can come from a cause."""
    return kind in cause_of(cause).fits


@functools.cache
def _kinds() -> frozenset[str]:
    return frozenset(kind for cause in causes().values() for kind in cause.fits)


def has_causes(kind: str) -> bool:
    """Whether any cause is known for errors of this kind."""
    return kind in _kinds()
