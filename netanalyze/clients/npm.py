"""npm (Node.js, make-fetch-happen): no limit for TLS or a proxy's CONNECT, five minutes for an answer, two further tries.

It prints nothing until it has given up.
"""

from netanalyze.clients.client import GLIBC, LINUX_SYN, MUSL, Client, Option, Timer, libc_timers

_SOURCE = "npm config fetch-timeout: 300000 ms; measured 300.1 s with npm 11.19"

TIMERS = (
    *libc_timers(),
    Timer("second address", 0.25, 0.05, "dial", "",
          "Node.js 20 net.getDefaultAutoSelectFamilyAttemptTimeout: 250 ms", fatal=False),
    *(Timer(t.name, t.seconds, t.tolerance, t.phase, "ETIMEDOUT", t.source, fatal=False) for t in LINUX_SYN),
    Timer("fetch-timeout", 300.0, 2.0, "response", "network timeout at", _SOURCE, fatal=False),
    Timer("fetch-timeout", 300.0, 2.0, "body", "EIDLETIMEOUT", _SOURCE),
)  # fmt: skip

OPTIONS = (
    Option(("--fetch-timeout", "npm_config_fetch_timeout", "NPM_CONFIG_FETCH_TIMEOUT"), ("response", "body"),
           "network timeout at", "npm config fetch-timeout, in milliseconds", unit=0.001, fatal=False),
)  # fmt: skip

CLIENT = Client(
    "npm", "npm", TIMERS, (GLIBC, MUSL),
    unguarded=("tls", "connect"),
    retries="2 (npm config fetch-retries), after 10 and 60 s (fetch-retry-mintimeout, fetch-retry-maxtimeout)",
    pauses=(10.0, 60.0),
    again="npm install",
    children=("git",),
    options=OPTIONS,
)  # fmt: skip
