"""What was begun and never ended, on connections of which no finding tells: a record of TLS that is not whole, a request in clear
without any answer, SSH's exchange of keys."""

from netanalyze.causes.case import AT_END, LONG_GONE_NS, Case
from netanalyze.conversations.greetings import IDENTIFICATION
from netanalyze.diagnosis.owed.open_moves import HANGING, Open
from netanalyze.flows.flow import Flow
from netanalyze.tracking.records import HEADER_LENGTH
from netanalyze.units import NEVER_NS, duration
from netanalyze.wording import Text, message


def unfinished(case: Case, flow: Flow) -> Open | None:
    """The first of these that holds for HANGING or longer, to the end or until the client itself gave up."""
    return _record(case, flow) or _request(case, flow) or _keys(case, flow)


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
    clear = flow.clear if not flow.tunnelled else None
    last = clear.exchanges[-1] if clear is not None and clear.exchanges and not clear.asks_on else None
    if last is None or not last.request_frame or last.status >= 0 or last.response_frame or flow.lacks_last_word(1):
        return None
    if flow.server.last_data_frame >= last.request_frame:
        return None
    since = max(last.request_ns, flow.client.last_data_ns)
    lies = _lies_open(case, flow, since)
    if lies is None:
        return None
    shows: tuple[int, Text] = (last.request_frame, message("{method} {target}", method=last.method, target=last.target))
    said = message("{host} did not answer a request for {time}", host=flow.destination, time=duration(lies[0] - since))
    return _open(case, since, lies, said, shows)


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
