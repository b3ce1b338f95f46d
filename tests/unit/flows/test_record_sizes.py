"""What is read from the sizes of encrypted records alone: dialogues of every size that means something, and of its neighbours.

A line is a dialogue: who sent (``C`` the client, ``S`` the server) how many octets, ``|`` where more than half a round trip went
by. The same dialogues are drawn each time. After a change that was meant: NETANALYZE_GOLDEN=write, and read the diff.
"""

import random
from pathlib import Path

import pytest

from captures.recipes import Conversation
from captures.recipes.certificates import chain
from netanalyze.flows import application as sizes
from netanalyze.flows.application import application, hidden_alert
from netanalyze.flows.rejection import rejection
from netanalyze.tracking.records import HEADER_LENGTH
from netanalyze.units import NEVER_NS
from tests.rules.facts import attempt, forget
from tests.rules.results import compare, judged_story, of_objects

NAME = "proxy.golang.org"
GOLDEN = Path(__file__).parent / "golden"
CONTROLS = [sizes.FRAME_HEADER + more for more in (0, sizes.WINDOW_UPDATE, sizes.PING, 6, 22, 34)]
CONTENTS = [
    sizes.ALERT_LENGTH, sizes.PREFACE, sizes.FINISHED_SHA256, sizes.FINISHED_SHA384, 2 * sizes.FRAME_HEADER, *CONTROLS,
    sizes.SETTINGS_MOST, sizes.TICKET_LEAST - 17, 230, 232, sizes.TICKET_MOST - 17, sizes.HEAD_MOST - 17, 60, 120, 600, 983, 2000,
    sizes.FULL_RECORD - 18, sizes.FULL_RECORD,
]  # fmt: skip
"""Octets of content that mean something in HTTP/2 or TLS; others stand beside them by one."""
MS = 1_000_000
DIALOGUES = 400
FINISHED, TICKETS, REQUEST = (
    ("C36", "C52", "C36 | C24", "C36 C24", "C2", "C36 C2", "C18", ""),
    ("", "S232", "S232 S232"),
    "C60",
)
BEGINS = ("| S43 S9 C9", "| S43 S22", "| S43 C9 S9", "S43", "| S120", "")
ANSWERS = ("| S60 S983", "| S60 S2000 S2000 S2000", "| S60 S600 S9", "| S9", "| S120", "| S16384 S16384", "| S983 S983 S983",
           "| S2", "| S232", "")  # fmt: skip
"""What is said in turn, by its content's octets: Finished, tickets, the beginning of HTTP/2, a request, an answer."""


def talk(handshake):
    """A connection behind whose handshake nothing is said; 40 ms a round trip."""
    said = Conversation(server="198.51.100.5:443", rtt="40 ms").dns(NAME, "198.51.100.5").handshake()
    said.client_hello(NAME, alpn=("h2", "http/1.1") if "h2" in handshake else ("http/1.1",))
    said.server_flight(chain=chain(NAME) if "1.2" in handshake else None)
    return said.client_finished(preface=False)


def drawn(chance):
    """What is said in one dialogue: as a rule what follows from one another, with something else here and there."""
    turns = [chance.choice(FINISHED), chance.choice((REQUEST, "")), chance.choice(TICKETS), chance.choice(BEGINS)]
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        turns += [chance.choice((REQUEST, REQUEST, "C120", "")), chance.choice(ANSWERS)]
    for word in " ".join(turns).split():
        if word == "|":
            yield word, 0
        elif chance.random() < 0.9:
            yield word[0], int(word[1:]) if chance.random() < 0.85 else chance.choice(CONTENTS)


def laid_out(chance, start, behind, overhead):
    """``(records, where each side then is, how it is written)`` of a dialogue that begins with the record ``start``, each side's
    where its handshake ended (``behind``)."""
    now, frame, places, rows, words = start.time_ns, start.frame_number, list(behind), [], []
    for who, content in drawn(chance):
        if who == "|":
            now, frame = now + chance.choice((19, 20, 21, 60, 60, 60, 1000)) * MS, frame + 1
            words.append(who)
            continue
        length, side = content + overhead + chance.choice((0, 0, 0, 0, 0, 0, -1, 1)), "CS".index(who)
        kind = chance.choice((23,) * 20 + (20, 21, 22))
        frame += chance.random() < 0.5
        rows.append(start._replace(direction=side, length=length, content_type=kind, time_ns=now, frame_number=frame,
                                   stream_offset=places[side]))  # fmt: skip
        places[side] += HEADER_LENGTH + length + (chance.random() < 0.05)
        words.append(f"{who}{length}{'' if kind == 23 else f' of type {kind}'}")
    return rows, places, " ".join(words)


def read(flow):
    """What is read of a flow: its requests and responses by their places, and whether its client turned a certificate down."""
    rows, heard, refused = flow.records, application(flow), attempt(lambda: rejection(flow))
    alert = attempt(lambda: hidden_alert(flow))
    parts = []
    if heard is not None:
        asked, came = ([rows.index(one) for one in ones] for ones in (heard.requests, heard.responses))
        frames = dict.fromkeys(r.frame_number for r in rows)
        turns = "".join({0: "c", 1: "s", None: "-"}[heard.turn(frame)] for frame in frames)
        heads = [frame for frame in frames if heard.begins_response(frame)]
        parts = [f"asked {asked} came {came}", "answered" if heard.answered else "unanswered",
                 f"ended {heard.ended}: {heard.why!s}", f"turns {turns}", "parallel" if heard.parallel else "",
                 f"heads {heads}" if heads else "", f"{heard.octets_since_request(1 << 62)} octets"]  # fmt: skip
    if refused is not None:
        parts.append(f"refused: {refused if isinstance(refused, str) else str(refused.why)}")
    if alert:
        parts.append(f"alert {alert if isinstance(alert, str) else rows.index(alert[0])}")
    return ", ".join(part for part in parts if part) or "nothing"


def in_a_packet(like, record):
    """A packet that carries a record."""
    return like._replace(
        offset=record.stream_offset, length=HEADER_LENGTH + record.length, frame_number=record.frame_number,
        time_ns=record.time_ns,
    )  # fmt: skip


def ends(chance, flow, last, ends):
    """Let a flow end behind its last record, all of it seen or not; how that is written."""
    for half, end in zip(flow.halves, ends):
        half.next = half.contiguous = half.acked = end - 6 * (chance.random() < 0.1)
        half.fin_frame, half.fin_offset, half.fin_ns = 0, -1, NEVER_NS
    half = chance.choice((None, flow.client, flow.client, flow.server))
    if half is None:
        return "open"
    rest = chance.choice((0, 49, 50, 51, 1000, 1999, 2000, 3000))
    half.fin_frame, half.fin_ns, half.fin_offset = last.frame_number + 1, last.time_ns + rest * MS, half.next
    half.next, half.acked = half.next + 1, half.acked + 1
    return f"{'server' if half is flow.server else 'client'} closes after {rest} ms"


@pytest.mark.parametrize("handshake", ["h2 in TLS 1.3", "http/1.1 in TLS 1.3", "h2 in TLS 1.2"])
def test_what_dialogues_of_encrypted_records_say(handshake, tmp_path):
    case = of_objects(judged_story(talk(handshake).both_close(), tmp_path / "talk.pcapng")[1])
    flow = next(flow for flow in case.flows if flow.tls is not None)
    before, hello_end = list(flow.records), flow.tls.client_hello.end
    start = next(r for r in before if r.direction == 0 and r.stream_offset >= hello_end)
    hellos = [r for r in before if r.frame_number < start.frame_number]
    kept = [[p for p in flow.data_packets[side] if p.frame_number < start.frame_number] for side in (0, 1)]
    chance, text = random.Random(handshake), ""
    behind = [max(r.stream_offset + HEADER_LENGTH + r.length for r in hellos if r.direction == side) for side in (0, 1)]
    for _ in range(DIALOGUES):
        rows, places, words = laid_out(chance, start, behind, 24 if "1.2" in handshake else 17)
        vars(flow)["records"] = hellos + rows
        vars(flow)["data_packets"] = tuple(kept[side] + [in_a_packet(kept[side][-1], r) for r in rows if r.direction == side]
                                           for side in (0, 1))  # fmt: skip
        words += f" {ends(chance, flow, rows[-1] if rows else start, places)}"
        forget(case)
        text += f"{words}: {attempt(lambda: read(flow))}\n"
    compare(text, GOLDEN / f"record_sizes.{handshake.replace('/', '_').replace(' ', '_')}.txt")
