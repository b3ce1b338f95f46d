"""What was announced on a control connection and begun is owed its end; what came to its end is healthy."""

import pytest

from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from tests.rules import ftp_stories as ftp
from tests.rules.ordinary import clear, greets, lines


@pytest.fixture
def verdict(tmp_path):
    def of(story):
        path = tmp_path / "talk.pcapng"
        path.write_bytes(Timeline(*story()).octets())
        return analyze([path]).verdict

    return of


@pytest.mark.parametrize(
    ("story", "status", "open_move"),
    [
        (ftp.call_that_never_comes, "hung", "the connection that it was to open to 192.0.2.10 port 50001 never came"),
        (ftp.call_that_the_server_gives_up, "failed", "ftp.example.org says 425 to LIST"),
        (ftp.file_that_stops_in_the_middle, "hung", "the data of RETR a stopped after 300 kB of 900 kB, for 60.0 s"),
        (ftp.file_that_is_cut, "failed", "ftp.example.org says 426 to RETR a"),
        (
            ftp.call_that_comes_once_and_not_again, "hung",
            "did not answer RETR a for 40.0 s: the connection that it was to open to 192.0.2.10 port 50001 never came",
        ),
        (ftp.end_that_is_never_told, "hung", "did not say for 70.0 s that RETR a was done, whose data is over"),
    ],
)  # fmt: skip
def test_a_transfer_that_was_begun_is_owed_its_end(story, status, open_move, verdict):
    found = verdict(story)
    assert (found.status, found.cause) == (status, None)
    assert open_move in str(found.summary)
    assert found.proof


def test_a_call_that_nobody_takes_is_named(verdict):
    found = verdict(ftp.call_that_nobody_takes)
    assert (found.status, found.cause) == ("hung", "tcp/syn-unanswered")


@pytest.mark.parametrize(
    "story",
    [
        ftp.end_behind_what_is_read, ftp.end_in_a_segment_that_the_recorder_dropped,
        ftp.end_behind_a_segment_that_the_recorder_dropped,
        ftp.file_under_way_of_which_the_capture_has_the_control_connection_alone,
    ],
)  # fmt: skip
def test_an_end_that_the_capture_cannot_show_is_not_missed(story, verdict):
    assert verdict(story).status == "healthy"


def test_an_end_that_the_snap_length_cuts_is_not_missed(tmp_path):
    control, data = ftp.fetches(ftp.WHOLE)
    ftp.says(control.joins(ftp.ends(data)), b"226 " + b"z" * 200 + b"\r\n").passes("60 s").link_is_alive()
    path = tmp_path / "talk.pcapng"
    path.write_bytes(Timeline(control, data, snapshot=160).octets())
    assert analyze([path]).verdict.status == "healthy"


@pytest.mark.parametrize(
    "story",
    [
        ftp.file_that_the_client_breaks_off, ftp.file_that_is_cut_and_asked_for_again,
        ftp.listing_in_vain_and_by_another_command,
    ],
)  # fmt: skip
def test_a_refusal_that_the_client_asked_for_or_got_over_is_no_failure(story, verdict):
    assert verdict(story).status == "healthy"


@pytest.mark.parametrize(
    "story",
    [
        ftp.file_that_comes_whole, ftp.file_over_a_connection_that_the_capture_has_not, ftp.file_that_is_not_there,
        ftp.rest_after_signing_in,
    ],
)  # fmt: skip
def test_what_came_to_its_end_is_healthy(story, verdict):
    assert verdict(story).status == "healthy"


def test_a_connection_in_vain_that_another_replaced_hangs_nothing(verdict):
    found = verdict(ftp.extended_mode_in_vain_and_then_the_other)
    assert (found.status, found.cause) == ("degraded", "tcp/syn-unanswered")


def test_a_mail_server_owes_an_answer_to_what_it_was_told(tmp_path):
    talk = clear("198.51.100.8:25", "mx.example.org")
    greets(talk, b"220 mx ESMTP\r\n")
    lines(talk, (b"EHLO a\r\n", b"250 well\r\n"), (b"DATA\r\n", b"354 go\r\n"))
    talk.client.sends(b"x" * 900 + b"\r\n.\r\n")
    talk.server.acknowledges()
    path = tmp_path / "talk.pcapng"
    path.write_bytes(Timeline(talk.passes("90 s").link_is_alive()).octets())
    found = analyze([path]).verdict
    assert (found.status, found.cause) == ("hung", None)
    assert "mx.example.org did not answer what was sent last for 90.0 s" in str(found.summary)
