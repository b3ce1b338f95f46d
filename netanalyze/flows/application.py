"""Requests and responses inside encrypted records, read from their lengths (no keys).

An HTTP/2 peer writes about one frame a record: 9 octets of frame header, the payload, and what
the cipher adds (TLS 1.3: 1 + 16; TLS 1.2 with AES-GCM: 8 + 16). Small records of known sizes are
control frames; the rest of the client's are requests, the rest of the server's are responses.
"""

import functools
import itertools
from dataclasses import dataclass, replace

from netanalyze.findings import Threshold
from netanalyze.flows.flow import Flow, Record
from netanalyze.flows.hello import TLS13, speaks_tls13
from netanalyze.flows.within import last_by, within
from netanalyze.tracking.records import HEADER_LENGTH
from netanalyze.wording import Text, message

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
UNHEARD_MOST = 2 * 65_535
"""Octets beyond which what a client says unheard is no HTTP/2: DATA in the window of 65,535, and as much for heads."""
SETTINGS_MOST = FRAME_HEADER + 8 * 6 + FRAME_HEADER + WINDOW_UPDATE
"""A SETTINGS frame of eight parameters and a WINDOW_UPDATE behind it."""


AT_ONCE = Threshold(
    1, "s", source="RFC 6298 section 2.1: who has no better estimate waits 1 s; servers keep what is idle for 5 s and more",
    why="what comes later may be the end of an idle connection",
)  # fmt: skip


@dataclass(frozen=True)
class Application:
    """What the application records of a flow say.

    Attributes:
        requests: client records that carry a request (or a part of one).
        responses: server records that carry a response (or a part of one).
        soonest_ns: what comes sooner after a request was on its way before the request arrived: half of the smallest
            round trip, in case that was measured high.
        answered: something that may answer the last request came after it, and is no control frame.
        ended: the last thing the server sent looks like the end of a response: True, False, or None unknown.
        why: the reason for ``ended`` in words.
        multiplexed: requests may lie side by side, as in HTTP/2; in HTTP/1 what follows unanswered belongs to the same one
            (no client pipelines; RFC 9112 section 9.3.2).
    """

    requests: tuple[Record, ...]
    responses: tuple[Record, ...]
    soonest_ns: int
    answered: bool
    ended: bool | None
    why: Text
    multiplexed: bool

    @functools.cached_property
    def parallel(self) -> bool:
        """Whether a request was ever sent before the one before it had an answer: then none can be told to be answered."""
        return self.multiplexed and any(
            not within(self.responses, a.frame_number, b.frame_number) for a, b in itertools.pairwise(self.requests)
        )

    def turn(self, frame: int) -> int | None:
        """Whose turn of speaking was the last up to ``frame``, control frames aside: 0 a request, 1 a response, None
        nobody's. What came too soon after a request to answer it belongs to an earlier one."""
        asked, told = last_by(self.requests, frame), last_by(self.responses, frame)
        if asked is None or told is None:
            return 0 if asked is not None else 1 if told is not None else None
        return 1 if self.may_answer(asked, told) else 0

    def may_answer(self, request: Record, response: Record) -> bool:
        """Whether ``response`` came late enough to answer ``request``."""
        return response.frame_number > request.frame_number and response.time_ns - request.time_ns >= self.soonest_ns

    def begins_response(self, frame: int) -> bool:
        """Whether the records that begin in ``frame`` begin with a short one, as the head of a response is."""
        here = within(self.responses, frame, frame)
        return bool(here) and here[0].length <= HEAD_MOST and (len(here) == 1 or here[1].length != here[0].length)

    def octets_since_request(self, frame: int, sent: int = 0) -> int:
        """Response octets that came after the last request up to ``frame``, records that were not read among them: those that end
        by then, or where it is known how far the server had ``sent``, an offset, up to that."""
        asked = last_by(self.requests, frame)
        came = within(self.responses, asked.frame_number if asked is not None else 0, frame)
        return max(came[-1].stream_offset + came[-1].length, sent) - came[0].stream_offset if came else 0


def overhead(flow: Flow) -> int:
    """Octets that the cipher and TLS add to a record's content."""
    return TLS13_OVERHEAD if speaks_tls13(flow) else TLS12_OVERHEAD


def hidden_alert(flow: Flow) -> tuple[Record, Record] | None:
    """The client's first encrypted record in TLS 1.3, and the one of an alert's size that is all the server said to what began
    with it (Finished, perhaps a certificate, and what was asked behind them) before it ended the flow; None elsewhere.

    Later than AT_ONCE it may be the farewell on an idle connection, and behind octets that were not captured that of a response.
    """
    over = flow.ended()
    if over is None or over[1] != 1 or flow.tls is None or not flow.seen_from_start or not speaks_tls13(flow):
        return None
    mine, size = flow.application_records(0), TLS13_OVERHEAD + ALERT_LENGTH
    told = [r for r in flow.application_records(1) if mine and r.frame_number > mine[0].frame_number]
    if len(told) != 1 or told[0].length != size or any(r.length == size for r in mine):
        return None
    before = [r for r in flow.application_records(1) if r.frame_number <= mine[0].frame_number]
    if not before or not _side_by_side(before[-1], told[0]):
        return None
    late = told[0].time_ns - mine[0].time_ns > flow.round_trip_ns + AT_ONCE.ns
    return None if late else (mine[0], told[0])


def offers_http2(flow: Flow) -> bool:
    """Whether HTTP/2 was on offer and not declined in clear."""
    tls = flow.tls
    if tls is None:
        return False
    hello, answer = tls.client_hello, tls.server_hello
    if answer and answer.message and answer.message.version < TLS13:
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
    http2 = http2 and not _declined(client, after, extra, control_sizes)
    if http2:
        opening = client[0]
        requests = [r for r in client[1:] if r.length not in control_sizes]
        if not requests and opening.length >= PREFACE + 3 * FRAME_HEADER + 40 + extra:
            requests = [opening]  # preface, settings and the first request in one record
        responses = _without_prelude(after, extra)
    else:
        requests = [r for r in client if r.length > extra + 2]
        told = [r for r in after if requests and r.frame_number > requests[0].frame_number]
        responses = told[_tickets_first(requests, told, extra) :]
    if not requests:
        responses = []
    ended, why = _ended(flow, requests, responses, server, extra, http2)
    read = Application(tuple(requests), tuple(responses), flow.round_trip_ns // 2, False, ended, why, http2)
    return replace(read, answered=_answered(read, FRAME_HEADER + extra if http2 else -1))


def _answered(read: Application, end_mark: int) -> bool:
    """Whether something came that may answer the last request; an empty end of a response (``end_mark``) is nothing."""
    if not read.requests:
        return False
    return any(r.length != end_mark and read.may_answer(read.requests[-1], r) for r in read.responses)


def _ticket(record: Record, extra: int) -> bool:
    """Whether a record has the size of a NewSessionTicket (RFC 8446 section 4.6.1; TLS 1.3 alone hides them)."""
    return extra == TLS13_OVERHEAD and TICKET_LEAST <= record.length <= TICKET_MOST


def _declined(client: list[Record], server: list[Record], extra: int, control_sizes: set[int]) -> bool:
    """Whether the server chose HTTP/1 where TLS 1.3 hides the choice.

    An HTTP/2 client has to acknowledge the server's SETTINGS (RFC 9113 section 6.5.3), and so sends more than its first
    record, and a small one among them, once the server has said more than tickets. An HTTP/2 server has to acknowledge the
    client's, which its first record bears: one that says nothing but tickets is asked in HTTP/1, or answers nothing at all. Nor
    may a client say more than a window of DATA before it has heard the server (RFC 9113 section 6.9.2).
    """
    if extra != TLS13_OVERHEAD:
        return False
    first = server[len(_tickets(server, extra)) :][:1]
    if sum(r.length for r in client if not first or r.frame_number < first[0].frame_number) > UNHEARD_MOST:
        return True
    if any(r.length in control_sizes for r in client[1:]):
        return False
    said = len(server) - len(_tickets(server, extra))
    return said >= 2 or said == 0


def _tickets_first(requests: list[Record], answers: list[Record], extra: int) -> int:
    """How many of the first records that followed the first HTTP/1 request are tickets, and no response.

    Tickets come before anything else, two or more of one size or one before the response. One record of their size that
    is all there was before the client spoke again may be the answer, as short as many are.
    """
    first = answers[0].frame_number if answers else 0
    until = next((r.frame_number for r in requests if r.frame_number > first), 1 << 62)
    turn = [r for r in answers if r.frame_number < until]
    tickets = _tickets(turn, extra)
    return 0 if len(tickets) == len(turn) == 1 else len(tickets)


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
    WINDOW_UPDATE, which may come before it in a record of its own; a record of no such size is a response, or the
    beginning of one.
    """
    rest: list[Record] = []
    tickets, settings, acknowledged, opened = 0, False, False, False
    for record in records:
        if not settings and tickets < TICKETS and _ticket(record, extra):
            tickets += 1
        elif not settings and record.length <= SETTINGS_MOST + extra:
            settings = True
        elif not acknowledged and record.length in (
            FRAME_HEADER + extra, 2 * FRAME_HEADER + WINDOW_UPDATE + extra
        ):  # fmt: skip
            acknowledged = True
        elif (
            settings and not (opened or acknowledged or rest) and record.length == FRAME_HEADER + WINDOW_UPDATE + extra
        ):
            opened = True
        else:
            settings = True
            rest.append(record)
    return rest


def _ended(
    flow: Flow, requests: list[Record], responses: list[Record], server: list[Record], extra: int, http2: bool
) -> tuple[bool | None, Text]:
    """Whether the last response is whole, and how one can tell."""
    if not responses:
        return None, "no response"
    last = server[-1]
    if not flow.whole(last):
        missing = last.stream_offset + HEADER_LENGTH + last.length - max(flow.server.contiguous, flow.server.acked)
        return False, message(
            "the last record lacks {missing} of its {octets} octets", missing=missing, octets=last.length
        )
    if (beyond := _beyond(flow, last)) is not None:
        return beyond
    end_mark = FRAME_HEADER + extra
    # the rest of a frame that filled the record before it has that size too
    spilled = len(server) > 1 and (server[-2].length - extra >= FULL_RECORD or not _side_by_side(server[-2], last))
    if http2 and responses[-1].length == end_mark and not spilled:
        return True, message("an empty record of {octets} octets, the size of END_STREAM, came last", octets=end_mark)
    short = {r.stream_offset + HEADER_LENGTH + r.length for r in server if r.length - extra < FULL_RECORD}
    ends = sum(1 for r in responses if r.length == end_mark and r.stream_offset in short)
    body = [r for r in responses if r.length > 1000]
    if http2 and ends >= 2 and body and responses[-1].length > 1000:
        return False, "earlier responses ended with an END_STREAM record; this one did not"
    if last.length - extra >= FULL_RECORD - 2 * FRAME_HEADER:
        return False, message("the last record is a full one ({octets} octets): more was to come", octets=last.length)
    longest = max(r.length for r in responses)
    # answers of one record each may all be as long, unless an END_STREAM of its own ends each
    asked = None if http2 and ends else last_by(requests, last.frame_number)
    filled = sum(r.length == longest for r in body if asked is None or r.frame_number > asked.frame_number)
    if len(body) >= 3 and last.length == longest and filled >= 2:
        return False, message(
            "the last record is as long as the longest ones ({octets} octets): more was to come", octets=last.length
        )
    return None, "the last record is whole and shorter than the others"


def fills_a_record(flow: Flow, record: Record) -> bool:
    """Whether a record holds as much as one may, so that what it is a part of need not end with it."""
    return record.length - overhead(flow) >= FULL_RECORD


def _side_by_side(earlier: Record, later: Record) -> bool:
    """Whether nothing lies between two records of one side."""
    return later.stream_offset == earlier.stream_offset + HEADER_LENGTH + earlier.length


def _beyond(flow: Flow, last: Record) -> tuple[bool | None, str] | None:
    """What octets behind the last application record that was read say of the response; None where there are none.

    A record that begins in what the snap length cut off a frame came unseen.
    """
    end = last.stream_offset + HEADER_LENGTH + last.length
    others = [r.stream_offset for r in flow.records if r.direction == 1 and r.stream_offset >= end]
    sent = min([flow.server.next - (flow.server.fin_frame > 0), *others])
    if sent <= end:
        return None
    if not others and sent - end < HEADER_LENGTH:
        return False, "the next record had begun: more was to come"
    return None, "the beginnings of its last records are not in the capture"
