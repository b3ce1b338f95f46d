"""Requests and responses inside encrypted records, read from their lengths (no keys).

An HTTP/2 peer writes about one frame a record: 9 octets of frame header, the payload, and what
the cipher adds (TLS 1.3: 1 + 16; TLS 1.2 with AES-GCM: 8 + 16). Small records of known sizes are
control frames; the rest of the client's are requests, the rest of the server's are responses.
"""

import itertools
from dataclasses import dataclass

from netanalyze.flows.observe import Flow, Record
from netanalyze.units import NEVER_NS
from netanalyze.wording import message

FRAME_HEADER = 9
ALERT_LENGTH = 2
TLS13_OVERHEAD, TLS12_OVERHEAD = 17, 24
WINDOW_UPDATE, PING, SETTINGS_ACK = 4, 8, 0
FINISHED_SHA256, FINISHED_SHA384 = 4 + 32, 4 + 48
PREFACE = 24
HEAD_MOST = 160
"""Longest record that is taken for the head of a response alone (HPACK makes 20 to 100 octets of one)."""
BODY_LEAST = 20_000
"""Octets from which a response is a download, which does not pause for long before its end."""
FULL_RECORD = 16384
TICKETS, TICKET_LEAST, TICKET_MOST = 4, 150, 400
"""NewSessionTickets a server sends at most, and their size as records (OpenSSL 250, Go 120 to 200, BoringSSL 240)."""
TICKETS_DIFFER = 16
"""Octets by which the tickets of one handshake may differ: nonce and age are all that does (RFC 8446 section 4.6.1)."""
SETTINGS_MOST = FRAME_HEADER + 8 * 6 + FRAME_HEADER + WINDOW_UPDATE
"""A SETTINGS frame of eight parameters and a WINDOW_UPDATE behind it."""


@dataclass(frozen=True)
class Application:
    """What the application records of a flow say.

    Attributes:
        requests: client records that carry a request (or a part of one).
        responses: server records that carry a response (or a part of one).
        control: number of small control records of both sides.
        last_request_ns, first_response_ns, last_response_ns: NEVER_NS where there is none; the response
            counted is the one to the last request.
        answered: something came after the last request that is no control frame.
        ended: the last thing the server sent looks like the end of a response: True, False, or None unknown.
        why: the reason for ``ended`` in words.
    """

    requests: tuple[Record, ...]
    responses: tuple[Record, ...]
    control: int
    last_request_ns: int
    first_response_ns: int
    last_response_ns: int
    answered: bool
    ended: bool | None
    why: str

    @property
    def parallel(self) -> bool:
        """Whether a request was ever sent before the one before it had an answer: then none can be told to be answered."""
        return any(
            not any(a.frame_number <= r.frame_number <= b.frame_number for r in self.responses)
            for a, b in itertools.pairwise(self.requests)
        )

    def turn(self, frame: int) -> int | None:
        """Who spoke last up to ``frame``, control frames aside: 0 a request, 1 a response, None nobody."""
        asked = max((r.frame_number for r in self.requests if r.frame_number <= frame), default=-1)
        told = max((r.frame_number for r in self.responses if r.frame_number <= frame), default=-1)
        if max(asked, told) < 0:
            return None
        return 1 if told > asked else 0

    def begins_response(self, frame: int) -> bool:
        """Whether the records that begin in ``frame`` begin with a short one, as the head of a response is."""
        here = [r for r in self.responses if r.frame_number == frame]
        return bool(here) and here[0].length <= HEAD_MOST and (len(here) == 1 or here[1].length != here[0].length)

    def octets_since_request(self, frame: int) -> int:
        """Response octets that came after the last request up to ``frame``."""
        asked = max((r.frame_number for r in self.requests if r.frame_number <= frame), default=0)
        return sum(r.length for r in self.responses if asked <= r.frame_number <= frame)


def overhead(flow: Flow) -> int:
    """Octets that the cipher and TLS add to a record's content."""
    hello = flow.tls.server_hello if flow.tls else None
    if hello and hello.message and hello.message.version >= 0x0304:
        return TLS13_OVERHEAD
    return TLS12_OVERHEAD


def offers_http2(flow: Flow) -> bool:
    """Whether HTTP/2 was on offer and not declined in clear."""
    tls = flow.tls
    if tls is None:
        return False
    hello, answer = tls.client_hello, tls.server_hello
    if answer and answer.message and answer.message.version < 0x0304:
        return answer.message.alpn == "h2"
    return bool(hello and hello.message and "h2" in hello.message.alpn)


def application(flow: Flow) -> Application | None:
    """What the application records of a TLS flow say; None where there are none beyond the handshake."""
    if "application" not in flow.known:
        flow.known["application"] = _application(flow)
    return flow.known["application"]


def _application(flow: Flow) -> Application | None:
    tls = flow.tls
    if tls is None:
        return None
    extra = overhead(flow)
    alert = extra + ALERT_LENGTH
    client = [r for r in flow.application_records(0) if r.length != alert]
    server = [r for r in flow.application_records(1) if r.length != alert]
    if extra == TLS13_OVERHEAD:
        finished = next(
            (i for i, r in enumerate(client) if r.length - extra in (FINISHED_SHA256, FINISHED_SHA384)), None
        )
        client = client[finished + 1 :] if finished is not None and finished < 3 else client[1:]
    if not client:
        return None
    control_sizes = {FRAME_HEADER + size + extra for size in (SETTINGS_ACK, WINDOW_UPDATE, PING)}
    control_sizes |= {2 * FRAME_HEADER + 2 * WINDOW_UPDATE + extra, 2 * FRAME_HEADER + WINDOW_UPDATE + extra}
    after = [r for r in server if r.time_ns >= client[0].time_ns]
    # a ClientHello cut by the snap length hides what was on offer; no HTTP/1 request is as short as control frames are
    cut = tls.client_hello is None or tls.client_hello.message is None
    http2 = any(r.length in control_sizes for r in client) if cut else offers_http2(flow)
    http2 = http2 and not _declined(client, after, extra)
    if http2:
        opening = client[0]
        requests = [r for r in client[1:] if r.length not in control_sizes]
        if not requests and opening.length >= PREFACE + 3 * FRAME_HEADER + 40 + extra:
            requests = [opening]  # preface, settings and the first request in one record
        responses = _without_prelude(after, extra)
    else:
        requests = [r for r in client if r.length > extra + 2]
        responses = [
            r for r in after if requests and r.frame_number > requests[0].frame_number and not _ticket(r, extra)
        ]
    if not requests:
        responses = []
    last_request = requests[-1] if requests else None
    end_mark = FRAME_HEADER + extra
    lone_end = http2 and len(responses) == 1 and responses[0].length == end_mark
    after_request = last_request.frame_number if last_request else 1 << 62
    following = [] if lone_end else [r for r in responses if r.frame_number > after_request]
    substantial = [r for r in following if r.length != end_mark] or ([] if http2 else following)
    ended, why = _ended(flow, responses, server, extra, http2)
    return Application(
        tuple(requests),
        tuple(responses),
        len(client) + len(server) - len(requests) - len(responses),
        last_request.time_ns if last_request else NEVER_NS,
        following[0].time_ns if following else NEVER_NS,
        flow.server.last_data_ns if responses else NEVER_NS,
        bool(substantial),
        ended,
        why,
    )


def _ticket(record: Record, extra: int) -> bool:
    """Whether a record has the size of a NewSessionTicket (RFC 8446 section 4.6.1; TLS 1.3 alone hides them)."""
    return extra == TLS13_OVERHEAD and TICKET_LEAST <= record.length <= TICKET_MOST


def _declined(client: list[Record], server: list[Record], extra: int) -> bool:
    """Whether the server chose HTTP/1 where TLS 1.3 hides the choice.

    An HTTP/2 client has to acknowledge the server's SETTINGS (RFC 9113 section 6.5.3), and so sends more than its first
    record once the server has said more than tickets.
    """
    if extra != TLS13_OVERHEAD or len(client) != 1:
        return False
    return len(server) - len(_tickets(server, extra)) >= 2


def _tickets(server: list[Record], extra: int) -> list[Record]:
    """The NewSessionTickets at the beginning of a server's records: they are all of one size, give or take a date."""
    first = server[0].length if server else 0
    alike = itertools.takewhile(
        lambda r: _ticket(r, extra) and abs(r.length - first) <= TICKETS_DIFFER, server[:TICKETS]
    )
    return list(alike)


def _without_prelude(records: list[Record], extra: int) -> list[Record]:
    """An HTTP/2 server's records without what it says unasked: tickets, its SETTINGS, the ACK of the client's.

    SETTINGS come first (RFC 9113 section 3.4) and the client's are acknowledged once, alone or with a
    WINDOW_UPDATE; a record of neither size is a response, or the beginning of one.
    """
    rest: list[Record] = []
    tickets, settings, acknowledged = 0, False, False
    for record in records:
        if not settings and tickets < TICKETS and _ticket(record, extra):
            tickets += 1
        elif not settings and record.length <= SETTINGS_MOST + extra:
            settings = True
        elif not acknowledged and record.length in (
            FRAME_HEADER + extra, 2 * FRAME_HEADER + WINDOW_UPDATE + extra
        ):  # fmt: skip
            acknowledged = True
        else:
            settings = True
            rest.append(record)
    return rest


def _ended(
    flow: Flow, responses: list[Record], server: list[Record], extra: int, http2: bool
) -> tuple[bool | None, str]:
    """Whether the last response is whole, and how one can tell."""
    if not responses:
        return None, "no response"
    last = server[-1]
    if not flow.whole(last):
        missing = last.stream_offset + 5 + last.length - max(flow.server.contiguous, flow.server.acked)
        return False, message(
            "the last record lacks {missing} of its {octets} octets", missing=missing, octets=last.length
        )
    end_mark = FRAME_HEADER + extra
    spilled = len(server) > 1 and server[-2].length - extra >= FULL_RECORD
    if http2 and responses[-1].length == end_mark and not spilled:
        return True, message("an empty record of {octets} octets, the size of END_STREAM, came last", octets=end_mark)
    full = {r.stream_offset + 5 + r.length for r in server if r.length - extra >= FULL_RECORD}
    ends = sum(1 for r in responses if r.length == end_mark and r.stream_offset not in full)
    body = [r for r in responses if r.length > 1000]
    if http2 and ends >= 2 and body and responses[-1].length > 1000:
        return False, "earlier responses ended with an END_STREAM record; this one did not"
    if last.length - extra >= FULL_RECORD - 2 * FRAME_HEADER:
        return False, message("the last record is a full one ({octets} octets): more was to come", octets=last.length)
    longest = max(r.length for r in responses)
    if len(body) >= 3 and last.length == longest and sum(r.length == longest for r in body) >= 2:
        return False, message(
            "the last record is as long as the longest ones ({octets} octets): more was to come", octets=last.length
        )
    return None, "the last record is whole and shorter than the others"
