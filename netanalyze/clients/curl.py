"""The curl tool: libcurl's five minutes for names, TCP and TLS together, and no limit for an answer.

A name with one address never gets that far in TCP: Linux gives its SYNs up first.
"""

from netanalyze.clients.client import GLIBC, LINUX_SENDING, LINUX_SYN, MUSL, Client, Option, Timer, libc_timers

_SOURCE = "curl(1) --connect-timeout; libcurl CURLOPT_CONNECTTIMEOUT: 300 s for names, TCP and TLS together"

TIMERS = (
    *libc_timers(),
    *(Timer(t.name, t.seconds, t.tolerance, t.phase, "curl: (28) Failed to connect", t.source) for t in LINUX_SYN),
    Timer("second address family", 0.2, 0.05, "dial", "", "curl(1) --happy-eyeballs-timeout-ms: 200", fatal=False),
    Timer("connection time", 300.0, 2.0, "tls", "curl: (28) SSL connection timeout", _SOURCE),
    Timer("connection time", 300.0, 2.0, "connect", "curl: (28) Proxy CONNECT aborted due to timeout", _SOURCE),
    Timer("keep-alive", 600.0, 20.0, "keepalive", "curl: (56) Recv failure: Connection timed out",
          "curl(1) --keepalive-time 60; kernel: 9 probes"),
    LINUX_SENDING,
)  # fmt: skip

_BEFORE = ("dns", "dial", "tls", "connect")

OPTIONS = (
    Option(("-m", "--max-time"), (*_BEFORE, "response", "body"), "curl: (28) Operation timed out",
           "curl(1) --max-time: of a whole transfer", of_transfer=True),
    Option(("--connect-timeout",), _BEFORE, "curl: (28) Connection timed out",
           "curl(1) --connect-timeout: names, TCP and TLS together", of_transfer=True),
    Option(("-y", "--speed-time"), ("response", "body"), "curl: (28) Operation too slow", "curl(1) --speed-time"),
)  # fmt: skip

CLIENT = Client(
    "curl", "curl", TIMERS, (GLIBC, MUSL),
    unguarded=("response", "body"),
    retries="none unless --retry is given",
    options=OPTIONS,
    switches="sSfvkLIiGgjnNOZ#0123456aBJlpqRV",
)  # fmt: skip
