"""What a setting that names a server can have wrong by its form alone, and what the kernel knows of the place it names."""

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

from netanalyze.paste import quoted
from netanalyze.redaction import redacted
from netanalyze.redaction.variables import recorded_value
from netanalyze.urls import Url, split
from netanalyze.wording import Message, message

DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080, "socks4": 1080, "socks4a": 1080}
"""Where a proxy is asked whose URL names no port (curl(1) has 1080 for all; go the scheme's own)."""
QUOTES = "\"'“”‘’"


class FormFault(NamedTuple):
    """What is wrong with a value: the end of a line's id, and why."""

    id: str
    why: Message


def shown(url: str) -> str:
    """A URL without its secrets."""
    return redacted(url, one_word=True)


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine by its name or address."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def marks(value: str) -> Iterator[FormFault]:
    """Quotes, blanks and full-width signs that came along when a value was pasted."""
    if value[:1] in QUOTES or value[-1:] in QUOTES:
        yield FormFault("quoted", message("the quotes are a part of the value, and no host is called so"))
    elif "，" in value or "：" in value or "\u3000" in value:
        yield FormFault(
            "full-width", message("a full-width comma, colon or blank stands in it, which separates nothing")
        )


def proxy_url(value: str) -> Url | None:
    """A proxy as curl and go read it: without a scheme it is http; None for what neither can read."""
    found = split(value if "://" in value else f"http://{value}")
    return found if found is not None and found.host else None


def nobody_listens(url: Url | None, listening: frozenset[int]) -> int:
    """The port of a server on this machine at which nothing listens; 0 for any other server."""
    if url is None or not is_loopback(url.host):
        return 0
    port = url.port or DEFAULT_PORTS.get(url.scheme, 80)
    return 0 if port in listening else port


def proxy_faults(
    value: str, listening: frozenset[int], schemes: tuple[str, ...], container: bool
) -> Iterator[FormFault]:
    """What is wrong with the URL of an HTTP or SOCKS proxy."""
    pasted = list(marks(value))
    yield from pasted
    url = proxy_url(value)
    if pasted:
        return
    if url is None or any(blank in value for blank in " \t") or "@" in url.path:
        yield FormFault(
            "malformed",
            message("this is no URL of a proxy: scheme://host:port is, and @ : / in a password are %40 %3A %2F"),
        )
    elif url.scheme not in schemes:
        yield FormFault(
            "scheme",
            message(
                "{scheme}:// is no proxy's scheme here; {schemes} are", scheme=url.scheme, schemes=", ".join(schemes)
            ),
        )
    elif port := nobody_listens(url, listening):
        if container:
            yield FormFault(
                "container-loopback",
                message(
                    "in a container {host} is the container itself, and nothing listens at port {port} in it",
                    host=url.host,
                    port=port,
                ),
            )
        else:
            yield FormFault(
                "nobody-listens",
                message("nothing listens at port {port} of this machine: each connection is refused", port=port),
            )


def safe(command: str, otherwise: str) -> str:
    """A command to paste; ``otherwise`` where a secret would stand in it."""
    return command if redacted(command) == command else otherwise


def word(path: str) -> str:
    """A path as a shell reads it; in single quotes, come what may."""
    return quoted(path) or "'" + path.replace("'", "'\\''") + "'"


def value_shown(name: str, value: str) -> str:
    """A variable's value without secrets."""
    return recorded_value(name, value) or "''"


def sed_text(value: str) -> str:
    """A value as what stands in place of a match in ``s|…|…|`` of sed(1)."""
    return "".join(f"\\{c}" if c in "\\|&" else c for c in value)


def edited(path: str) -> str:
    """The command by which a person mends a file that one line of sed(1) would not."""
    return f'"${{EDITOR:-vi}}" {word(path)}'
