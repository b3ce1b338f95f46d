"""apt: thirty seconds for every silence, each try on two connections, and four tries."""

from netanalyze.clients.client import GLIBC, Client, Option, Timer, libc_timers

_SOURCE = "apt.conf(5) Acquire::http::Timeout: 30 s; measured 30.1 s with apt 2.6"

TIMERS = (
    *libc_timers(),
    Timer("Acquire::http::Timeout", 30.0, 0.5, "dial", "connection timed out", _SOURCE),
    Timer("Acquire::http::Timeout", 30.0, 0.5, "tls", "Connection failed", _SOURCE, fatal=False),
    Timer("Acquire::http::Timeout", 30.0, 0.5, "connect", "Connection failed", _SOURCE, fatal=False),
    Timer("Acquire::http::Timeout", 30.0, 0.5, "response", "Connection failed", _SOURCE, fatal=False),
    Timer("Acquire::http::Timeout", 30.0, 0.5, "body", "Connection failed", _SOURCE, fatal=False),
)

OPTIONS = (
    Option(("Acquire::http::Timeout", "Acquire::https::Timeout"), ("dial", "tls", "connect", "response", "body"),
           "Connection failed", _SOURCE, fatal=False),
)  # fmt: skip

CLIENT = Client(
    "apt", "apt", TIMERS, (GLIBC,),
    retries="3 (Acquire::Retries), after 1, 2 and 4 s",
    pauses=(1.0, 2.0, 4.0),
    again="sudo apt-get update",
    options=OPTIONS,
)  # fmt: skip
