"""Commands to paste: the one place where a value of a capture is put into a line that a person gives to a shell.

Names, addresses and paths come from packets and from recordings, and whoever made those chose them. A value has the form
of its kind, or the command is not offered: nothing that a shell reads, no option (``-`` in front), no character that does
not show. ``quoted`` serves where any path may stand.
"""

import re
import shlex
from collections.abc import Mapping
from typing import Any

from netanalyze.findings import Check
from netanalyze.patterns import lazy_pattern
from netanalyze.urls import is_address

HOST = lazy_pattern(
    r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62}\.)*[A-Za-z0-9_-]{0,62}[A-Za-z0-9_]\Z|[A-Za-z0-9]\Z"
)
"""Labels of letters, digits, dashes (RFC 1123, 2.1), and the underscores that service names have (RFC 8552)."""
NAME = lazy_pattern(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})\Z")
ADDRESS = lazy_pattern(r"[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.-]{1,15})?\Z")
INTERFACE = lazy_pattern(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}\Z")

_KINDS: Mapping[str, re.Pattern[str]] = {
    "host": HOST,
    "name": NAME,
    "address": ADDRESS,
    "resolver": ADDRESS,
    "interface": INTERFACE,
}
"""What a word in braces stands for, by its name."""
_WORD = lazy_pattern(r"\{(\w+)\}")


def checked(value: Any, form: re.Pattern[str]) -> str | None:
    """The value if it has the form of its kind, else None.

    >>> checked("proxy.golang.org", HOST), checked("a;reboot", HOST), checked("-oProxyCommand=x", HOST)
    ('proxy.golang.org', None, None)
    """
    if not isinstance(value, str) or not value.isascii() or not form.match(value):
        return None
    return value if form is not ADDRESS or is_address(value) else None


def quoted(word: str | None) -> str | None:
    """A word safe to paste, None where it has characters that do not show, or could be read as an option.

    The module cache writes a capital as ``!`` and the small letter, which bash takes for history.

    >>> quoted("/cache/!azure/x"), quoted("-rf"), quoted("a\\nb")
    ("'/cache/!azure/x'", None, None)
    """
    if word is None or not word or word.startswith("-") or not word.isprintable():
        return None
    return shlex.quote(word)


def place(host: str | None, address: str | None) -> str | None:
    """The host if it can be pasted, else the address, else None.

    >>> place("go.dev", "192.0.2.1"), place("x$(id)", "192.0.2.1"), place(None, "x")
    ('go.dev', '192.0.2.1', None)
    """
    return checked(host, HOST) or checked(address, ADDRESS)


def ping(address: str) -> Check | None:
    """The check whether an address can be reached at all."""
    return command("ping -c3 {address}", address=address)


def small_hello(host: str | None, address: str) -> Check | None:
    """The check whether a ClientHello without post-quantum keys passes."""
    return command("GODEBUG=tlsmlkem=0 curl -svm 15 -o /dev/null https://{url_place}/", url_place=place(host, address))


def command(template: str, **values: str | int | None) -> Check | None:
    """A check by a command: the template with its words; None where one of them does not have the form of its kind.

    A word is called after its kind: ``host``, ``name``, ``address``, ``resolver``, ``interface``, or it is a number, or
    ``place`` (a host or an address), in brackets where a URL needs them (``url_place``).

    >>> command("dig {name} @{resolver}", name="go.dev", resolver="192.0.2.53").command
    'dig go.dev @192.0.2.53'
    >>> command("dig {name}", name="$(reboot)"), command("nc -vz {host} {port}", host="-e", port=80)
    (None, None)
    """
    filled: dict[str, str] = {}
    for word in _WORD.findall(template):
        value = values.get(word)
        if isinstance(value, int):
            said: str | None = str(value) if value >= 0 else None
        elif word in ("place", "url_place"):
            said = place(value, value)
            if said and word == "url_place" and ":" in said:
                said = f"[{said}]"
        else:
            said = checked(value, _KINDS[word])
        if said is None:
            return None
        filled[word] = said
    return Check(command=_WORD.sub(lambda found: filled[found[1]], template))
