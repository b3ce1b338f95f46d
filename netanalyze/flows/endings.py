"""What was under way on a flow when it ended, and the words of a server that declines to begin."""

from netanalyze.conversations.greetings import IDENTIFICATION, server_begins
from netanalyze.conversations.refusals import refusal
from netanalyze.findings import Check
from netanalyze.flows.application import ALERT_LENGTH, Application, application, hidden_alert, offers_http2, overhead
from netanalyze.flows.flow import Flow, Record
from netanalyze.flows.hello import handshake_complete, went_on_unread
from netanalyze.flows.next_move import SERVER_SPEAKS_FIRST, body_complete
from netanalyze.flows.rejection import PADDED_ALERT
from netanalyze.flows.resets import provenance
from netanalyze.flows.within import kept_frame
from netanalyze.tracking.records import ALERT, APPLICATION_DATA, HEADER_LENGTH
from netanalyze.units import NEVER_NS
from netanalyze.wire.layers import ACK
from netanalyze.wire.message.postgres import owes_answer
from netanalyze.wording import Text, message

CUT_LEAST = 5_000
"""Octets of a response from which an end right behind them is taken for a cut."""
RESET_SOON_NS, CLOSED_SOON_NS = 30_000_000_000, 2_000_000_000
"""A response of which one cannot tell whether it is whole was cut if a RST (FIN) follows its last octets within
this: idle connections are closed after 60 s and more (nginx keepalive_timeout 75 s, Go IdleConnTimeout 90 s)."""

ANSWER_OWED, RESPONSE_OWED, GREETING_OWED = (
    "while an answer was owed", "while a response was owed", "before it had greeted",
)  # fmt: skip
"""What an end broke off of which nothing had come."""
_OWED = {ANSWER_OWED: "answer", RESPONSE_OWED: "answer", GREETING_OWED: "greeting"}


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


def _is_alert(flow: Flow, record: Record) -> bool:
    """Whether an encrypted record is an alert: by its type up to TLS 1.2, by its size in TLS 1.3, which hides types."""
    return record.content_type == ALERT or record.length == overhead(flow) + ALERT_LENGTH


def _said_goodbye(flow: Flow) -> bool:
    """Whether the server's last word was close_notify (RFC 8446 section 6.1, RFC 5246 section 7.2.1)."""
    return any(r.direction == 1 and _is_alert(flow, r) for r in flow.records[-3:])


def _client_said_goodbye(flow: Flow) -> bool:
    """Whether the client's last word, before the server's end, was close_notify: what ends behind it ends at its wish."""
    ended = flow.ended()
    mine = [
        r for r in flow.records
        if r.direction == 0 and r.content_type in (ALERT, APPLICATION_DATA) and (ended is None or r.frame_number < ended[3])
    ]  # fmt: skip
    return len(mine) > 2 and _is_alert(flow, mine[-1])


def _read(flow: Flow) -> Application | None:
    """What the records of a flow tell that is through its handshake."""
    return application(flow) if handshake_complete(flow) else None


def perhaps_cut(flow: Flow, short: bool = False) -> bool:
    """Whether the server's FIN came right behind octets of a response in HTTP/1, and without close_notify, unless the client
    says that it was short of octets (``short``): a server that gives up may close its TLS in order.

    A response may end so (RFC 9112 section 6.3), and one that is cut looks the same: who got it must say which it was.
    """
    ended, read = flow.ended(), _read(flow)
    if read is None or ended is None or ended[:2] != ("fin", 1) or (_said_goodbye(flow) and not short):
        return False
    last = max((r.time_ns for r in read.responses), default=NEVER_NS)
    return read.octets_since_request(1 << 62) >= CUT_LEAST and ended[2] - last < CLOSED_SOON_NS


def perhaps_reset(flow: Flow) -> bool:
    """Whether the server's RST came soon after octets of a response, and before the client closed.

    Whether the response was whole by then, encrypted lengths do not say: who got it must.
    """
    ended, read = flow.ended(), _read(flow)
    if read is None or ended is None or ended[:2] != ("rst", 1) or not read.responses:
        return False
    return ended[2] - max(r.time_ns for r in read.responses) < RESET_SOON_NS


def broken_off(flow: Flow) -> Text | None:
    """What an end of the flow interrupted, in words (RESPONSE_OWED); None where nothing was.

    Only what is known to be owed can be broken off: of a protocol that is not read, nobody can tell that the client's last
    word wanted an answer (MySQL's QUIT, LDAP's unbind and telnet's exit want none).
    """
    if flow.lacks_last_word(0) or flow.lacks_last_word(1):
        return None  # octets were acknowledged that the capture lacks: nobody can tell what was under way
    if _answered_behind_a_reset(flow) and not _of_a_rule_of_its_own(flow):
        return ANSWER_OWED if flow.http is None else RESPONSE_OWED
    if flow.tls is not None and (not went_on_unread(flow) or _may_have_said_goodbye(flow)):
        return _broken_off_tls(flow)
    if flow.http is not None:
        return _broken_off_http(flow)
    if flow.server.sent_data and flow.server.next > flow.server.contiguous:
        return "in the middle of a transfer"
    ended = flow.ended()
    crossed = not _heard(flow, flow.client.last_data_frame)
    if ended is not None and ended[1] == 1 and not crossed and (_unanswered_database(flow) or _keys_owed(flow)):
        return ANSWER_OWED
    if ended is not None and ended[1] == 1 and _greets_nobody(flow):
        return GREETING_OWED
    if ended is not None and flow.client.unacked and acknowledges(flow, ended[3]):
        crossed = True  # by its own number the end tells how far the server had heard
    if flow.client.sent_data and not flow.server.sent_data and unread(flow) and not crossed:
        return ANSWER_OWED
    if ended is not None and ended[0] == "rst" and flow.seen_from_start and flow.data_direction == 0 and not crossed:
        return ANSWER_OWED  # a RST in the place of an answer is a no in any protocol
    return None  # (of a flow joined late, ports alone say who asks)


def _answered_behind_a_reset(flow: Flow) -> bool:
    """Whether the client spoke, a RST came by the server's address, and behind it what the server went on to say: the client had
    been told by then that the connection is no more, and by another than the server, which closed nothing."""
    ended = flow.ended()
    reset = kept_frame(flow.packets, ended[3]) if ended is not None and ended[:2] == ("rst", 1) else None
    if reset is None or flow.client.last_data_frame > reset.frame_number:
        return False
    said = flow.data_packets[1]
    before = max((p.frame_number for p in said if p.frame_number < reset.frame_number), default=0)
    return before < flow.client.last_data_frame and any(
        p.frame_number > reset.frame_number and p.offset >= reset.offset for p in said
    )


def _of_a_rule_of_its_own(flow: Flow) -> bool:
    """Whether what a RST broke off is a handshake of TLS, or by its signs the work of a filter that read a request in clear."""
    if flow.tls is not None:
        return not handshake_complete(flow)
    reset = flow.server.rst_frame
    asked = [e for e in flow.clear.exchanges if 0 < e.request_frame < reset] if flow.clear is not None else []
    return bool(asked) and not 0 < asked[-1].response_frame < reset and provenance(flow)[0] == "injected"


def _may_have_said_goodbye(flow: Flow) -> bool:
    """Whether what the client said last is no longer than an alert of TLS, close_notify among them, whose record is not read."""
    last = flow.data_packets[0][-1:]
    return not last or last[0].length <= HEADER_LENGTH + PADDED_ALERT


def _unanswered_database(flow: Flow) -> bool:
    """Whether a client of PostgreSQL has no answer to what it said first, which its server always answers."""
    whole = flow.seen_from_start and flow.opening_is_all(0) and flow.opening_is_all(1)
    return whole and owes_answer(flow.opening(0), flow.opening(1))


def _keys_owed(flow: Flow) -> bool:
    """Whether a server of SSH said its identification alone to a client that went on to the exchange of keys, which either side
    begins (RFC 4253 sections 4.2 and 7.1)."""
    if not flow.seen_from_start or not flow.opening_is_all(1):
        return False
    asked, said = flow.opening(0), flow.opening(1)
    line = said.rstrip(b"\r\n").rpartition(b"\n")[2]
    greeted = said.endswith(b"\n") and line.startswith(IDENTIFICATION) and flow.speaks_ssh
    return greeted and bool(asked.partition(b"\n")[2])


def words_of_refusal(flow: Flow) -> str | None:
    """What a server said in the place of serving; None where it serves, or where that is not to be read."""
    talk = flow.conversation
    if talk is None or flow.tls is not None or (flow.http and not flow.http.is_other) or flow.tunnelled:
        return None
    asked, answered = talk.opening_frame
    ended = flow.ended()
    closed = ended is not None and ended[1] == 1
    return refusal(talk.opening[0], talk.opening[1], not asked or answered < asked, closed)


def _greets_nobody(flow: Flow) -> bool:
    """Whether a server that is to speak first said nothing: by its port, or as its client speaks SSH, in which both greet."""
    if flow.server.sent_data or not flow.seen_from_start or (flow.conversation is None and flow.client.sent_data):
        return False
    return flow.speaks_ssh or (not flow.client.sent_data and flow.server.port in SERVER_SPEAKS_FIRST)


def _broken_off_tls(flow: Flow) -> Text | None:
    """The same of what TLS carries, told from the sizes and times of its records."""
    if not handshake_complete(flow):
        return None  # the rules of the TLS phase
    if _client_said_goodbye(flow) or hidden_alert(flow) is not None:
        return None
    read = application(flow)
    if read is None:
        return None
    if read.ended is False:
        return message("in the middle of a response ({why})", why=read.why)
    if read.requests and not read.answered:
        return RESPONSE_OWED if flow.speaks_http and _heard(flow, read.requests[-1].frame_number) else None
    if read.ended is None and read.responses:
        return _interrupted(flow, read)
    return None


def _broken_off_http(flow: Flow) -> str | None:
    """The same of HTTP/1 in clear."""
    ended = flow.ended()
    if greeted_otherwise(flow) is not None:
        return None  # who speaks another protocol owes no response
    for exchange in flow.http.exchanges if flow.http is not None else ():
        if ended is not None and ended[1] == exchange.asked_by:
            continue  # whoever asked may go
        if exchange.request_frame and not exchange.response_frame and _heard(flow, exchange.request_frame):
            return RESPONSE_OWED
        if exchange.response_frame and not exchange.body_over and not body_complete(flow, exchange):
            if exchange.body_kind == "length" or (exchange.body_kind == "chunked" and exchange.followed):
                return "in the middle of a response"
    return None


def what_was_owed(why: Text) -> dict[str, str]:
    """Of what :func:`broken_off` says: the attribute ``owed`` of a finding, where nothing of it had come."""
    return {"owed": _OWED[why]} if isinstance(why, str) and why in _OWED else {}


def greeted_otherwise(flow: Flow) -> str | None:
    """The protocol in which a server spoke up that was asked for something in HTTP; None where it speaks HTTP, or nothing."""
    talk = flow.conversation
    if talk is None or flow.clear is None or any(e.response_frame for e in flow.clear.exchanges):
        return None
    return server_begins(flow.opening(1))


def _heard(flow: Flow, frame: int) -> bool:
    """Whether what the client said in ``frame`` can have reached the server before it ended the flow: a request that
    crosses the FIN of an idle connection is owed nothing there (RFC 9112 section 9.5)."""
    ended = flow.ended()
    if ended is None or ended[1] != 1:
        return True
    if frame >= ended[3]:
        return False
    if ended[0] == "rst" and flow.client.unacked and not acknowledges(flow, ended[3]):
        return True  # a RST without ACK answers a segment of the client's, of a connection that is not known there
    asked = kept_frame(flow.packets, frame)
    return asked is None or ended[2] - asked.time_ns >= flow.round_trip_ns


def acknowledges(flow: Flow, frame: int) -> bool:
    """Whether the server's last segment, in ``frame``, says how far it had heard the client."""
    last = kept_frame(flow.packets, frame)
    return last is not None and last.direction == 1 and last.flags & ACK != 0


def last_words(flow: Flow, frame: int) -> list[tuple[int, str]]:
    """The frames of both sides' last octets before ``frame``, in their order, and what they show."""
    sides = ((flow.client, "the client's last octets"), (flow.server, "the server's last octets"))
    return sorted((half.last_data_frame, what) for half, what in sides if 0 < half.last_data_frame < frame)


UNREAD = "what the client said first is not in the capture: it may have been a ClientHello"
UNREAD_CHECK = Check("tcpdump -s 0, begun before the command")
"""What an end without an answer may also be, where nobody can read what it was that had no answer."""


def unread(flow: Flow) -> bool:
    """Whether nobody can tell that a flow ever worked: no octet of the server's, and none of the client's in the file.

    So it is where the capture was joined late, or the snap length cut the payload off.
    """
    if flow.server.sent_data or flow.tls is not None or flow.http is not None or flow.socks is not None:
        return False
    return not flow.opening(0)
