"""A window that is closed to the end hangs the run, unless something else went on meanwhile."""

import pytest

from captures.recipes import Conversation, Timeline
from tests.rules.results import story

WINDOW = 20_000


def left_closed(talk):
    """A reader that stops after the first octets of a body, and is probed for 26 s."""
    talk.handshake(window=WINDOW).opens()
    body = talk.body("40 kB")
    talk.passes("1 ms").server.sends(talk.record(88))
    left, sent = talk.client.window - len(talk.record(88)), 0
    while left:
        piece = body[sent : sent + min(2 * talk.server.segment, left)]
        talk.server.sends(piece, unasked=sent > 0, push=False)
        sent, left = sent + len(piece), left - len(piece)
        talk.client.acknowledges(window=left)
    since, wait = talk.now, 0.22
    for _ in range(7):
        talk.passes(f"{wait:.2f} s").server.keeps_alive()
        talk.client.acknowledges()
        wait *= 2
    return since


@pytest.mark.parametrize(("beside", "status"), [(False, "hung"), (True, "degraded")], ids=["alone", "beside another"])
def test_a_closed_window_hangs_what_nothing_else_goes_on_with(beside, status, tmp_path):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talks, since = [talk], left_closed(talk)
    if beside:
        other = Conversation(client="192.0.2.10:52000", server="198.51.100.5:443", start=since + 20_000_000_000)
        talks.append(other.handshake().opens())
        other.request(580)
        other.response("600 B")
    verdict = story(Timeline(*talks), tmp_path / "talk.pcapng").verdict
    assert (verdict.status, verdict.cause) == (status, "tcp/receiver-window-closed")
