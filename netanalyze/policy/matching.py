"""Patterns of a policy: names with ``*``, addresses, networks."""

import glob
import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache


@lru_cache(65_536)
def matches(pattern: str, name: str) -> bool:
    """Whether a name or an address is what a pattern says.

    ``*`` stands for any letters, dots among them; case does not matter; a network holds its addresses.

    >>> matches("*.example.com", "a.b.Example.com"), matches("*.example.com", "example.com")
    (True, False)
    >>> matches("192.0.2.0/24", "192.0.2.7"), matches("2001:db8::/32", "2001:db8::1"), matches("192.0.2.0/24", "example.com")
    (True, True, False)
    """
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
        return address in ipaddress.ip_network(pattern, strict=False)
    except (ValueError, TypeError):
        return fnmatchcase(name.rstrip(".").lower(), pattern.rstrip(".").lower())


def allowed_by(patterns: Iterable[str], *names: str | None) -> bool:
    """Whether one of the patterns is right for one of the names; what has none is nobody's."""
    given = [name for name in names if name]
    return any(matches(pattern, name) for pattern in patterns for name in given)


def literal(name: str) -> str:
    """The pattern that a name alone fulfils: a stranger's ``*`` is no pattern.

    >>> literal("proxy.golang.org"), matches(literal("*"), "evil.example")
    ('proxy.golang.org', False)
    """
    return glob.escape(name)
