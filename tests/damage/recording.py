"""Frames of a capture as a damage may change them: read, looked into, written anew."""

import struct
from pathlib import Path
from typing import NamedTuple

import dpkt

ETHERNET, RAW, LINUX_SLL = 1, 101, 113
IPV4, IPV6 = 0x0800, 0x86DD
TCP, UDP = 6, 17
FIN, SYN, RST, ACK = 1, 2, 4, 16
MAC = 14
UNLIMITED = 262144


class Frame(NamedTuple):
    """A frame: when, its octets as far as they were kept, how long it was, and which interface saw it."""

    ns: int
    octets: bytes
    length: int
    interface: int = 0


class Inside(NamedTuple):
    """What a frame of Ethernet says: both ends, protocol, TCP's flags and number, where the payload begins and its length."""

    source: tuple
    destination: tuple
    protocol: int
    flags: int
    number: int
    payload: int
    length: int

    @property
    def flow(self):
        """The same for both directions."""
        return self.protocol, *sorted((self.source, self.destination))


def read(path):
    """The frames of a pcap or pcapng file of Ethernet."""
    with Path(path).open("rb") as file:
        if file.read(4) == b"\x0a\x0d\x0d\x0a":
            file.seek(0)
            return [Frame(round(at * 1e6) * 1000, octets, max(len(octets), whole(octets))) for at, octets in
                    ((float(at), octets) for at, octets in dpkt.pcapng.Reader(file))]  # fmt: skip
        file.seek(24)
        told = file.read()
    frames, at = [], 0
    while at + 16 <= len(told):
        seconds, part, kept, length = struct.unpack_from("<IIII", told, at)
        frames.append(Frame(seconds * 10**9 + part * 1000, told[at + 16 : at + 16 + kept], length))
        at += 16 + kept
    return frames


def whole(octets):
    """The length of a frame by its IP header."""
    if len(octets) < MAC + 20:
        return len(octets)
    kind = int.from_bytes(octets[12:14], "big")
    return MAC + (int.from_bytes(octets[16:18], "big") if kind == IPV4 else int.from_bytes(octets[18:20], "big") + 40
                  if kind == IPV6 else 0)  # fmt: skip


def inside(octets):
    """What a frame says where it is TCP or UDP over IP; None of any other."""
    kind = int.from_bytes(octets[12:14], "big")
    if kind == IPV4 and len(octets) >= MAC + 20:
        at, protocol = MAC + (octets[MAC] & 15) * 4, octets[23]
        ends, end = (octets[26:30], octets[30:34]), MAC + int.from_bytes(octets[16:18], "big")
        if int.from_bytes(octets[20:22], "big") & 0x1FFF:
            return None
    elif kind == IPV6 and len(octets) >= MAC + 40:
        at, protocol = MAC + 40, octets[20]
        ends, end = (octets[22:38], octets[38:54]), at + int.from_bytes(octets[18:20], "big")
    else:
        return None
    if protocol not in (TCP, UDP) or len(octets) < at + (20 if protocol == TCP else 8):
        return None
    ports = struct.unpack_from("!HH", octets, at)
    payload, flags, number = at + 8, 0, 0
    if protocol == TCP:
        payload, flags = at + (octets[at + 12] >> 4) * 4, octets[at + 13]
        number = int.from_bytes(octets[at + 4 : at + 8], "big")
    return Inside((ends[0], ports[0]), (ends[1], ports[1]), protocol, flags, number, payload, max(end - payload, 0))


def summed(octets):
    """A frame of IPv4 with its checksums reckoned anew."""
    frame, said = bytearray(octets), inside(octets)
    head = (frame[MAC] & 15) * 4
    end = MAC + int.from_bytes(frame[16:18], "big")
    frame[24:26] = b"\0\0"
    frame[24:26] = _ones(frame[MAC : MAC + head])
    if said is not None and end <= len(frame):
        field = MAC + head + (16 if said.protocol == TCP else 6)
        pseudo = bytes(frame[26:34]) + bytes([0, said.protocol]) + (end - MAC - head).to_bytes(2, "big")
        frame[field : field + 2] = b"\0\0"
        frame[field : field + 2] = _ones(pseudo + bytes(frame[MAC + head : end]))
    return bytes(frame)


def _ones(octets):
    octets = bytes(octets) + b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (total ^ 0xFFFF).to_bytes(2, "big")


def pcapng(frames, link=ETHERNET, snap=None):
    """Octets of a pcapng file of nanoseconds, with an interface for each that the frames name."""
    blocks = [(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    resolution = struct.pack("<HHBxxxHH", 9, 1, 9, 0, 0)
    for _ in range(max((frame.interface for frame in frames), default=0) + 1):
        blocks.append((1, struct.pack("<HHI", link, 0, snap or UNLIMITED) + resolution))
    for ns, octets, length, interface in frames:
        kept = octets[:snap] if snap else octets
        header = struct.pack("<IIIII", interface, ns >> 32, ns & 0xFFFFFFFF, len(kept), max(length, len(kept)))
        blocks.append((6, header + kept + b"\0" * (-len(kept) % 4)))
    return b"".join(
        struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12) for kind, body in blocks
    )
