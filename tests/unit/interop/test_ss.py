"""ss's text and /proc/net/tcp become the rows that sock_diag gives live."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.recorder.ss import Ages, looks, nanoseconds_of, rows_of, rows_of_proc, rows_of_ss
from netanalyze.sockets import ESTABLISHED, SYN_SENT, TCP, UDP

SS = """\
Netid State    Recv-Q Send-Q          Local Address:Port             Peer Address:Port Process
udp   ESTAB    0      0                  192.0.2.10:40001               192.0.2.53:53   users:(("go",pid=71,fd=5))
tcp   SYN-SENT 0      1                  192.0.2.10:40002            198.51.100.10:443  users:(("go",pid=71,fd=6))
\t cubic rto:4000 backoff:2 mss:524 cwnd:1 ssthresh:7 segs_out:3 \
lastsnd:1200 lastrcv:8000 lastack:8000 unacked:1 retrans:1/2 lost:1 rcv_space:14600
tcp   ESTAB    0      517       [2001:db8::10%eth0]:40003         [2001:db8::80]:443 \
users:(("git-remote-http",pid=72,fd=4),("x",pid=73,fd=4)) \
timer:(on,1.8sec,3)
\t ts sack cubic wscale:7,7 rto:3200 backoff:3 rtt:30.5/15.2 mss:1428 pmtu:1500 cwnd:1 \
bytes_sent:2068 bytes_retrans:1551 bytes_acked:1 bytes_received:0 lastsnd:900 lastrcv:7000 lastack:6970 \
unacked:2 retrans:1/3 rcv_ooopack:4 notsent:11 snd_wnd:64000
tcp   ESTAB    0      0      [::ffff:192.0.2.10]:40004  [::ffff:198.51.100.10]:443
tcp   LISTEN   0      128                   0.0.0.0:22                      0.0.0.0:*
udp   UNCONN   0      0                           *:68                            *:*
"""


def test_each_connected_socket_is_a_row_with_its_counters():
    udp, dial, hello, plain = rows_of_ss(SS, 7)
    assert udp[:2] == ((UDP, "192.0.2.10", 40001, "192.0.2.53", 53), 71)
    key, pid, sample = dial
    assert (key, pid) == ((TCP, "192.0.2.10", 40002, "198.51.100.10", 443), 71)
    assert (sample.time_ns, sample.state, sample.unacked, sample.backoff) == (7, SYN_SENT, 1, 2)
    assert sample.rto_us == 4_000_000
    key, pid, sample = hello
    assert (key, pid) == ((TCP, "2001:db8::10", 40003, "2001:db8::80", 443), 72)
    assert (sample.state, sample.unacked, sample.retransmits, sample.backoff) == (ESTABLISHED, 2, 3, 3)
    assert (sample.sent, sample.acked, sample.received, sample.unsent) == (517, 1, 0, 11)
    assert (sample.last_sent_ms, sample.last_received_ms, sample.last_ack_ms) == (900, 7000, 6970)
    assert (sample.rtt_us, sample.mss, sample.unordered, sample.window) == (30_500, 1428, 4, 64_000)
    assert plain[:2] == ((TCP, "192.0.2.10", 40004, "198.51.100.10", 443), 0)


def test_one_line_or_two_for_a_socket_makes_no_difference():
    joined = SS.replace("\n\t", "\t")
    assert rows_of_ss(joined, 7) == rows_of_ss(SS, 7)


def test_ss_of_tcp_alone_has_no_first_column():
    line = "ESTAB 0 0 192.0.2.10:40004 198.51.100.10:443"
    assert rows_of_ss(line, 7)[0][0] == (TCP, "192.0.2.10", 40004, "198.51.100.10", 443)


PROC = """\
# tcp
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0A0200C0:9C42 0A6433C6:01BB 02 00000001:00000000 01:0000012C 00000002     0        0 5001 2 0000000000000000 400 0 0 1 7
   1: 0A0200C0:9C43 0A6433C6:01BB 01 00000205:00000000 01:00000064 00000003     0        0 5002 2 0000000000000000 320 4 30 1 7
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5003 1 0000000000000000 100 0 0 10 0
# tcp6
   0: B80D0120000000000000000010000000:9C44 B80D0120000000000000000080000000:01BB 01 \
00000000:00000000 00:00000000 00000000     0        0 5004 1 0000000000000000 20 4 30 10 -1
# udp
  12: 0A0200C0:9C41 350200C0:0035 01 00000000:00000000 00:00000000 00000000     0        0 5005 2 0000000000000000 0
"""


def test_proc_tells_the_same_connections_with_fewer_counters():
    dial, hello, six, udp = rows_of_proc(PROC, 7, {5001: 71, 5002: 72})
    assert dial[:2] == ((TCP, "192.0.2.10", 40002, "198.51.100.10", 443), 71)
    assert (dial[2].state, dial[2].unacked, dial[2].retransmits, dial[2].rto_us) == (SYN_SENT, 1, 2, 4_000_000)
    assert hello[1] == 72
    assert (hello[2].state, hello[2].unacked, hello[2].retransmits, hello[2].sent) == (ESTABLISHED, 1, 3, 0x205)
    assert six[0] == (TCP, "2001:db8::10", 40004, "2001:db8::80", 443)
    assert udp[0] == (UDP, "192.0.2.10", 40001, "192.0.2.53", 53)


def test_the_program_that_wrote_a_look_is_told_by_its_form():
    assert rows_of(SS, 7, {}, Ages()) == rows_of_ss(SS, 7)
    assert [row[0] for row in rows_of(PROC, 7, {}, Ages())] == [row[0] for row in rows_of_proc(PROC, 7, {})]


def proc(queued, again):
    """/proc/net/tcp with one connection: octets unacknowledged, retransmissions."""
    return f"# tcp\n 1: 0A0200C0:9C43 0A6433C6:01BB 01 {queued:08X}:00000000 01:00000064 {again:08X} 0 0 5002 2 0 320 4 30 1 7\n"


def test_looks_at_proc_tell_since_when_nothing_was_acknowledged():
    ages, second = Ages(), 1_000_000_000
    found = [
        rows_of(proc(queued, again), n * second, {}, ages)[0][2]
        for n, (queued, again) in enumerate([(1538, 0), (1538, 1), (1538, 2), (90, 0), (90, 1)])
    ]
    assert [sample.last_ack_ms for sample in found] == [0, 1000, 2000, 0, 1000]
    assert [sample.received for sample in found] == [0, 0, 0, 0, 0]


def test_a_connection_that_was_at_rest_before_is_not_at_its_first_octets():
    ages = Ages()
    found = [rows_of(proc(queued, 0), n, {}, ages)[0][2] for n, queued in enumerate([0, 500])]
    assert found[1].received > 0
    assert found[1].last_ack_ms == 0


def test_looks_are_parted_by_their_times():
    assert list(looks("lost\n@ 1700000000.5\na\nb\n@ nonsense\nc\n@ 1700000001\n")) == [
        (1_700_000_000_500_000_000, "a\nb"),
        (1_700_000_001_000_000_000, ""),
    ]


@pytest.mark.parametrize("text", ["", "-1", "1e9", "1700000000.x", "99999999999", "\u0661.\u0662"])
def test_what_is_no_time_is_none(text):
    assert nanoseconds_of(text) is None


@given(st.one_of(st.text(), st.lists(st.sampled_from(SS.split() + PROC.split() + ["\n", "\n\t", "@ 1"])).map(" ".join)))
def test_no_text_raises(text):
    for time_ns, part in [(1, text), *looks(text)]:
        rows_of_ss(part, time_ns)
        rows_of_proc(part, time_ns, {})
