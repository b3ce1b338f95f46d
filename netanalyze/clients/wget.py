"""GNU wget 1: the kernel's patience to connect, fifteen minutes for every silence of a socket, and twenty tries."""

from netanalyze.clients.client import GLIBC, LINUX_SENDING, LINUX_SYN, MUSL, Client, Option, Timer, libc_timers

_SOURCE = "wget(1) --read-timeout: 900 s"
_READ = "Read error (Connection timed out)"

TIMERS = (
    *libc_timers(),
    *(Timer(t.name, t.seconds, t.tolerance, t.phase, t.error_text, t.source, fatal=False) for t in LINUX_SYN),
    Timer("read", 900.0, 5.0, "tls", "Unable to establish SSL connection", _SOURCE),
    Timer("read", 900.0, 5.0, "connect", _READ, _SOURCE, fatal=False),
    Timer("read", 900.0, 5.0, "response", _READ, _SOURCE, fatal=False),
    Timer("read", 900.0, 5.0, "body", _READ, _SOURCE, fatal=False),
    LINUX_SENDING,
)

_BY_HAND = "wget(1) --timeout: --dns-timeout, --connect-timeout and --read-timeout in one"

OPTIONS = (
    Option(("-T", "--timeout", "--dns-timeout"), ("dns",), "connection timed out", _BY_HAND),
    Option(("-T", "--timeout", "--connect-timeout"), ("dial",), "failed: Connection timed out", _BY_HAND, fatal=False),
    Option(("-T", "--timeout", "--read-timeout"), ("tls", "connect", "response", "body"), _READ, _BY_HAND, fatal=False),
)

CLIENT = Client(
    "wget", "wget", TIMERS, (GLIBC, MUSL),
    retries="19 (wget(1) --tries=20), but not of a port that is closed or a name that does not exist; 1, 2, … 10 s apart",
    pauses=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0),
    options=OPTIONS,
    switches="bdhqvcNSxkKmpHLrE46",
)  # fmt: skip
