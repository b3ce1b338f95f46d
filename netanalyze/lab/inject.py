"""Forged RST segments, as a middlebox makes them that reads along and cannot take packets out (RFC 9293, RFC 1071)."""

import struct

RST, ACK = 0x04, 0x10


def checksum(octets: bytes) -> int:
    """The Internet checksum."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


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
