"""Hellos of the usual form, read as far as it takes to tell that a TLS connection is like most (RFC 8446 section 4.1).

Usual is a ClientHello that fills one record and asks for a name, and a ServerHello of TLS 1.3 that fills one as well. A program's
ClientHellos are alike but for random numbers, keys and the name: what is left of one without these is its layout, and what a
layout offers is read once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from netanalyze.columns import Cell, Layout
from netanalyze.conversations.deferred import Beginnings
from netanalyze.errors import MessageError
from netanalyze.kernel import Engine, kernel
from netanalyze.tracking.records import HANDSHAKE, HEADER_LENGTH
from netanalyze.tracking.spans import distinct_spans
from netanalyze.wire.message.tls import RETRY_RANDOM, ClientHello, parse_client_hello
from netanalyze.wire.message.tls_names import (
    ALPN,
    CLIENT_HELLO,
    KEY_SHARE,
    KEY_SHARE_DRAFT,
    PRE_SHARED_KEY,
    SERVER_HELLO,
    SERVER_NAME,
    SUPPORTED_VERSIONS,
    TLS12,
    TLS13,
)
from netanalyze.wire.octets import copy_octets, u8, u16, u24

CUTS_MOST = 6
"""Extensions of a usual hello whose data differ from one to the next."""
PLAIN_LIMIT = 16384
"""Octets of a record in clear (RFC 8446 section 5.1)."""
BODY, RANDOM = 9, 34
"""Where a message's body begins in the record that it fills; behind its version and random a hello's session id."""

HELLO = Layout(
    Cell("usual", "1", "1: both sides' hellos are"),
    Cell("name", "place", "of the name asked for"),
    Cell("name_length", "octets", "of it"),
    Cell("suites", "place", "of the cipher suites"),
    Cell("extensions", "place", "of the first extension"),
    Cell("behind", "place", "behind the ClientHello"),
    Cell("cuts", "1", "extensions whose data are left out of the layout"),
    *(
        Cell(f"cut_{n}_{end}", "place", f"where the data of one {end}")
        for n in range(CUTS_MOST)
        for end in ("begin", "end")
    ),
)
"""What is found of a connection's hellos, a row."""
CUT = HELLO.CUTS + 1


@kernel
def message_end(octets, at, end, kind):
    """Where a handshake message ends that fills the record at ``at``, -1 where none of this kind does."""
    if at + BODY + RANDOM + 1 > end or u8(octets, at) != HANDSHAKE or u8(octets, at + 1) != 3 or u8(octets, at + 2) > 4:
        return -1
    length = u16(octets, at + 3)
    behind = at + HEADER_LENGTH + length
    if length > PLAIN_LIMIT or behind > end or behind < at + BODY + RANDOM + 1:
        return -1
    if u8(octets, at + HEADER_LENGTH) != kind or u24(octets, at + HEADER_LENGTH + 1) != length - 4:
        return -1
    return behind


@kernel
def shares_fit(octets, at, end):
    """Whether a client's key shares fill an extension's data (RFC 8446 section 4.2.8)."""
    if at + 2 > end or at + 2 + u16(octets, at) != end:
        return False
    at += 2
    while at < end:
        if at + 4 > end:
            return False
        at += 4 + u16(octets, at + 2)
    return at == end


@kernel
def name_fits(octets, at, end):
    """Whether an extension's data are the name of one host (RFC 6066 section 3)."""
    if at + 6 > end or at + 2 + u16(octets, at) != end or u8(octets, at + 2) != 0:
        return False
    return at + 5 + u16(octets, at + 3) == end


@kernel
def cut_extensions(octets, at, end, hellos, row):
    """Note the name, and which data are no part of the layout, in ``row`` of ``hellos``; whether all is usual."""
    names, shares, cuts = 0, 0, 0
    while at < end:
        if at + 4 > end or at + 4 + u16(octets, at + 2) > end:
            return False
        kind, stop = u16(octets, at), at + 4 + u16(octets, at + 2)
        if kind == SERVER_NAME or kind == KEY_SHARE or kind == KEY_SHARE_DRAFT or kind == PRE_SHARED_KEY:
            if cuts == CUTS_MOST:
                return False
            if kind == SERVER_NAME:
                names += 1
                if not name_fits(octets, at + 4, stop):
                    return False
                hellos[row + HELLO.NAME] = at + 9
                hellos[row + HELLO.NAME_LENGTH] = stop - at - 9
            elif kind != PRE_SHARED_KEY:
                shares += 1
                if not shares_fit(octets, at + 4, stop):
                    return False
            hellos[row + CUT + 2 * cuts] = at + 2
            hellos[row + CUT + 2 * cuts + 1] = stop
            cuts += 1
        at = stop
    hellos[row + HELLO.CUTS] = cuts
    return names == 1 and shares <= 1


@kernel
def usual_client_hello(octets, at, end, hellos, row):
    """Whether a ClientHello of the usual form begins at ``at``; what is found of it is noted."""
    behind = message_end(octets, at, end, CLIENT_HELLO)
    if behind < 0:
        return False
    at += BODY + RANDOM
    at += 1 + u8(octets, at)
    hellos[row + HELLO.SUITES] = at
    if at + 2 > behind:
        return False
    at += 2 + u16(octets, at)
    if at + 1 > behind:
        return False
    at += 1 + u8(octets, at)
    if at + 2 > behind or at + 2 + u16(octets, at) != behind:
        return False
    hellos[row + HELLO.EXTENSIONS] = at + 2
    hellos[row + HELLO.BEHIND] = behind
    return cut_extensions(octets, at + 2, behind, hellos, row)


@kernel
def usual_server_hello(octets, at, end, retry):
    """Whether a ServerHello of TLS 1.3 begins at ``at``, and no HelloRetryRequest: its random is ``retry``."""
    behind = message_end(octets, at, end, SERVER_HELLO)
    if behind < 0 or u16(octets, at + BODY) != TLS12:
        return False
    same = 0
    for place in range(32):
        if u8(octets, at + BODY + 2 + place) == retry[place]:
            same += 1
    at += BODY + RANDOM
    at += 4 + u8(octets, at)
    if same == 32 or at + 2 > behind or at + 2 + u16(octets, at) != behind:
        return False
    at += 2
    version = 0
    while at < behind:
        if at + 4 > behind or at + 4 + u16(octets, at + 2) > behind:
            return False
        kind, length = u16(octets, at), u16(octets, at + 2)
        if kind == ALPN or (kind == SUPPORTED_VERSIONS and length != 2):
            return False
        if kind == SUPPORTED_VERSIONS:
            version = u16(octets, at + 4)
        at += 4 + length
    return version == TLS13


@kernel
def read_hellos(octets, ends, flows, retry, hellos):
    """Look at what both sides of ``flows`` connections said first; a row of ``HELLO`` is written for each.

    Args:
        ends: from where to where what the client and the server said lies in ``octets``, four numbers each.
        retry: the octets of a random that makes a ServerHello a HelloRetryRequest.
    """
    for flow in range(flows):
        row, e = flow * HELLO.WIDTH, 4 * flow
        usual = usual_client_hello(octets, ends[e], ends[e + 1], hellos, row)
        hellos[row + HELLO.USUAL] = 0
        if usual and usual_server_hello(octets, ends[e + 2], ends[e + 3], retry):
            hellos[row + HELLO.USUAL] = 1


@kernel
def write_layouts(octets, begins, hellos, flows, buffer, edges):
    """Write the layout of each usual ClientHello, of which row ``begins`` in ``octets``, one behind the other.

    A layout is what is left without the random, the session id, and the data of extensions that differ each time.
    ``buffer`` has room for all hellos; ``edges`` gets where the layouts lie in it, one number more than flows.
    """
    at = 0
    for flow in range(flows):
        row, begin = flow * HELLO.WIDTH, begins[flow] + BODY
        edges[flow] = at
        if hellos[row + HELLO.USUAL] == 0:
            continue
        at = copy_octets(octets, begin, begin + 2, buffer, at)
        at = copy_octets(octets, hellos[row + HELLO.SUITES], hellos[row + HELLO.EXTENSIONS] - 2, buffer, at)
        left = hellos[row + HELLO.EXTENSIONS]
        for cut in range(hellos[row + HELLO.CUTS]):
            at = copy_octets(octets, left, hellos[row + CUT + 2 * cut], buffer, at)
            left = hellos[row + CUT + 2 * cut + 1]
        at = copy_octets(octets, left, hellos[row + HELLO.BEHIND], buffer, at)
    edges[flows] = at


class Hellos(NamedTuple):
    """The hellos of some flows.

    Attributes:
        usual: which flows' hellos are of the usual form, ``bool (n,)``.
        layout: the place of each flow's layout among ``layouts``.
        name: the place of the name it asks for among ``names``.
        layouts: a ClientHello of each.
    """

    usual: np.ndarray
    layout: np.ndarray
    name: np.ndarray
    layouts: list[ClientHello]
    names: list[str]


class HelloReader:
    """Reads hellos; layouts and names are told apart over all that it reads."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._layouts: dict[bytes, int] = {}
        self._names: dict[bytes, int] = {}
        self._read: list[ClientHello] = []

    def read(self, streams: Beginnings) -> Hellos:
        """What the beginnings of some connections hold."""
        count, engine, octets = len(streams.ends), self._engine, streams.octets
        found = np.zeros((count, HELLO.WIDTH), dtype=np.int64)
        text = octets if engine.compiled else octets.tobytes()
        ends, retry = streams.ends.reshape(-1), np.frombuffer(RETRY_RANDOM, np.uint8).astype(np.int64)
        engine.run(read_hellos, text, ends, count, retry, found.reshape(-1))
        usual = np.flatnonzero(found[:, HELLO.USUAL])
        layout, name = np.full(count, -1), np.full(count, -1)
        buffer, edges = np.empty(len(octets), dtype=np.uint8), np.empty(count + 1, dtype=np.int64)
        begins = np.ascontiguousarray(streams.ends[:, 0])
        engine.run(write_layouts, text, begins, found.reshape(-1), count, buffer, edges)
        firsts, lasts = begins[usual].tolist(), found[usual, HELLO.BEHIND].tolist()

        def number(key: bytes, at: int) -> int:
            return self._layout(key, octets, firsts[at], lasts[at])

        layout[usual] = self._numbers(buffer, edges[usual], edges[usual + 1], number)
        asked = found[usual, HELLO.NAME]
        behind = asked + found[usual, HELLO.NAME_LENGTH]
        name[usual] = self._numbers(
            octets, asked, behind, lambda key, at: self._names.setdefault(key, len(self._names))
        )
        names = [octets_.decode("ascii", "backslashreplace") for octets_ in self._names]
        return Hellos((found[:, HELLO.USUAL] > 0) & (layout >= 0), layout, name, self._read, names)

    def _numbers(
        self, octets: np.ndarray, begins: np.ndarray, ends: np.ndarray, number: Callable[[bytes, int], int]
    ) -> np.ndarray:
        """The number of each span, of which ``number`` gives that of the octets of those that differ, and their place."""
        which, firsts = distinct_spans(self._engine, octets, begins, ends)
        texts = (octets[begin:end].tobytes() for begin, end in zip(begins[firsts].tolist(), ends[firsts].tolist()))
        return np.array([number(text, at) for text, at in zip(texts, firsts.tolist())], dtype=np.int64)[which]

    def _layout(self, key: bytes, octets: np.ndarray, begin: int, behind: int) -> int:
        """The number of a layout, of which a ClientHello lies in ``octets``; -1 where that contradicts its format."""
        known = self._layouts.get(key)
        if known is None:
            known = -1
            try:
                hello = parse_client_hello(octets[begin + BODY : behind].tobytes())
                if not hello.malformed_extensions:
                    known = len(self._read)
                    self._read.append(hello)
            except MessageError:
                pass
            self._layouts[key] = known
        return known
