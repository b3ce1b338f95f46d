"""A resolver over TLS that is tried in vain: how much that says depends on whether the client asked in plain before."""

import pytest

from captures.recipes import Conversation, Timeline
from netanalyze.api import analyze


def asks_in_plain(start, after, port):
    talk = Conversation(client=f"192.0.2.10:{port}", start=start, resolver="192.0.2.53").passes(after)
    return (
        talk.dns("files.example.org", "198.51.100.5").handshake().opens("files.example.org").fetches("1200 B").exits()
    )


def tries_encrypted(start, after):
    return Conversation(client="192.0.2.10:50853", server="192.0.2.53:853", start=start).passes(after).syns(5)


@pytest.mark.parametrize(("before", "confidence"), [(False, 0.9), (True, 0.6)], ids=["never before", "before too"])
def test_a_client_that_asked_in_plain_before_may_not_have_waited_for_it(tmp_path, before, confidence):
    tried = tries_encrypted(Conversation().start_ns, "1 s")
    stories = [tried, asks_in_plain(tried.start_ns, "5 s", 51001)]
    if before:
        stories.append(asks_in_plain(tried.start_ns, "0 s", 51002))
    path = tmp_path / "tried.pcapng"
    path.write_bytes(Timeline(*stories).octets())
    (found,) = [f for f in analyze([path]).findings if f.cause == "dns/encrypted-blocked"]
    assert found.confidence == confidence
