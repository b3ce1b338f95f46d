"""DNS messages as columns: those of the usual form by a kernel (netanalyze.wire.message.dns_usual), the others one by one.

Names and addresses become numbers, so that a message is a row of integers; what a number stands for, ``Texts`` knows.
"""

from typing import NamedTuple

import numpy as np

from netanalyze.capture.batch import FRAME, FrameBatch
from netanalyze.errors import MessageError
from netanalyze.kernel import Engine
from netanalyze.tracking.spans import KnownSpans
from netanalyze.wire.layers import PACKET
from netanalyze.wire.message import dns as message
from netanalyze.wire.message.dns import HEADER_LENGTH, RESPONSE, TRUNCATED
from netanalyze.wire.message.dns_usual import (
    ANSWERS,
    OPT_RCODE,
    USUAL,
    addresses_of,
    read_messages,
    write_addresses,
)

IS_RESPONSE, IS_TRUNCATED, HAS_EDNS, IS_CUT, UNREADABLE, BACKWARD, OVER_TCP = 1, 2, 4, 8, 16, 32, 64
"""Flags of a message: what it is; its answers were cut; no message; sent by the responder of its flow; what carried it."""
KIND_SHIFT = 8
KINDS = ("dns", "mdns", "llmnr")
MDNS_PORT, LLMNR_PORT = 5353, 5355

FEW = 16
"""So few messages are read sooner one by one."""
IPV6_LENGTH = 16
"""Octets of the longest address."""
TEXTS_MOST = 2_000_000
"""Questions, and lists of addresses, that are told apart: several for each transaction that is kept."""
NO_QUESTION = 0


def asked_forward(flags):
    """Whether the originator of the flow asks: of one message's flags, or of a column of them."""
    return (flags & BACKWARD == 0) == (flags & IS_RESPONSE == 0)


def edns(flags):
    """1 where a query had an OPT record: of one message's flags, or of a column of them."""
    return flags // HAS_EDNS & (1 - (flags & IS_RESPONSE))


class Datagrams(NamedTuple):
    """DNS over UDP as it was captured, a row for each datagram; places are of ``octets``, an array of ``u1``."""

    octets: np.ndarray
    start: np.ndarray
    length: np.ndarray
    flow: np.ndarray
    direction: np.ndarray
    ports: np.ndarray
    """``i8 (n, 2)``"""
    frame: np.ndarray
    ns: np.ndarray


def dns_datagrams(batch: FrameBatch, buffer: np.ndarray, cells: np.ndarray, rows: np.ndarray) -> Datagrams:
    """The datagrams in some rows of a batch; ``cells`` of their packets, ``i8 (n, WIDTH)``."""
    start, length = cells[:, PACKET.PAYLOAD_START], cells[:, PACKET.PAYLOAD_CAPTURED]
    ports = cells[:, [PACKET.SRC_PORT, PACKET.DST_PORT]]
    moments = rows + batch.first_frame_number, batch.frames[rows, FRAME.TIME_NS]
    return Datagrams(buffer, start, length, cells[:, PACKET.FLOW_ID], cells[:, PACKET.DIRECTION], ports, *moments)


class Messages(NamedTuple):
    """Messages, a row each: ``i8 (n,)`` in every column."""

    flow: np.ndarray
    frame: np.ndarray
    ns: np.ndarray
    dns_id: np.ndarray
    flags: np.ndarray
    question: np.ndarray
    rcode: np.ndarray
    """With EDNS' upper bits; the lower four are those of the header."""
    answers: np.ndarray
    cnames: np.ndarray


class Texts:
    """What the numbers of questions and of lists stand for."""

    def __init__(self, engine: Engine) -> None:
        self.questions: list[tuple[str | None, int]] = [(None, -1)]
        self.folded: list[int] = [NO_QUESTION]
        """By question, the one with its name in lower case."""
        self.lists: list[list[str]] = [[]]
        self.closed = False
        """Nothing more is kept: a question that is not known yet is taken for none."""
        self._of_question: dict[tuple[str | None, int], int] = {(None, -1): NO_QUESTION}
        self.engine = engine
        self.asked = KnownSpans(engine, TEXTS_MOST, NO_QUESTION)
        self.answered = KnownSpans(engine, TEXTS_MOST, 0)
        """Questions as they stand in messages, and single addresses that are the answer."""
        self._of_list: dict[object, int] = {(): 0}

    def question(self, name: str | None, qtype: int) -> int:
        """The number of a question; of very many the later ones are taken for none."""
        known = self._of_question.get((name, qtype))
        if known is not None or name is None or self.closed or len(self.questions) >= TEXTS_MOST:
            return known or NO_QUESTION
        made = self._of_question[name, qtype] = len(self.questions)
        self.questions.append((name, qtype))
        self.folded.append(made)
        low = name.lower()
        if low != name:
            self.folded[made] = self.question(low, qtype)
        return made

    def question_of(self, octets: bytes) -> int:
        """The number of a question as it stands in a message, without its class, no label of it a pointer."""
        return self.question(message.plain_name(octets[:-2]), int.from_bytes(octets[-2:]))

    def listed(self, key: object, texts: list[str]) -> int:
        """The number of a list; ``key`` tells it from others."""
        known = self._of_list.get(key)
        if known is None:
            if len(self.lists) >= TEXTS_MOST:
                return 0
            known = self._of_list[key] = len(self.lists)
            self.lists.append(texts)
        return known

    def addresses(self, octets: tuple[bytes, ...]) -> int:
        """The number of a list of addresses."""
        known = self._of_list.get(octets)
        return self.listed(octets, list(map(message.address, octets))) if known is None else known


def read(datagrams: Datagrams, texts: Texts) -> Messages:
    """The messages in datagrams."""
    rows = len(datagrams.start)
    columns = Messages(
        datagrams.flow, datagrams.frame, datagrams.ns, *(np.zeros(rows, dtype=np.int64) for _ in range(6))
    )
    columns.flags[:] = BACKWARD * datagrams.direction
    for kind, port in ((1, MDNS_PORT), (2, LLMNR_PORT)):
        rest = columns.flags >> KIND_SHIFT == 0
        columns.flags[rest & (datagrams.ports == port).any(axis=1)] |= kind << KIND_SHIFT
    octets = datagrams.octets
    usual = _read_usual(datagrams, columns, texts) if rows >= FEW and len(octets) else np.zeros(rows, dtype=bool)
    for row in np.flatnonzero(~usual).tolist():
        start = int(datagrams.start[row])
        read_one(octets[start : start + int(datagrams.length[row])].tobytes(), columns, row, texts)
    return columns


def read_one(octets: bytes, columns: Messages, row: int, texts: Texts) -> None:
    """Read a message in full into a row."""
    try:
        parsed = message.parse(octets)
    except MessageError:
        columns.flags[row] |= UNREADABLE
        return
    question = parsed.questions[0] if parsed.questions else None
    columns.dns_id[row], columns.rcode[row] = parsed.id, parsed.rcode
    columns.question[row] = texts.question(question.name, question.qtype) if question else NO_QUESTION
    columns.answers[row] = texts.listed(parsed.addresses, list(parsed.addresses))
    columns.cnames[row] = texts.listed(parsed.cnames, list(parsed.cnames))
    flags = IS_RESPONSE * parsed.is_response | IS_TRUNCATED * parsed.truncated | HAS_EDNS * (parsed.edns is not None)
    flags |= IS_CUT * (int.from_bytes(octets[ANSWERS : ANSWERS + 2]) > len(parsed.answers))
    columns.flags[row] |= flags


def _read_usual(datagrams: Datagrams, columns: Messages, texts: Texts) -> np.ndarray:
    """Read the messages of the usual form into their rows; says which they are."""
    octets, begins, engine = datagrams.octets, np.ascontiguousarray(datagrams.start), texts.engine
    ends, count = begins + datagrams.length, len(begins)
    found = np.zeros((count, USUAL.WIDTH), dtype=np.int64)
    engine.run(read_messages, octets, begins, ends, count, found.reshape(-1))
    rows = np.flatnonzero(found[:, USUAL.USUAL])
    bits, opt = found[rows, USUAL.FLAGS], found[rows, USUAL.OPT]
    columns.dns_id[rows] = octets[begins[rows]].astype(np.int64) << 8 | octets[begins[rows] + 1]
    columns.rcode[rows] = bits & 15 | np.where(opt > 0, octets[opt + OPT_RCODE].astype(np.int64) << 4, 0)
    flags = np.where(bits & RESPONSE, IS_RESPONSE, 0) | np.where(bits & TRUNCATED, IS_TRUNCATED, 0)
    columns.flags[rows] |= flags | np.where(opt > 0, HAS_EDNS, 0)
    questions = begins[rows] + HEADER_LENGTH, found[rows, USUAL.QUESTION_END]
    columns.question[rows] = texts.asked.numbers(octets, *questions, texts.question_of)
    some = rows[found[rows, USUAL.ANSWERS] > 0]
    room = (1 + IPV6_LENGTH) * int(found[some, USUAL.ANSWERS].sum())
    buffer, edges = np.empty(room, dtype=np.uint8), np.empty(count + 1, dtype=np.int64)
    engine.run(write_addresses, octets, found.reshape(-1), count, buffer, edges)
    addresses = edges[some], edges[some + 1]
    columns.answers[some] = texts.answered.numbers(buffer, *addresses, lambda key: texts.addresses(addresses_of(key)))
    return found[:, USUAL.USUAL] > 0
