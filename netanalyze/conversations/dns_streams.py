"""DNS over TCP: messages behind their lengths, cut out of what comes (RFC 1035 section 4.2.2)."""

from collections import defaultdict

from netanalyze.wire.message import dns as message

STREAMED_MOST, HELD_MOST = 64 * 1024 * 1024, 2 * (message.STREAM_PREFIX + 65535)
"""Octets of unfinished messages that are held, of all flows together and of one: two messages of the largest size."""


class DnsStreams:
    """The half-flows that carry DNS over TCP, by flow and direction."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], bytearray] = defaultdict(bytearray)
        self._octets = 0
        self._lost: set[tuple[int, int]] = set()

    def take(self, flow_id: int, direction: int, octets: bytes) -> list[bytes]:
        """Take octets, in order; gives the messages that are whole now. Of a half-flow that says too much nothing more comes."""
        key = (flow_id, direction)
        if key in self._lost:
            return []
        held = self._held[key]
        if len(held) + len(octets) > HELD_MOST or self._octets > STREAMED_MOST:
            self._lost.add(key)
            self._octets -= len(self._held.pop(key))
            return []
        held += octets
        self._octets += len(octets)
        if len(held) < message.STREAM_PREFIX + int.from_bytes(held[: message.STREAM_PREFIX]):
            return []  # not even the first message is whole
        messages, consumed = message.split_stream(bytes(held))
        self._octets -= consumed
        del held[:consumed]
        return [octets for _, octets in messages]
