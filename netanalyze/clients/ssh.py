"""OpenSSH: the kernel's patience to connect, and no limit for anything behind it."""

from netanalyze.clients.client import GLIBC, LINUX_SENDING, LINUX_SYN, MUSL, Client, Option, Timer, libc_timers

TIMERS = (
    *libc_timers(),
    *(Timer(t.name, t.seconds, t.tolerance, t.phase, "connect to host HOST port 22: Connection timed out", t.source)
      for t in LINUX_SYN),
    Timer("keep-alive", 7875.0, 60.0, "keepalive", "Connection timed out",
          "ssh_config(5) TCPKeepAlive yes; tcp(7): tcp_keepalive_time 7200 s, 9 probes 75 s apart"),
    LINUX_SENDING,
)  # fmt: skip

OPTIONS = (
    Option(("ConnectTimeout",), ("dial", "response"), "connect to host HOST port 22: Connection timed out",
           "ssh_config(5) ConnectTimeout: TCP and the server's banner"),
    Option(("ServerAliveInterval",), ("keepalive",), "Timeout, server HOST not responding.",
           "ssh_config(5) ServerAliveInterval, ServerAliveCountMax 3", factor=3),
)  # fmt: skip

CLIENT = Client(
    "ssh", "ssh", TIMERS, (GLIBC, MUSL),
    unguarded=("tls", "connect", "response", "body"),
    retries="none; ssh_config(5): ConnectTimeout and ServerAliveInterval are not set by default",
    options=OPTIONS,
)  # fmt: skip
