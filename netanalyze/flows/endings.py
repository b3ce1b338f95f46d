"""What was under way on a flow when it ended."""

from netanalyze.flows.application import ALERT_LENGTH, Application, application, offers_http2, overhead
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.observe import Flow
from netanalyze.flows.stalls import body_complete
from netanalyze.units import NEVER_NS
from netanalyze.wording import message

CUT_LEAST = 5_000
"""Octets of a response from which an end right behind them is taken for a cut."""
RESET_SOON_NS, CLOSED_SOON_NS = 30_000_000_000, 2_000_000_000
"""A response of which one cannot tell whether it is whole was cut if a RST (FIN) follows its last octets within
this: idle connections are closed after 60 s and more (nginx keepalive_timeout 75 s, Go IdleConnTimeout 90 s)."""


def _interrupted(flow: Flow, read: Application) -> str | None:
    """Whether an end soon after the last octets of a download interrupted it."""
    ended = flow.ended()
    if ended is None or ended[1] != 1:
        return None
    last = max((r.time_ns for r in read.responses), default=NEVER_NS)
    limit = RESET_SOON_NS if ended[0] == "rst" else CLOSED_SOON_NS
    large = read.octets_since_request(1 << 62) >= CUT_LEAST
    said_goodbye = _said_goodbye(flow)
    if ended[0] == "fin" and not offers_http2(flow):
        return None  # in HTTP/1 a close may be the end of a body (RFC 9112 section 6.3)
    if large and ended[2] - last < limit and not (ended[0] == "fin" and said_goodbye):
        return "while a response was coming"
    return None


def _said_goodbye(flow: Flow) -> bool:
    """Whether the server's last word was close_notify (RFC 8446 section 6.1)."""
    return any(r.direction == 1 and r.length == overhead(flow) + ALERT_LENGTH for r in flow.records[-3:])


def _client_said_goodbye(flow: Flow) -> bool:
    """Whether the client's last word, before the server's end, was close_notify: what ends behind it ends at its wish."""
    ended = flow.ended()
    mine = [r for r in flow.application_records(0) if ended is None or r.frame_number < ended[3]]
    return len(mine) > 2 and mine[-1].length == overhead(flow) + ALERT_LENGTH


def perhaps_cut(flow: Flow) -> bool:
    """Whether the server's FIN came right behind octets of a response in HTTP/1, and without close_notify.

    A response may end so (RFC 9112 section 6.3), and one that is cut looks the same: who got it must say which it was.
    """
    ended = flow.ended()
    read = application(flow) if flow.tls is not None and handshake_complete(flow) else None
    if read is None or ended is None or ended[:2] != ("fin", 1) or _said_goodbye(flow):
        return False
    last = max((r.time_ns for r in read.responses), default=NEVER_NS)
    return read.octets_since_request(1 << 62) >= CUT_LEAST and ended[2] - last < CLOSED_SOON_NS


def perhaps_reset(flow: Flow) -> bool:
    """Whether the server's RST came soon after octets of a response, and before the client closed.

    Whether the response was whole by then, encrypted lengths do not say: who got it must.
    """
    ended = flow.ended()
    read = application(flow) if flow.tls is not None and handshake_complete(flow) else None
    if read is None or ended is None or ended[:2] != ("rst", 1) or not read.responses:
        return False
    return ended[2] - max(r.time_ns for r in read.responses) < RESET_SOON_NS


def broken_off(flow: Flow) -> str | None:
    """What an end of the flow interrupted, in words ("while a response was owed"); None where nothing was."""
    if flow.server.acked > flow.server.next or flow.client.acked > flow.client.next:
        return None  # octets were acknowledged that the capture lacks: nobody can tell what was under way
    if flow.tls is not None:
        if not handshake_complete(flow):
            return None  # the rules of the TLS phase
        if _client_said_goodbye(flow):
            return None
        read = application(flow)
        if read is None:
            return None
        if read.ended is False:
            return message("in the middle of a response ({why})", why=read.why)
        if read.requests and not read.answered:
            return "while a response was owed"
        if read.ended is None and read.responses:
            return _interrupted(flow, read)
        return None
    if flow.http is not None:
        for exchange in flow.http.exchanges:
            if exchange.request_frame and not exchange.response_frame:
                return "while a response was owed"
            if exchange.response_frame and not exchange.body_over and not body_complete(flow, exchange):
                if exchange.body_kind in ("length", "chunked"):
                    return "in the middle of a response"
        return None
    if flow.data_direction == 0 and flow.server.sent_data:
        return "while an answer was owed"
    if flow.server.sent_data and flow.server.last_data_ns != NEVER_NS and flow.server.next > flow.server.contiguous:
        return "in the middle of a transfer"
    if flow.client.sent_data and not flow.server.sent_data:
        return "while an answer was owed"
    return None


def last_words(flow: Flow, frame: int) -> list[tuple[int, str]]:
    """The frames of both sides' last octets before ``frame``, in their order, and what they show."""
    sides = ((flow.client, "the client's last octets"), (flow.server, "the server's last octets"))
    return sorted((half.last_data_frame, what) for half, what in sides if 0 < half.last_data_frame < frame)


UNREAD = "what the client said first is not in the capture: it may have been a ClientHello"
UNREAD_CHECK = "tcpdump -s 0, begun before the command"
"""What an end without an answer may also be, where nobody can read what it was that had no answer."""


def unread(flow: Flow) -> bool:
    """Whether nobody can tell that a flow ever worked: no octet of the server's, and nothing readable of the client's.

    So it is where the capture was joined late, or the snap length cut the payload off.
    """
    return not flow.server.sent_data and flow.tls is None and flow.http is None and flow.socks is None
