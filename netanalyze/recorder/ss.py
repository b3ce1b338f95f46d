"""Sockets as other programs print them: ``ss -tuinp`` of iproute2, and Linux's /proc/net/tcp (proc_pid_net(5)).

Both tell the same counters as netanalyze.sockets, so what a recorder wrote down once a second is judged as what was
seen live. The forms are those of iproute2 4.9 to 6.x; what a version does not print is 0. Nothing here raises for a text.
"""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from math import floor

from netanalyze.numerals import INT64, decimal, hexadecimal, integer, integers
from netanalyze.patterns import lazy_pattern
from netanalyze.sockets import ESTABLISHED, SYN_SENT, TCP, UDP, Key, SocketSample
from netanalyze.units import MILLISECOND_NS

STATES = {
    "ESTAB": ESTABLISHED, "SYN-SENT": SYN_SENT, "SYN-RECV": 3, "FIN-WAIT-1": 4, "FIN-WAIT-2": 5, "TIME-WAIT": 6,
    "UNCONN": 7, "CLOSE-WAIT": 8, "LAST-ACK": 9, "LISTEN": 10, "CLOSING": 11,
}  # fmt: skip
"""ss's names of the states of linux/tcp_states.h."""
TRANSPORTS = {"tcp": TCP, "udp": UDP}
PORTS, QUEUE_MOST = 65_535, 2**32 - 1
"""The kernel's own types: u16, and u32 for what waits in a queue."""
TICK_US = 10_000
"""/proc/net/tcp counts in clock ticks of 1/100 s (USER_HZ)."""
_PID = lazy_pattern(r"pid=([0-9]{1,10})")
_FIGURE = lazy_pattern(r"(?:^|\s)([a-z_]+):([0-9.]{1,20})(?:/([0-9.]{1,20}))?(?=\s|$)")
_TIMER = lazy_pattern(r"timer:\([a-z-]+,[^,)]*,([0-9]{1,9})\)")

Row = tuple[Key, int, SocketSample]
"""One socket at one look: its connection, the process that had it (0 unknown), its counters."""


def rows_of_ss(text: str, time_ns: int) -> list[Row]:
    """The connected sockets that one call of ``ss -tuinp`` (or ``-tinp``) listed.

    >>> text = 'tcp SYN-SENT 0 1 192.0.2.1:40000 192.0.2.80:443 users:(("go",pid=7,fd=3))'
    >>> rows_of_ss(text + chr(10) + "  cubic rto:4000 backoff:2 mss:524 cwnd:1 unacked:1 retrans:1/2", 5)[0][:2]
    ((6, '192.0.2.1', 40000, '192.0.2.80', 443), 7)
    """
    found = []
    head = ""
    for line in [*text.split("\n"), "end"]:
        if line[:1] in (" ", "\t"):
            head += line
            continue
        row = _row_of_ss(head, time_ns)
        if row is not None:
            found.append(row)
        head = line
    return found


def _row_of_ss(line: str, time_ns: int) -> Row | None:
    words = line.split()
    transport = TCP
    if words and words[0] in TRANSPORTS:
        transport = TRANSPORTS[words.pop(0)]
    if len(words) < 5 or words[0] not in STATES or integers(words[1:3], QUEUE_MOST) is None:
        return None
    state = STATES[words[0]]
    near, far = _place(words[3]), _place(words[4])
    if near is None or far is None or not far[1]:
        return None
    rest = " ".join(words[5:])
    pid = _PID.search(rest)
    key = (transport, near[0], near[1], far[0], far[1])
    return key, (integer(pid[1]) or 0) if pid else 0, _sample(rest, state, time_ns)


def _sample(rest: str, state: int, time_ns: int) -> SocketSample:
    figures = {name: (first, second) for name, first, second in _FIGURE.findall(rest)}
    timer = _TIMER.search(rest)

    def number(name: str, factor: int = 1, missing: int = 0) -> int:
        value = decimal(figures[name][0]) if name in figures else None
        return missing if value is None else min(floor(value * factor), 2**62)

    again = min(number("retrans"), 2**31)
    unacked, size, acked = number("unacked"), number("mss"), number("bytes_acked")
    sent = number("bytes_sent") - number("bytes_retrans")
    return SocketSample(
        time_ns, state, unacked=unacked, retransmits=(integer(timer[1]) or 0) if timer else max(again, number("backoff")),
        backoff=number("backoff"), sent=sent if "bytes_sent" in figures else max(acked - 1, 0) + unacked * size,
        acked=acked, received=number("bytes_received"), unsent=number("notsent"), unordered=number("rcv_ooopack"),
        mss=size, window=number("snd_wnd", missing=-1), last_sent_ms=number("lastsnd"), last_received_ms=number("lastrcv"),
        last_ack_ms=number("lastack"), rto_us=number("rto", 1_000), rtt_us=number("rtt", 1_000),
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _place(text: str) -> tuple[str, int] | None:
    """``192.0.2.1%eth0:443`` or ``[2001:db8::1]:443`` as address and port; an any address is empty, port ``*`` is 0."""
    address, colon, port = text.rpartition(":")
    number = 0 if port == "*" else integer(port, PORTS)
    if not colon or number is None:
        return None
    address = address.strip("[]").partition("%")[0].strip("[]")
    if address in ("*", "0.0.0.0", "::"):
        return "", number
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return _plain(parsed), number


def _plain(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """An address as the rest of the house writes it: IPv4 in IPv6 is IPv4."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def rows_of_proc(text: str, time_ns: int, owners: Mapping[int, int]) -> list[Row]:
    """The connected sockets of /proc/net/{tcp,tcp6,udp,udp6}, each file after a line ``# NAME``.

    The kernel tells less here than ss does: how much waits to be sent or acknowledged, and retransmissions in a row.

    Args:
        owners: process by a socket's inode.
    """
    found: list[Row] = []
    transport = TCP
    for line in text.split("\n"):
        words = line.split()
        if words[:1] == ["#"]:
            transport = UDP if words[1:2] and words[1].startswith("udp") else TCP
            continue
        row = _row_of_proc(words, transport, time_ns, owners)
        if row is not None:
            found.append(row)
    return found


def _row_of_proc(words: list[str], transport: int, time_ns: int, owners: Mapping[int, int]) -> Row | None:
    if len(words) < 10:
        return None
    near, far, inode = _hexadecimal(words[1]), _hexadecimal(words[2]), integer(words[9])
    state, queued = hexadecimal(words[3]), hexadecimal(words[4].partition(":")[0], QUEUE_MOST)
    again = hexadecimal(words[6], QUEUE_MOST)
    ticks = integer(words[12], QUEUE_MOST) if len(words) > 12 and transport == TCP else 0
    if (
        near is None
        or far is None
        or inode is None
        or state is None
        or queued is None
        or again is None
        or ticks is None
    ):
        return None
    if not far[0] or not 0 < state < 12:
        return None
    waits = queued if transport == TCP and state in (ESTABLISHED, SYN_SENT) else 0
    sample = SocketSample(
        time_ns, state, unacked=min(waits, 1), retransmits=again, backoff=again, sent=waits if state != SYN_SENT else 0,
        rto_us=ticks * TICK_US,
    )  # fmt: skip
    return (transport, *near, *far), owners.get(inode, 0), sample


def _hexadecimal(text: str) -> tuple[str, int] | None:
    """``0A0200C0:01BB`` as address and port; words are in the byte order of the machine, taken to be little-endian."""
    octets, _, port_text = text.partition(":")
    value, port = hexadecimal(octets, 2**128 - 1), hexadecimal(port_text, PORTS)
    if value is None or port is None or len(octets) not in (8, 32):
        return None
    raw = value.to_bytes(len(octets) // 2, "big")
    raw = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    return _plain(ipaddress.ip_address(raw)) if value else "", port


class Ages:
    """What /proc/net/tcp leaves out and one look after the other shows: since when nothing was acknowledged.

    A connection that was once seen with nothing unacknowledged has had its first octets taken, and answered as a rule;
    so it counts as one that has received something.
    """

    def __init__(self) -> None:
        self._known: dict[Key, tuple[int, int, bool]] = {}

    def completed(self, rows: Iterable[Row]) -> list[Row]:
        """The rows of the next look, with ages."""
        known, out = {}, []
        for key, pid, sample in rows:
            queued, heard_ns, rested = self._known.get(key, (0, sample.time_ns, False))
            if sample.sent < queued or not queued:
                heard_ns = sample.time_ns
            rested = rested or (sample.state == ESTABLISHED and not sample.sent)
            known[key] = sample.sent, heard_ns, rested
            age = (sample.time_ns - heard_ns) // MILLISECOND_NS if sample.sent else 0
            received = 1 if rested and key[0] == TCP else 0
            out.append((key, pid, replace(sample, last_sent_ms=age, last_ack_ms=age, received=received)))
        self._known = known
        return out


def looks(text: str) -> Iterator[tuple[int, str]]:
    """The parts of a recorder's file, each after a line ``@ SECONDS``: (time in ns since the epoch, text)."""
    time_ns, lines = None, list[str]()
    for line in text.split("\n"):
        if line.startswith("@ "):
            if time_ns is not None:
                yield time_ns, "\n".join(lines)
            time_ns, lines = nanoseconds_of(line[2:]), []
        else:
            lines.append(line)
    if time_ns is not None:
        yield time_ns, "\n".join(lines)


def nanoseconds_of(text: str) -> int | None:
    """Seconds since the epoch, as text, in ns without loss; None if it is no such number.

    >>> nanoseconds_of("1700000000.25")
    1700000000250000000
    """
    whole, _, part = text.strip().partition(".")
    seconds, fraction = integer(whole), integer(part[:9].ljust(9, "0"))
    if seconds is None or fraction is None or part[9:].strip("0123456789"):
        return None
    time_ns = seconds * 1_000_000_000 + fraction
    return time_ns if time_ns <= INT64 else None


def is_ss(text: str) -> bool:
    """Whether a look is ss's, not /proc's."""
    return not text.lstrip().startswith("#")


def rows_of(text: str, time_ns: int, owners: Mapping[int, int], ages: Ages) -> list[Row]:
    """The rows of one look, whichever program it was; ``ages`` are those of the looks before."""
    return rows_of_ss(text, time_ns) if is_ss(text) else ages.completed(rows_of_proc(text, time_ns, owners))
