"""What known commands do on the network: their timers, their resolver's habits, their ClientHellos, their words.

A client is data (``Client``), each with its sources; an unknown command is judged by ``generic``, the timers that
Linux and libc set for everybody.
"""

import itertools
import re
import shlex
from collections.abc import Iterable, Sequence

from netanalyze.clients import apt, cargo, curl, docker, generic, git, go, node, npm, pip, ssh, wget
from netanalyze.clients.client import PHASES, Client, DnsStyle, Hello, Timer
from netanalyze.patterns import lazy_pattern

__all__ = [
    "CLIENTS",
    "PHASES",
    "Client",
    "DnsStyle",
    "Hello",
    "Timer",
    "client_by_name",
    "client_of",
    "go_versions",
    "identify",
    "timer_that_fired",
    "under_timeout",
]

CLIENTS: dict[str, Client] = {
    m.CLIENT.name: m.CLIENT for m in (go, git, curl, pip, npm, wget, cargo, node, apt, ssh, docker, generic)
}
"""Every client that is known, by name."""

_PROGRAMS = {
    "git-remote-https": "git",
    "git-remote-http": "git",
    "pip3": "pip",
    "npx": "npm",
    "pnpm": "npm",
    "apt-get": "apt",
    "scp": "ssh",
    "sftp": "ssh",
    "nodejs": "node",
}
_WRAPPERS = ("sudo", "doas", "env", "timeout", "gtimeout", "nice", "ionice", "nohup", "time", "stdbuf", "setsid", "strace",
             "command", "exec", "unbuffer", "proxychains4", "torsocks", "caffeinate")  # fmt: skip
"""Programs that run the command behind them."""
_SHELLS = ("sh", "bash", "dash", "zsh", "ash")
_ASSIGNMENT = lazy_pattern(r"[A-Za-z_]\w*=")
_AMOUNT = lazy_pattern(r"[0-9.]+[smhd]?$")
_COMMAND_TEXT = lazy_pattern(r"-[a-z]*c$")
MOST_WORDS = 16
_JA4 = lazy_pattern(r"[tq]1[0-3][di][0-9]{4}\w\w_([0-9a-f]{12})_[0-9a-f]{12}")


def client_by_name(name: str | None) -> Client:
    """The client of this name or program (``go``, ``/usr/bin/git``, ``pip3.11``); ``generic`` for any other.

    >>> client_by_name("/usr/local/go/bin/go").name, client_by_name("rsync").name
    ('go', 'generic')
    """
    program = (name or "").replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")
    known = _PROGRAMS.get(program) or program
    return CLIENTS.get(known) or CLIENTS.get(known.rstrip("0123456789.")) or CLIENTS["generic"]


def client_of(argv: Iterable[str]) -> Client:
    """The client a command line runs, seen through wrappers (sudo, env, timeout, VAR=value), ``python -m pip``, ``sh -c``.

    A word further on that is some client's name means nothing: ``make docker`` runs make.

    >>> client_of(["sudo", "-E", "env", "GODEBUG=tlsmlkem=0", "go", "mod", "download"]).name
    'go'
    >>> client_of(["bash", "-c", "cd app && npm ci"]).name, client_of(["make", "docker"]).name
    ('npm', 'generic')
    """
    words = [w for w in argv if w][:MOST_WORDS]
    at, wrapped = 0, False
    while at < len(words):
        word = words[at]
        name = word.replace("\\", "/").rpartition("/")[2].lower()
        if name == "ip" and words[at + 1 : at + 3] == ["netns", "exec"]:
            at, wrapped = at + 4, True
        elif name in _WRAPPERS or _ASSIGNMENT.match(word):
            at, wrapped = at + 1, True
        elif name in _SHELLS:
            return _in_shell(words[at + 1 :])
        elif name.startswith(("python", "pypy")) and "pip" in words[at + 1 : at + 4] and "-m" in words[at + 1 : at + 3]:
            return CLIENTS["pip"]
        elif (client := client_by_name(word)).name != "generic":
            return client
        elif wrapped and (word.startswith("-") or _AMOUNT.match(word) or words[at - 1].startswith("-")):
            at += 1  # an option of the wrapper's, or its value
        else:
            break
    return CLIENTS["generic"]


def under_timeout(argv: Sequence[str]) -> bool:
    """Whether a command is run by timeout(1), which ends it and gives 124.

    >>> under_timeout(["sudo", "timeout", "30", "go", "mod", "download"]), under_timeout(["curl", "timeout"])
    (True, False)
    """
    names = (word.rpartition("/")[2] for word in argv[:MOST_WORDS])
    return any(name in ("timeout", "gtimeout") for name in itertools.takewhile(lambda name: name in _WRAPPERS, names))


def _in_shell(words: list[str]) -> Client:
    """The one client that the text behind a shell's -c runs; generic where there are several, or none."""
    text = next((later for word, later in itertools.pairwise(words) if _COMMAND_TEXT.match(word)), "")
    try:
        parts = [shlex.split(part) for part in re.split(r"&&|\|\||[;|\n]", text)]
    except ValueError:
        return CLIENTS["generic"]
    parts = [part[1:] if part[:1] == ["exec"] else part for part in parts]
    found = {client_of(part).name for part in parts} - {"generic"}
    return CLIENTS[found.pop()] if len(found) == 1 else CLIENTS["generic"]


def identify(
    ja3s: Iterable[str] = (),
    ja4s: Iterable[str] = (),
    hello_sizes: Iterable[int] = (),
    alpn: Iterable[str] = (),
    dns_style: str | None = None,
) -> Client | None:
    """The client that sent these ClientHellos and queries, or None.

    A known JA3 or JA4, or a JA4 with Go's cipher suites, decides. Without one, queries for A and AAAA from two sockets
    (``dns_style`` "go" or "go-1.23") are Go's resolver; a hello's size and ALPN only confirm them, for other TLS
    libraries send hellos as large. One socket is libc's, which everybody uses: no evidence.

    >>> identify(ja4s=["t13d1312h2_f57a46bbacb6_f50d94e863eb"]).name
    'go'
    """
    ja3s, ja4s, sizes, protocols = set(ja3s), set(ja4s), list(hello_sizes), set(alpn)
    if any(m and m[1] in go.CIPHER_HASHES for m in map(_JA4.fullmatch, ja4s)):
        return CLIENTS["go"]
    for client in CLIENTS.values():
        if any(hello.ja3 in ja3s or hello.ja4 in ja4s for hello in client.hellos):
            return client
    if dns_style in ("go", "go-1.23") and not ja4s:
        return CLIENTS["go"]
    if dns_style in ("go", "go-1.23") and protocols <= {"h2", "http/1.1"} and any(250 <= s <= 1800 for s in sizes):
        return CLIENTS["go"]
    return None


def go_versions(ja3: str | None, ja4: str | None) -> tuple[str, ...]:
    """Go versions whose ClientHello this is, oldest first; empty if none is known.

    >>> go_versions("03117a8ed39ef02427ebbc39f121275c", "t13d1312h2_f57a46bbacb6_f50d94e863eb")
    ('1.27',)
    """
    exact = [h for h in go.HELLOS if h.ja3 == ja3 and h.ja4 == ja4]
    near = exact or [h for h in go.HELLOS if h.ja4 == ja4]
    return tuple(sorted({version for hello in near for version in hello.versions}))


def timer_that_fired(client: Client | None, phase: str, seconds: float) -> Timer | None:
    """The client's timer in ``phase`` that ends a wait of ``seconds``: the nearest one within its tolerance.

    >>> timer_that_fired(client_by_name("go"), "tls", 10.009).error_text
    'net/http: TLS handshake timeout'
    """
    near = [
        (abs(seconds - timer.seconds), timer)
        for timer in (client or CLIENTS["generic"]).timers
        if timer.phase == phase and abs(seconds - timer.seconds) <= timer.tolerance
    ]
    return min(near, key=lambda pair: pair[0])[1] if near else None
