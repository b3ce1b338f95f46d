"""Where on a path it happened, from two captures of a conversation whose truth is known."""

import re

import pytest
from two_points import MILLISECOND, TwoPoints, request, response, written

from captures.recipes import Conversation
from netanalyze.compare.comparison import compare
from netanalyze.compare.text import render

LONG = 40_000 * MILLISECOND


def told(talk, tmp_path):
    """The comparison of both captures."""
    return compare(talk.files(tmp_path))


def begun(**how):
    """A connection on which one request was answered already."""
    talk = TwoPoints(seed=3, offset=1_300_000_000, drift=40e-6, **how).handshake()
    talk.says(0, request(1))
    talk.says(1, response(300, 1))
    return talk


def silent(talk, octets, lost_up):
    """The client asks; the server, if it hears it, acknowledges, and nothing more comes."""
    talk.now = talk.segment(0, "PA", octets, lost=lost_up)
    if not lost_up:
        talk.now = talk.segment(1, "A")
    talk.passes(LONG)
    talk.segment(0, "FA", lost=lost_up)
    return talk


def where(compared):
    """The place, and what happened there."""
    verdict = compared.to_json()["verdict"]
    return verdict["place"], verdict["how"]


def test_a_request_that_never_reached_the_server_was_lost_between(tmp_path):
    talk = begun()
    for copy in range(5):
        talk.segment(0, "PA", request(2), lost=True, again=copy > 0)
        talk.passes(8000 * MILLISECOND)
    compared = told(talk, tmp_path)
    assert where(compared) == ("client > server", "lost")
    assert "never reached the server" in str(compared.headline)
    assert compared.verdict.certainty > 0.9
    assert compared.spans[0].up.lost + compared.spans[0].up.untold == 5


def test_a_response_that_left_the_server_was_lost_on_its_way_back(tmp_path):
    talk = begun()
    talk.says(0, request(2))
    for copy in range(5):
        talk.segment(1, "PA", response(300, 2), lost=True, again=copy > 0)
        talk.passes(8000 * MILLISECOND)
    talk.segment(0, "FA")
    compared = told(talk, tmp_path)
    assert where(compared) == ("client > server", "lost")
    assert "response left the server" in str(compared.headline)
    assert compared.verdict.answer.direction == 1


def test_a_server_that_had_the_request_and_said_nothing_is_silent(tmp_path):
    compared = told(silent(begun(), request(2), False), tmp_path)
    assert where(compared) == ("server", "silent")
    assert "the server never answered" in str(compared.headline)


def test_a_server_that_answered_late_has_the_time(tmp_path):
    talk = begun()
    talk.now = talk.segment(0, "PA", request(2))
    talk.now = talk.segment(1, "A")
    talk.passes(12_000 * MILLISECOND)
    talk.says(1, response(300, 2))
    compared = told(talk, tmp_path)
    assert where(compared) == ("server", "slow")
    assert compared.verdict.seconds == pytest.approx(12.0, abs=0.1)


def test_a_response_that_was_held_up_on_the_way_is_the_paths(tmp_path):
    talk = begun()
    talk.now = talk.segment(0, "PA", request(2))
    talk.now = talk.segment(1, "A")
    talk.says(1, response(300, 2), takes=12_000 * MILLISECOND)
    compared = told(talk, tmp_path)
    assert where(compared) == ("client > server", "late")
    assert compared.verdict.seconds == pytest.approx(12.0, abs=0.1)


def test_syns_that_get_lost_are_counted(tmp_path):
    compared = told(TwoPoints(seed=4).handshake(lost_syns=2), tmp_path)
    assert where(compared) == ("client > server", "lost")
    assert compared.spans[0].up.lost + compared.spans[0].up.untold == 2
    assert "2 packets were lost" in str(compared.headline)


def test_a_reset_that_the_server_never_sent_was_made_between(tmp_path):
    talk = begun()
    talk.now = talk.segment(0, "PA", request(2))
    made = talk.frame(1, 0, "RA", talk.sent[1], talk.sent[0], ttl=60, ip_id=4242)
    talk.client.append((talk.now + 2 * MILLISECOND, made))
    compared = told(talk.passes(10 * MILLISECOND), tmp_path)
    assert compared.spans[0].down.injected_kinds == ["RST"]
    assert where(compared) == ("client > server", "injected")


def test_a_reset_that_the_server_sent_is_its_own(tmp_path):
    talk = begun()
    talk.now = talk.segment(0, "PA", request(2))
    talk.segment(1, "RA")
    assert where(told(talk, tmp_path)) == ("server", "sent")


@pytest.mark.parametrize("name", ["altered", "cut", "doubled"])
def test_what_the_path_does_to_octets_is_told(tmp_path, name):
    talk = begun()
    octets = response(900, 2)
    how = {"altered": {"altered": octets[:-3] + b"xyz"}, "cut": {"cut": 500}, "doubled": {"doubled": True}}[name]
    talk.says(0, request(2))
    talk.says(1, octets, **how)
    down = told(talk, tmp_path).spans[0].down
    assert (down.altered, down.split, down.doubled) == {"altered": (3, 0, 0), "cut": (0, 1, 0), "doubled": (0, 0, 1)}[
        name
    ]
    assert (down.lost, down.injected) == (0, 0)


@pytest.mark.parametrize("how", [{"nat": True}, {"renumbered": True}, {"nat": True, "renumbered": True}], ids=str)
def test_a_nat_is_told_and_hides_nothing(tmp_path, how):
    compared = told(silent(begun(**how), request(2), False), tmp_path)
    assert where(compared) == ("server", "silent")
    span = compared.to_json()["spans"][0]
    assert (span["readdressed"], span["renumbered"]) == (int("nat" in how), int("renumbered" in how))


def test_where_nothing_is_wrong_nothing_is_placed(tmp_path):
    compared = told(begun(), tmp_path)
    assert compared.verdict.answer is None
    assert str(compared.headline) == "Nothing is wrong between the client and the server."
    assert compared.to_json()["verdict"]["place"] is None


def test_the_text_fits_eighty_columns_and_says_the_way_and_the_clock(tmp_path):
    compared = told(silent(begun(), request(2), False), tmp_path)
    text = render(compared, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "Place: the server" in text
    assert re.search(r"its clock shows \+1\.(29|30)\d{4} s beside the client's, ± \d ms", text)
    assert render(compared, 80, ascii_only=True).isascii()


def test_a_run_that_failed_by_what_it_was_told_has_the_place_of_who_said_it(tmp_path):
    talk = begun()
    talk.says(0, request(2))
    talk.says(1, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    talk.now = talk.segment(0, "FA")
    compared = told(talk, tmp_path)
    assert compared.verdict.status == "failed"
    assert where(compared) == ("server", "sent")


def test_a_connection_that_was_lost_by_altered_octets_is_the_paths(tmp_path):
    talk = begun()
    octets = response(900, 2)
    talk.says(0, request(2))
    for _ in range(6):  # the receiver throws them away, and acknowledges nothing
        talk.segment(1, "PA", octets, altered=octets[:500] + b"?" + octets[501:])
        talk.sent[1] -= len(octets)
        talk.passes(1500 * MILLISECOND)
    talk.says(1, octets)
    compared = told(talk, tmp_path)
    assert compared.verdict.status != "healthy"
    assert where(compared) == ("client > server", "altered")


def test_what_came_after_the_other_capture_had_ended_is_not_surely_made_by_the_path(tmp_path):
    talk = begun()
    talk.now = talk.segment(0, "PA", request(2))
    talk.now = talk.segment(1, "A")
    talk.passes(5000 * MILLISECOND)
    kept = len(talk.server)
    talk.passes(20_000 * MILLISECOND)
    talk.says(1, response(300, 2))
    del talk.server[kept:]
    verdict = told(talk, tmp_path).to_json()["verdict"]
    assert verdict["certainty"] < 0.7
    assert verdict["doubts"] == ["the capture of server shows no frame of that time"]


def test_a_reset_after_the_other_capture_had_ended_does_not_hide_what_it_shows(tmp_path):
    talk = begun()
    for copy in range(4):
        talk.segment(0, "PA", request(2), lost=True, again=copy > 0)
        talk.passes(8000 * MILLISECOND)
    talk.client.append((talk.now, talk.frame(1, 0, "RA", talk.sent[1], talk.sent[0], ttl=57, ip_id=4242)))
    verdict = told(talk.passes(10 * MILLISECOND), tmp_path).to_json()["verdict"]
    assert (verdict["place"], verdict["certainty"] < 0.7) == ("client > server", True)
    assert any("no frame of that time" in doubt for doubt in verdict["doubts"])


def test_an_answer_to_a_lookup_after_the_other_capture_had_ended_is_not_surely_forged(tmp_path):
    talk = Conversation(client="192.0.2.10:51000", server="198.51.100.5:443")
    talk.dns("a.example.com", "198.51.100.5").dns("www.example.com", "198.51.100.5", after="9 s")
    talk.handshake().opens(sni="www.example.com").fetches().exits()
    until = talk.frames[0][0] + 1000 * MILLISECOND
    early = [frame for frame in talk.frames if frame[0] < until]
    files = [written(rows, tmp_path / f"{n}.pcapng") for n, rows in enumerate((talk.frames, early))]
    verdict = compare(list(map(str, files))).to_json()["verdict"]
    assert (verdict["how"], verdict["certainty"] < 0.7) == ("injected", True)
    assert verdict["doubts"] == ["the capture of server shows no frame of that time"]
