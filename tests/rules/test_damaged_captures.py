"""What is owed shows in a capture that was filtered, or whose stamps are coarse; where it cannot be told, that is said."""

import pytest

from netanalyze.api import analyze
from tests.damage.damages import damaged
from tests.damage.recording import Frame, pcapng, read
from tests.rules.results import CAPTURES
from tests.rules.variants import timeline

RECORDED = CAPTURES / "recorded"


def judged(tmp_path, frames, damage, **named):
    """The verdict on frames after a damage of that name."""
    path = tmp_path / "damaged.pcapng"
    path.write_bytes(next(octets for _, name, octets, _ in damaged(frames) if name == damage))
    return analyze([path], **named).verdict


@pytest.mark.parametrize(
    ("story", "status", "cause"),
    [
        ("ordinary/rtsp/server-hangs.pcap", "hung", None),
        ("recorded/connect-refused/capture.pcap", "failed", "http/connect-refused"),
    ],
)
def test_what_came_first_is_told_by_the_frames_where_stamps_are_the_same(tmp_path, story, status, cause):
    found = judged(tmp_path, read(CAPTURES / story), "time stamps of 10 ms")
    assert (found.status, found.cause) == (status, cause)


@pytest.mark.parametrize("story", ["body-stalled", "response-missing"])
@pytest.mark.parametrize("damage", ["only TCP", "without DNS", "without the first 3"])
def test_silence_after_a_hello_that_the_snap_length_cut_is_no_proof_of_health(tmp_path, story, damage):
    found = judged(tmp_path, read(RECORDED / story / "capture.pcap"), damage)
    assert found.status == "healthy"
    assert found.confidence <= 0.5
    assert "cannot be told: tcpdump -s 0" in str(found.limits[0].what)


def test_of_a_client_that_is_known_the_same_silence_is_owed(tmp_path):
    found = judged(tmp_path, read(RECORDED / "response-missing" / "capture.pcap"), "only TCP", client="go")
    assert found.status == "hung"


@pytest.mark.parametrize("damage", ["only TCP", "without DNS"])
def test_an_address_that_go_called_in_vain_counts_where_no_lookup_was_captured(tmp_path, damage):
    told = timeline(CAPTURES / "tcp" / "one_address_dead", "hit")
    found = judged(tmp_path, [Frame(ns, octets, len(octets)) for ns, octets in told.frames], damage)
    assert (found.status, found.cause) == ("degraded", "tcp/syn-unanswered")
    assert found.seconds == pytest.approx(15, abs=0.5)


@pytest.mark.parametrize("damage", ["frames cut at 80", "frames cut at 200"])
def test_what_the_server_says_behind_a_reset_by_another_came_too_late(tmp_path, damage):
    told = timeline(CAPTURES / "http" / "filtered", "hit")
    found = judged(tmp_path, [Frame(ns, octets, len(octets)) for ns, octets in told.frames], damage)
    assert (found.status, found.cause) == ("failed", "tcp/reset")


def test_a_reset_behind_an_answer_that_a_snap_length_hides_is_no_answer_to_the_hello(tmp_path):
    told = timeline(CAPTURES / "tcp" / "reset", "hit")
    found = judged(tmp_path, [Frame(ns, octets, len(octets)) for ns, octets in told.frames], "frames cut at 68")
    assert (found.status, found.cause) == ("failed", "tcp/reset")


def test_an_empty_capture_beside_answers_that_were_printed_is_of_another_interface(tmp_path):
    path = tmp_path / "empty.pcapng"
    path.write_bytes(pcapng([]))
    answered = "# get https://proxy.golang.org/example.com/lib/@v/v1.0.0.mod\n"
    answered += "# get https://proxy.golang.org/example.com/lib/@v/v1.0.0.mod: 200 OK (0.017s)\n"
    found = analyze([path], trace=answered).verdict
    assert (found.status, found.cause) == ("unusable", "capture/no-traffic")
