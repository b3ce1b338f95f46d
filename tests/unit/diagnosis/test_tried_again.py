"""A response whose lengths do not tell whether it was whole: what its client does next does."""

import pytest

from captures.recipes import Conversation, Timeline
from netanalyze.api import analyze


def fetch(number, start, after, size):
    """One connection with one response, which the server ends with close_notify and FIN."""
    talk = Conversation(client=f"192.0.2.10:{51000 + number}", server="198.51.100.5:443", start=start).passes(after)
    talk.handshake().opens("files.example.org", settled=False).response(size, ends=False)
    talk.server.sends(talk.close_notify())
    talk.server.closes(unasked=True)
    talk.client.closes()
    talk.server.acknowledges()
    return talk


@pytest.mark.parametrize(
    ("client", "rest", "sizes", "cause"),
    [
        ("wget", "1 s", ("90 kB", "90 kB"), "tcp/early-close"),
        ("wget", "1 s", ("90 kB", "60 kB"), None),
        ("wget", "1.5 s", ("90 kB", "90 kB"), None),
        ("curl", "1 s", ("90 kB", "90 kB"), None),
    ],
    ids=["tries again", "asks for another thing", "rests otherwise", "never tries again"],
)
def test_a_client_that_asks_again_after_its_own_rest_had_not_got_it_whole(client, rest, sizes, cause, tmp_path):
    looked_up = Conversation(server="198.51.100.5:443").dns("files.example.org", "198.51.100.5")
    first = fetch(0, looked_up.now, "1 ms", sizes[0])
    path = tmp_path / "tries.pcapng"
    path.write_bytes(Timeline(looked_up, first, fetch(1, first.now, rest, sizes[1])).octets())
    assert analyze([path], client=client).verdict.cause == cause
