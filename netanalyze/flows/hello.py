"""How far a ClientHello got: its size, its segments, what of it was acknowledged and SACKed, and what came back."""

from dataclasses import dataclass

from netanalyze.flows.observe import Flow, KeptPacket
from netanalyze.flows.records import HANDSHAKE, HEADER_LENGTH
from netanalyze.flows.sequence import NO_OFFSET
from netanalyze.units import NEVER_NS


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
    def frames(self) -> tuple[int, int]:
        """First and last frame that first carried it."""
        return self.segments[0].frame_number, self.segments[-1].frame_number


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
    if client.sacked != NO_OFFSET and client.sacked > max(client.acked, start):
        sacked = min(client.sacked, end) - min(max(client.sacked_left, client.acked, start), end)
    answers = [p for p in flow.packets if p.direction == 1 and p.length and p.frame_number > segments[0].frame_number]
    answer_ns, answer_frame = (answers[0].time_ns, answers[0].frame_number) if answers else (NEVER_NS, 0)
    if not answers and server.sent_data and server.first_data_frame > segments[0].frame_number:
        answer_ns, answer_frame = server.first_data_ns, server.first_data_frame
    sent = max(p.time_ns for p in segments)
    return HelloFacts(start, end, tuple(segments), tuple(repeats), acked, max(sacked, 0), sent, answer_ns, answer_frame)


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
        return len(records) > 1
    return len(records) > (1 if hello.message.version >= 0x0304 else 0)
