"""cargo (libcurl): thirty seconds to connect or without ten octets a second, and four tries."""

from netanalyze.clients.client import GLIBC, MUSL, Client, Option, Timer, libc_timers

_SOURCE = "Cargo configuration http.timeout: 30 s; measured 30.03 s with cargo 1.95"
_SLOW = "Cargo configuration http.low-speed-limit: 10 octets a second over http.timeout; measured 30.3 to 30.9 s"

TIMERS = (
    *libc_timers(),
    Timer("second address family", 0.2, 0.05, "dial", "", "libcurl HAPPY_EYEBALLS_TIMEOUT_MS: 200 ms", fatal=False),
    Timer("connection time", 30.0, 0.5, "dial", "[28] Timeout was reached", _SOURCE, fatal=False),
    Timer("connection time", 30.0, 0.5, "tls", "[28] Timeout was reached", _SOURCE, fatal=False),
    Timer("connection time", 30.0, 0.5, "connect", "[28] Timeout was reached", _SOURCE, fatal=False),
    Timer("low speed", 30.5, 1.0, "response", "Operation too slow", _SLOW, fatal=False),
    Timer("low speed", 30.5, 1.0, "body", "failed to download any data within 30s", _SLOW, fatal=False),
)

OPTIONS = (
    Option(("http.timeout", "CARGO_HTTP_TIMEOUT"), ("dial", "tls", "connect", "response", "body"),
           "[28] Timeout was reached", _SOURCE, fatal=False),
)  # fmt: skip

CLIENT = Client(
    "cargo", "cargo", TIMERS, (GLIBC, MUSL),
    retries="3 (net.retry), after 0.5 to 1.5, 3.5 and 6.5 s",
    pauses=(1.5, 3.5, 6.5),
    again="cargo fetch",
    children=("git",),
    options=OPTIONS,
)  # fmt: skip
