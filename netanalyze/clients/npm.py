"""npm (Node.js, make-fetch-happen): five minutes for a request, two further tries."""

from netanalyze.clients.client import GLIBC, MUSL, Client, Timer, libc_timers

_SOURCE = "npm config fetch-timeout: 300000 ms"

TIMERS = (
    *libc_timers(),
    Timer("second address family", 0.25, 0.05, "dial", "",
          "Node.js 20 net.getDefaultAutoSelectFamilyAttemptTimeout: 250 ms", fatal=False),
    Timer("request", 300.0, 2.0, "dial", "ETIMEDOUT", _SOURCE, fatal=False),
    Timer("request", 300.0, 2.0, "tls", "ETIMEDOUT", _SOURCE, fatal=False),
    Timer("request", 300.0, 2.0, "connect", "ETIMEDOUT", _SOURCE, fatal=False),
    Timer("request", 300.0, 2.0, "response", "ERR_SOCKET_TIMEOUT", _SOURCE, fatal=False),
    Timer("request", 300.0, 2.0, "body", "ERR_SOCKET_TIMEOUT", _SOURCE, fatal=False),
)  # fmt: skip

CLIENT = Client(
    "npm", "npm", TIMERS, (GLIBC, MUSL),
    retries="2 (npm config fetch-retries), 10 to 60 s apart",
    again="npm ci",
)  # fmt: skip
