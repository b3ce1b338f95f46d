"""DNS messages of the usual form, read by a kernel as far as most are of interest (RFC 1035, RFC 6891).

Usual is one question, and answers that are addresses of the name that was asked for; at most an OPT record behind them.
"""

import numpy as np

from netanalyze.columns import Cell, Layout
from netanalyze.kernel import in_columns, kernel
from netanalyze.wire.message.dns import AAAA, HEADER_LENGTH, NAME_LIMIT, OPT, A
from netanalyze.wire.octets import copy_octets, u8, u16

ANSWERS_MOST = 16
"""Addresses of a usual answer: more come rarely."""
FLAGS, QUESTIONS, ANSWERS, AUTHORITIES, ADDITIONAL = 2, 4, 6, 8, 10
"""Where a message has its flags, and counts its records (RFC 1035 section 4.1.1)."""
KIND, LENGTH, DATA = 2, 10, 12
"""Where a record whose name is a pointer has its type, the length of its data, and these."""
OPT_FIXED, OPT_LENGTH, OPT_RCODE = 11, 9, 5
"""Octets of an OPT record without its data, and where it has their length and the upper bits of the response code."""
LABEL_MOST, TO_QUESTION = 63, 0xC00C
"""The longest label, and the pointer to the name that was asked for (RFC 1035 section 4.1.4)."""

USUAL = Layout(
    Cell("usual", "1", "1: the message is"),
    Cell("flags", "bits", "as on the wire, response code included"),
    Cell("question_end", "place", "behind the question's name and type"),
    Cell("answers", "1", "addresses in it"),
    Cell("opt", "place", "of its OPT record, 0 none"),
)
"""What is found in a message, a row; a place is one in the buffer."""


@kernel
def name_end(octets, at, begin, end):
    """Where the name at ``at`` of the message at ``begin`` ends, -1 where it has a pointer, is too long, or is cut off."""
    while True:
        label = u8(octets, at) if at < end else LABEL_MOST + 1
        if label > LABEL_MOST or at - begin - HEADER_LENGTH + label + 2 > NAME_LIMIT:
            return -1
        at += label + 1
        if label == 0:
            return at


@kernel
def addresses_end(octets, at, count, end):
    """Where ``count`` addresses of the name that was asked for end, -1 where there is something else."""
    for _ in range(count):
        if at + DATA > end or u16(octets, at) != TO_QUESTION:
            return -1
        kind, length = u16(octets, at + KIND), u16(octets, at + LENGTH)
        if not ((kind == A and length == 4) or (kind == AAAA and length == 16)):
            return -1
        at += DATA + length
        if at > end:
            return -1
    return at


@kernel
def read_usual(octets, begin, end, row, at):
    """Read the message in [``begin``, ``end``) into the row at ``at``, if it is usual."""
    row[at + USUAL.USUAL] = 0
    if begin + HEADER_LENGTH > end or u16(octets, begin + QUESTIONS) != 1 or u16(octets, begin + AUTHORITIES) != 0:
        return
    answers, others = u16(octets, begin + ANSWERS), u16(octets, begin + ADDITIONAL)
    if answers > ANSWERS_MOST or others > 1:
        return
    place = name_end(octets, begin + HEADER_LENGTH, begin, end)
    if place < 0 or place + 4 > end:
        return
    row[at + USUAL.QUESTION_END] = place + 2
    place = addresses_end(octets, place + 4, answers, end)
    if place < 0:
        return
    if others == 1:
        if place + OPT_FIXED > end or u8(octets, place) != 0 or u16(octets, place + 1) != OPT:
            return
        if place + OPT_FIXED + u16(octets, place + OPT_LENGTH) > end:
            return
    row[at + USUAL.OPT] = place if others == 1 else 0
    row[at + USUAL.FLAGS] = u16(octets, begin + FLAGS)
    row[at + USUAL.ANSWERS] = answers
    row[at + USUAL.USUAL] = 1


@kernel
def read_messages(octets, begins, ends, count, rows):
    """Read ``count`` messages, a row of ``USUAL`` each; of one that is not, nothing else in it counts."""
    for message in range(count):
        read_usual(octets, begins[message], ends[message], rows, message * USUAL.WIDTH)


@in_columns(read_messages)
def _read_messages(octets, begins, ends, count, rows):
    last, found = len(octets) - 1, rows.reshape(-1, USUAL.WIDTH)

    def octet(at: np.ndarray) -> np.ndarray:
        return octets[np.minimum(at, last)].astype(np.int64)

    def pair(at: np.ndarray) -> np.ndarray:
        return octet(at) << 8 | octet(at + 1)

    answers, others = pair(begins + ANSWERS), pair(begins + ADDITIONAL)
    usual = (ends - begins >= HEADER_LENGTH) & (pair(begins + QUESTIONS) == 1) & (pair(begins + AUTHORITIES) == 0)
    usual &= (answers <= ANSWERS_MOST) & (others <= 1)
    at = begins + HEADER_LENGTH
    walking = np.flatnonzero(usual)
    while len(walking):  # label by label
        place = at[walking]
        label = octet(place)
        longest = place - begins[walking] - HEADER_LENGTH + label + 2 <= NAME_LIMIT
        fits = (label <= LABEL_MOST) & (place < ends[walking]) & longest
        usual[walking[~fits]] = False
        at[walking] = place + label + 1
        walking = walking[fits & (label != 0)]
    question_end, at = at + 2, at + 4
    usual &= at <= ends
    for number in range(int(answers[usual].max(initial=0))):
        here = usual & (answers > number)
        length, kind = pair(at + LENGTH), pair(at + KIND)
        is_address = ((kind == A) & (length == 4)) | ((kind == AAAA) & (length == 16))
        usual &= ~here | ((pair(at) == TO_QUESTION) & is_address & (at + DATA + length <= ends))
        at = np.where(here, at + DATA + length, at)
    opt = usual & (others == 1)
    fits = (octet(at) == 0) & (pair(at + 1) == OPT) & (at + OPT_FIXED + pair(at + OPT_LENGTH) <= ends)
    usual &= ~opt | fits
    columns = usual, pair(begins + FLAGS), question_end, answers, np.where(opt, at, 0)
    for place, column in enumerate(columns):
        found[usual, place] = column[usual]
    found[~usual, USUAL.USUAL] = 0


@kernel
def write_addresses(octets, rows, count, buffer, edges):
    """Write the addresses of each usual message, each behind its length, one message behind the other.

    ``buffer`` has room for all; ``edges`` gets where those of each lie in it, one number more than messages.
    """
    to = 0
    for message in range(count):
        row = message * USUAL.WIDTH
        edges[message] = to
        if rows[row + USUAL.USUAL] == 0:
            continue
        at = rows[row + USUAL.QUESTION_END] + 2
        for _ in range(rows[row + USUAL.ANSWERS]):
            length = u16(octets, at + LENGTH)
            to = copy_octets(octets, at + LENGTH + 1, at + DATA + length, buffer, to)
            at += DATA + length
    edges[count] = to


@in_columns(write_addresses)
def _write_addresses(octets, rows, count, buffer, edges):
    whole, found = octets.tobytes(), rows.reshape(-1, USUAL.WIDTH)
    counts = np.where(found[:, USUAL.USUAL] > 0, found[:, USUAL.ANSWERS], 0)
    lengths = np.zeros(count, dtype=np.int64)
    parts = []
    for message in np.flatnonzero(counts).tolist():
        begin = at = int(found[message, USUAL.QUESTION_END]) + 2
        for _ in range(int(counts[message])):
            behind = at + DATA + int.from_bytes(whole[at + LENGTH : at + DATA])
            parts.append(whole[at + LENGTH + 1 : behind])
            at = behind
        lengths[message] = at - begin - (LENGTH + 1) * int(counts[message])
    edges[0], edges[1:] = 0, np.cumsum(lengths)
    buffer[: edges[count]] = np.frombuffer(b"".join(parts), dtype=np.uint8)


def addresses_of(octets: bytes) -> tuple[bytes, ...]:
    """The addresses in octets that ``write_addresses`` wrote of a message."""
    found, at = [], 0
    while at < len(octets):
        found.append(octets[at + 1 : at + 1 + octets[at]])
        at += 1 + octets[at]
    return tuple(found)
