"""Words of `shown` about TCP connections: opening them, what the client says first, and transfers."""

from collections.abc import Iterator
from itertools import pairwise

from netanalyze.lab.scores.measures import MEASURES, address_of, measure, towards
from netanalyze.lab.scores.sight import ACK, FIN, MODULUS, RST, SYN, Packet, Sight, after, seen_ranges

__all__ = ["MEASURES"]
"""All words, those of `measures` too."""
HANDSHAKE, ALERT, SERVER_HELLO, SUPPORTED_VERSIONS = 22, 21, 2, b"\x00\x2b\x00\x02"
UNANSWERED_S = 2.0  # a ClientHello that waited less was not left without an answer

# -- opening a connection ---------------------------------------------------------------------------------------------


@measure
def syn(sight: Sight, host: str) -> float:
    """SYNs to the host."""
    return sum(bool(p.flags & SYN) for connection in towards(sight, host) for p in connection.up())


@measure
def synack(sight: Sight, host: str) -> float:
    """SYN-ACKs of the host."""
    return sum(bool(p.flags & SYN) for connection in towards(sight, host) for p in connection.down())


@measure
def syn_unanswered(sight: Sight, host: str) -> float:
    """Connections with a SYN and nothing at all from the host."""
    return sum(
        any(p.flags & SYN for p in connection.up()) and not connection.down() for connection in towards(sight, host)
    )


@measure
def syn_repeated(sight: Sight, host: str) -> float:
    """Repeated SYNs of connections that were opened at last."""
    return sum(
        sum(bool(p.flags & SYN) for p in connection.up()) - 1
        for connection in towards(sight, host)
        if any(p.flags & SYN for p in connection.down()) and any(p.flags & SYN for p in connection.up())
    )


@measure
def refused(sight: Sight, host: str) -> float:
    """Connections whose SYN was answered by RST."""
    return sum(
        any(p.flags & SYN for p in connection.up())
        and any(p.flags & RST for p in connection.down())
        and not any(p.flags & SYN for p in connection.down())
        for connection in towards(sight, host)
    )


@measure
def round_trip(sight: Sight, host: str) -> float:
    """Shortest time from SYN to SYN-ACK, seconds."""
    times = []
    for connection in towards(sight, host):
        sent = [p.time for p in connection.up() if p.flags & SYN]
        back = [p.time for p in connection.down() if p.flags & SYN]
        if len(sent) == 1 and back:
            times.append(back[0] - sent[0])
    return min(times, default=0.0)


# -- the ClientHello, or whatever a client says first --------------------------------------------------------------------


def _spoken(sight: Sight, host: str) -> Iterator[tuple[list[Packet], list[Packet]]]:
    """Both directions of the host's connections on which the client said something."""
    for connection in towards(sight, host):
        up = connection.up()
        if any(packet.size for packet in up):
            yield up, connection.down()


def _heard(up: list[Packet], down: list[Packet]) -> tuple[int, int, int]:
    """Octets the client said, how many of them were acknowledged, and how many SACKed."""
    first = next(packet.seq for packet in up if packet.size)
    said = max(after(packet.seq + packet.size, first) for packet in up if packet.size)
    acked = max((after(p.ack, first) for p in down if p.flags & ACK and not p.flags & RST), default=0)
    sacked = max((sum(after(right, left) for left, right in p.sacked) for p in down), default=0)
    return said, min(max(acked, 0), said), sacked


@measure
def hello_unheard(sight: Sight, host: str) -> float:
    """Connections on which nothing of what the client said was acknowledged or SACKed."""
    return sum(_heard(up, down)[1:] == (0, 0) for up, down in _spoken(sight, host))


@measure
def hello_half_heard(sight: Sight, host: str) -> float:
    """Connections on which a part was acknowledged or SACKed, and nothing was answered."""
    count = 0
    for up, down in _spoken(sight, host):
        said, acked, sacked = _heard(up, down)
        count += 0 < acked + sacked < said and not any(packet.size for packet in down)
    return count


@measure
def hello_unanswered(sight: Sight, host: str) -> float:
    """Connections on which everything was acknowledged and nothing answered, for two seconds or more."""
    count = 0
    for up, down in _spoken(sight, host):
        said, acked, _ = _heard(up, down)
        waited = max(packet.time for packet in up) - next(packet.time for packet in up if packet.size)
        count += acked == said and waited > UNANSWERED_S and not any(p.size or p.flags & RST for p in down)
    return count


@measure
def hello_wait(sight: Sight, host: str) -> float:
    """Longest time from what the client said first to the host's first payload, seconds."""
    waits = [0.0]
    for up, down in _spoken(sight, host):
        if answers := [packet.time for packet in down if packet.size]:
            waits.append(answers[0] - next(packet.time for packet in up if packet.size))
    return max(waits)


@measure
def hello_cut_off(sight: Sight, host: str, how: str) -> float:
    """Connections on which a ``reset`` or ``close`` came instead of an answer."""
    bit = RST if how == "reset" else FIN
    count = 0
    for up, down in _spoken(sight, host):
        said = next(packet.time for packet in up if packet.size)
        later = [packet for packet in down if packet.time > said and (packet.size or packet.flags & (RST | FIN))]
        count += bool(later) and not later[0].size and bool(later[0].flags & bit)
    return count


def _first_octets(sight: Sight, host: str) -> Iterator[bytes]:
    for connection in towards(sight, host):
        if payloads := [packet.payload for packet in connection.down() if packet.size]:
            yield payloads[0]


@measure
def alerts(sight: Sight, host: str, number: str) -> float:
    """Connections that the host answered with this TLS alert in the clear (RFC 8446 section 6)."""
    return sum(octets[0] == ALERT and octets[6] == int(number) for octets in _first_octets(sight, host))


@measure
def not_tls(sight: Sight, host: str) -> float:
    """Connections whose first octet from the host begins no TLS record."""
    return sum(octets[:1] not in (b"\x14", b"\x15", b"\x16", b"\x17") for octets in _first_octets(sight, host))


@measure
def tls12(sight: Sight, host: str) -> float:
    """ServerHellos without supported_versions, that is TLS 1.2 or before (RFC 8446 section 4.2.1)."""
    return sum(
        octets[0] == HANDSHAKE and octets[5] == SERVER_HELLO and SUPPORTED_VERSIONS not in octets[:200]
        for octets in _first_octets(sight, host)
    )


@measure
def tls13(sight: Sight, host: str) -> float:
    """ServerHellos of TLS 1.3."""
    return sum(
        octets[0] == HANDSHAKE and octets[5] == SERVER_HELLO and SUPPORTED_VERSIONS in octets[:1400]
        for octets in _first_octets(sight, host)
    )


# -- a transfer -------------------------------------------------------------------------------------------------------


@measure
def payload_from(sight: Sight, host: str) -> float:
    """Octets of payload the host sent, repeats included."""
    return sum(seen_ranges(connection.down())[2] for connection in towards(sight, host))


@measure
def payload_to(sight: Sight, host: str) -> float:
    """Octets of payload sent to the host."""
    return sum(seen_ranges(connection.up())[2] for connection in towards(sight, host))


@measure
def talkative(sight: Sight, host: str) -> float:
    """Connections on which the host sent payload."""
    return sum(any(p.size for p in connection.down()) for connection in towards(sight, host))


@measure
def repeated_from(sight: Sight, host: str) -> float:
    """Segments of the host that the capture has twice."""
    return sum(seen_ranges(connection.down())[0] for connection in towards(sight, host))


@measure
def repeated_to(sight: Sight, host: str) -> float:
    """Segments to the host that the capture has twice."""
    return sum(seen_ranges(connection.up())[0] for connection in towards(sight, host))


@measure
def late_from(sight: Sight, host: str) -> float:
    """Segments of the host that fill a gap below what was seen: lost before and repeated, or overtaken."""
    return sum(seen_ranges(connection.down())[1] for connection in towards(sight, host))


@measure
def bad_checksums_from(sight: Sight, host: str) -> float:
    """Segments of the host with a wrong checksum (IPv4, captured whole)."""
    return sum(not packet.intact for connection in towards(sight, host) for packet in connection.down())


@measure
def pause(sight: Sight, host: str) -> float:
    """Longest time between two payload segments of the host on one connection, seconds."""
    longest = 0.0
    for connection in towards(sight, host):
        times = [packet.time for packet in connection.down() if packet.size]
        longest = max([longest, *(later - earlier for earlier, later in pairwise(times))])
    return longest


@measure
def silence(sight: Sight, host: str) -> float:
    """Longest time from the host's last payload on a connection (the client's first where there is none) to the end of
    the run or the client's FIN or RST, seconds.
    """
    longest, begun = 0.0, sight.packets[0].time if sight.packets else 0.0
    for up, down in _spoken(sight, host):
        ends = [packet.time for packet in up if packet.flags & (FIN | RST)]
        end = ends[0] if ends else max(sight.end, begun + sight.wall)
        heard = [packet.time for packet in down if packet.size and packet.time <= end]
        longest = max(longest, end - (heard[-1] if heard else next(packet.time for packet in up if packet.size)))
    return longest


@measure
def rate_from(sight: Sight, host: str) -> float:
    """Payload octets per second of the host, from its first to its last segment."""
    times = [(p.time, p.size) for connection in towards(sight, host) for p in connection.down() if p.size]
    span = max(times)[0] - min(times)[0] if times else 0.0
    return sum(size for _, size in times) / span if span else 0.0


@measure
def rst_from(sight: Sight, host: str) -> float:
    """RSTs that bear the host's address."""
    return sum(bool(p.flags & RST) for connection in towards(sight, host) for p in connection.down())


@measure
def fin_first(sight: Sight, host: str) -> float:
    """Connections that the host closed with FIN before the client did."""
    count = 0
    for connection in towards(sight, host):
        ends = [packet.source for packet in connection.packets if packet.flags & (FIN | RST)]
        count += bool(ends) and ends[0] == connection.server and not connection.down()[-1].flags & RST
    return count


@measure
def keepalives(sight: Sight, host: str) -> float:
    """The client's keep-alive probes: empty segments one octet below what it had sent (RFC 9293 section 3.8.4)."""
    count = 0
    for connection in towards(sight, host):
        highest: int | None = None
        for packet in connection.up():
            if highest is not None and packet.pure and after(packet.seq + 1, highest) == 0:
                count += 1
            end = (packet.seq + packet.size + bool(packet.flags & SYN)) % MODULUS
            if highest is None or after(end, highest) > 0:
                highest = end
    return count


@measure
def zero_windows(sight: Sight, host: str) -> float:
    """Segments in which the host says that it has no room."""
    wanted = address_of(host)
    return sum(
        packet.kind == "tcp" and packet.window == 0 and not packet.flags & (RST | SYN) and wanted(packet.source)
        for packet in sight.packets
    )


@measure
def unseen(sight: Sight, host: str) -> float:
    """Octets of the host that the client acknowledged and the capture has not."""
    missing = 0
    for connection in towards(sight, host):
        have = {p.seq: p.size for p in connection.down() if p.size}
        acked = [p.ack for p in connection.up() if p.flags & ACK and not p.flags & RST]
        if have and acked:
            first = min(have, key=lambda seq: after(seq, next(iter(have))))
            top = max(after(ack, first) for ack in acked)
            missing += max(0, top - sum(size for seq, size in have.items() if after(seq, first) < top) - 1)
    return missing


@measure
def says_to(sight: Sight, host: str, text: str) -> float:
    """Segments to the host that have this text in the clear."""
    wanted, octets = address_of(host), text.encode()
    return sum(octets in packet.payload for packet in sight.packets if wanted(packet.target))


@measure
def says_from(sight: Sight, host: str, text: str) -> float:
    """Segments of the host that have this text in the clear."""
    wanted, octets = address_of(host), text.encode()
    return sum(octets in packet.payload for packet in sight.packets if wanted(packet.source))


@measure
def outage(sight: Sight, host: str) -> float:
    """Longest time in which the client repeated itself or waited and nothing whatever came from the host, and then
    something did; seconds.
    """
    wanted = address_of(host)
    times = [packet.time for packet in sight.packets if packet.kind == "tcp" and wanted(packet.source)]
    return max((later - earlier for earlier, later in pairwise(times)), default=0.0)
