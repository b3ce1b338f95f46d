"""Law: the initial sequence numbers of a connection are of no consequence (RFC 9293 section 3.4).

Every sequence number, acknowledgment and SACK edge of a connection is moved by a constant of its side, modulo
2**32: the result must tell the same, mark for mark.
"""

import struct
from collections import defaultdict

import pytest
from feeding import RECIPES, RECORDINGS, Capture, analysed, examples, name, read, told
from hypothesis import given
from hypothesis import strategies as st
from traffic import traffic

MODULUS = 1 << 32
ETHERNET, VLAN, IPV4, IPV6, ICMP, TCP = 14, b"\x81\x00", b"\x08\x00", b"\x86\xdd", 1, 6
ACK, END, NOP, SACK = 16, 0, 1, 5


def network(octets):
    """Where the IP header of an Ethernet frame begins, or None."""
    at = ETHERNET + 4 * (octets[12:14] == VLAN)
    return at if octets[at - 2 : at] in (IPV4, IPV6) and len(octets) >= at + 20 else None


def segment(octets, at):
    """``(TCP offset, side, other side)`` of the unfragmented segment in the IP packet at ``at``, or None."""
    if octets[at] >> 4 == 4:
        header, protocol, addresses = (octets[at] & 15) * 4, octets[at + 9], octets[at + 12 : at + 20]
        if octets[at + 6] & 0x3F or octets[at + 7]:
            return None
    else:
        header, protocol, addresses = 40, octets[at + 6], octets[at + 8 : at + 40]
    start = at + header
    if protocol != TCP or len(octets) < start + 8:
        return None
    half = len(addresses) // 2
    addresses, ports = bytes(addresses), bytes(octets[start : start + 4])
    return start, (addresses[:half], ports[:2]), (addresses[half:], ports[2:])


def moved(number, by):
    return (number + by) % MODULUS


def shift(octets, shifts):
    """The frame with its numbers moved by ``shifts[(side, other side)]``."""
    octets = bytearray(octets)
    at = network(octets)
    if at is None:
        return bytes(octets)
    found = segment(octets, at)
    if found is None:
        if octets[at] >> 4 == 4 and octets[at + 9] == ICMP and len(octets) >= at + 56:
            quoted = segment(octets, at + 28)  # the packet that an ICMP error quotes
            if quoted:
                start, side, other = quoted
                struct.pack_into(
                    ">I", octets, start + 4, moved(*struct.unpack_from(">I", octets, start + 4), shifts[side, other])
                )
        return bytes(octets)
    start, side, other = found
    mine, theirs = shifts[side, other], shifts[other, side]
    if len(octets) < start + 20:
        return bytes(octets)
    before = bytes(octets[start:])
    seq, ack = struct.unpack_from(">II", octets, start + 4)
    struct.pack_into(">I", octets, start + 4, moved(seq, mine))
    if octets[start + 13] & ACK:
        struct.pack_into(">I", octets, start + 8, moved(ack, theirs))
    place, end = start + 20, start + (octets[start + 12] >> 4) * 4
    while place + 2 <= min(end, len(octets)) and octets[place] != END:
        if octets[place] == NOP:
            place += 1
            continue
        length = max(octets[place + 1], 2)
        if octets[place] == SACK and place + length <= len(octets):
            for edge in range(place + 2, place + length, 4):
                struct.pack_into(">I", octets, edge, moved(*struct.unpack_from(">I", octets, edge), theirs))
        place += length
    if not left_open(before, side[0] + other[0]):
        mend_checksum(octets, start, before)
    return bytes(octets)


def left_open(segment, addresses):
    """Whether a sender left its checksum to the card: nothing stands there, or the sum of the pseudo-header alone."""
    (checksum,) = struct.unpack_from(">H", segment, 16)
    pseudo = sum(struct.unpack(f">{len(addresses) // 2}H", addresses)) + TCP + len(segment)
    right = folded(pseudo + words(segment) + checksum) == 0xFFFF
    return not right and checksum in (0, folded(pseudo))


def mend_checksum(octets, start, before):
    """The checksum of the segment at ``start`` as right, or as wrong, as it was ``before`` (RFC 1624)."""
    (checksum,) = struct.unpack_from(">H", before, 16)
    total = (checksum ^ 0xFFFF) + (words(before) ^ 0xFFFF) + words(bytes(octets[start:]))
    struct.pack_into(">H", octets, start + 16, folded(total) ^ 0xFFFF)


def words(octets):
    """The one's complement sum of a segment's words but its checksum."""
    octets = octets[:16] + b"\0\0" + octets[18:] + b"\0" * (len(octets) % 2)
    return folded(sum(struct.unpack(f">{len(octets) // 2}H", octets)))


def folded(total):
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def shifted(capture, number):
    """The capture with each half-flow moved; ``number`` gives the constants, one after the other."""
    shifts = defaultdict(number)
    return Capture(tuple(f._replace(octets=shift(f.octets, shifts)) for f in capture.frames), capture.link_types)


constants = st.integers(0, MODULUS - 1) | st.sampled_from((1, MODULUS - 1, MODULUS // 2, 3_000_000_000))


@pytest.mark.parametrize("path", [*RECIPES, *RECORDINGS], ids=name)
@examples(2)
@given(data=st.data())
def test_the_sequence_numbers_of_a_capture_may_begin_anywhere(path, data):
    capture = read(path)
    assert told(analysed(shifted(capture, lambda: data.draw(constants)))) == told(analysed(capture))


@examples(120)
@given(capture=traffic(), data=st.data())
def test_the_sequence_numbers_of_made_up_traffic_may_begin_anywhere(capture, data):
    assert told(analysed(shifted(capture, lambda: data.draw(constants)))) == told(analysed(capture))


@pytest.mark.parametrize("before_the_end", [1, 1000, 20_000, 100_000])
def test_numbers_may_pass_the_end_of_their_range_in_a_download(before_the_end):
    """Here the wrap is sure to lie amid the octets of each half-flow that has so many."""
    capture = read(next(path for path in RECORDINGS if path.parent.name == "healthy"))
    first = {}
    for frame in capture.frames:
        at = network(frame.octets)
        found = segment(frame.octets, at) if at is not None else None
        if found:
            first.setdefault(found[1:], struct.unpack_from(">I", frame.octets, found[0] + 4)[0])
    shifts = {key: MODULUS - before_the_end - seq for key, seq in first.items()}
    wrapped = Capture(tuple(f._replace(octets=shift(f.octets, shifts)) for f in capture.frames), capture.link_types)
    assert told(analysed(wrapped)) == told(analysed(capture))
