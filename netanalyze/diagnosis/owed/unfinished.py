"""What was begun and never ended, on connections of which no finding tells: a record of TLS that is not whole, a request in clear
without any answer, SSH's exchange of keys."""

from netanalyze.causes.case import AT_END, LONG_GONE_NS, Case
from netanalyze.conversations.greetings import IDENTIFICATION
from netanalyze.conversations.http import Exchange
from netanalyze.diagnosis.owed.open_moves import HANGING, Open
from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.next_move import at_its_pace
from netanalyze.tracking.records import HEADER_LENGTH
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import Text, message

ONE_WAY = frozenset({514, 515, 601, 1514, 2003, 5044, 6514, 9100, 9997, 10516, 12201, 24224})
"""Ports at which clients only tell: syslog (RFC 6587, RFC 5425), printers, Graphite, log shippers (Splunk's 9997, Datadog's 10516
and GELF's 12201 among them)."""


def unfinished(case: Case, flow: Flow) -> Open | None:
    """The first of these that holds for HANGING or longer, to the end or until the client itself gave up."""
    ways = (_record, _request, _body, _first_word_in_tls, _keys)
    return next((lies for way in ways if (lies := way(case, flow)) is not None), None)


def _record(case: Case, flow: Flow) -> Open | None:
    """A record of the server's whose header came, and not all of its octets: whatever is said in it, the rest is owed."""
    last = flow.application_records(1)[-1:] if flow.tls is not None else []
    if not last or flow.whole(last[0]) or flow.lacks_last_word(1):
        return None
    since, lies = flow.server.last_data_ns, _lies_open(case, flow, flow.server.last_data_ns)
    came = max(flow.server.contiguous, flow.server.acked) - last[0].stream_offset - HEADER_LENGTH
    if lies is None or came < 0 or flow.server.next >= last[0].stream_offset + HEADER_LENGTH + last[0].length:
        return None  # its end was sent, or what lies before it is missing: that is a hole
    said = message(
        "{host} stopped in the midst of a record for {time}: {came} of its {octets} octets came",
        host=flow.destination, time=duration(lies[0] - since), came=came, octets=last[0].length,
    )  # fmt: skip
    return _open(case, since, lies, said, (flow.server.last_data_frame, "the last of it that came"))


def _request(case: Case, flow: Flow) -> Open | None:
    """A whole request in clear, in full view, to which the server never said a word since the last of its octets."""
    last, under_way = _unanswered(flow)
    if last is None or under_way is not False or flow.server.last_data_frame >= last.request_frame:
        return None
    since = max(last.request_ns, flow.client.last_data_ns)
    lies = _lies_open(case, flow, since)
    if lies is None:
        return None
    shows: tuple[int, Text] = (last.request_frame, message("{method} {target}", method=last.method, target=last.target))
    said = message("{host} did not answer a request for {time}", host=flow.destination, time=duration(lies[0] - since))
    return _open(case, since, lies, said, shows)


def _unanswered(flow: Flow) -> tuple[Exchange | None, bool | None]:
    """The last request in clear, where no word of a response came, and whether its client is still in its midst."""
    clear, client = flow.clear if not flow.tunnelled else None, flow.client
    last = clear.exchanges[-1] if clear is not None and clear.exchanges else None
    if clear is None or last is None or not last.request_frame or last.response_frame or flow.lacks_last_word(1):
        return None, None
    return last, clear.asks_on(last, client.next - (client.fin_frame > 0))


def _body(case: Case, flow: Flow) -> Open | None:
    """A request in clear in the midst of whose body the client fell silent, longer than ever before: the server owes nothing,
    and whether more was to come, no frame shows."""
    (last, under_way), client = _unanswered(flow), flow.client
    if last is None or not under_way:
        return None
    since = max(last.request_ns, client.last_data_ns)
    lies = _lies_open(case, flow, since)
    if lies is None or not client.all_acked or at_its_pace(flow, lies[0] - since):
        return None
    said = message(
        "the client stopped in the midst of its request to {host}, for {time}",
        host=flow.destination, time=duration(lies[0] - since),
    )  # fmt: skip
    return _open(case, since, lies, said, (client.last_data_frame, "the last of it, acknowledged"))


def _first_word_in_tls(case: Case, flow: Flow) -> Open | None:
    """What a client said first over TLS, and nothing of the server's behind it but tickets, for longer than the client itself
    took to say it: clients of nearly all protocols are answered then, at whatever port; those that only tell (logs) go on."""
    read = application(flow) if flow.tls is not None and handshake_complete(flow) else None
    if read is None or not read.requests or read.responses or not flow.seen_from_start or flow.lacks_last_word(1):
        return None
    since, client = flow.client.last_data_ns, flow.client
    lies = _lies_open(case, flow, since)
    if lies is None or not client.all_acked or flow.server.port in ONE_WAY:
        return None
    if lies[0] - since < since - read.requests[0].time_ns or at_its_pace(flow, lies[0] - since):
        return None
    words = {"host": flow.destination, "time": duration(lies[0] - since)}
    said = message("{host} took the handshake, and did not answer the first word for {time}", **words)
    return _open(case, since, lies, said, (client.last_data_frame, "the last that the client sent, acknowledged"))


def _keys(case: Case, flow: Flow) -> Open | None:
    """A server of SSH that named itself, and never said which keys it takes (RFC 4253 section 7.1), though its client did."""
    if not flow.speaks_ssh or not flow.seen_from_start or flow.lacks_last_word(1):
        return None
    named, asked = flow.opening(1), flow.opening(0)
    only = named.startswith(IDENTIFICATION) and named.endswith(b"\n") and named.count(b"\n") == 1
    if not only or not flow.opening_is_whole(1) or flow.server.stream_length > len(named):
        return None
    if not asked.startswith(IDENTIFICATION) or asked.endswith(b"\n") or not flow.client.all_acked:
        return None
    since, lies = flow.client.last_data_ns, _lies_open(case, flow, flow.client.last_data_ns)
    if lies is None:
        return None
    said = message(
        "{host} said its name, and no more for {time}", host=flow.destination, time=duration(lies[0] - since)
    )
    return _open(case, since, lies, said, (flow.client.last_data_frame, "the client's keys, acknowledged"))


def _lies_open(case: Case, flow: Flow, since: int) -> tuple[int, tuple[tuple[int, Text], ...]] | None:
    """Until when something lies open since a moment, with the client's end where it was that: for HANGING or longer; None where
    it is shorter, or where the server ended the flow, which tells why."""
    over = flow.ended()
    if since == NEVER_NS or (over is not None and over[1] != 0):
        return None
    end = over[2] if over is not None else case.end_ns
    if end - since < HANGING.ns or end - flow.last_ns > LONG_GONE_NS:
        return None
    return end, ((over[3], "the client gives up"),) if over is not None else ()


def _open(
    case: Case, since: int, lies: tuple[int, tuple[tuple[int, Text], ...]], sentence: Text, shows: tuple[int, Text]
) -> Open:
    end, closes = lies
    return Open(sentence, since, end, (shows, *closes), at_end=end >= case.end_ns - AT_END.ns)
