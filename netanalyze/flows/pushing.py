"""Servers that speak when they have something to say, and not because they were just asked: event streams, heartbeats,
long polls, farewells."""

import itertools
import statistics
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from netanalyze.flows.application import (
    ALERT_LENGTH,
    FRAME_HEADER,
    PING,
    TLS13_OVERHEAD,
    WINDOW_UPDATE,
    application,
    offers_http2,
    overhead,
)
from netanalyze.flows.flow import Flow, Record
from netanalyze.flows.within import last_answered, last_asked, last_by, within
from netanalyze.tracking.records import HEADER_LENGTH

if TYPE_CHECKING:
    from netanalyze.flows.stalls import Stall

EVENT_STREAMS = ("text/event-stream", "multipart/x-mixed-replace")
"""Content types of responses that are kept open to push (WHATWG HTML, Server-sent events; RFC 2046 section 5.1)."""
MESSAGE_MOST = 1200
"""Octets of a record that surely fits into one segment, even in a tunnel (IPv6's least MTU of 1280; RFC 8200 section 5)."""
ALIKE = 3
"""So many waits of one length are a timer's: two may be chance."""
SPREAD = 0.1
"""How far from their median waits of one timer lie: a timer is exact, and a round trip comes on top."""


WHILE_NS = 1_000_000_000
"""A request's head and body follow each other sooner than this: the least time-out of TCP (RFC 6298 section 2.4), in case a
segment between them was lost."""

SHORTEST_REQUEST = len("GET / HTTP/1.1\r\nHost: \r\n\r\n")
"""Octets of the shortest request there is, without the name in its Host field (RFC 9112 sections 3 and 3.2)."""
PLAYED = ("audio/", "video/")
"""How the types of what is sent as it is played begin (RFC 2046 section 4)."""


def played(flow: Flow) -> bool:
    """Whether a response in clear is sound or pictures, which a server may send at the pace at which they are played."""
    clear = flow.clear.exchanges if flow.clear is not None else []
    return any((e.content_type or "").startswith(PLAYED) for e in clear)


def _spoken(flow: Flow) -> list[Record]:
    """The client's application records beyond its Finished (which is one in TLS 1.3), without alerts."""
    alert = ALERT_LENGTH + overhead(flow)
    records = [r for r in flow.application_records(0) if r.length != alert]
    return records[1:] if overhead(flow) == TLS13_OVERHEAD else records


def event_stream(flow: Flow, frame: int) -> bool:
    """Whether the response that was under way in ``frame`` is one that its server keeps open for events, read in clear."""
    if flow.clear is None:
        return False
    begun = last_answered(flow, frame)
    return begun is not None and not begun.body_over and begun.content_type in EVENT_STREAMS


def only_closes(flow: Flow, frame: int, sent: int) -> bool:
    """Whether the server, who had sent up to offset ``sent``, said nothing from ``frame`` on but that it closes: alerts, HTTP/2's
    GOAWAY and PING, a FIN; octets whose records were not read (a snap length hides their beginnings) are something else."""
    if flow.tls is None or not (flow.server.fin_frame or flow.server.rst_frame):
        return False
    extra = overhead(flow)
    farewells = {ALERT_LENGTH + extra}
    if offers_http2(flow):
        farewells |= {FRAME_HEADER + PING + extra, FRAME_HEADER + WINDOW_UPDATE + extra}  # GOAWAY is as long as PING
    if "words" not in flow.known:  # the server's last record, and the frame of the last that is no farewell
        mine = [r for r in flow.records if r.direction == 1]
        words = [r.frame_number for r in mine if r.content_type != 21 and r.length not in farewells]
        flow.known["words"] = mine[-1].frame_number if mine else -1, max(words, default=-1)
    last, word = flow.known["words"]
    if not word < frame <= last:
        return False
    told = sum(HEADER_LENGTH + r.length for r in flow.records if r.direction == 1 and r.frame_number >= frame)
    return flow.server.next - (flow.server.fin_frame > 0) - sent <= told


def paced(stalls: Iterable["Stall"]) -> set[int]:
    """Of waits, those that a timer of the server's makes: ``ALIKE`` or more of one length. As ``id``s."""
    ones = sorted(stalls, key=lambda stall: stall.ns)
    found: set[int] = set()
    for first in range(len(ones) - ALIKE + 1):
        group = ones[first : first + ALIKE]
        middle = statistics.median(stall.ns for stall in group)
        if all(abs(stall.ns - middle) <= SPREAD * middle for stall in group):
            found |= {id(stall) for stall in group}
    return found


def polls(flow: Flow, waits: Sequence["Stall"], least_ns: int) -> set[int]:
    """Of waits for responses, those of a long poll: the same request again and again, each held for as long. As ``id``s.

    A server that is slow is slow with whatever it is asked; one that holds a request until its timer runs out gets the
    same request again at once (RFC 6202 section 2.1).

    Args:
        least_ns: the shortest wait that is taken for a timer's.
    """
    timed = paced(stall for stall in waits if stall.ns >= least_ns)
    if not timed:
        return set()
    asked = {_request(flow, stall.last_frame) for stall in waits if id(stall) in timed}
    return timed if len(asked) == 1 and None not in asked else set()


def _request(flow: Flow, frame: int) -> str | int | None:
    """What tells the request that was open in ``frame`` from others: its path, or the size of its record."""
    if flow.clear is not None:
        asked = last_asked(flow, frame)
        return (asked.target or "").partition("?")[0] if asked is not None else None
    record = last_by(flow.application_records(0), frame)
    return record.length if record is not None else None


def speaks_in_messages(flow: Flow, start_ns: int, end_ns: int) -> bool:
    """Whether all that the server said from ``start_ns`` to ``end_ns`` are records shorter than a segment, or in clear HTTP/2
    such segments: messages, each whole when it came, as WebSocket and gRPC push them; a file comes in pieces as long as they
    may be."""
    if flow.conversation is not None and flow.conversation.is_http2_clear:
        return all(p.length < MESSAGE_MOST for p in flow.data_packets[1] if start_ns <= p.time_ns <= end_ns)
    said = [r for r in flow.records if r.direction == 1 and r.content_type == 23 and start_ns <= r.time_ns <= end_ns]
    return bool(said) and max(r.length for r in said) < MESSAGE_MOST


LAST_FRAME = 2**62
"""A frame behind all frames."""


def may_be_whole(flow: Flow) -> bool:
    """Whether the last response of a TLS flow ends as a whole one may, in a record shorter than those before it.

    Where nobody is known to wait for more, that is what it is: few servers end a response with a record of its own.
    """
    read = application(flow) if flow.tls is not None else None
    return read is not None and read.ended is None


def takes_turns(flow: Flow) -> bool:
    """Whether a flow of a program that is not known shows itself to ask and to wait for the answer.

    TLS of which the beginning was not seen may carry anything, and so may TLS whose client named no protocol (ALPN), until
    something was asked there and answered. HTTP/1 asks again only when it was answered (pipelining is off in every client;
    RFC 9112 section 9.3.2): who speaks, and a while later speaks again without having heard anything, or says what is too
    short for a request, is a tunnel or a WebSocket; what follows at once is the same request's, be it its last chunk. HTTP/2 has
    requests side by side.
    """
    if flow.tls is None:
        return True
    if not flow.seen_from_start:
        return False
    if offers_http2(flow):
        return True
    read = application(flow)
    if read is not None and not read.responses and _names_a_protocol(flow):
        return True  # its first request: until that is answered it is neither a WebSocket's nor a tunnel's
    shortest = SHORTEST_REQUEST + len(flow.tls.sni or "")
    if any(r.length - overhead(flow) < shortest for r in _begins(flow)):
        return False
    if _speaks_again_unheard(flow):
        return False
    return _names_a_protocol(flow) or _asked_before(flow)


def _begins(flow: Flow) -> list[Record]:
    """What the client spoke, its first word aside, that is no more of what it was just saying."""
    spoken, heard = _spoken(flow), flow.application_records(1)
    return [
        record
        for before, record in itertools.pairwise(spoken)
        if record.time_ns - before.time_ns >= WHILE_NS or within(heard, before.frame_number, record.frame_number)
    ]


def _speaks_again_unheard(flow: Flow) -> bool:
    """Whether the client spoke, and WHILE_NS later or more again, without having heard anything meanwhile."""
    moments = sorted((r.time_ns, r.frame_number) for r in _spoken(flow))
    rests = [(since, until) for since, until in itertools.pairwise(moments) if until[0] - since[0] >= WHILE_NS]
    if not rests:
        return False
    heard = sorted((r.time_ns, r.frame_number) for r in flow.application_records(1))
    return any(bisect_left(heard, since) == bisect_left(heard, until) for since, until in rests)


def _names_a_protocol(flow: Flow) -> bool:
    """Whether the client named what it speaks, or its hello cannot be read."""
    hello = flow.tls.client_hello if flow.tls is not None else None
    return hello is None or hello.message is None or bool(hello.message.alpn)


def _asked_before(flow: Flow) -> bool:
    """Whether something was asked on the flow and answered, and more was said after that."""
    read = application(flow)
    if read is None or len(read.requests) < 2:
        return False
    return any(
        read.may_answer(read.requests[0], r) for r in read.responses if r.frame_number < read.requests[-1].frame_number
    )
