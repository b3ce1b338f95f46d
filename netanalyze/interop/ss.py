"""Sockets as other programs print them: ``ss -tuinp`` of iproute2, and Linux's /proc/net/tcp (proc_pid_net(5)).

Both tell the same counters as netanalyze.sockets, so what a recorder wrote down once a second is judged as what was
seen live. The forms are those of iproute2 4.9 to 6.x; what a version does not print is 0. Nothing here raises for a text.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from netanalyze.sockets import ESTABLISHED, SYN_SENT, TCP, UDP, Key, SocketSample
from netanalyze.units import MILLISECOND_NS

STATES = {
    "ESTAB": ESTABLISHED, "SYN-SENT": SYN_SENT, "SYN-RECV": 3, "FIN-WAIT-1": 4, "FIN-WAIT-2": 5, "TIME-WAIT": 6,
    "UNCONN": 7, "CLOSE-WAIT": 8, "LAST-ACK": 9, "LISTEN": 10, "CLOSING": 11,
}  # fmt: skip
"""ss's names of the states of linux/tcp_states.h."""
TRANSPORTS = {"tcp": TCP, "udp": UDP}
TICK_US = 10_000
"""/proc/net/tcp counts in clock ticks of 1/100 s (USER_HZ)."""
_PID = re.compile(r"pid=([0-9]{1,10})")
_FIGURE = re.compile(r"(?:^|\s)([a-z_]+):([0-9.]{1,20})(?:/([0-9.]{1,20}))?(?=\s|$)")
_TIMER = re.compile(r"timer:\([a-z-]+,[^,)]*,([0-9]{1,9})\)")

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
    for line in [*text.splitlines(), "end"]:
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
    if len(words) < 5 or words[0] not in STATES or not (words[1] + words[2]).isdigit():
        return None
    state = STATES[words[0]]
    near, far = _place(words[3]), _place(words[4])
    if near is None or far is None or not far[1]:
        return None
    rest = " ".join(words[5:])
    pid = _PID.search(rest)
    key = (transport, near[0], near[1], far[0], far[1])
    return key, int(pid[1]) if pid else 0, _sample(rest, state, int(words[2]), time_ns)


def _sample(rest: str, state: int, queued: int, time_ns: int) -> SocketSample:
    figures = {name: (first, second) for name, first, second in _FIGURE.findall(rest)}
    timer = _TIMER.search(rest)

    def number(name: str, factor: int = 1, missing: int = 0) -> int:
        try:
            return min(int(float(figures[name][0]) * factor), 2**62)
        except (KeyError, ValueError):
            return missing

    again = min(int(float(figures["retrans"][0])), 2**31) if _is_number(figures.get("retrans", ("",))[0]) else 0
    unacked, size, acked = number("unacked"), number("mss"), number("bytes_acked")
    sent = number("bytes_sent") - number("bytes_retrans")
    return SocketSample(
        time_ns, state, unacked=unacked, retransmits=int(timer[1]) if timer else max(again, number("backoff")),
        backoff=number("backoff"), sent=sent if "bytes_sent" in figures else max(acked - 1, 0) + unacked * size,
        acked=acked, received=number("bytes_received"), unsent=number("notsent"), unordered=number("rcv_ooopack"),
        mss=size, window=number("snd_wnd", missing=-1), last_sent_ms=number("lastsnd"), last_received_ms=number("lastrcv"),
        last_ack_ms=number("lastack"), rto_us=number("rto", 1_000), rtt_us=number("rtt", 1_000),
    )  # fmt: skip


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _place(text: str) -> tuple[str, int] | None:
    """``192.0.2.1%eth0:443`` or ``[2001:db8::1]:443`` as address and port; an any address is empty, port ``*`` is 0."""
    address, colon, port = text.rpartition(":")
    if not colon or not (port.isdigit() or port == "*") or len(port) > 5:
        return None
    address = address.strip("[]").partition("%")[0].strip("[]")
    if address in ("*", "0.0.0.0", "::"):
        return "", int(port) if port != "*" else 0
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return _plain(parsed), int(port) if port != "*" else 0


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
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["#"]:
            transport = UDP if words[1:2] and words[1].startswith("udp") else TCP
            continue
        row = _row_of_proc(words, transport, time_ns, owners)
        if row is not None:
            found.append(row)
    return found


def _row_of_proc(words: list[str], transport: int, time_ns: int, owners: Mapping[int, int]) -> Row | None:
    try:
        near, far = _hexadecimal(words[1]), _hexadecimal(words[2])
        state, queued = int(words[3], 16), int(words[4].partition(":")[0], 16)
        again, inode = int(words[6], 16), int(words[9])
        rto = int(words[12]) * TICK_US if len(words) > 12 and transport == TCP else 0
    except (IndexError, ValueError):
        return None
    if not far[0] or not 0 < state < 12 or max(queued, again, inode, rto) >= 2**62:
        return None
    waits = queued if transport == TCP and state in (ESTABLISHED, SYN_SENT) else 0
    sample = SocketSample(
        time_ns, state, unacked=min(waits, 1), retransmits=again, backoff=again, sent=waits if state != SYN_SENT else 0,
        rto_us=rto,
    )  # fmt: skip
    return (transport, *near, *far), owners.get(inode, 0), sample


def _hexadecimal(text: str) -> tuple[str, int]:
    """``0A0200C0:01BB`` as address and port; words are in the byte order of the machine, taken to be little-endian."""
    octets, _, port = text.partition(":")
    raw = bytes.fromhex(octets)
    raw = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
    if not any(raw):
        return "", int(port, 16)
    return _plain(ipaddress.ip_address(raw)), int(port, 16)


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
    for line in text.splitlines():
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
    if not whole.isdigit() or len(whole) > 10 or (part and not part.isdigit()) or not whole.isascii():
        return None
    return int(whole) * 1_000_000_000 + int((part[:9] or "0").ljust(9, "0")) if part.isascii() else None


def is_ss(text: str) -> bool:
    """Whether a look is ss's, not /proc's."""
    return not text.lstrip().startswith("#")


def rows_of(text: str, time_ns: int, owners: Mapping[int, int], ages: Ages) -> list[Row]:
    """The rows of one look, whichever program it was; ``ages`` are those of the looks before."""
    return rows_of_ss(text, time_ns) if is_ss(text) else ages.completed(rows_of_proc(text, time_ns, owners))
