"""How a client turns a certificate down: an alert in clear (TLS 1.2), or the shape of its close (TLS 1.3).

In TLS 1.3 the alert is encrypted: a record of 19 octets (2 + 1 + 16, RFC 8446 section 5.2) where Finished
should be (Go), or behind it (libcurl looks at the name when the handshake is over; OpenSSL, 24 octets and
more in TLS 1.2 form), and then a close, with no application data before it. Python and Node.js close without
an alert: right behind Finished, or right behind the server's flight.
"""

from dataclasses import dataclass

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
OVERHEAD, FINISHED_SHA256, FINISHED_SHA384 = 17, 4 + 32, 4 + 48
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
        r.direction == 1 and r.content_type == 23 and finished.time_ns < r.time_ns <= alert.time_ns - LOOKED_NS
        for r in flow.records
    )


def _spoke_on(sent: list[Record]) -> bool:
    """Whether what a client of TLS 1.3 sent is more than a Finished and an alert."""
    return len(sent) > 2 or (len(sent) == 2 and sent[1].length not in (ENCRYPTED_ALERT, ENCRYPTED_ALERT + 5))


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
    start = tls.client_hello.ns if tls.client_hello else flow.first_ns
    alert = tls.clear_alert()
    client = flow.client
    close_ns, close_frame = min(
        (ns, frame)
        for ns, frame in ((client.fin_ns, client.fin_frame), (client.rst_ns, client.rst_frame), (2**62, 0))
        if ns != NEVER_NS
    )
    if alert is not None:
        if alert.direction == 0 and alert.message[1] in CERTIFICATE_ALERTS:
            name = alert_name(alert.message[1])
            done = tls.first("server_hello_done") or tls.server_hello
            return Rejection(
                start, done.ns, done.frame, alert.frame, close_frame or alert.frame,
                alert.ns, message("the client's alert {name} ({number})", name=name, number=alert.message[1]), True, name,
            )  # fmt: skip
        return None
    mine = [r for r in flow.records if r.direction == 0 and r.stream_offset > 1]
    version = tls.server_hello.message.version if tls.server_hello.message else 0
    if not version or (not mine and version < 0x0304):
        return None
    first_word = next((r.frame_number for r in mine if r.content_type in (21, 23)), close_frame)
    if not close_frame or (flow.server.fin_frame and flow.server.fin_frame < min(first_word, close_frame)):
        return None
    if flow.server.rst_frame and flow.server.rst_frame < close_frame:
        return None  # a reset ended it, whoever sent it
    if unseen(flow, 0) or not _read_to_the_end(flow):
        return None  # what the client said last may be what the capture lacks
    if version >= 0x0304 and _spoke_on([r for r in mine if r.content_type == 23]):
        return None
    server_records = [r for r in flow.records if r.direction == 1]
    if not server_records or client.unacked > 1 or flow.server.next > max(flow.server.contiguous, flow.server.acked):
        return None
    if version >= 0x0304:
        sent = [r for r in mine if r.content_type == 23]
        until = sent[0].frame_number if sent else close_frame
        flight = [r for r in server_records if r.content_type == 23 and r.frame_number <= until]
        if not flight or sum(r.length for r in flight) < 300:
            return None
        if (
            len(sent) == 1
            and sent[0].length in (ENCRYPTED_ALERT, PADDED_ALERT)
            and close_ns - sent[0].time_ns < SOON_NS
        ):
            last = flight[-1]
            return Rejection(
                start, last.time_ns, last.frame_number, sent[0].frame_number, close_frame, close_ns,
                message("a record of {octets} octets, the size of an encrypted alert, where Finished should be",
                        octets=sent[0].length),
                False,
            )  # fmt: skip
        if (
            len(sent) == 1
            and sent[0].length - OVERHEAD in (FINISHED_SHA256, FINISHED_SHA384)
            and close_ns - sent[0].time_ns < AT_ONCE_NS
            and not any(sent[0].time_ns < r.time_ns <= close_ns for r in server_records)
        ):
            last = flight[-1]
            return Rejection(
                start, last.time_ns, last.frame_number, sent[0].frame_number, close_frame, close_ns,
                "Finished, and it closes at once, with no request between", False, finished=True,
            )  # fmt: skip
        if not sent and flight[-1].frame_number < close_frame and close_ns - flight[-1].time_ns < SOON_NS:
            last = flight[-1]
            return Rejection(
                start, last.time_ns, last.frame_number, close_frame, close_frame, close_ns,
                "it closes right after the server's flight, without Finished", False,
            )  # fmt: skip
        if (
            len(sent) == 2
            and sent[1].length in (ENCRYPTED_ALERT, ENCRYPTED_ALERT + 5)
            and close_ns - sent[1].time_ns < SOON_NS
        ):
            last = flight[-1]
            # what comes when the client has closed was under way: tickets, no answer; an alert closes the other side too
            if (
                not _heard_between(flow, *sent)
                and sent[1].time_ns - sent[0].time_ns < AT_ONCE_NS
                and not any(
                    sent[1].time_ns < r.time_ns <= close_ns
                    and r.content_type == 23
                    and r.length not in (ENCRYPTED_ALERT, ENCRYPTED_ALERT + 5)
                    for r in server_records
                )
            ):
                return Rejection(
                    start, last.time_ns, last.frame_number, sent[1].frame_number, close_frame, close_ns,
                    "Finished, and at once an encrypted alert, with no request between", False, finished=True,
                )  # fmt: skip
        return None
    spoken = [
        r
        for r in mine
        if r.content_type in (20, 22, 23) and tls.client_hello and r.stream_offset >= tls.client_hello.end
    ]
    over = tls.first("server_hello_done")
    if not spoken and over is not None and close_ns - over.ns < SOON_NS:
        return Rejection(
            start,
            over.ns,
            over.frame,
            close_frame,
            close_frame,
            close_ns,
            "it closes right after the server's flight, without a word",
            False,
        )
    return None
