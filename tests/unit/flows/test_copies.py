"""What the recorder did to packets is told from what senders and the network did."""

import pytest

from captures.recipes import Conversation, Script
from netanalyze.tracking.copies import acknowledged_first, captured_twice, note_id, remember, since_hole
from netanalyze.tracking.state import HALF, FlowState

NOW, ROUND_TRIP = 1_700_000_000_000_000_000, 20_000_000
MICROSECOND, MILLISECOND = 1_000, 1_000_000


@pytest.fixture
def half():
    """A half-flow of which 10 kB were seen, the newest segment with the IP id 107."""
    cells = FlowState().half_cells
    cells[HALF.CONTIGUOUS], cells[HALF.LAST_IP_ID], cells[HALF.NEXT_NS] = 10_000, 107, NOW
    return cells


def test_a_copy_bears_the_id_of_what_was_seen(half):
    assert captured_twice(half, 0, 1000, 2000, 101, NOW + 40 * MICROSECOND, ROUND_TRIP, 0)
    assert half[HALF.COPIES] == 1


def test_a_repeat_has_an_id_of_its_own_however_soon_it_comes(half):
    assert not captured_twice(half, 0, 1000, 2000, 108, NOW + 40 * MICROSECOND, ROUND_TRIP, 0)


def test_an_acknowledgment_copied_behind_the_fin_is_no_keep_alive(half):
    assert captured_twice(half, 0, 10_000, 10_000, 106, NOW + 40 * MICROSECOND, ROUND_TRIP, 1)
    assert not captured_twice(half, 0, 10_000, 10_000, 108, NOW + 40 * MICROSECOND, ROUND_TRIP, 1)


def test_what_was_not_seen_is_no_copy(half):
    assert not captured_twice(half, 0, 10_500, 11_000, 105, NOW + 40 * MICROSECOND, ROUND_TRIP, 0)


def test_an_old_id_long_after_is_no_copy(half):
    assert not captured_twice(half, 0, 1000, 2000, 101, NOW + 300 * MILLISECOND, ROUND_TRIP, 0)


def test_without_ids_a_copy_comes_sooner_than_any_answer_could(half):
    remember(half, 0, 1000, 0, NOW)
    assert captured_twice(half, 0, 1000, 2000, 0, NOW + 3 * MILLISECOND, ROUND_TRIP, 0)
    assert not captured_twice(half, 0, 1000, 2000, 0, NOW + ROUND_TRIP, ROUND_TRIP, 0)


def test_without_ids_a_burst_of_eight_may_lie_between(half):
    for segment in range(8):
        remember(half, 0, segment * 1000, 0, NOW)
    assert captured_twice(half, 0, 0, 1000, 0, NOW + MICROSECOND, ROUND_TRIP, 0)
    remember(half, 0, 8000, 0, NOW)
    assert not captured_twice(half, 0, 0, 1000, 0, NOW + MICROSECOND, ROUND_TRIP, 0)


def test_what_comes_right_after_its_acknowledgment_was_only_handed_over_late(half):
    half[HALF.ACKED_NS] = NOW
    assert acknowledged_first(half, 0, 1, NOW + 20 * MICROSECOND)
    assert not acknowledged_first(half, 0, 1, NOW + 30 * MILLISECOND)
    assert not acknowledged_first(half, 0, 0, NOW + 20 * MICROSECOND)  # seen before, and no hole is there


def test_a_stamp_a_little_before_the_holes_is_no_step_of_the_clock(half):
    half[HALF.HOLE_NS] = NOW
    assert since_hole(half, 0, NOW - 20 * MICROSECOND) == 0
    assert since_hole(half, 0, NOW - 3600 * 10**9) == -1


def test_ids_left_out_are_counted_beyond_their_end_too(half):
    for ip_id in (0xFFFE, 0xFFFF, 4):
        note_id(half, 0, ip_id)
    assert (half[HALF.ID_STEP], half[HALF.ID_ONES]) == (5, 1)


@pytest.fixture
def verdict(result):
    return lambda *stories: result(*stories, client="go").verdict


def answered(after):
    """Two requests, the second of which is answered after ``after(talk)``."""
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B", "1200 B", "1200 B").request(46)
    after(talk)
    return talk.exits()


def test_an_answer_whose_copies_were_lost_is_not_late(verdict):
    def lost_again_and_again(talk):
        cut = talk.server.sends(talk.record(40) + talk.body("600 B"), lost=True)[0]
        talk.server.backs_off(*cut, times=5, first="300 ms", lost=range(4))
        talk.client.acknowledges()

    found = verdict(answered(lost_again_and_again))
    assert found.cause == "tcp/outage"
    assert found.culprit.role == "path"


def test_an_answer_before_which_nothing_was_sent_is_late(verdict):
    found = verdict(answered(lambda talk: talk.response("600 B", after="9 s")))
    assert (found.cause, found.culprit.role) == ("http/response-late", "module-proxy")
    assert found.confidence >= 0.8


def test_where_no_ids_tell_whether_an_answer_was_lost_the_verdict_says_so(verdict):
    look = Script()
    look.dns("proxy.golang.org", "2001:db8:5::5")
    talk = Conversation(client="[2001:db8::10]:51000", server="[2001:db8:5::5]:443", start=look.now)
    talk.handshake().opens().fetches("1200 B", "1200 B").request(46)
    talk.response("600 B", after="9 s")
    found = verdict(look, talk.exits())
    assert found.cause == "http/response-late"
    assert found.confidence < 0.8
    assert "tcp/outage" in {other.cause for other in found.alternatives}
