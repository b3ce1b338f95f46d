"""Whose turn of speaking it was when nothing moved, and who shows by taking turns that each question is answered."""

import itertools
from dataclasses import dataclass

import numpy as np

from netanalyze.conversations.greetings import IMAP, MYSQL, server_begins
from netanalyze.findings import Threshold
from netanalyze.flows.application import Application
from netanalyze.flows.flow import Flow, Gap, KeptPacket
from netanalyze.flows.within import last_by
from netanalyze.patterns import lazy_pattern
from netanalyze.tracking.bins import BIN
from netanalyze.tracking.marks import RETRANSMISSION, SPURIOUS_RETRANSMISSION
from netanalyze.wire.message import postgres

FULL = 2
"""Full segments that carry a body, where all that came is on average a half of one or longer: control frames of HTTP/2 and
alerts have less than 200 octets (netanalyze.flows.application)."""
LARGE = 500
"""Octets from which a segment is full."""


def spoke_last(flow: Flow, gap: Gap, read: Application | None) -> int | None:
    """Whose turn the last was up to a gap, 0 the client's; None where only control frames were said.

    Records tell it, control frames aside. Whose records are not in the capture (their beginnings lie in lost segments, or
    behind the snap length), but who sent full segments since the other side's last one, it was as well.
    """
    turn = read.turn(gap.last_frame) if read is not None else gap.data_direction
    other = gap.data_direction
    if read is None or turn is None or turn == other or other < 0:
        return turn
    since = last_by(read.responses if turn else read.requests, gap.last_frame)
    return other if since is not None and _bulk_between(flow, other, since.time_ns, gap.start_ns) else turn


def _bulk_between(flow: Flow, direction: int, start_ns: int, end_ns: int) -> bool:
    """Whether what one side sent between two moments was large, and came in large segments."""
    bins, half = flow.bins[direction], flow.halves[direction]
    if bins is None or half.largest < LARGE:
        return False
    when = bins[1][:, BIN.LAST_NS]
    first, last = np.searchsorted(when, (start_ns, end_ns), side="right")
    between = bins[1][first:last]
    octets, packets = int(between[:, BIN.OCTETS].sum()), int(between[:, BIN.PACKETS].sum())
    return octets >= FULL * half.largest and 2 * octets >= packets * half.largest


ANSWERED = Threshold(
    2, "turns", source="chosen here: one may be a greeting that only looks like an answer",
    why="who was answered so often before it spoke on, and with the like of what it says now, waits for its answers",
)  # fmt: skip
APART_NS = 1_000_000_000
"""What one side says in a turn comes closer together, and answers come sooner: a second is TCP's least time-out (RFC 6298
section 2.4), and noticed by a person."""
COPIES = RETRANSMISSION | SPURIOUS_RETRANSMISSION
WORD = 4
"""Octets by which messages of text are told apart, as commands mostly are; of binary ones the first is alike."""
TEXT = range(0x20, 0x7F)
PUBLISHING = b"AMQP"
"""How a client of AMQP begins (AMQP 0-9-1, section 4.2.2): what it publishes looks like what is answered, and is not."""


REPLICATION = b"replication\0"
"""The parameter by which a replica of PostgreSQL begins (section 53.4): it is sent what there is, when there is something."""

DNP3, DNP3_TO, FIRST_OF_ALL = b"\x05\x64", slice(5, 6), b"\xff"
"""How frames of DNP3 begin, and whose address has the upper octet ff: that of all stations, which owe no answer, or a
reserved one (IEEE 1815, section 9.2.5)."""

SMB, SMB_COMMAND, SMB2_COMMAND = slice(4, 8), slice(8, 9), slice(16, 18)
SMB_WAITING = {b"\xffSMB": (b"\xa0", b"\xa4"), b"\xfeSMB": (b"\x0c\0", b"\x0f\0")}
"""Where the protocol's name and the command stand in a message of SMB over TCP, and the commands that are not answered, or when
something changes: a notification, a cancellation (MS-CIFS sections 2.2.3.1 and 2.2.2.1, MS-SMB2 section 2.2.1.2)."""
SIGNATURE = 24
"""Octets of a message by which it is told from others."""
FIX, FIX_HEARTBEAT = lazy_pattern(rb"8=FIXT?\.[0-9.]{3}\x019=[0-9]{1,6}\x0135=([^\x01]{1,3})\x01"), b"0"
"""How a message of FIX begins, with its type; a heartbeat tells, and is owed nothing (FIX session layer, section 4.8)."""
RPC_REQUEST, RPC_CALL = (b"\5\0\0", b"\5\1\0"), slice(22, 24)
"""How a request of DCE/RPC begins, and where the number of its call stands, some of which wait for something (C706, 12.6.4.9)."""
KAFKA_HELD, KAFKA_FIRST, KAFKA_CALL = (b"\0\1", b"\0\x0b", b"\0\x0e"), b"\0\x12", slice(4, 6)
"""Requests of Kafka that are answered when there is something (Fetch, JoinGroup, SyncGroup), with what a client of it begins
(ApiVersions), and where a request has that (Kafka protocol guide: api_key)."""
ERLANG = lazy_pattern(rb"\0[\x08-\xff][nN]\0")
"""How a node of Erlang greets another one (distribution protocol, send_name); both then say what they like."""
NO_REPLY = lazy_pattern(rb"[^\r\n]* noreply\r\n")
"""memcached's word for what is not to be answered (protocol.txt)."""
IN_VAIN = Threshold(
    3, "questions", source="chosen here, as three repeats in vain (diagnosis/owed/claim_of_health.py)",
    why="who was answered each time, and asked so often without an answer, is not telling",
)  # fmt: skip
OFTEN = Threshold(
    5, "questions", source="chosen here: two more than are then asked in vain",
    why="only who asked and was answered again and again is known to ask, where it speaks on unanswered",
)  # fmt: skip
COMMAND = lazy_pattern(rb"\*[0-9]+\r\n\$[0-9]+\r\n([A-Za-z]+)")
"""How a message of Redis names its command (its protocol's specification, RESP)."""
HELD = frozenset(b"BLPOP BRPOP BLMOVE BLMPOP BRPOPLPUSH BZPOPMIN BZPOPMAX BZMPOP XREAD XREADGROUP WAIT".split())
"""Commands of Redis that are answered when there is something (its commands' pages: what blocks)."""
UNANSWERED = (b"reserve", b"PRIVMSG ", b"NOTICE ", b"PONG ", b"\0REQ\0\0\0\4", b"\xff" * 16)
"""How messages begin that are not answered, or when there is something: those of workers of beanstalkd (protocol.txt: reserve)
and Gearman (PROTOCOL: PRE_SLEEP), what is told in IRC (RFC 2812 section 3.3), all of BGP (RFC 4271 section 4.1)."""


@dataclass(frozen=True)
class TakenTurn:
    """What one side said before the other spoke: its first packet and its last."""

    direction: int
    first: KeptPacket
    last: KeptPacket

    @property
    def length(self) -> int:
        """Octets of it."""
        return self.last.offset + self.last.length - self.first.offset


@dataclass(frozen=True)
class Turns:
    """What a client asked and what its server answered: each question with its answer, the last perhaps without one."""

    questions: tuple[TakenTurn, ...]
    answers: tuple[TakenTurn, ...]
    again: tuple[TakenTurn, ...] = ()
    """What was asked after the last of these, a second and more apart, and never answered."""

    @property
    def open_question(self) -> TakenTurn | None:
        """The one that has no answer."""
        return self.questions[-1] if len(self.questions) > len(self.answers) else None

    @property
    def late(self) -> list[tuple[TakenTurn, TakenTurn]]:
        """Those that were not answered at once."""
        return [(q, a) for q, a in zip(self.questions, self.answers) if a.first.time_ns - q.last.time_ns >= APART_NS]


def taken_turns(flow: Flow) -> Turns | None:
    """The questions and answers of a flow in clear, in a protocol that nobody reads; None where somebody spoke on at leisure,
    so that what one says is no answer to the other."""
    if "turns" not in flow.known:
        flow.known["turns"] = _taken_turns(flow)
    return flow.known["turns"]


def _words_in_order(flow: Flow) -> list[KeptPacket]:
    """What both sides of a flow said, in order, each thing once."""
    return sorted((p for side in flow.data_packets for p in side if not p.marks & COPIES), key=lambda p: p.frame_number)


def speaks_on(flow: Flow) -> bool:
    """Whether the client of a flow in clear said one thing and, a while later, another, with no word of the server's in between:
    it tells, and does not ask."""
    return any(
        before.direction == after.direction == 0 and after.time_ns - before.time_ns >= APART_NS
        for before, after in itertools.pairwise(_words_in_order(flow))
    )


def _taken_turns(flow: Flow) -> Turns | None:
    if not flow.seen_from_start or flow.tls is not None or flow.conversation is None or flow.lacks_last_word(1):
        return None
    found: list[TakenTurn] = []
    again: list[TakenTurn] = []
    answered_in = flow.server.last_data_frame
    for packet in _words_in_order(flow):
        before = found[-1] if found else None
        if before is None or before.direction != packet.direction:
            found.append(TakenTurn(packet.direction, packet, packet))
        elif packet.time_ns - (again or found)[-1].last.time_ns >= APART_NS:
            if packet.direction or packet.frame_number < answered_in:
                return None
            again.append(TakenTurn(0, packet, packet))
        elif again:
            again[-1] = TakenTurn(0, again[-1].first, packet)
        else:
            found[-1] = TakenTurn(packet.direction, before.first, packet)
    if found and found[0].direction:
        found = found[1:]  # its greeting
    return Turns(tuple(found[::2]), tuple(found[1::2]), tuple(again))


def asks_alike(flow: Flow) -> Turns | None:
    """The turns of a client that is answered whatever it says, as it shows: ``ANSWERED`` times or more at once, more often than
    late, and the like of what it asked then. Polls of a controller and calls of a file server do; None of others."""
    taken, talk = taken_turns(flow), flow.conversation
    if taken is None or talk is None or flow.http is not None:
        return None
    opening = flow.opening(0)
    if not opening or opening.startswith(PUBLISHING) or ERLANG.match(opening):
        return None
    if flow.client.first_data_frame > flow.server.first_data_frame:
        return None
    late = taken.late
    at_once = [q for q, a in zip(taken.questions, taken.answers) if a.first.time_ns - q.last.time_ns < APART_NS]
    if len(at_once) < max(OFTEN.value if taken.again else ANSWERED.value, 2 * len(late)):
        return None
    in_vain = [*((taken.open_question,) if taken.open_question is not None else ()), *taken.again]
    if taken.again and len(in_vain) < IN_VAIN.value:
        return None
    likes = [(_like(flow, question), question.length) for question in at_once]
    asked = in_vain or [q for q, _ in late]
    return taken if all(_is_alike(_like(flow, one), one.length, likes) for one in asked) else None


def _like(flow: Flow, question: TakenTurn) -> tuple[int | bytes, ...] | None:
    """What a question has in common with others of its kind: the name of the protocol or of the command, the first octet, where
    that says nothing its length. Empty of one that is owed no answer, None of one that was not kept."""
    talk, opening, at = flow.conversation, flow.opening(0), question.first.offset - 1
    begins = opening[at:] if at + SIGNATURE <= len(opening) else b""
    if talk is not None and talk.last[0] == question.first.offset:
        begins = talk.last[1]
    if not begins:
        return None
    if begins.startswith(UNANSWERED) or (begins.startswith(DNP3) and begins[DNP3_TO] >= FIRST_OF_ALL):
        return ()
    if redis := COMMAND.match(begins):
        return () if redis[1].upper() in HELD else (redis[1].upper(),)
    if fix := FIX.match(begins):
        return () if fix[1] == FIX_HEARTBEAT else (fix[1],)
    if begins.startswith(RPC_REQUEST):
        return (begins[:3], begins[RPC_CALL])
    if opening[KAFKA_CALL] == KAFKA_FIRST:
        return () if begins[KAFKA_CALL] in KAFKA_HELD else (begins[KAFKA_CALL],)
    if NO_REPLY.match(begins):
        return ()
    if (name := begins[SMB]) in SMB_WAITING:
        command = begins[SMB_COMMAND if name.startswith(b"\xff") else SMB2_COMMAND]
        return () if command in SMB_WAITING[name] else (name,)
    if begins[0] in TEXT:
        return (begins[:WORD],)
    return (begins[0],) if begins[0] else (0, question.length)


Like = tuple[int | bytes, ...] | None


def _is_alike(asked: Like, length: int, likes: list[tuple[Like, int]]) -> bool:
    """Whether a question is of the kind of ``ANSWERED`` others; where not all were kept, of all that were, or of some as long."""
    kept = [like for like, _ in likes if like is not None]
    if asked is None:
        return len(set(kept)) == 1 and kept[0] != ()
    same = kept.count(asked)
    as_long = sum(like is None and long == length for like, long in likes) if same else 0
    return asked != () and (same + as_long >= ANSWERED.value or 0 < same == len(kept))


def answered_late(flow: Flow) -> dict[int, int]:
    """The frames in which answers begin that did not come at once, each with that of its question, in protocols that are no HTTP:
    of a database's client, of one whose server answers each line, of one whose questions are all alike."""
    talk = flow.conversation
    if talk is None or flow.tls is not None or flow.http is not None:
        return {}
    opening = flow.opening(0)
    lines = talk.lines is not None and talk.lines.protocol != IMAP and not (talk.ftp is not None and talk.ftp.transfers)
    mysql = server_begins(flow.opening(1)) == MYSQL
    asks = lines or mysql or (postgres.starts(opening) and REPLICATION not in opening)
    taken = taken_turns(flow) if asks else asks_alike(flow)
    return {} if taken is None else {a.first.frame_number: q.last.frame_number for q, a in taken.late}
