"""Forged RST segments and DNS answers, as a middlebox makes them that reads along and cannot take packets out.

RFC 9293, RFC 1035, RFC 1071.
"""

import socket
import struct

from netanalyze.wire.net.checksum import checksum

RST, ACK = 0x04, 0x10


def _frame(
    macs: bytes, source: bytes, target: bytes, ports: tuple[int, int], seq: int, ack: int, flags: int, ttl: int
) -> bytes:
    """One Ethernet frame with a TCP segment that has neither options nor payload; identification 0, window 0."""
    tcp = struct.pack("!HHIIBBHHH", *ports, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags, 0, 0, 0)
    if len(source) == 4:
        pseudo = source + target + struct.pack("!BBH", 0, 6, len(tcp))
        ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0x4000, ttl, 6, 0, source, target)
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        kind = b"\x08\x00"
    else:
        pseudo = source + target + struct.pack("!IHBB", len(tcp), 0, 0, 6)
        ip = struct.pack("!IHBB16s16s", 6 << 28, len(tcp), 6, ttl, source, target)
        kind = b"\x86\xdd"
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    return macs + kind + ip + tcp


def resets(frame: bytes, ttl: int, count: int = 1) -> tuple[list[bytes], bytes]:
    """RSTs in answer to a TCP ``frame``: ``count`` to its sender (each 1460 further on), and one to its receiver."""
    if frame[12:14] == b"\x08\x00":
        start, end = 14 + (frame[14] & 15) * 4, 14 + struct.unpack_from("!H", frame, 16)[0]
        source, target = frame[26:30], frame[30:34]
    else:
        start, end = 54, 54 + struct.unpack_from("!H", frame, 18)[0]
        source, target = frame[22:38], frame[38:54]
    sport, dport, seq, ack = struct.unpack_from("!HHII", frame, start)
    length = end - start - (frame[start + 12] >> 4) * 4
    towards_sender, onward = frame[6:12] + frame[:6], frame[:12]
    back = [
        _frame(towards_sender, target, source, (dport, sport), ack + 1460 * number, seq + length, RST | ACK, ttl)
        for number in range(count)
    ]
    forward = _frame(onward, source, target, (sport, dport), seq + length, 0, RST, ttl)
    return back, forward


def asks_address(frame: bytes, name: str) -> bool:
    """Whether a UDP/53 frame over IPv4 asks for the IPv4 address of ``name``."""
    start = 14 + (frame[14] & 15) * 4 + 8
    wire_name = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    question = frame[start + 12 : start + 12 + len(wire_name) + 4]
    return question[: len(wire_name)].lower() == wire_name and question[len(wire_name) :] == b"\0\1\0\1"


def dns_answer(frame: bytes, address: str, ttl: int) -> bytes:
    """An answer to the query in ``frame`` (UDP over IPv4, one question) that names ``address``; UDP's checksum is none."""
    start = 14 + (frame[14] & 15) * 4
    query = frame[start + 8 : start + struct.unpack_from("!H", frame, start + 4)[0]]
    end = query.index(b"\0", 12) + 5
    record = b"\xc0\x0c" + struct.pack("!HHIH4s", 1, 1, 300, 4, socket.inet_aton(address))
    answer = query[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0) + query[12:end] + record
    sport, dport = struct.unpack_from("!HH", frame, start)
    udp = struct.pack("!4H", dport, sport, 8 + len(answer), 0) + answer
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0x4000, ttl, 17, 0) + frame[30:34] + frame[26:30]
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return frame[6:12] + frame[:6] + b"\x08\x00" + ip + udp
