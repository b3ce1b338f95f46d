"""The form in which a client is described: its timers, its resolver's habits and its ClientHellos."""

from dataclasses import dataclass, field

PHASES = ("dns", "dial", "tls", "connect", "response", "body", "keepalive")
"""What a timer guards: names, the TCP connection, TLS, HTTP CONNECT to a proxy, the response's head, its body, an open
connection on which nothing moves."""


@dataclass(frozen=True)
class Timer:
    """One timer of a client: after ``seconds`` (± ``tolerance``) in ``phase`` it gives up and prints ``error_text``.

    ``fatal`` is False where it then tries something else (another address, another server, another attempt).
    ``source`` is the file, manual or measurement that says so. ``setting`` is the variable without which it does not run:
    it ends no wait that is not known to be under it. ``set_by`` is the option or variable that gave ``seconds``,
    empty where they are the client's own. ``of_transfer``: it runs from the beginning of a transfer, its lookup included, and
    not from that of a wait.
    """

    name: str
    seconds: float
    tolerance: float
    phase: str
    error_text: str
    source: str
    fatal: bool = True
    setting: str = ""
    set_by: str = ""
    of_transfer: bool = False


@dataclass(frozen=True)
class Option:
    """An option, configuration key or variable that sets timers: every one of its ``phases`` then ends after its value.

    ``words`` are the ways to write it: ``-m``, ``--max-time``, a key of ``-c KEY=VALUE`` or ``-o KEY=VALUE``, the name of a
    variable. ``unit`` is what its value counts in, s. ``needs``: without that key or variable it sets nothing.
    ``factor``: so many times its value.
    """

    words: tuple[str, ...]
    phases: tuple[str, ...]
    error_text: str
    source: str
    unit: float = 1.0
    factor: int = 1
    fatal: bool = True
    of_transfer: bool = False
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class DnsStyle:
    """How queries leave: from one socket for A and AAAA, or two; with an OPT record (EDNS) or without.

    ``attempt_seconds`` is the wait for one server, ``attempts`` the rounds over all of them. ``edns`` None: either.
    """

    name: str
    sockets: int
    edns: bool | None
    attempt_seconds: float
    attempts: int
    source: str


@dataclass(frozen=True)
class Hello:
    """One ClientHello as measured: ``size`` in octets with SNI ``proxy.golang.org`` (moves with its length)."""

    versions: tuple[str, ...]
    size: int
    ja3: str
    ja4: str
    settings: str = ""


@dataclass(frozen=True)
class Client:
    """What a command does on the network.

    Attributes:
        unguarded: phases in which it waits for ever: no timer of its own ends them.
        retries: whether, and how often, it tries again by itself.
        pauses: seconds it rests before its second try, its third, …; the last one that is known is the longest.
        again: the shortest command line that repeats the work, None where that cannot be known.
        options: what sets its timers on its command line and in its environment.
        switches: its options of one letter that take no value, and may stand before another one in the same word.
    """

    name: str
    title: str
    timers: tuple[Timer, ...]
    dns: tuple[DnsStyle, ...]
    hellos: tuple[Hello, ...] = ()
    unguarded: tuple[str, ...] = ()
    retries: str = ""
    pauses: tuple[float, ...] = ()
    again: str | None = None
    children: tuple[str, ...] = field(default=())
    options: tuple[Option, ...] = ()
    switches: str = ""

    def guards(self, phase: str) -> tuple[Timer, ...]:
        """The timers that end a wait in ``phase`` for good, else those after which the client tries again.

        >>> from netanalyze.clients import client_by_name
        >>> [t.seconds for t in client_by_name("pip").guards("tls")], client_by_name("generic").guards("tls")
        ([15.0], ())
        """
        here = tuple(t for t in self.timers if t.phase == phase and not t.setting)
        return tuple(t for t in here if t.fatal) or here


GLIBC = DnsStyle("glibc", 1, False, 5, 2, "resolv.conf(5): timeout 5, attempts 2; A and AAAA from one socket")
MUSL = DnsStyle("musl", 1, False, 2.5, 2, "musl src/network/res_msend.c: 5 s in all, asked again after half of it")
GO = DnsStyle("go", 2, True, 5, 2, "Go net/dnsclient_unix.go: A and AAAA at once, a socket each; OPT since Go 1.24")
GO_123 = DnsStyle("go-1.23", 2, False, 5, 2, "the go command up to 1.23 carries netedns0=0")

LINUX_SYN = (
    Timer("kernel SYN retries", 127.0, 4.0, "dial", "Connection timed out",
          "tcp(7): tcp_syn_retries 6, back-off from 1 s: 1+2+4+8+16+32+64"),
    Timer("kernel SYN retries, linear first", 134.0, 3.0, "dial", "Connection timed out",
          "Linux 6.5 tcp_syn_linear_timeouts=4: SYNs at 1, 2, 3, 4, 5, 7, 11.4, 19.6, 35.6, 68.6 s; measured 134.1 s"),
)  # fmt: skip
"""How long Linux itself tries to connect when the program sets no time."""

LINUX_SENDING = Timer(
    "kernel retransmissions", 924.6, 60.0, "keepalive", "Connection timed out", "tcp(7): tcp_retries2 15, about 924.6 s"
)
"""How long Linux sends an unacknowledged segment again before it declares the connection dead."""


def libc_timers() -> tuple[Timer, ...]:
    """The waits of libc's resolver with one, two and three dead servers, and where one family alone is not answered."""
    said = "Temporary failure in name resolution"
    return (
        Timer("libc resolver, one server", 10.0, 0.5, "dns", said, "resolv.conf(5): 5 s, 2 attempts"),
        Timer("libc resolver, two servers", 20.0, 1.0, "dns", said, "resolv.conf(5): 5 s, 2 attempts, 2 servers"),
        Timer("libc resolver, three servers", 30.0, 1.5, "dns", said, "resolv.conf(5): 5 s, 2 attempts, 3 servers"),
        Timer("libc resolver, one family silent", 15.0, 0.5, "dns", "",
              "resolv.conf(5): 5 s, 2 attempts, and once more one question at a time; measured 15.03 s, glibc 2.36",
              fatal=False),
        Timer("libc resolver, next server", 5.0, 0.3, "dns", "", "resolv.conf(5): timeout 5 s", fatal=False),
    )  # fmt: skip
