"""Packets kept in detail and TLS records are kept in half the cells, and told of as they were on the wire."""

import numpy as np

from netanalyze.capture.batch import FRAME
from netanalyze.kernel import Engine
from netanalyze.tracking.history import KEPT, PACKED, direction_of, keep_packets, unpacked
from netanalyze.tracking.records import PACKED_RECORD, RECORD, unpacked_records, write_record
from netanalyze.wire.layers import PACKET

LARGEST = {
    "direction": 1, "flags": 0xFF, "offset": 1 << 50, "ack": 0xFFFFFFFF, "length": 0x7FFFFFFF, "window": 0xFFFF,
    "ttl": 0xFF, "ip_id": 0xFFFFFFFF, "ip_flags": 0xFF, "marks": (1 << 40) - 1, "ip_version": 15,
    "original_length": 0xFFFFFFFF, "flow_id": 1 << 31, "time_ns": 1 << 62, "frame_number": 1 << 40,
}  # fmt: skip
OF_PACKET = {
    "direction": PACKET.DIRECTION, "flags": PACKET.TCP_FLAGS, "offset": PACKET.STREAM_OFFSET, "ack": PACKET.TCP_ACK,
    "length": PACKET.PAYLOAD_LENGTH, "window": PACKET.TCP_WINDOW, "ttl": PACKET.TTL, "ip_id": PACKET.IP_ID,
    "ip_flags": PACKET.IP_FLAGS, "marks": PACKET.MARKS, "ip_version": PACKET.IP_VERSION, "flow_id": PACKET.FLOW_ID,
}  # fmt: skip


def _kept(**fields: int) -> np.ndarray:
    frames, packets = np.zeros(FRAME.WIDTH, dtype=np.int64), np.zeros(PACKET.WIDTH, dtype=np.int64)
    frames[FRAME.TIME_NS], frames[FRAME.ORIGINAL_LENGTH] = fields.get("time_ns", 0), fields.get("original_length", 0)
    for name, place in OF_PACKET.items():
        packets[place] = fields.get(name, 0)
    row = np.zeros(PACKED.WIDTH, dtype=np.int64)
    chosen = np.zeros(1, dtype=np.int64)
    Engine().run(keep_packets, frames, packets, chosen, 1, fields.get("frame_number", 0), row)
    return row.reshape(1, -1)


def _packet(**fields: int) -> dict[str, int]:
    return dict(zip(KEPT.names, unpacked(_kept(**fields), Engine())[0].tolist()))


def test_a_packet_has_every_field_at_its_largest_beside_all_others_at_theirs():
    assert _packet(**LARGEST) == LARGEST


def test_each_field_of_a_packet_alone_leaves_the_others_at_nought():
    for name, value in LARGEST.items():
        assert _packet(**{name: value}) == {**dict.fromkeys(KEPT.names, 0), name: value}


def test_whose_a_packet_is_shows_without_the_rest():
    rows = np.concatenate([_kept(direction=1, length=1460), _kept(ttl=64, flags=0xFF)])
    assert direction_of(rows).tolist() == [1, 0]


def test_a_payload_longer_than_any_frame_is_told_as_the_longest():
    assert _packet(length=1 << 31)["length"] == 0x7FFFFFFF


def _record(flow: int, direction: int, head: int) -> dict[str, int]:
    packets, row = np.zeros(PACKET.WIDTH, dtype=np.int64), np.zeros(PACKED_RECORD.WIDTH, dtype=np.int64)
    packets[PACKET.FLOW_ID], packets[PACKET.DIRECTION] = flow, direction
    Engine().run(write_record, packets, 0, head, 77, 5, 9, row, 0)
    return dict(zip(RECORD.names, unpacked_records(row.reshape(1, -1), Engine())[0].tolist()))


def test_a_record_has_every_field_at_its_largest_beside_all_others_at_theirs():
    rest = {"stream_offset": 77, "frame_number": 5, "time_ns": 9}
    largest = {"flow_id": 0xFFFFFFFF, "direction": 1, "content_type": 0xFF, "length": 0xFFFF, **rest}
    assert _record(0xFFFFFFFF, 1, 0xFF_0303_FFFF) == largest
    assert _record(3, 0, 0x17_0303_0000) == {"flow_id": 3, "direction": 0, "content_type": 23, "length": 0, **rest}
