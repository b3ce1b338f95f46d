"""What somebody who reads the segments one by one would not sign of TCP, and what he would."""

import pytest

from captures.recipes import Conversation, Script
from netanalyze.flows.black_hole import size_check_at
from netanalyze.report.language import Language
from netanalyze.units import seconds

SERVER = "198.51.100.5:443"


def connection(host="proxy.golang.org", rtt="20 ms"):
    """A connection over which HTTP/2 has begun."""
    return Conversation(server=SERVER, rtt=rtt).dns(host, "198.51.100.5").handshake().opens()


def after_a_pause(pause):
    """A whole exchange, a pause, and a request that is sent again and again in vain."""
    talk = connection().fetches("1200 B", "5 kB")
    talk.passes(pause)
    start = len(talk.client.stream)
    talk.client.sends(talk.record(46), lost=True)
    talk.client.backs_off(start, len(talk.client.stream), times=7)
    return talk


def finding(result, cause):
    (found,) = [f for f in result.findings if f.cause == cause]
    return found


def owned(result, cause):
    return sum(seconds(row.ns) for row in result.ledger if row.cause == cause)


def test_the_pause_before_a_request_that_is_never_answered_is_not_the_paths(result):
    found = result(after_a_pause("15 s"))
    death = finding(found, "tcp/path-death")
    assert "after a pause of 15" in str(death.message)
    assert any("never answered" in str(e.shows) for e in death.evidence)
    assert [a.cause for a in death.alternatives] == ["tcp/idle-connection-dropped", "tcp/outage"]
    idle = [row for row in found.ledger if row.phase == "idle"]
    assert sum(seconds(row.ns) for row in idle) == pytest.approx(15, abs=0.1)
    assert owned(found, "tcp/path-death") == pytest.approx(found.verdict.seconds)
    assert found.verdict.seconds == pytest.approx(27.9, abs=0.3)


def test_a_request_right_after_an_answer_has_no_pause_to_tell_of(result):
    death = finding(result(after_a_pause("50 ms")), "tcp/path-death")
    assert "was last heard from" in str(death.message)
    assert [a.cause for a in death.alternatives] == ["tcp/outage"]


def test_probes_and_repeats_in_vain_are_both_told(result):
    talk = connection()
    talk.request(46)
    talk.response("9000 B", ends=False)
    talk.stays_silent("50 s", answered=False)
    start = len(talk.client.stream)
    talk.client.sends(talk.record(46), lost=True)
    talk.client.backs_off(start, len(talk.client.stream), times=2)
    death = finding(result(talk), "tcp/path-death")
    assert str(death.message).endswith("2 keep-alives and 2 retransmissions stayed unanswered")


def hole_down():
    talk = Conversation(server=SERVER).dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().client_hello()
    talk.server_flight(lost=[0])
    talk.until("10.025 s").client.closes()
    talk.server.acknowledges()
    return talk


def test_a_black_hole_on_the_way_here_is_not_looked_for_on_the_way_there(result):
    verdict = result(hole_down()).verdict
    assert verdict.cause == "tcp/mtu-black-hole"
    assert "from proxy.golang.org" in str(verdict.summary)
    assert "way to" not in str(verdict.summary)
    assert "ping" not in verdict.verify.command  # a reply of IPv4 may be fragmented: it proves nothing of the way down
    assert "setsockopt(6,2," in verdict.verify.command
    assert "proxy.golang.org" in Language("zh").say(verdict.summary)
    assert "通往" not in Language("zh").say(verdict.summary)


def test_every_attempt_at_another_address_has_its_own_time(result):
    look = Script().dns("multi.test", "198.51.100.21", "198.51.100.22", "198.51.100.23")
    tries, now = [], look.now
    for last, port in ((21, 51000), (22, 51002), (23, 51004)):
        talk = Conversation(client=f"192.0.2.10:{port}", server=f"198.51.100.{last}:443", start=now)
        tries.append(talk.syns(7).passes("2.9 s"))
        now = talk.now
    found = result(look, *tries)
    rows = [row for row in found.ledger if row.cause == "tcp/syn-unanswered"]
    assert [row.culprit.address for row in rows] == ["198.51.100.21", "198.51.100.22", "198.51.100.23"]
    assert [seconds(row.ns) for row in rows][:2] == pytest.approx([10, 10], abs=0.1)
    assert sum(row.ns for row in found.ledger) == found.capture.end_ns - found.capture.start_ns


@pytest.mark.parametrize(("lost", "said"), [(1, "A packet"), (3, "The first 3 packets")])
def test_as_many_syns_as_were_lost_are_said_to_be(result, lost, said):
    talk = Conversation(server=SERVER).dns("proxy.golang.org", "198.51.100.5")
    talk.handshake(lost_syns=lost).opens().fetches().exits()
    verdict = result(talk).verdict
    assert verdict.cause == "tcp/syn-lost"
    assert str(verdict.summary).startswith(said)
    assert ("a single loss" in str(verdict.where)) == (lost == 1)


def test_what_was_rejected_waits_no_longer(result):
    talk = Conversation(server=SERVER).dns("proxy.golang.org", "198.51.100.5")
    talk.client.synchronizes(lost=True)
    talk.icmp_error(talk.last_frame(), code=13, reporter="203.0.113.1", after="6 ms", hops=2, ttl=62)
    talk.passes("2 s").dns("later.example.org", "198.51.100.6")
    found = result(talk)
    waited = sum(seconds(row.ns) for row in found.ledger if row.phase == "connect")
    assert waited == pytest.approx(0.006, abs=0.001)


def test_a_smaller_segment_has_gone_through_when_it_is_acknowledged_not_when_something_comes(result):
    talk = Conversation(server=SERVER).dns("proxy.golang.org", "198.51.100.5").handshake()
    (begin, end), _ = talk.client_hello(lost=[0], acknowledged=False)
    talk.icmp_error(talk.last_frame(2), code=4, mtu=1300, reporter="203.0.113.1", after="6 ms", hops=2, ttl=62)
    talk.passes("14 ms").server.acknowledges(unasked=True)  # of the tail alone, by SACK
    talk.client.resends(begin, begin + 1248)
    talk.client.resends(begin + 1248, end)
    talk.passes("80 ms").server.acknowledges()
    talk.server.mss = 1260
    talk.server_flight()
    talk.client_finished().request(acknowledged=False).settings().fetches().exits()
    signal = finding(result(talk), "tcp/mtu-signalled")
    assert "9" in str(signal.message).rsplit("through ", 1)[1].partition(" ms")[0]
    assert str(signal.evidence[-1].shows).startswith("what was too big is acknowledged")


def test_a_window_lost_in_one_outage_is_no_rate_of_loss(result):
    talk = connection(rtt="40 ms")
    body = talk.body(200 * talk.server.segment)
    cut = 100 * talk.server.segment
    talk.streams(body[:cut])
    cuts = talk.server.sends(body[cut : cut + 40 * talk.server.segment], lost=range(39))
    talk.client.acknowledges(unasked=True)  # with a SACK for the last of them
    talk.passes("4 s")
    for begin, end in cuts[:39]:
        talk.passes("1 ms").server.resends(begin, end)
        talk.client.acknowledges(unasked=True)
    talk.streams(body[cut + 40 * talk.server.segment :])
    talk.consumes(len(body))
    talk.exits()
    causes = {f.cause for f in result(talk).findings}
    assert "tcp/outage" in causes
    assert "tcp/loss" not in causes


def dropped(side_by_side):
    """Dials to one host that nothing answers, while another answers later: at once, or one after the other."""
    look = Script().dns("goproxy.cn", "198.51.100.20")
    dials, now = [], look.now
    for port in (51000, 51002):
        talk = Conversation(client=f"192.0.2.10:{port}", server="198.51.100.20:443", start=now).syns()
        dials.append(talk)
        now = look.now + 1_000_000 if side_by_side else talk.passes("10.44 s").now
    end = max(now, look.now + 30_000_000_000)
    other = Conversation(client="192.0.2.10:51010", server="198.51.100.10:443", start=end)
    other.dns("proxy.golang.org", "198.51.100.10").handshake().opens().fetches().exits()
    return look, *dials, other


@pytest.mark.parametrize("side_by_side", [False, True])
def test_a_dead_proxy_is_paid_for_again_only_where_it_is_dialled_again(result, side_by_side):
    causes = {f.cause for f in result(*dropped(side_by_side), client="go").findings}
    assert ("go/dead-proxy-paid-per-file" in causes) != side_by_side


def test_what_is_still_tried_after_the_clients_timer_is_still_waited_for(result):
    talk = Conversation(server=SERVER).dns("proxy.golang.org", "198.51.100.5")
    talk.syns()
    talk.passes("16.4 s").client.synchronizes(lost=True)  # at 36 s: a helper's dial, go's would have ended at 30 s
    talk.passes("5 s").link_is_alive()
    found = result(talk, client="go")
    waited = owned(found, "tcp/syn-unanswered")
    assert waited == pytest.approx(41, abs=0.2)
    assert not any(row.phase == "idle" for row in found.ledger)


def test_through_a_proxy_it_is_the_way_to_the_proxy_that_died(result):
    talk = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0)
    talk.dns("gateway.corp.test", "192.0.2.80").handshake().connect_request("proxy.golang.org:443")
    talk.server.sends(b"HTTP/1.1 200 Connection established\r\n\r\n")
    talk.opens().fetches()
    start = len(talk.client.stream)
    talk.client.sends(talk.record(46), lost=True)
    talk.client.backs_off(start, len(talk.client.stream), times=6)
    found = result(talk)
    verdict = found.verdict
    assert "gateway.corp.test was last heard" in str(finding(found, "tcp/path-death").message)
    assert verdict.culprit.host == "gateway.corp.test"
    assert "gateway.corp.test" in str(verdict.summary)


def test_a_segment_dropped_at_the_tail_of_a_queue_is_counted_once(result):
    talk = connection()
    talk.response("600 B")
    talk.request(46)
    lost = range(20, 140, 12)
    body = talk.body("210 kB")
    cuts = talk.streams(body, gap="160 ms", queue="1.6 s", lost=lost)
    for index in lost:
        talk.passes("160 ms").server.resends(*cuts[index])
        talk.client.acknowledges()
    talk.consumes(len(body))
    talk.exits()
    throttled = finding(result(talk), "tcp/throttled")
    assert throttled.quantities["repaired"] == len(lost)


def test_a_round_trip_that_an_answer_takes_is_not_time_lost_by_loss(result):
    talk = connection(rtt="60 ms")
    for _ in range(12):
        talk.request(46)
        body = talk.body("40 kB")
        cuts = talk.streams(body, lost=(2,))
        talk.passes("61 ms").server.resends(*cuts[2])
        talk.client.acknowledges()
        talk.consumes(len(body))
    talk.exits()
    found = result(talk)
    assert "tcp/loss" in {f.cause for f in found.findings}
    assert not any(row.cause == "tcp/loss" and str(row.note) == "waiting for response" for row in found.ledger)
    assert owned(found, "tcp/loss") > 0


@pytest.mark.parametrize("reads_again", [False, True])
def test_a_closed_window_is_shown_at_both_ends(result, reads_again):
    talk = Conversation(server=SERVER).dns("proxy.golang.org", "198.51.100.5")
    talk.handshake(window=20_000).opens()
    body = talk.body("40 kB")
    talk.passes("1 ms").server.sends(talk.record(88))
    talk.streams(body[:19_000])
    talk.client.acknowledges(window=0)
    wait = 0.22
    for _ in range(6):
        talk.passes(f"{wait:.2f} s").server.keeps_alive()
        talk.client.acknowledges()
        wait *= 2
    if reads_again:
        talk.passes("1 s").client.acknowledges(window=20_000)
        talk.streams(body[19_000:])
        talk.consumes("40 kB").exits()
    shut = finding(result(talk), "tcp/receiver-window-closed")
    first, last = shut.evidence
    assert str(first.shows) == "window 0 announced"
    assert str(last.shows).startswith("still 0") != reads_again
    assert last.ref > first.ref


@pytest.mark.parametrize(
    ("address", "direction", "command"),
    [("192.0.2.7", "up", "ping"), ("2001:db8::7", "down", "ping"), ("192.0.2.7", "down", "python3")],
)
def test_the_way_that_fails_is_the_one_that_is_tested(address, direction, command):
    check = size_check_at(address, 443, direction).command
    assert check.startswith(command)
    assert address in check
