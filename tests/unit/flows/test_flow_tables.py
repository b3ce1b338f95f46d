"""Flows, marks, stalls and diagnostics of short stories, told in segments."""

import struct

import pytest
from feeding import CAPTURES, START_NS, Capture, Frame, analysed, read
from traffic import client_hello, dns, ethernet, ipv4, ipv6, server_hello, tcp, udp

MS, SECOND = 1_000_000, 1_000_000_000
FIN, SYN, RST, ACK, PSH = 1, 2, 4, 16, 24
SYN_OPTIONS = b"\2\4\5\xb4\4\2\1\3\3\7\0\0"


class Story:
    """Frames of 192.0.2.10:40000 (side 0) and 192.0.2.80:443 (side 1), 10 ms apart unless time passes."""

    def __init__(self, six=False):
        self.frames, self.now, self.packet = [], START_NS, ipv6 if six else ipv4

    def passes(self, ns):
        self.now += ns
        return self

    def says(self, side, seq, ack, flags=PSH, length=0, window=500, options=b""):
        (a, p), (b, q) = ((10, 40000), (80, 443))[:: 1 - 2 * side]
        segment = tcp(p, q, seq, ack, flags, window, bytes(length), options)
        return self.adds(ethernet(self.packet(a, b, 6, segment)))

    def adds(self, octets):
        self.frames.append(Frame(self.now, octets, len(octets)))
        return self.passes(10 * MS)

    def handshake(self):
        self.says(0, 0, 0, SYN, options=SYN_OPTIONS).says(1, 0, 1, SYN | ACK, options=SYN_OPTIONS)
        return self.says(0, 1, 1, ACK)

    def result(self):
        return analysed(Capture(tuple(self.frames)))

    def marks(self):
        """``(frame, mark)`` of every mark."""
        return [(row["frame_number"], row["mark"]) for row in self.result().tcp_marks.rows()]

    def flow(self):
        """The only flow."""
        (row,) = self.result().flows.rows()
        return row


def test_a_handshake_gives_round_trip_options_and_state():
    flow = Story().handshake().flow()
    assert (flow["orig_address"], flow["orig_port"], flow["resp_port"]) == ("192.0.2.10", 40000, 443)
    assert flow["initial_rtt_ns"] == 20 * MS
    assert (flow["orig_window_scale"], flow["resp_mss"], flow["sack_permitted"]) == (7, 1460, 1)
    assert (flow["conn_state"], flow["history"]) == ("S1", "ShA")


@pytest.mark.parametrize("six", [False, True])
def test_a_whole_conversation_ends_as_sf(six):
    story = Story(six).handshake().says(0, 1, 1, length=100).says(1, 1, 101, ACK).says(1, 1, 101, length=200)
    story.says(0, 101, 201, FIN | ACK).says(1, 201, 102, FIN | ACK).says(0, 102, 202, ACK)
    flow = story.flow()
    assert (flow["conn_state"], flow["history"]) == ("SF", "ShADadFf")
    assert (flow["orig_octets"], flow["resp_octets"]) == (100, 200)
    assert story.marks() == []


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        ([], "S0"),
        ([(1, 0, 1, RST | ACK)], "REJ"),
        ([(0, 1, 0, RST)], "RSTOS0"),
        ([(1, 0, 1, SYN | ACK), (0, 1, 1, ACK), (1, 1, 1, RST)], "RSTR"),
        ([(1, 0, 1, SYN | ACK), (0, 1, 1, ACK), (0, 1, 1, RST)], "RSTO"),
        ([(1, 0, 1, SYN | ACK), (0, 1, 1, ACK), (0, 1, 1, FIN | ACK)], "S2"),
        ([(1, 0, 1, SYN | ACK), (0, 1, 1, ACK), (1, 1, 1, FIN | ACK)], "S3"),
    ],
)
def test_the_state_is_zeeks(ending, state):
    story = Story().says(0, 0, 0, SYN)
    for segment in ending:
        story.says(*segment)
    assert story.flow()["conn_state"] == state


def test_a_flow_seen_from_its_middle_has_the_well_known_port_as_responder():
    story = Story().says(1, 500, 700, length=10).says(0, 700, 510, ACK)
    flow = story.flow()
    assert (flow["orig_port"], flow["resp_port"], flow["conn_state"]) == (40000, 443, "OTH")


def test_the_same_ports_with_a_new_initial_number_are_a_new_flow():
    story = Story().handshake().says(0, 1, 1, FIN | ACK).passes(SECOND).says(0, 900_000, 0, SYN)
    rows = list(story.result().flows.rows())
    assert [row["first_frame"] for row in rows] == [1, 5]
    assert story.marks() == [(5, "reused_ports")]


def test_a_syn_sent_again_is_the_same_flow():
    story = Story().says(0, 7, 0, SYN).passes(SECOND).says(0, 7, 0, SYN)
    assert story.flow()["orig_packets"] == 2
    assert story.marks() == [(2, "retransmission")]


def test_a_timeout_is_a_retransmission_and_a_gap_is_a_lost_segment():
    story = Story().handshake().says(0, 1, 1, length=100).passes(SECOND).says(0, 1, 1, length=100)
    story.says(0, 301, 1, length=100)
    assert story.marks() == [(5, "retransmission"), (6, "lost_segment")]
    assert story.flow()["orig_retransmissions"] == 1


def test_a_repeat_of_what_was_acknowledged_is_spurious():
    story = Story().handshake().says(0, 1, 1, length=100).says(1, 1, 101, ACK).passes(SECOND).says(0, 1, 1, length=100)
    assert story.marks() == [(6, "retransmission"), (6, "spurious_retransmission")]


def test_three_duplicate_acks_and_a_fast_retransmission():
    story = Story().handshake().says(1, 1, 1, length=100)
    for seq in (201, 301, 401):
        story.says(1, seq, 1, length=100).says(0, 1, 101, ACK)
    story.passes(-5 * MS).says(1, 101, 1, length=100)
    marks = story.marks()
    assert [frame for frame, mark in marks if mark == "duplicate_ack"] == [8, 10]
    assert (11, "fast_retransmission") in marks


def test_an_acknowledgment_of_what_was_never_seen():
    assert Story().handshake().says(1, 1, 5000, ACK).marks() == [(4, "ack_lost_segment")]


def test_a_keep_alive_and_its_answer():
    story = Story().handshake().passes(15 * SECOND).says(0, 0, 1, ACK).says(1, 1, 1, ACK)
    assert story.marks() == [(4, "keep_alive"), (5, "keep_alive_ack")]


def test_a_closed_window_its_probe_and_its_opening():
    story = Story().handshake().says(1, 1, 1, length=100).says(0, 1, 101, ACK, window=0).passes(SECOND)
    story.says(1, 101, 1, PSH, length=1).says(0, 1, 101, ACK, window=0).says(0, 1, 101, ACK, window=400)
    assert story.marks() == [
        (5, "zero_window"), (6, "zero_window_probe"), (7, "zero_window"), (7, "zero_window_probe_ack"), (8, "window_update"),
    ]  # fmt: skip


def test_numbers_pass_zero_without_notice():
    top = 2**32 - 50
    story = Story().says(0, top, 0, SYN).says(1, top, top + 1, SYN | ACK).says(0, top + 1, top + 1, ACK)
    story.says(0, top + 1, top + 1, length=100).says(1, top + 1, top + 101, ACK)
    assert story.marks() == []
    assert story.flow()["orig_octets"] == 100


def test_an_icmp_error_belongs_to_the_flow_it_quotes():
    quoted = ipv4(10, 80, 6, tcp(40000, 443, 0, 0, SYN))[:28]
    story = Story().says(0, 0, 0, SYN).adds(ethernet(ipv4(1, 10, 1, b"\3\x0a\0\0\0\0\0\0" + quoted)))
    events = [row for row in story.result().events.rows() if row["frame_number"] == 2]
    assert [event["flow_id"] for event in events] == [0]


def test_a_fragmented_answer_is_read_when_its_last_part_has_come():
    answer = udp(53, 50000, dns(77, True))
    story = Story().adds(ethernet(ipv4(10, 53, 17, udp(50000, 53, dns(77, False)))))
    story.adds(ethernet(ipv4(53, 10, 17, answer[24:], identification=5, fragment=3)))
    story.adds(ethernet(ipv4(53, 10, 17, answer[:24], identification=5, fragment=0x2000)))
    (row,) = story.result().dns.rows()
    assert (row["query_frame"], row["response_frame"], row["rcode"]) == (1, 3, 0)


def test_a_fragment_that_never_comes_is_counted():
    story = Story().adds(ethernet(ipv4(53, 10, 17, bytes(24), identification=5, fragment=0x2000)))
    assert {d.kind for d in story.result().capture.diagnostics} == {"incomplete_fragments"}


def test_a_query_sent_again_is_one_transaction():
    query = ethernet(ipv4(10, 53, 17, udp(50000, 53, dns(77, False))))
    story = Story().adds(query).passes(5 * SECOND).adds(query)
    story.adds(ethernet(ipv4(53, 10, 17, udp(53, 50000, dns(77, True, rcode=3)))))
    (row,) = story.result().dns.rows()
    assert (row["queries"], row["responses"], row["rcode_name"]) == (2, 1, "NXDOMAIN")


def test_a_silence_is_a_stall_of_who_owed_the_move():
    story = Story().says(0, 0, 0, SYN).passes(3 * SECOND).says(0, 0, 0, SYN).says(1, 0, 1, SYN | ACK)
    (row,) = [r for r in story.result().stalls.rows() if r["waiting_for"] == "syn_ack"]
    assert (row["waiting_on"], row["last_frame"], row["next_frame"], row["resent"]) == ("server", 1, 3, 1)
    assert row["end_ns"] - row["start_ns"] == 3 * SECOND + 20 * MS


def sack(left, right):
    """The option with one block; initial sequence numbers are 0 here."""
    return b"\1\1\5\x0a" + struct.pack(">II", left, right)


def test_losses_at_the_tail_sacks_and_flight_are_counted_beside_wireshark_s_marks():
    story = Story().handshake().says(0, 1, 1, length=100).says(0, 101, 1, length=100).says(0, 201, 1, length=100)
    story.says(1, 1, 101, ACK, options=sack(201, 301)).passes(300 * MS).says(0, 101, 1, length=100).says(1, 1, 301, ACK)
    story.says(0, 301, 1, length=50).passes(SECOND).says(0, 301, 1, length=50).says(1, 1, 351, ACK)
    flow = story.says(1, 1, 351, ACK, options=sack(301, 351)).flow()
    assert (flow["orig_retransmissions"], flow["orig_tail_losses"], flow["orig_in_flight_most"]) == (2, 1, 300)
    assert (flow["orig_sacks"], flow["orig_dsacks"], flow["resp_sacks"]) == (2, 1, 0)
    assert flow["orig_timeout_ns"] >= 200 * MS
    assert Story().says(0, 0, 0, SYN).flow()["orig_timeout_ns"] is None


def test_a_server_that_begins_anew_on_another_number_is_read_from_there():
    """A SYN-ACK of another machine, or of the same one that forgot: the client takes up the second."""
    other = 500_000_000
    story = Story().says(0, 0, 0, SYN, options=SYN_OPTIONS).says(1, 0, 1, SYN | ACK, options=SYN_OPTIONS)
    story.says(1, other, 1, SYN | ACK, options=SYN_OPTIONS).says(0, 1, other + 1, ACK)
    assert (3, "reused_ports") in story.marks()
    segments = ((0, 1, other + 1, client_hello()), (1, other + 1, 1 + len(client_hello()), server_hello()))
    for side, seq, ack, payload in segments:
        (a, p), (b, q) = ((10, 40000), (80, 443))[:: 1 - 2 * side]
        story.adds(ethernet(ipv4(a, b, 6, tcp(p, q, seq, ack, PSH, payload=payload))))
    (row,) = story.result().tls.rows()
    assert (row["client_hello_frame"], row["server_hello_frame"]) == (5, 6)


def test_a_certificate_in_clear_is_told_with_subject_and_chain():
    found = analysed(read(CAPTURES / "tls/certificate_expired/hit.pcapng"))
    (row,) = [row for row in found.tls.rows() if row["certificate_chain"]]
    assert row["certificate_chain"] >= 1
    assert row["certificate_subject"]
    assert row["certificate_issuer"]
    assert row["certificate_names"]
