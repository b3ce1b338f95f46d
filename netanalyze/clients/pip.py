"""pip (urllib3): fifteen seconds for every silence of a socket, and up to six tries."""

from netanalyze.clients.client import GLIBC, MUSL, Client, Option, Timer, libc_timers

_SOURCE = "pip --timeout: 15 s (pip/_internal/cli/cmdoptions.py), a time for each socket operation"
_READ = "Read timed out. (read timeout=15.0)"

TIMERS = (
    *libc_timers(),
    Timer("connect", 15.0, 0.5, "dial", "Connection to HOST timed out. (connect timeout=15.0)", _SOURCE, fatal=False),
    Timer("TLS handshake", 15.0, 0.5, "tls", _READ, _SOURCE, fatal=False),
    Timer("CONNECT to a proxy", 15.0, 0.5, "connect", _READ, _SOURCE, fatal=False),
    Timer("response", 15.0, 0.5, "response", _READ, _SOURCE, fatal=False),
    Timer("body", 15.0, 0.5, "body", _READ, _SOURCE, fatal=False),
)

OPTIONS = (
    Option(("--timeout", "--default-timeout", "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"),
           ("dial", "tls", "connect", "response", "body"), "Read timed out.", _SOURCE, fatal=False),
)  # fmt: skip

CLIENT = Client(
    "pip", "pip", TIMERS, (GLIBC, MUSL),
    retries="5 (pip --retries), at once, then after 0.5, 1, 2 and 4 s",
    pauses=(0.0, 0.5, 1.0, 2.0, 4.0),
    children=("git", "hg", "svn", "bzr"),
    options=OPTIONS,
)  # fmt: skip
