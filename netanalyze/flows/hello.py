"""How far a ClientHello got: its size, its segments, what of it was acknowledged and SACKed, and what came back."""

from dataclasses import dataclass

from netanalyze.conversations.tls import Move
from netanalyze.findings import Threshold
from netanalyze.flows.flow import Flow, KeptPacket
from netanalyze.tracking.marks import RESENT
from netanalyze.tracking.records import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER_LENGTH
from netanalyze.units import NEVER_NS
from netanalyze.wording import Text, message

PATIENCE = Threshold(
    1.2, "s",
    source="RFC 6298 section 5.5, Linux TCP_RTO_MIN: repeats after 0.2, 0.6, 1.4 s; measured with Go 1.27",
    why="two repeats at the least went unanswered; one may be lost by chance",
)  # fmt: skip
TLS13 = 0x0304
FINISHED_MOST = 100
"""Longest record of a Finished in TLS 1.2 with what ciphers add to its 16 octets; a ClientHello is longer."""

CLEAR_ALERT = 2
"""Octets of an alert in clear: level and description (RFC 5246 section 7.2)."""


@dataclass(frozen=True)
class HelloFacts:
    """The first ClientHello of a flow.

    Attributes:
        start, end: stream offsets; ``end`` as the record headers say, though the tail may be missing.
        segments: first transmissions, in order (kept packets).
        acked, sacked: octets of it acknowledged, and SACKed beyond that.
        sent_ns: when its last octet was first sent.
        answer_ns, answer_frame: the server's first payload after it, ``NEVER_NS`` and 0 if none came.
    """

    start: int
    end: int
    segments: tuple[KeptPacket, ...]
    repeats: tuple[KeptPacket, ...]
    acked: int
    sacked: int
    sent_ns: int
    answer_ns: int
    answer_frame: int

    @property
    def octets(self) -> int:
        """Its size, record headers included."""
        return self.end - self.start

    @property
    def start_ns(self) -> int:
        """When its first octet was first sent."""
        return self.segments[0].time_ns

    @property
    def frames(self) -> tuple[int, int]:
        """First and last frame that first carried it."""
        return self.segments[0].frame_number, self.segments[-1].frame_number

    @property
    def carriers(self) -> list[int]:
        """All frames that first carried it."""
        return [packet.frame_number for packet in self.segments]


def sent_again(flow: Flow) -> tuple[int, ...]:
    """The frames in which the client sent again, in its last streak of repeats; empty where not each of them was kept."""
    client = flow.client
    found = tuple(
        p.frame_number for p in flow.data_packets[0]
        if p.marks & RESENT and client.streak_first_frame <= p.frame_number <= client.streak_last_frame
    )  # fmt: skip
    return found if len(found) == client.streak else ()


def hello_facts(flow: Flow) -> HelloFacts | None:
    """What is known of the flow's ClientHello; None where none was begun."""
    if "hello" not in flow.known:
        flow.known["hello"] = _hello_facts(flow)
    return flow.known["hello"]


def _hello_facts(flow: Flow) -> HelloFacts | None:
    tls = flow.tls
    if tls is None or flow.client.next_known == 0:
        return None
    said = tls.client_hello
    if said is not None and said.direction == 0:
        start, end = said.start, said.end
    else:
        pending = tls.readers[0].pending
        records = [r for r in flow.records if r.direction == 0 and r.content_type == HANDSHAKE]
        if pending is not None and pending.kind in ("client_hello", "handshake", "record"):
            start, end = pending.start, pending.start + pending.total
        elif records:
            start, end = records[0].stream_offset, records[0].stream_offset + HEADER_LENGTH + records[0].length
        else:
            return None
    carried = flow.segments(0, start, end)
    segments: list[KeptPacket] = []
    repeats: list[KeptPacket] = []
    reached = start
    for packet in carried:
        if packet.offset + packet.length > reached:
            segments.append(packet)
            reached = packet.offset + packet.length
        else:
            repeats.append(packet)
    if not segments:
        return None
    client, server = flow.client, flow.server
    acked = min(max(client.acked - start, 0), end - start)
    sacked = 0
    if client.sacked > max(client.acked, start):
        sacked = min(client.sacked, end) - min(max(client.sacked_left, client.acked, start), end)
    answers = [p for p in flow.data_packets[1] if p.frame_number > segments[0].frame_number]
    answer_ns, answer_frame = (answers[0].time_ns, answers[0].frame_number) if answers else (NEVER_NS, 0)
    if not answers and server.sent_data and server.first_data_frame > segments[0].frame_number:
        answer_ns, answer_frame = server.first_data_ns, server.first_data_frame
    sent = max(p.time_ns for p in segments)
    return HelloFacts(start, end, tuple(segments), tuple(repeats), acked, max(sacked, 0), sent, answer_ns, answer_frame)


def sni_shown(flow: Flow, cut_at: int) -> Text:
    """The server name asked for as prose shows it; where none was read, whether there was none or it is not in the capture.

    Args:
        cut_at: octets at which the capture's longest cut frames end, 0 where none is cut.
    """
    tls = flow.tls
    if tls is not None and tls.sni:
        return tls.sni
    if tls is not None and tls.client_hello is not None and tls.client_hello.message is not None:
        return "none"
    return message("not captured (frames cut at {octets} octets)", octets=cut_at) if cut_at else "not whole"


def repeated_in_vain(flow: Flow, facts: HelloFacts, until_ns: int) -> bool:
    """Whether the ClientHello, or a part of it, was sent again and again up to ``until_ns``, and nothing came of it."""
    return until_ns - facts.start_ns >= PATIENCE.ns and flow.client.streak >= 2


def handshake_complete(flow: Flow) -> bool:
    """Whether the handshake went through: the client sent application data beyond its Finished.

    In TLS 1.3 the client's Finished is its first application data record; in TLS 1.2 it is a handshake record.
    """
    if "handshake_complete" not in flow.known:
        flow.known["handshake_complete"] = _handshake_complete(flow)
    return flow.known["handshake_complete"]


def _handshake_complete(flow: Flow) -> bool:
    tls = flow.tls
    if tls is None:
        return False
    hello = tls.server_hello
    records = flow.application_records(tls.client)
    if hello is None or hello.message is None:
        in_tls12 = _finished_as_a_handshake(flow) or _alerts_in_keys(flow)
        return len(records) > (0 if in_tls12 else 1)
    return len(records) > (1 if speaks_tls13(flow) else 0)


def went_on_unread(flow: Flow) -> bool:
    """Whether a ClientHello was answered in octets that the capture lacks, and the client went on: its handshake may be over."""
    tls, answered = flow.tls, flow.server.first_data_frame
    if tls is None or tls.server_hello is not None or not flow.seen_from_start:
        return False
    return 0 < answered < flow.client.last_data_frame


def ending_alert(flow: Flow) -> Move | None:
    """The alert in the clear that came before the handshake was over; None where there is none."""
    return None if flow.tls is None or handshake_complete(flow) else flow.tls.clear_alert()


def handshake_begun_only(flow: Flow) -> bool:
    """Whether the opening of a flow is not through: no SYN-ACK came, or of a TLS handshake the client has not said its last."""
    if not flow.established:
        return True
    if flow.tls is None:
        return False
    mine = [r.content_type for r in flow.records if r.direction == flow.tls.client]
    return not any(kind in (CHANGE_CIPHER_SPEC, APPLICATION_DATA) for kind in mine)


def carried_data(flow: Flow) -> bool:
    """Whether a flow went as far as application data: behind a TLS handshake, or as responses in clear."""
    clear = flow.clear is not None and any(e.response_frame for e in flow.clear.exchanges)
    return handshake_complete(flow) or (clear and not flow.tunnelled)


def speaks_tls13(flow: Flow) -> bool:
    """Whether the connection is TLS 1.3, by its ServerHello or, where the capture lacks that or cut it, by what the client
    sent after its Change Cipher Spec: a Finished in a handshake record is TLS 1.2 (RFC 8446 appendix D.4, RFC 5246
    section 7.3)."""
    if "tls13" not in flow.known:
        flow.known["tls13"] = _speaks_tls13(flow)
    return flow.known["tls13"]


def _speaks_tls13(flow: Flow) -> bool:
    hello = flow.tls.server_hello if flow.tls else None
    if hello and hello.message:
        return hello.message.version >= TLS13
    return _finished_as_a_handshake(flow) is False


def _alerts_in_keys(flow: Flow) -> bool:
    """Whether an alert is longer than one in clear, and shows its type: up to TLS 1.2 it comes behind the Finished."""
    return any(r.content_type == ALERT and r.length > CLEAR_ALERT for r in flow.records)


def _finished_as_a_handshake(flow: Flow) -> bool | None:
    """Whether what the client sent after its Change Cipher Spec has a Finished in a handshake record; None where it has sent
    nothing."""
    mine = [r for r in flow.records if r.direction == 0]
    changed = next((at for at, r in enumerate(mine) if r.content_type == CHANGE_CIPHER_SPEC), len(mine))
    rest = mine[changed + 1 :]
    return any(r.content_type == HANDSHAKE and r.length <= FINISHED_MOST for r in rest) if rest else None
