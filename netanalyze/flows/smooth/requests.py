"""Requests and responses inside the records of TLS 1.3, of many flows at once: netanalyze.flows.application says how it is told.

A flow is *told* where its records lie end to end and it asked for something that was answered; of any other nothing is said here.
Law: of a flow that is told it is what ``application`` says (tests/laws/test_smooth_flows.py).
"""

from netanalyze.columns import Cell, Layout, frame, moment
from netanalyze.flows.application import (
    ALERT_LENGTH,
    FINISHED_SHA256,
    FINISHED_SHA384,
    FRAME_HEADER,
    PING,
    PREFACE,
    SETTINGS_ACK,
    SETTINGS_MOST,
    TICKET_LEAST,
    TICKET_MOST,
    TICKETS,
    TICKETS_DIFFER,
    TLS13_OVERHEAD,
    WINDOW_UPDATE,
)
from netanalyze.kernel import kernel
from netanalyze.tracking.records import APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEADER_LENGTH, RECORD

NO_ROLE, CLIENTS, SERVERS, REQUEST, RESPONSE = range(5)
"""What a record is: none of what is looked at, application data of the client behind its Finished or of the server from then on,
a request, a response."""
FINISHED_BY = 3
"""The client's Finished is among its first application data records."""
END_MARK = FRAME_HEADER + TLS13_OVERHEAD
"""The record of an empty DATA frame, the end of a response of HTTP/2."""
OPENING_LEAST = PREFACE + 3 * FRAME_HEADER + 40 + TLS13_OVERHEAD
"""HTTP/2's preface and settings, and a request behind them in the same record."""
NEVER_FRAME = 1 << 62

SMOOTH = Layout(
    Cell("record_first", "1", "which of the records is its first"),
    Cell("record_behind", "1", "behind its last"),
    Cell("gap_first", "1", "which of the gaps is its first"),
    Cell("gap_behind", "1", "behind its last"),
    Cell("client_end", "offset", "behind the client's octets"),
    Cell("server_end", "offset", "behind the server's"),
    Cell("server_acked", "offset", "up to which the client acknowledged these"),
    Cell("round_trip_ns", "ns", "the smallest from client to server, 0 unknown"),
    Cell("http2_offered", "1", "1: by the client"),
    Cell(
        "client_body",
        "1",
        "1: the client sent so much, so large, that it may tell whose turn it was where records do not",
    ),
    Cell("server_body", "1", "1: the server did"),
    frame("client_fin_frame", "the client's FIN"),
    frame("server_fin_frame", "the server's, NEVER_FRAME none"),
    frame("server_first_frame", "in which the server spoke first"),
    moment("first_ns", "its first frame"),
    moment("established_ns", "the handshake of TCP was over"),
    moment("stop_ns", "the last event that moved it on"),
)
"""What is known of a connection that went smoothly, a row."""

TALK = Layout(
    Cell("is_told", "1", "1: it is known what was asked, and that it was answered"),
    Cell("requests", "1", "records that carry one"),
    Cell("http2", "1", "1: requests may lie side by side"),
    frame("finished_frame", "that ends the handshake: the client's second application data record"),
    moment("finished_ns", "that frame"),
    frame("last_frame", "of the last record of the server"),
    frame("last_word_frame", "of the last record of the server that is no farewell"),
)
"""What is told of a flow, a row."""


@kernel
def is_control(length):
    """Whether a record of the client is a control frame of HTTP/2, or two."""
    frame_length = length - TLS13_OVERHEAD - FRAME_HEADER
    return (
        frame_length == SETTINGS_ACK
        or frame_length == WINDOW_UPDATE
        or frame_length == PING
        or frame_length == FRAME_HEADER + 2 * WINDOW_UPDATE
        or frame_length == FRAME_HEADER + WINDOW_UPDATE
    )


@kernel
def lie_end_to_end(records, first, behind, client_end, server_end):
    """Whether a flow's records lie end to end, each side's first a handshake record, the others TLS 1.3's."""
    client, server = 1, 1
    for row in range(first, behind):
        r = row * RECORD.WIDTH
        kind, offset = records[r + RECORD.CONTENT_TYPE], records[r + RECORD.STREAM_OFFSET]
        is_first = offset == 1
        if is_first != (kind == HANDSHAKE) or (
            not is_first and kind != APPLICATION_DATA and kind != CHANGE_CIPHER_SPEC
        ):
            return False
        length = HEADER_LENGTH + records[r + RECORD.LENGTH]
        if records[r + RECORD.DIRECTION] == 0:
            if offset != client:
                return False
            client += length
        else:
            if offset != server:
                return False
            server += length
    return client == client_end and server == server_end


@kernel
def note_sides(records, first, behind, roles, talks, t):
    """Give records their sides: the client's behind its Finished, the server's from then on; whether the client said anything."""
    count, alert, finished, said = 0, ALERT_LENGTH + TLS13_OVERHEAD, 0, 0
    for row in range(first, behind):
        r = row * RECORD.WIDTH
        length = records[r + RECORD.LENGTH]
        if records[r + RECORD.CONTENT_TYPE] == APPLICATION_DATA and records[r + RECORD.DIRECTION] == 0:
            said += 1
            if said == 2:
                talks[t + TALK.FINISHED_FRAME] = records[r + RECORD.FRAME_NUMBER]
                talks[t + TALK.FINISHED_NS] = records[r + RECORD.TIME_NS]
            if length != alert:
                content = length - TLS13_OVERHEAD
                if count < FINISHED_BY and finished == 0 and (content == FINISHED_SHA256 or content == FINISHED_SHA384):
                    finished = count + 1
                count += 1
    skipped, count, since = finished if finished else 1, 0, -1
    for row in range(first, behind):
        r = row * RECORD.WIDTH
        roles[row] = NO_ROLE
        if records[r + RECORD.CONTENT_TYPE] == APPLICATION_DATA and records[r + RECORD.LENGTH] != alert:
            if records[r + RECORD.DIRECTION] == 0:
                count += 1
                if count > skipped:
                    roles[row] = CLIENTS
                    if since == -1:
                        since = row
    if since == -1:
        return False
    began_ns = records[since * RECORD.WIDTH + RECORD.TIME_NS]
    for row in range(first, behind):
        r = row * RECORD.WIDTH
        if records[r + RECORD.CONTENT_TYPE] == APPLICATION_DATA and records[r + RECORD.DIRECTION] == 1:
            if records[r + RECORD.LENGTH] != alert and records[r + RECORD.TIME_NS] >= began_ns:
                roles[row] = SERVERS
    return True


@kernel
def note_last_words(records, first, behind, http2, talks, t):
    """Note the server's last record, and its last that is no farewell: no alert, and of HTTP/2 no GOAWAY and no PING."""
    talks[t + TALK.LAST_FRAME], talks[t + TALK.LAST_WORD_FRAME] = -1, -1
    for row in range(first, behind):
        r = row * RECORD.WIDTH
        if records[r + RECORD.DIRECTION] == 1:
            inside = records[r + RECORD.LENGTH] - TLS13_OVERHEAD
            talks[t + TALK.LAST_FRAME] = records[r + RECORD.FRAME_NUMBER]
            farewell = http2 and (inside == FRAME_HEADER + PING or inside == FRAME_HEADER + WINDOW_UPDATE)
            if inside != ALERT_LENGTH and not farewell:
                talks[t + TALK.LAST_WORD_FRAME] = records[r + RECORD.FRAME_NUMBER]


@kernel
def tickets_of(records, first, behind, roles, after_frame, until_frame):
    """How many of the server's records between two frames, from the first on, are tickets of one size."""
    found, size = 0, 0
    for row in range(first, behind):
        r = row * RECORD.WIDTH
        frame_number, length = records[r + RECORD.FRAME_NUMBER], records[r + RECORD.LENGTH]
        if roles[row] == SERVERS and frame_number > after_frame and frame_number < until_frame:
            size = length if size == 0 else size
            apart = length - size if length > size else size - length
            if found == TICKETS or length < TICKET_LEAST or length > TICKET_MOST or apart > TICKETS_DIFFER:
                return found
            found += 1
    return found


@kernel
def declined(records, first, behind, roles):
    """Whether the server chose HTTP/1: it said more than tickets, and the client acknowledged no settings; or nothing but these,
    where it had settings to acknowledge."""
    clients, servers = 0, 0
    for row in range(first, behind):
        if roles[row] == CLIENTS:
            clients += 1
            if clients > 1 and is_control(records[row * RECORD.WIDTH + RECORD.LENGTH]):
                return False
        if roles[row] == SERVERS:
            servers += 1
    said = servers - tickets_of(records, first, behind, roles, -1, NEVER_FRAME)
    return said >= 2 or said == 0


@kernel
def note_http2(records, first, behind, roles):
    """Give the records of HTTP/2 their roles: requests behind the preface, responses behind what a server says unasked."""
    opening, asked = -1, 0
    tickets, settings, acknowledged, opened, talks = 0, False, False, False, 0
    for row in range(first, behind):
        length = records[row * RECORD.WIDTH + RECORD.LENGTH]
        inside = length - TLS13_OVERHEAD
        if roles[row] == CLIENTS:
            if opening == -1:
                opening = row
            elif not is_control(length):
                roles[row] = REQUEST
                asked += 1
        elif roles[row] == SERVERS:
            if not settings and tickets < TICKETS and length >= TICKET_LEAST and length <= TICKET_MOST:
                tickets += 1
            elif not settings and inside <= SETTINGS_MOST:
                settings = True
            elif not acknowledged and (inside == FRAME_HEADER or inside == 2 * FRAME_HEADER + WINDOW_UPDATE):
                acknowledged = True
            elif settings and not opened and not acknowledged and talks == 0 and inside == FRAME_HEADER + WINDOW_UPDATE:
                opened = True
            else:
                settings = True
                talks += 1
                roles[row] = RESPONSE
    if asked == 0 and opening >= 0 and records[opening * RECORD.WIDTH + RECORD.LENGTH] >= OPENING_LEAST:
        roles[opening] = REQUEST


@kernel
def note_http1(records, first, behind, roles):
    """Give the records of HTTP/1 their roles: what the client says are requests, tickets that follow the first no responses."""
    asked_frame, next_frame = -1, NEVER_FRAME
    for row in range(first, behind):
        r = row * RECORD.WIDTH
        if roles[row] == CLIENTS and records[r + RECORD.LENGTH] > TLS13_OVERHEAD + ALERT_LENGTH:
            roles[row] = REQUEST
            if asked_frame == -1:
                asked_frame = records[r + RECORD.FRAME_NUMBER]
            elif next_frame == NEVER_FRAME:
                next_frame = records[r + RECORD.FRAME_NUMBER]
    if asked_frame == -1:
        return
    turn = 0
    for row in range(first, behind):
        frame_number = records[row * RECORD.WIDTH + RECORD.FRAME_NUMBER]
        if roles[row] == SERVERS and frame_number > asked_frame and frame_number < next_frame:
            turn += 1
    skipped = tickets_of(records, first, behind, roles, asked_frame, next_frame)
    if skipped == 1 and turn == 1:
        skipped = 0
    for row in range(first, behind):
        if roles[row] == SERVERS and records[row * RECORD.WIDTH + RECORD.FRAME_NUMBER] > asked_frame:
            if skipped > 0:
                skipped -= 1
            else:
                roles[row] = RESPONSE


@kernel
def was_answered(records, first, behind, roles, soonest_ns, http2):
    """How many requests there are, where something came that may answer the last; 0 where nothing did."""
    requests, asked = 0, -1
    for row in range(first, behind):
        if roles[row] == REQUEST:
            requests += 1
            asked = row
    if asked == -1:
        return 0
    a = asked * RECORD.WIDTH
    for row in range(first, behind):
        r = row * RECORD.WIDTH
        if roles[row] == RESPONSE and not (http2 and records[r + RECORD.LENGTH] == END_MARK):
            since = records[r + RECORD.TIME_NS] - records[a + RECORD.TIME_NS]
            if records[r + RECORD.FRAME_NUMBER] > records[a + RECORD.FRAME_NUMBER] and since >= soonest_ns:
                return requests
    return 0


@kernel
def read_requests(records, flows, smooth, talks, roles):
    """Say of ``flows`` flows what was asked on them; a row of ``TALK`` is written for each.

    Args:
        records: rows of ``RECORD`` by flow, each flow's in order; ``roles`` is room for one number each.
        smooth: rows of ``SMOOTH``.
    """
    for flow in range(flows):
        s, t = flow * SMOOTH.WIDTH, flow * TALK.WIDTH
        first, behind = smooth[s + SMOOTH.RECORD_FIRST], smooth[s + SMOOTH.RECORD_BEHIND]
        talks[t + TALK.IS_TOLD] = 0
        if not lie_end_to_end(records, first, behind, smooth[s + SMOOTH.CLIENT_END], smooth[s + SMOOTH.SERVER_END]):
            continue
        if not note_sides(records, first, behind, roles, talks, t):
            continue
        offered = smooth[s + SMOOTH.HTTP2_OFFERED]
        note_last_words(records, first, behind, offered, talks, t)
        http2 = 0
        if offered and not declined(records, first, behind, roles):
            http2 = 1
            note_http2(records, first, behind, roles)
        else:
            note_http1(records, first, behind, roles)
        requests = was_answered(records, first, behind, roles, smooth[s + SMOOTH.ROUND_TRIP_NS] // 2, http2)
        talks[t + TALK.REQUESTS] = requests
        talks[t + TALK.HTTP2] = http2
        if requests > 0:
            talks[t + TALK.IS_TOLD] = 1
