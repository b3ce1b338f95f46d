"""QUIC that a snap length cut so that nobody can decrypt it: its long headers, said again and again, tell of it as well."""

import pytest

from captures.recipes import Conversation, Quic, Timeline
from netanalyze.api import analyze


def told(path, initials, tcp_after, snapshot, answered=False):
    quic = Quic().dns("files.example.org", "198.51.100.5")
    begun = quic.now
    quic.initials(initials)
    if answered:
        quic.answered()
    talk = Conversation(start=begun).passes(tcp_after)
    talk.handshake().opens("files.example.org").fetches("1200 B", "4 kB").exits()
    path.write_bytes(Timeline(quic, talk, snapshot=snapshot).octets())
    return analyze([path]).verdict


def test_initials_that_are_cut_and_never_answered(tmp_path):
    whole, cut = (told(tmp_path / "a.pcapng", 3, "4 s", snapshot) for snapshot in (None, 200))
    assert whole.cause == cut.cause == "quic/handshake-unanswered"
    assert cut.status == whole.status == "degraded"
    assert cut.confidence <= 0.75 < whole.confidence
    assert cut.culprit.host == "files.example.org"


@pytest.mark.parametrize(("initials", "answered"), [(2, False), (3, True)])
def test_two_of_them_or_one_that_was_answered_tell_nothing(initials, answered, tmp_path):
    assert told(tmp_path / "a.pcapng", initials, "4 s", 200, answered).cause is None
