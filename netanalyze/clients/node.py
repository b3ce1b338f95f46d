"""A program run by Node.js that asks with ``fetch`` (undici); what asks with ``http`` alone has no timers at all."""

from netanalyze.clients.client import GLIBC, LINUX_SYN, MUSL, Client, Timer, libc_timers

_FETCH = "undici connect.timeout: 10 s for TCP and TLS together; measured 10.3 s with Node.js 20"
_PARTS = "undici headersTimeout and bodyTimeout: 300 s"

TIMERS = (
    *libc_timers(),
    Timer("second address", 0.25, 0.05, "dial", "",
          "Node.js 20 net.getDefaultAutoSelectFamilyAttemptTimeout: 250 ms", fatal=False),
    Timer("fetch: connect", 10.0, 0.6, "dial", "UND_ERR_CONNECT_TIMEOUT", _FETCH),
    Timer("fetch: connect", 10.0, 0.6, "tls", "UND_ERR_CONNECT_TIMEOUT", _FETCH),
    *LINUX_SYN,
    Timer("fetch: headers", 300.0, 2.0, "response", "UND_ERR_HEADERS_TIMEOUT", _PARTS),
    Timer("fetch: body", 300.0, 2.0, "body", "UND_ERR_BODY_TIMEOUT", _PARTS),
)  # fmt: skip

CLIENT = Client("node", "a program of Node.js", TIMERS, (GLIBC, MUSL), retries="none")
