"""Law: what columns tell of smooth connections is what their objects say, and with objects alone the result is the same."""

from pathlib import Path

import numpy as np
import pytest
from feeding import Capture, Frame, analysed, batches, examples, interfaces, told
from hypothesis import given
from hypothesis import strategies as some
from test_screens import CHANGES, HEALTHY, changed

from captures.recipes import Conversation, Timeline
from netanalyze import analyzer
from netanalyze.analyzer import Analyzer
from netanalyze.flows.application import application
from netanalyze.flows.exchanges import lone_waits
from netanalyze.flows.network.vantage import vantage
from netanalyze.flows.smooth.lone import LONE
from netanalyze.flows.smooth.requests import SMOOTH, TALK
from netanalyze.flows.smooth.waits import WAIT, WAITS
from netanalyze.flows.stalls import flow_stalls
from netanalyze.flows.timeline.phases import phases, under_way
from netanalyze.flows.uneventful import uneventful
from netanalyze.kernel import Engine
from tests.rules.results import compare

GOLDEN = Path(__file__).parent / "golden"
HOSTS = ("a.example.test", "proxy.golang.org", "dns.google", "b.example.test")
PAUSES_MS = (0, 1, 12, 30, 70)
PAUSE = some.sampled_from(PAUSES_MS)
BODIES = "0 B", "9 B", "600 B", "5 kB", "9 kB", "60 kB", "200 kB"
REQUESTS = some.lists(
    some.tuples(PAUSE, some.sampled_from([60, 84, 300]), PAUSE, some.sampled_from(BODIES), some.booleans(), some.booleans(),
                some.booleans()),
    max_size=3,
)  # fmt: skip
ENDS = "client", "client", "gone", "gone", "gone late", "gone soon", "server", "notify", "open"
STORIES = some.lists(
    some.tuples(
        some.sampled_from(HOSTS), some.sampled_from(["1.27", "1.23", "another"]), some.booleans(),
        some.sampled_from([0, 0, 1, 2, 3]),
        REQUESTS, PAUSE, some.sampled_from(ENDS), some.integers(0, 900),
        some.sampled_from(["", "one", "both"]),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def story(number, host, go, http2, tickets, requests, pause, end, begins_ms, looks_up):
    """A connection: hellos, tickets, HTTP/2 or HTTP/1, requests with pauses, and an end."""
    address = f"198.51.100.{5 + HOSTS.index(host)}"
    talk = Conversation(client=f"192.0.2.10:{50000 + number}", server=f"{address}:443")
    talk.passes(f"{begins_ms} ms")
    if looks_up == "both":
        talk.answers_both(talk.asks_both(host), address)
    elif looks_up:
        talk.answers(talk.asks(host), ("A", address))
    talk.handshake().client_hello(sni=host, go=go)
    talk.server_flight()
    talk.client_finished(preface=http2)
    for _ in range(tickets):
        talk.server.sends(talk.record(180))
    if http2:
        talk.settings()
    for before, size, after, body, ends, updates, acknowledged in requests:
        talk.passes(f"{before} ms").request(size, acknowledged=acknowledged)
        talk.response(body, after=f"{after} ms", ends=ends, updates=updates)
    talk.passes(f"{pause} ms")
    if end == "notify":
        talk.server.sends(talk.close_notify())
    if end in ("client", "notify"):
        talk.both_close()
    elif end.startswith("gone"):
        talk.client.closes()
        talk.server.sends(b"" if end == "gone" else talk.record(90 if end == "gone soon" else 30))
        talk.server.sends(talk.close_notify())
        talk.client.refuses()
        if end != "gone":
            talk.server.closes()
            talk.client.refuses()
    elif end == "server":
        talk.server.closes()
        talk.client.closes()
    return talk


def capture(stories):
    talks = [story(number, *one) for number, one in enumerate(stories)]
    return Capture(tuple(Frame(ns, octets, len(octets)) for ns, octets in Timeline(*talks).frames))


def told_of(frames):
    """An analyzer that came to its end, and what is told of its smooth flows."""
    made = Analyzer(Engine(mode="plain"))
    for batch in batches(frames):
        made.feed(batch, interfaces(frames))
    made.finish()
    return made, made._rows.smooth_flows


def as_objects_say(flow):
    """What a flow's object says of it, as columns tell it."""
    read, stalls = application(flow), flow_stalls(flow)
    moving = under_way(flow, stalls)
    ends = [end for end, _ in phases(flow)][:2]
    waits = [(s.start_ns, s.end_ns, s.waiting_for, s.waiting_on, id(s) in moving) for s in stalls]
    lone = [(wait.start_ns, wait.end_ns, wait.request_frame, wait.response_frame) for wait in lone_waits(flow)[0]]
    return flow.host, flow.tls.client_hello.message.ja3, len(read.requests), read.multiplexed, ends, waits, lone


def as_columns_say(flows, at):
    rows = flows.waits[flows.waits[:, WAIT.FLOW] == at].tolist()
    waits = [(w[WAIT.START_NS], w[WAIT.END_NS], *WAITS[w[WAIT.OWED]], bool(w[WAIT.UNDER_WAY])) for w in rows]
    smooth, said = flows.smooth[at].tolist(), flows.talks[at].tolist()
    name, hello = flows.hellos.names[flows.name[at]], flows.hellos.layouts[flows.layout[at]]
    ends = [smooth[SMOOTH.ESTABLISHED_NS], said[TALK.FINISHED_NS]]
    lone = [tuple(row[1:]) for row in flows.lone[flows.lone[:, LONE.FLOW] == at].tolist()]
    return name, hello.ja3, said[TALK.REQUESTS], bool(said[TALK.HTTP2]), ends, waits, lone


@examples(60)
@given(stories=STORIES)
def test_columns_tell_of_a_smooth_connection_what_its_object_says(stories):
    made, flows = told_of(capture(stories))
    assert vantage(made._flows) == vantage(list(made._flows))
    for at, place in enumerate(flows.places.tolist() if flows is not None else ()):
        flow = made._rows.made([place])[0]
        assert uneventful(flow)
        assert as_columns_say(flows, at) == as_objects_say(flow)


def objects_alone(patched):
    patched.setattr(analyzer, "which_are_plain", lambda *_: None)


@examples(30)
@given(stories=STORIES)
def test_where_every_connection_is_an_object_the_result_is_the_same(stories):
    frames = capture(stories)
    with_rows = told(analysed(frames))
    with pytest.MonkeyPatch.context() as patched:
        objects_alone(patched)
        assert told(analysed(frames)) == with_rows


@examples(40)
@given(changes=CHANGES)
def test_whatever_happened_to_the_frames_the_result_is_the_same(changes):
    """Lost, repeated, late, cut short, or turned into resets."""
    frames = list(HEALTHY.frames)
    for change in changes:
        frames = sorted(changed(frames, *change), key=lambda frame: frame.time_ns)
    with_rows = told(analysed(Capture(tuple(frames))))
    with pytest.MonkeyPatch.context() as patched:
        objects_alone(patched)
        assert told(analysed(Capture(tuple(frames)))) == with_rows


ORDINARY = ("a.example.test", "1.27", True, 1, [(1, 84, 12, "600 B", True, False, True)], 0, "client", 0, "one")


def test_an_ordinary_connection_stays_rows():
    """Else the laws would say nothing."""
    requests = [(1, 84, 12, "200 kB", True, False, True)]
    large = (*ORDINARY[:4], requests, 0, "gone", 0, "one")
    made, flows = told_of(capture([ORDINARY, (*ORDINARY[:2], False, *ORDINARY[3:]), large]))
    assert len(flows.places) == 3
    assert np.count_nonzero(made._rows.plain) == 6  # and three lookups' datagrams


def test_datagrams_and_connections_that_are_rows_are_never_made_objects():
    made, _ = told_of(
        capture([(*ORDINARY[:7], 300 * number, "one") for number in range(3)] + [(*ORDINARY[:7], 9000, "one")])
    )
    assert len(made._rows._made) < len(made._rows.ids)


SIZES = (
    2,
    3,
    9,
    10,
    13,
    17,
    22,
    23,
    26,
    35,
    36,
    37,
    51,
    52,
    53,
    60,
    76,
    77,
    149,
    150,
    151,
    165,
    166,
    167,
    168,
    200,
    399,
    400,
    401,
)
"""Contents of records at the edges by which they are told from one another, and one beside each."""
OVER_HTTP2 = [("client", 84), ("server", 45), ("server", 22), ("client", 9), ("server", 88), ("server", 609), ("server", 9),
              ("client", 46), ("server", 88), ("server", 409)]  # fmt: skip
OVER_HTTP1 = [("server", 183), ("client", 160), ("server", 183), ("server", 600), ("client", 161), ("server", 700)]
WAYS = {"http/2": (True, OVER_HTTP2), "http/1": (False, OVER_HTTP1)}


def changed_records(records):
    """``(what is different, records)``: one is of another size, missing, said by the other side, or there is one more."""
    yield "as they are", records
    for at, (side, size) in enumerate(records):
        other = "client" if side == "server" else "server"
        yield f"{at} missing", records[:at] + records[at + 1 :]
        yield f"{at} by the {other}", [*records[:at], (other, size), *records[at + 1 :]]
        for size in SIZES:
            yield f"{at} of {size}", [*records[:at], (side, size), *records[at + 1 :]]
            if side == "server":
                yield f"{size} before {at}", [*records[:at], (side, size), *records[at:]]


def spoken(number, http2, records):
    """A connection on which these records are sent, one behind the other where the same side goes on."""
    talk = Conversation(client=f"192.0.2.10:{40000 + number}", server="198.51.100.5:443").handshake()
    talk.client_hello(sni=HOSTS[0], go="1.23" if http2 else "another", alpn=("h2",) if http2 else ("http/1.1",))
    talk.server_flight()
    talk.client_finished(preface=http2)
    before = "client"
    for side, size in records:
        end = getattr(talk.passes("0 ms" if side == before else "1 ms"), side)
        end.sends(talk.record(size), unasked=side == before)
        if side == "server":
            talk.client.acknowledges(unasked=True)
        before = side
    return talk.both_close()


@pytest.mark.parametrize("way", WAYS)
def test_each_record_is_told_by_columns_as_by_its_object(way):
    http2, usual = WAYS[way]
    variants = list(changed_records(usual))
    talks = [spoken(number, http2, records) for number, (_, records) in enumerate(variants)]
    made, flows = told_of(Capture(tuple(Frame(ns, octets, len(octets)) for ns, octets in Timeline(*talks).frames)))
    lines = []
    for at, place in enumerate(flows.places.tolist()):
        flow = made._rows.made([place])[0]
        said = as_columns_say(flows, at)
        assert said == as_objects_say(flow)
        *_, requests, multiplexed, _, waits, lone = said
        owed = " ".join(f"{one[2].value}{'*' if one[4] else ''}" for one in waits)
        which = variants[flow.client.port - 40000][0]
        lines.append(f"{which}: {requests} asked{' side by side' if multiplexed else ''}, {len(lone)} alone; {owed}\n")
    compare("".join(lines), GOLDEN / f"records.{way.replace('/', '')}.txt")
