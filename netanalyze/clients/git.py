"""git over HTTPS (libcurl) and ssh: the kernel's patience to connect, five minutes for TLS, none for an answer."""

from netanalyze.clients.client import GLIBC, LINUX_SENDING, LINUX_SYN, MUSL, Client, Hello, Option, Timer, libc_timers

TIMERS = (
    *libc_timers(),
    *(Timer(t.name, t.seconds, t.tolerance, t.phase, "Failed to connect to HOST port", t.source) for t in LINUX_SYN),
    Timer("second address family", 0.2, 0.05, "dial", "", "libcurl HAPPY_EYEBALLS_TIMEOUT_MS: 200 ms", fatal=False),
    Timer("libcurl connection time", 300.0, 2.0, "tls", "SSL connection timeout",
          "libcurl CURLOPT_CONNECTTIMEOUT: 300 s for names, TCP and TLS together; measured 300.1 s"),
    Timer("libcurl connection time", 300.0, 2.0, "connect", "Proxy CONNECT aborted due to timeout",
          "libcurl CURLOPT_CONNECTTIMEOUT: 300 s, the proxy's answer included"),
    Timer("keep-alive", 600.0, 20.0, "keepalive", "Recv failure: Connection timed out",
          "git http.c sets CURLOPT_TCP_KEEPALIVE; libcurl: idle 60 s, 60 s apart; kernel: 9 probes"),
    LINUX_SENDING,
)  # fmt: skip

HELLOS = (Hello(("2.39.5 GnuTLS",), 399, "8662467bc96db2d387755570446a7946", "t13d2912h2_723694b0fccc_288f874c93d6"),)

OPTIONS = (
    Option(("http.lowSpeedTime", "GIT_HTTP_LOW_SPEED_TIME"), ("response", "body"), "Operation too slow",
           "git-config(1) http.lowSpeedLimit, http.lowSpeedTime", needs=("http.lowSpeedLimit", "GIT_HTTP_LOW_SPEED_LIMIT")),
)  # fmt: skip

CLONES = ("Cloning into ", "正克隆到", "Klone nach", "Clonage dans", "Clonando en ", "Клонирование в ")
"""How it says that it begins a repository, which no fetch can begin again."""

CLIENT = Client(
    "git", "git", TIMERS, (GLIBC, MUSL), HELLOS,
    unguarded=("response", "body"),
    retries="none; http.lowSpeedLimit and http.lowSpeedTime would end a silent transfer, and are not set by default",
    again="git fetch",
    children=("git-remote-https", "ssh"),
    options=OPTIONS,
)  # fmt: skip
