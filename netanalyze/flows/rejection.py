"""How a client turns a certificate down: an alert in clear (TLS 1.2), or the shape of its close (TLS 1.3).

In TLS 1.3 the alert is encrypted: a record of 19 octets (2 + 1 + 16, RFC 8446 section 5.2) where Finished
should be (Go), or behind it (libcurl looks at the name when the handshake is over; OpenSSL, 24 octets and
more in TLS 1.2 form), and then a close, with no application data before it. Python and Node.js close without
an alert: right behind Finished, or right behind the server's flight.
"""

from dataclasses import dataclass

from netanalyze.conversations.tls import Move, TlsConnection
from netanalyze.flows.application import FINISHED_SHA256, FINISHED_SHA384
from netanalyze.flows.flow import Flow, Record
from netanalyze.flows.network.unseen import unseen
from netanalyze.tracking.records import HEADER_LENGTH
from netanalyze.units import NEVER_NS
from netanalyze.wire.message.tls_names import alert_name
from netanalyze.wording import Text, message

ENCRYPTED_ALERT, PADDED_ALERT = 19, 35
"""Octets of an alert as a record of TLS 1.3; Java pads each by 16."""
SOON_NS = 2_000_000_000
AT_ONCE_NS = 50_000_000
LOOKED_NS = 5_000_000
"""Chosen here: who looks at a name when the handshake is over does so at once, and comparing it takes microseconds."""
ALERTS_BEHIND = ENCRYPTED_ALERT, ENCRYPTED_ALERT + 5
"""Of one behind Finished, as OpenSSL pads it or not."""
OVERHEAD = 17
"""Octets that a record of TLS 1.3 adds: the type, and 16 of AEAD."""
LEAST_FLIGHT = 300
"""Octets of a server's encrypted flight with a certificate in it; chosen here: one of a P-256 key alone takes as many."""
ALERT, APPLICATION_DATA, SPEAKING, TLS_1_3 = 21, 23, (20, 22, 23), 0x0304
"""Types of records (RFC 8446 section 5.1), those that go on with a handshake, and a version."""
ALERT_FOR_FINISHED = "a record of {octets} octets, the size of an encrypted alert, where Finished should be"
CERTIFICATE_ALERTS = (42, 43, 44, 45, 46, 48)


@dataclass(frozen=True)
class Rejection:
    """Where and how. ``certain`` where the alert is in clear, ``finished`` where the client had said Finished."""

    start_ns: int
    flight_ns: int
    flight_frame: int
    frame: int
    close_frame: int
    end_ns: int
    why: Text
    certain: bool
    alert: str | None = None
    finished: bool = False


def _heard_between(flow: Flow, finished: Record, alert: Record) -> bool:
    """Whether the server's tickets had come a while before the client's alert: it had looked at the certificate long since."""
    return any(
        r.direction == 1
        and r.content_type == APPLICATION_DATA
        and finished.time_ns < r.time_ns <= alert.time_ns - LOOKED_NS
        for r in flow.records
    )


def _spoke_on(sent: list[Record]) -> bool:
    """Whether what a client of TLS 1.3 sent is more than a Finished and an alert."""
    return len(sent) > 2 or (len(sent) == 2 and sent[1].length not in ALERTS_BEHIND)


def _read_to_the_end(flow: Flow) -> bool:
    """Whether all that the client said is in records that were followed, from its hello to its close."""
    tls, client = flow.tls, flow.client
    if tls is None or tls.client_hello is None:
        return False
    ends = [r.stream_offset + HEADER_LENGTH + r.length for r in flow.records if r.direction == 0]
    sent = [client.fin_offset if client.fin_frame else 1, *(p.offset + p.length for p in flow.data_packets[0])]
    return max([tls.client_hello.end, *ends]) >= max(sent)


def rejection(flow: Flow) -> Rejection | None:
    """The client's refusal of the server's certificate, or None."""
    tls = flow.tls
    if tls is None or tls.server_hello is None or tls.client != 0:
        return None
    alert = tls.clear_alert()
    if alert is not None:
        return _in_clear(flow, tls, alert)
    version = tls.server_hello.message.version if tls.server_hello.message else 0
    records = [r for r in flow.records if r.direction == 0 and r.stream_offset > 1]
    close = _close(flow)
    if not version or not close.frame or not _client_ended_it(flow, records, close):
        return None
    if version >= TLS_1_3:
        return _in_secret(flow, [r for r in records if r.content_type == APPLICATION_DATA], close)
    return _without_a_word(flow, tls, records, close) if records else None


def _begun(flow: Flow) -> int:
    """When the handshake began, ns."""
    hello = flow.tls.client_hello if flow.tls is not None else None
    return hello.ns if hello else flow.first_ns


def _in_clear(flow: Flow, tls: TlsConnection, alert: Move) -> Rejection | None:
    """The refusal that an alert in clear is; None where it is the server's, or about something else."""
    done = tls.first("server_hello_done") or tls.server_hello
    if done is None or alert.direction != 0 or alert.message[1] not in CERTIFICATE_ALERTS:
        return None
    name, close = alert_name(alert.message[1]), _close(flow)
    return Rejection(
        _begun(flow), done.ns, done.frame, alert.frame, close.frame or alert.frame, alert.ns,
        message("the client's alert {name} ({number})", name=name, number=alert.message[1]), True, name,
    )  # fmt: skip


@dataclass(frozen=True)
class _Close:
    """How the client closed: when (ns), and in which frame, 0 where it did not."""

    ns: int
    frame: int


def _close(flow: Flow) -> _Close:
    client = flow.client
    ends = ((client.fin_ns, client.fin_frame), (client.rst_ns, client.rst_frame), (2**62, 0))
    return _Close(*min(end for end in ends if end[0] != NEVER_NS))


def _client_ended_it(flow: Flow, records: list[Record], close: _Close) -> bool:
    """Whether it was the client who closed first, and all that either side said before is in the capture."""
    server, client = flow.server, flow.client
    first_word = next((r.frame_number for r in records if r.content_type in (ALERT, APPLICATION_DATA)), close.frame)
    if server.fin_frame and server.fin_frame < min(first_word, close.frame):
        return False
    if server.rst_frame and server.rst_frame < close.frame:
        return False  # a reset ended it, whoever sent it
    if unseen(flow, 0) or not _read_to_the_end(flow):
        return False  # what the client said last may be what the capture lacks
    heard = any(r.direction == 1 for r in flow.records)
    return heard and client.unacked <= 1 and server.next <= max(server.contiguous, server.acked)


def _in_secret(flow: Flow, sent: list[Record], close: _Close) -> Rejection | None:
    """The refusal that the shape of a client's close shows in TLS 1.3; ``sent`` are its encrypted records."""
    until = sent[0].frame_number if sent else close.frame
    answers = [r for r in flow.records if r.direction == 1]
    flight = [r for r in answers if r.content_type == APPLICATION_DATA and r.frame_number <= until]
    if _spoke_on(sent) or not flight or sum(r.length for r in flight) < LEAST_FLIGHT:
        return None
    last = flight[-1]
    before = _begun(flow), last.time_ns, last.frame_number
    if not sent:
        if last.frame_number >= close.frame or close.ns - last.time_ns >= SOON_NS:
            return None
        why: Text = "it closes right after the server's flight, without Finished"
        return Rejection(*before, close.frame, close.frame, close.ns, why, False)
    said = sent[-1]
    if len(sent) == 2:
        if not _alert_behind_finished(flow, sent, answers, close):
            return None
        why = "Finished, and at once an encrypted alert, with no request between"
    elif said.length in (ENCRYPTED_ALERT, PADDED_ALERT) and close.ns - said.time_ns < SOON_NS:
        why = message(ALERT_FOR_FINISHED, octets=said.length)
        return Rejection(*before, said.frame_number, close.frame, close.ns, why, False)
    else:
        answered = any(said.time_ns < r.time_ns <= close.ns for r in answers)
        at_once = said.length - OVERHEAD in (FINISHED_SHA256, FINISHED_SHA384) and close.ns - said.time_ns < AT_ONCE_NS
        if answered or not at_once:
            return None
        why = "Finished, and it closes at once, with no request between"
    return Rejection(*before, said.frame_number, close.frame, close.ns, why, False, finished=True)


def _alert_behind_finished(flow: Flow, sent: list[Record], answers: list[Record], close: _Close) -> bool:
    """Whether the second of two records is an alert that the client sent as soon as it had said Finished, unanswered.

    What comes when the client has closed was under way: tickets, no answer; an alert closes the other side too.
    """
    finished, alert = sent
    if close.ns - alert.time_ns >= SOON_NS or alert.time_ns - finished.time_ns >= AT_ONCE_NS:
        return False
    return not _heard_between(flow, finished, alert) and not any(
        alert.time_ns < r.time_ns <= close.ns and r.content_type == APPLICATION_DATA and r.length not in ALERTS_BEHIND
        for r in answers
    )


def _without_a_word(flow: Flow, tls: TlsConnection, records: list[Record], close: _Close) -> Rejection | None:
    """The refusal that a client's close right after the server's flight is in TLS 1.2."""
    over, hello = tls.first("server_hello_done"), tls.client_hello
    if over is None or close.ns - over.ns >= SOON_NS:
        return None
    if any(r.content_type in SPEAKING and hello and r.stream_offset >= hello.end for r in records):
        return None
    why = "it closes right after the server's flight, without a word"
    return Rejection(_begun(flow), over.ns, over.frame, close.frame, close.frame, close.ns, why, False)
