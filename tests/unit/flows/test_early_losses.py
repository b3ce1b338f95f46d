"""The first octets of a flow are in no bin of its transfers; what is lost of them ends slow start all the same."""

import pytest

from captures.recipes import Conversation
from netanalyze.flows.transfers.transfer import LATENCY, LOSS
from netanalyze.flows.transfers.transfers import transfers
from tests.rules.results import judged_story

SEGMENT, RECORD = 1448, 16_384


def download(lost, overtaken=False):
    """A download whose window grows by a segment a round trip from six on, though nothing of it is lost; the first record of
    the server's, before it, was or was not, or came in segments of which one was overtaken."""
    talk = Conversation(server="198.51.100.5:443", rtt="60 ms").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake(window=4_000_000, scale=8)
    talk.client_hello("proxy.golang.org")
    talk.server_flight()
    talk.client_finished(preface=False).request(250)
    order = (1, 0) if overtaken else None
    first = talk.server.sends(talk.record(2000 if overtaken else 231), lost=lost, order=order)
    windows = range(6, 60)
    body = b"".join(talk.record(RECORD) for _ in range(sum(windows) * SEGMENT // RECORD))
    for window in windows:
        piece, body = body[: window * SEGMENT], body[window * SEGMENT :]
        talk.streams(piece)
        talk.passes("60 ms")
        if lost and window == windows[0]:
            talk.server.resends(*first[0])
            talk.client.acknowledges()
    return talk.exits()


@pytest.mark.parametrize(
    ("lost", "overtaken", "limit", "cause"),
    [(True, False, LOSS, "tcp/loss"), (False, False, LATENCY, None), (False, True, LATENCY, None)],
)
def test_a_loss_of_the_first_octets_is_why_the_windows_of_a_transfer_are_small(tmp_path, lost, overtaken, limit, cause):
    result, case = judged_story(download(lost, overtaken), tmp_path / "talk.pcapng")
    (transfer,) = transfers(case.flows[-1])
    assert (transfer.limit, transfer.lost) == (limit, int(lost))
    assert result.verdict.cause == cause
