"""A program nothing is known of: only the timers that Linux and libc set for everybody."""

from netanalyze.clients.client import GLIBC, LINUX_SENDING, LINUX_SYN, MUSL, Client, Timer, libc_timers

CLIENT = Client(
    "generic", "the command",
    (
        *libc_timers(),
        *LINUX_SYN,
        Timer("keep-alive", 7875.0, 60.0, "keepalive", "Connection timed out",
              "tcp(7): tcp_keepalive_time 7200 s, 9 probes 75 s apart, if the program asks for keep-alives at all"),
        LINUX_SENDING,
    ),
    (GLIBC, MUSL),
    unguarded=("tls", "connect", "response", "body"),
    retries="not known",
)  # fmt: skip
