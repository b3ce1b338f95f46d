"""DNS messages (RFC 1035 section 4; EDNS: RFC 6891; over TCP: RFC 7766 section 8), octets to facts."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from netanalyze.errors import MessageError
from netanalyze.wire.message.cursor import Cursor
from netanalyze.wire.message.dns_names import (
    AAAA,
    CNAME,
    DNAME,
    FORMERR,
    HTTPS,
    MX,
    NOERROR,
    NOTIMP,
    NS,
    NXDOMAIN,
    OPT,
    PTR,
    RCODE_NAMES,
    REFUSED,
    SERVFAIL,
    SOA,
    SRV,
    SVCB,
    TXT,
    TYPE_NAMES,
    A,
    rcode_name,
    type_name,
)

__all__ = [
    "AAAA",
    "CNAME",
    "DNAME",
    "FORMERR",
    "HEADER_LENGTH",
    "HTTPS",
    "MX",
    "NOERROR",
    "NOTIMP",
    "NS",
    "NXDOMAIN",
    "OPT",
    "PTR",
    "RCODE_NAMES",
    "REFUSED",
    "SERVFAIL",
    "SOA",
    "SRV",
    "SVCB",
    "TXT",
    "TYPE_NAMES",
    "A",
    "DnsMessage",
    "Edns",
    "Question",
    "Record",
    "address",
    "parse",
    "plain_name",
    "rcode_name",
    "split_stream",
    "type_name",
]

HEADER_LENGTH = 12
RESPONSE, AUTHORITATIVE, TRUNCATED = 0x8000, 0x0400, 0x0200
RECURSION_DESIRED, RECURSION_AVAILABLE = 0x0100, 0x0080
OPCODE_SHIFT, OPCODE_MASK, RCODE_MASK = 11, 0xF, 0xF

LABEL_KIND, LABEL_PLAIN, LABEL_POINTER, POINTER_MASK = 0xC0, 0x00, 0xC0, 0x3FFF
NAME_LIMIT = 255
POINTERS_LIMIT = 128
"""More pointers than a name can have labels: they do not lead anywhere."""

EXTENDED_RCODE_SHIFT, EDNS_VERSION_SHIFT, DNSSEC_OK = 24, 16, 0x8000
STREAM_PREFIX = 2


@dataclass(frozen=True)
class Question:
    """What is asked: ``name`` without its final dot ("." for the root), type and class as numbers."""

    name: str
    qtype: int
    qclass: int


@dataclass(frozen=True)
class Record:
    """One resource record; ``ttl`` in seconds.

    ``value`` is the data as text: an address, a name, for MX, SRV and SOA their fields with one blank
    between them, for TXT the strings; of any other type ``\\# LENGTH HEX`` (RFC 3597 section 5).
    """

    name: str
    rtype: int
    rclass: int
    ttl: int
    value: str


@dataclass(frozen=True)
class Edns:
    """What the OPT record says: the UDP ``payload_size`` its sender takes, in octets, and DNSSEC OK."""

    payload_size: int
    version: int
    do: bool


@dataclass(frozen=True)
class DnsMessage:
    """One DNS message.

    Attributes:
        rcode: response code with the upper bits of EDNS joined in; ``header_rcode`` without them.
        truncated: the TC bit: the answer did not fit and must be asked for over TCP.
        complete: False where the octets end before the records that the header counts;
            the records before the cut are there.
    """

    id: int
    is_response: bool
    opcode: int
    authoritative: bool
    truncated: bool
    recursion_desired: bool
    recursion_available: bool
    rcode: int
    header_rcode: int
    questions: tuple[Question, ...]
    answers: tuple[Record, ...]
    authorities: tuple[Record, ...]
    additionals: tuple[Record, ...]
    edns: Edns | None
    complete: bool

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses among the answers (A and AAAA), in their order; records whose data is no address are left out."""
        return tuple(r.value for r in self.answers if r.rtype in (A, AAAA) and not r.value.startswith("\\#"))

    @property
    def cnames(self) -> tuple[str, ...]:
        """The canonical names among the answers, in their order."""
        return tuple(record.value for record in self.answers if record.rtype == CNAME)


def parse(octets: bytes) -> DnsMessage:
    """One message, without the length that precedes it on TCP.

    A message that was cut (snap length) gives what stands before the cut, ``complete`` False.

    Raises:
        MessageError: fewer than 12 octets, or octets that no DNS message can have (a label
            of unknown kind, a pointer that does not lead back, a name of more than 255 octets).
    """
    cursor = Cursor(octets, "DNS message")
    identifier, flags = cursor.number(2), cursor.number(2)
    counts = [cursor.number(2) for _ in range(4)]
    questions: list[Question] = []
    sections: tuple[list[Record], ...] = ([], [], [])
    edns, extended, complete = None, 0, True
    try:
        for _ in range(counts[0]):
            questions.append(Question(_name(cursor), cursor.number(2), cursor.number(2)))
        for section, count in zip(sections, counts[1:], strict=True):
            for _ in range(count):
                record = _record(cursor)
                section.append(record)
                if record.rtype == OPT and edns is None:
                    extended = record.ttl >> EXTENDED_RCODE_SHIFT
                    version = record.ttl >> EDNS_VERSION_SHIFT & 0xFF
                    edns = Edns(record.rclass, version, bool(record.ttl & DNSSEC_OK))
    except MessageError as error:
        if not error.needed:
            raise
        complete = False
    return DnsMessage(
        id=identifier,
        is_response=bool(flags & RESPONSE),
        opcode=flags >> OPCODE_SHIFT & OPCODE_MASK,
        authoritative=bool(flags & AUTHORITATIVE),
        truncated=bool(flags & TRUNCATED),
        recursion_desired=bool(flags & RECURSION_DESIRED),
        recursion_available=bool(flags & RECURSION_AVAILABLE),
        rcode=extended << 4 | flags & RCODE_MASK,
        header_rcode=flags & RCODE_MASK,
        questions=tuple(questions),
        answers=tuple(sections[0]),
        authorities=tuple(sections[1]),
        additionals=tuple(sections[2]),
        edns=edns,
        complete=complete,
    )


def split_stream(octets: bytes) -> tuple[list[tuple[int, bytes]], int]:
    """The whole messages at the front of a TCP stream, and how many octets they take.

    Args:
        octets: one direction of the connection, from the first octet of a length.

    Returns:
        ``(offset of the message in octets, message)`` for each, and the octets consumed, lengths
        included; what lies behind is the beginning of a message whose rest is yet to come.
    """
    messages, at = [], 0
    while len(octets) - at >= STREAM_PREFIX:
        begin = at + STREAM_PREFIX
        end = begin + int.from_bytes(octets[at:begin], "big")
        if end > len(octets):
            break
        messages.append((begin, octets[begin:end]))
        at = end
    return messages, at


def plain_name(octets: bytes) -> str:
    """A whole name, no label of it a pointer, as ``parse`` gives it.

    >>> plain_name(b"\\x03www\\x07example\\x00"), plain_name(b"\\x00")
    ('www.example', '.')
    """
    labels, at = [], 0
    while octets[at]:
        labels.append(octets[at + 1 : at + 1 + octets[at]])
        at += 1 + octets[at]
    joined = b".".join(labels)
    if joined.isascii() and joined.count(b".") == len(labels) - 1 and b"\\" not in joined:
        text = joined.decode()
        if text.isprintable():
            return text
    return _name(Cursor(octets, "DNS message"))


def address(octets: bytes) -> str:
    """The data of an A or AAAA record as text."""
    return str(IPv4Address(octets) if len(octets) == 4 else IPv6Address(octets))


def _name(cursor: Cursor) -> str:
    """The name at the cursor, which then stands behind it; pointers may only lead back (RFC 1035 section 4.1.4)."""
    labels: list[str] = []
    length, pointers = 1, 0
    reader, lowest = cursor, cursor.at
    while True:
        at = reader.at
        octet = reader.number(1)
        kind = octet & LABEL_KIND
        if kind == LABEL_POINTER:
            target = (octet << 8 | reader.number(1)) & POINTER_MASK
            pointers += 1
            if target >= lowest or target < HEADER_LENGTH or pointers > POINTERS_LIMIT:
                raise cursor.invalid(at)
            lowest = target
            reader = Cursor(cursor.octets, cursor.what, target)
        elif kind != LABEL_PLAIN:
            raise cursor.invalid(at)
        elif octet == 0:
            return ".".join(labels) or "."
        else:
            length += 1 + octet
            if length > NAME_LIMIT:
                raise cursor.invalid(at)
            labels.append(_label(reader.take(octet)))


def _label(octets: bytes, escaped: bytes = b".\\") -> str:
    """A label as text: what is no plain ASCII, and each of ``escaped``, as ``\\DDD`` (RFC 4343 section 2.1)."""
    if octets.isalnum() and octets.isascii():
        return octets.decode()
    return "".join(
        chr(octet) if 0x20 <= octet < 0x7F and octet not in escaped else f"\\{octet:03d}" for octet in octets
    )


def _record(cursor: Cursor) -> Record:
    """The resource record at the cursor (RFC 1035 section 4.1.3)."""
    name = _name(cursor)
    rtype, rclass, ttl = cursor.number(2), cursor.number(2), cursor.number(4)
    length = cursor.number(2)
    begin = cursor.at
    data = cursor.take(length)
    inside = Cursor(cursor.octets, cursor.what, begin, begin + length)
    return Record(name, rtype, rclass, ttl, _value(inside, rtype, data))


def _value(inside: Cursor, rtype: int, data: bytes) -> str:
    """The record's data as text; as plain octets where it does not fit its type: the record's length says where it ends."""
    if rtype == A and len(data) == 4:
        return str(IPv4Address(data))
    if rtype == AAAA and len(data) == 16:
        return str(IPv6Address(data))
    try:
        text = _fields(inside, rtype, data)
    except MessageError:
        text = None
    return f"\\# {len(data)} {data.hex()}".rstrip() if text is None or inside.left else text


def _fields(inside: Cursor, rtype: int, data: bytes) -> str | None:
    """Data of the types that hold names or strings; None for every other type."""
    if rtype in (NS, CNAME, PTR, DNAME):
        return _name(inside)
    if rtype == MX:
        return f"{inside.number(2)} {_name(inside)}"
    if rtype == SRV:
        return f"{inside.number(2)} {inside.number(2)} {inside.number(2)} {_name(inside)}"
    if rtype == SOA:
        names = f"{_name(inside)} {_name(inside)}"
        return names + "".join(f" {inside.number(4)}" for _ in range(5))
    if rtype == TXT and data:
        texts = []
        while inside.left:
            texts.append(_label(inside.vector(1), b"\\"))
        return "".join(texts)
    return None
