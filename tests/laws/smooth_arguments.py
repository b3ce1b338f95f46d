"""Arguments for the kernels that tell of smooth connections: hellos, records, gaps and waits, most of them as they come."""

import numpy as np
from kernel_arguments import run_plain, span, times

from captures.recipes import tls
from captures.recipes.hello import client_hello
from netanalyze.conversations import hellos
from netanalyze.flows.smooth import lone, requests, spans, waits
from netanalyze.flows.smooth.lone import LONE
from netanalyze.flows.smooth.requests import CLIENTS, REQUEST, RESPONSE, SERVERS, SMOOTH, TALK
from netanalyze.flows.smooth.waits import WAIT, WAITS
from netanalyze.tracking.gaps import GAP
from netanalyze.tracking.records import RECORD

FLOWS = 4
LENGTHS = (19, 26, 30, 34, 39, 43, 53, 69, 101, 180, 185, 190, 400, 1200, 16401)


def hello(random):
    """A ClientHello or a ServerHello, often with an octet that is another."""
    octets = client_hello("a.example.test") if random.integers(2) else tls.server_hello(bytes(32))
    octets = np.frombuffer(octets, dtype=np.uint8).copy()
    if random.random() < 0.7:
        octets[random.integers(min(len(octets), 12 if random.integers(2) else len(octets)))] = random.integers(256)
    return octets


def of_hello(random):
    octets = hello(random)
    return octets, 0, len(octets) - int(random.choice([0, 0, 1, 40]))


def found(rows=1):
    return np.zeros(rows * hellos.HELLO.WIDTH, dtype=np.int64)


def of_many(random):
    parts = [hello(random) for _ in range(2 * FLOWS)]
    edges = np.cumsum([0, *map(len, parts)])
    ends = np.column_stack([edges[:-1], edges[1:]]).reshape(-1)
    return np.concatenate(parts), ends.astype(np.int64), FLOWS, random.integers(0, 256, 32), found(FLOWS)


def of_layouts(random):
    octets, ends, count, retry, rows = of_many(random)
    run_plain(hellos.read_hellos, octets, ends, count, retry, rows)
    begins = np.ascontiguousarray(ends.reshape(-1, 4)[:, 0])
    return octets, begins, rows, count, np.zeros(len(octets), dtype=np.uint8), np.zeros(count + 1, dtype=np.int64)


def record_rows(random, count):
    """The records of a flow, mostly end to end; where each side's end."""
    rows = np.zeros((count, RECORD.WIDTH), dtype=np.int64)
    rows[:, RECORD.DIRECTION] = random.integers(0, 2, count)
    rows[:, RECORD.LENGTH] = random.choice(LENGTHS, count)
    rows[:, RECORD.CONTENT_TYPE] = random.choice([23, 23, 23, 23, 20, 22], count)
    rows[:, RECORD.FRAME_NUMBER] = np.sort(random.integers(1, 4 * count + 2, count))
    rows[:, RECORD.TIME_NS] = times(random, count)
    ends = [1, 1]
    for row in rows:
        side = row[RECORD.DIRECTION]
        if ends[side] == 1:
            row[RECORD.CONTENT_TYPE] = 22
        row[RECORD.STREAM_OFFSET] = ends[side]
        ends[side] += 5 + row[RECORD.LENGTH]
    if count and random.random() < 0.2:
        rows[random.integers(count), random.integers(1, 5)] += 1
    return rows, ends


def told_flows(random):
    """``(records, gaps, smooth, told, roles)`` of some flows, before anything was said of them."""
    counts, gap_counts = random.integers(0, 14, FLOWS), random.integers(0, 6, FLOWS)
    parts = [record_rows(random, count) for count in counts.tolist()]
    smooth = np.zeros((FLOWS, SMOOTH.WIDTH), dtype=np.int64)
    smooth[:, SMOOTH.RECORD_BEHIND], smooth[:, SMOOTH.GAP_BEHIND] = np.cumsum(counts), np.cumsum(gap_counts)
    smooth[:, SMOOTH.RECORD_FIRST] = smooth[:, SMOOTH.RECORD_BEHIND] - counts
    smooth[:, SMOOTH.GAP_FIRST] = smooth[:, SMOOTH.GAP_BEHIND] - gap_counts
    smooth[:, [SMOOTH.CLIENT_END, SMOOTH.SERVER_END]] = [ends for _, ends in parts]
    smooth[:, SMOOTH.ROUND_TRIP_NS] = random.choice([0, 20_000_000, 2**40], FLOWS)
    smooth[:, [SMOOTH.HTTP2_OFFERED, SMOOTH.CLIENT_BODY, SMOOTH.SERVER_BODY]] = random.integers(0, 2, (FLOWS, 3))
    for column in (SMOOTH.CLIENT_FIN_FRAME, SMOOTH.SERVER_FIN_FRAME, SMOOTH.SERVER_FIRST_FRAME):
        smooth[:, column] = random.integers(1, 60, FLOWS)
    for column in (SMOOTH.FIRST_NS, SMOOTH.ESTABLISHED_NS, SMOOTH.STOP_NS):
        smooth[:, column] = times(random, FLOWS)
    gaps = np.zeros((int(gap_counts.sum()), GAP.WIDTH), dtype=np.int64)
    for column in (GAP.LAST_KIND, GAP.NEXT_KIND):
        gaps[:, column] = random.choice([1, 2, 4, 4, 4, 5, 5, 6, 7, 0], len(gaps))
    for column in (GAP.LAST_FRAME, GAP.NEXT_FRAME):
        gaps[:, column] = random.integers(1, 60, len(gaps))
    gaps[:, GAP.NEXT_DIRECTION], gaps[:, GAP.UNACKED_0] = random.integers(0, 2, (2, len(gaps)))
    gaps[:, GAP.DATA_DIRECTION] = random.integers(-1, 2, len(gaps))
    gaps[:, [GAP.WINDOW_0, GAP.WINDOW_1]] = random.choice([0, 500, 500, 500], (len(gaps), 2))
    gaps[:, GAP.RESENT_0] = random.choice([0, 0, 0, 1], len(gaps))
    gaps[:, GAP.START_NS], gaps[:, GAP.END_NS] = times(random, len(gaps)), times(random, len(gaps))
    records = np.concatenate([rows for rows, _ in parts]).reshape(-1)
    told = np.zeros(FLOWS * TALK.WIDTH, dtype=np.int64)
    roles = random.choice([0, CLIENTS, SERVERS, REQUEST, RESPONSE], int(counts.sum()) + 1).astype(np.int64)
    return records, gaps.reshape(-1), smooth.reshape(-1), told, roles


def one(random):
    """``(records, first, behind, roles, told, smooth, gaps)`` of the last of some flows, whose sides are known."""
    records, gaps, smooth, told, roles = told_flows(random)
    last = smooth[(FLOWS - 1) * SMOOTH.WIDTH :]
    return records, int(last[SMOOTH.RECORD_FIRST]), int(last[SMOOTH.RECORD_BEHIND]), roles, told, smooth, gaps


def of_roles(*after):
    """``(records, first, behind, roles, …)``"""
    return lambda random: (*one(random)[:4], *(value(random) for value in after))


def frames(random):
    return int(random.integers(-1, 60))


def some_ns(random):
    return int(random.choice([0, 10_000_000, 2**40]))


def truth(random):
    return int(random.integers(2))


def end_to_end(random):
    records, first, behind, _, _, smooth, _ = one(random)
    last = smooth[(FLOWS - 1) * SMOOTH.WIDTH :]
    return records, first, behind, int(last[SMOOTH.CLIENT_END]), int(last[SMOOTH.SERVER_END])


def sides(random):
    records, first, behind, roles, told, _, _ = one(random)
    return records, first, behind, roles, told, TALK.WIDTH


def last_words(random):
    records, first, behind, _, told, _, _ = one(random)
    return records, first, behind, truth(random), told, TALK.WIDTH


def read(random):
    records, _, smooth, told, roles = told_flows(random)
    return records, FLOWS, smooth, told, roles


def a_gap(random):
    """A gap: the matrix, and where one begins in it."""
    while True:
        gaps = told_flows(random)[1]
        if len(gaps):
            return gaps, int(random.integers(len(gaps) // GAP.WIDTH)) * GAP.WIDTH


def during(random):
    records, _, smooth, told, roles = told_flows(random)
    told[:] = random.integers(0, 60, len(told))
    gaps, at = a_gap(random)
    flow = int(random.integers(FLOWS))
    return gaps, at, records, smooth, flow * SMOOTH.WIDTH, told, flow * TALK.WIDTH, roles


def waited(random):
    records, gaps, smooth, told, roles = told_flows(random)
    told[:] = random.integers(0, 60, len(told))
    told[TALK.IS_TOLD :: TALK.WIDTH] = random.choice([0, 1, 1], FLOWS)
    room = np.zeros((len(gaps) // GAP.WIDTH + 1) * WAIT.WIDTH, dtype=np.int64)
    return gaps, records, FLOWS, smooth, told, roles, room


def alone(random):
    records, _, smooth, told, roles = told_flows(random)
    told[TALK.IS_TOLD :: TALK.WIDTH] = random.integers(0, 2, FLOWS)
    return records, FLOWS, smooth, told, roles, np.zeros((len(roles) + 1) * LONE.WIDTH, dtype=np.int64)


def alone_on_one(random):
    records, first, behind, roles = one(random)[:4]
    return records, 2, first, behind, roles, np.zeros((len(roles) + 2) * LONE.WIDTH, dtype=np.int64), 1


def laid_out(random):
    _, _, smooth, told, _ = told_flows(random)
    told[TALK.FINISHED_NS :: TALK.WIDTH] = times(random, FLOWS)
    count = int(random.integers(0, 9))
    rows = np.zeros((count, WAIT.WIDTH), dtype=np.int64)
    rows[:, WAIT.FLOW] = np.sort(random.integers(0, FLOWS, count))
    rows[:, WAIT.START_NS], rows[:, WAIT.END_NS] = times(random, count), times(random, count)
    rows[:, WAIT.OWED], rows[:, WAIT.UNDER_WAY] = random.integers(1, len(WAITS), count), random.integers(0, 2, count)
    of_waits = random.integers(0, 3, len(WAITS)), random.integers(0, 2, len(WAITS))
    room = np.zeros((3 * FLOWS + 2 * count) * spans.SPAN.WIDTH, dtype=np.int64)
    return smooth, told, FLOWS, rows.reshape(-1), count, *of_waits, room


def room_for(count):
    return np.zeros(count * spans.SPAN.WIDTH, dtype=np.int64)


def moments(random, count):
    return tuple(map(int, times(random, count)))


CASES = {
    hellos.message_end: lambda random: (*of_hello(random), int(random.choice([1, 2]))),
    hellos.shares_fit: span,
    hellos.name_fits: span,
    hellos.cut_extensions: lambda random: (*span(random), found(), 0),
    hellos.usual_client_hello: lambda random: (*of_hello(random), found(), 0),
    hellos.usual_server_hello: lambda random: (*of_hello(random), random.integers(0, 256, 32)),
    hellos.read_hellos: of_many,
    hellos.write_layouts: of_layouts,
    requests.is_control: lambda random: (int(random.choice(LENGTHS)),),
    requests.lie_end_to_end: end_to_end,
    requests.note_sides: sides,
    requests.note_last_words: last_words,
    requests.tickets_of: of_roles(frames, frames),
    requests.declined: of_roles(),
    requests.note_http2: of_roles(),
    requests.note_http1: of_roles(),
    requests.was_answered: of_roles(some_ns, truth),
    requests.read_requests: read,
    waits.last_with: of_roles(lambda random: REQUEST, frames),
    waits.turn_by: of_roles(frames, some_ns),
    waits.owed_in_handshake: lambda random: (*a_gap(random), frames(random)),
    waits.owed_behind_handshake: during,
    waits.owed_during: during,
    waits.read_waits: waited,
    lone.note_lone_waits: alone_on_one,
    lone.read_lone_waits: alone,
    spans.phase_of: lambda random: moments(random, 3),
    spans.write_span: lambda random: (room_for(2), 1, 3, *moments(random, 2), 0, 1, 2),
    spans.write_busy: lambda random: (room_for(4), 1, 3, *moments(random, 4)),
    spans.lay_out: laid_out,
}  # fmt: skip
