"""The command lines in what was copied from a terminal: what was typed at a prompt, before what it printed."""

from collections.abc import Iterable
from typing import NamedTuple

from netanalyze.clients import client_of
from netanalyze.clients.trace_lines import TraceLine
from netanalyze.patterns import lazy_pattern
from netanalyze.urls import host_in, split_typed

_PROMPT = lazy_pattern(
    r"(?:(?:\([\w. -]{1,40}\) )?(?:[\w.@:~/\[\]+-]{1,80} ?(?:[\w./~-]{1,80}\]?)?)? ?[$#%❯] |PS [^>\n]{0,200}> ?"
    r"|[A-Za-z]:\\[^>\n]{0,200}>|\+ |Run )(?P<words>[\w./-][^\n]{0,1000})"
)
"""Bourne shells' and their relatives', PowerShell's and cmd's; ``set -x``; what GitHub Actions runs."""
_MARKS, LONGEST = ("$ ", "# ", "% ", "❯ ", ">", "+ ", "Run "), 250
"""What a prompt ends in, and where at the latest."""
_ASKING = ("dig", "nslookup", "host", "ping", "ping6", "nc", "ncat", "telnet", "ssh", "mtr", "traceroute", "openssl")
"""Programs that are given a bare name."""
FAMILIES = {"-4": 4, "--ipv4": 4, "--inet4-only": 4, "-6": 6, "--ipv6": 6, "--inet6-only": 6, "ping6": 6}
"""How curl, ssh, wget, git, ping and others are held to one version of IP."""
SCHEMES = {"http": 80, "https": 443, "ssh": 22, "git": 9418, "ftp": 21}
_NAME = lazy_pattern(r"(?:[\w.-]{1,64}@)?(?P<host>[\w-]{1,63}(?:\.[\w-]{1,63})+)(?::[0-9]{1,5})?$")


class Typed(NamedTuple):
    """What was typed: the line's number, the client that it runs ("generic": none that is known), the host that it names, the
    one version of IP that it may use, 0 either, and the port of its URL, 0 where it names none."""

    line: int
    client: str
    host: str | None
    family: int = 0
    port: int = 0


def typed_at(line: TraceLine) -> Typed | None:
    """The command that was typed on a line; None where there is none that asks the network.

    >>> from netanalyze.clients.trace_lines import read_lines
    >>> typed = [typed_at(line) for line in read_lines("me@pc:~$ dig a.test @192.0.2.1\\nfatal: no\\n$ curl https://b.test/\\n")]
    >>> typed[1:]
    [None, Typed(line=3, client='curl', host='b.test', family=0, port=443)]
    >>> typed[0]
    Typed(line=1, client='generic', host='a.test', family=0, port=0)
    """
    match = _PROMPT.match(line.text) if any(mark in line.text[:LONGEST] for mark in _MARKS) else None
    words = match["words"].split() if match else []
    words = words[1:] if words[:1] == ["sudo"] else words
    if not words:
        return None
    client, asks = client_of(words).name, words[0] in _ASKING
    if client == "generic" and not asks:
        return None
    family = next((FAMILIES[word] for word in words if word in FAMILIES), 0)
    return Typed(line.number, client, _host(words[1:], asks), family, _port(words[1:]))


def _port(words: Iterable[str]) -> int:
    """The port of the first URL, said or by its scheme."""
    url = next(
        (found for word in words if "://" in word and (found := split_typed(word.strip("'\""))) is not None), None
    )
    return (url.port or SCHEMES.get(url.scheme, 0)) if url is not None else 0


def _host(words: Iterable[str], asks: bool) -> str | None:
    for word in words:
        if "://" in word and (host := host_in(word.strip("'\""))):
            return host
    bare = [m["host"].lower() for word in words if word[:1] not in "@+-" and (m := _NAME.match(word))] if asks else []
    return bare[0] if bare else None
