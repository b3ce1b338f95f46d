"""A response of which the packets cannot tell whether it is whole: what the command does and says tells."""

import pytest

from captures.recipes import Conversation, Timeline
from tests.rules.results import story

HASHES = "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n"


def fetched(host="files.example.org"):
    """A download over HTTP/1.1 in TLS, whose last record is whole and shorter than the others."""
    talk = Conversation(server="198.51.100.5:443").dns(host, "198.51.100.5")
    talk.handshake().client_hello(host, alpn=("http/1.1",))
    talk.server_flight()
    talk.client_finished(preface=False)
    talk.passes("1 ms").client.sends(talk.record(300))
    talk.passes("20 ms").server.sends(talk.record(200) + talk.record(16_384) + talk.record(16_384) + talk.record(9_000))
    talk.client.acknowledges()
    return talk


def verdict(tmp_path, talks, client, trace=None):
    return story(Timeline(*talks), tmp_path / "run.pcapng", client=client, trace=trace).verdict


def left_idle():
    """The connection is left open and closed 8 s later."""
    talk = fetched()
    talk.passes("8 s").client.closes()
    talk.server.closes()
    return talk


def looked_up(talk, after):
    """Another name is looked up so long after the last octet, by the same command."""
    other = Conversation(client="192.0.2.10:51002", server="198.51.100.6:443", start=talk.now).passes(after)
    return other.dns("other.example.org", "198.51.100.6")


@pytest.mark.parametrize(
    ("client", "after", "cause"),
    [("pip", "100 ms", None), ("generic", "100 ms", None), ("pip", "6 s", "http/body-stalled"),
     ("npm", "100 ms", "http/body-stalled")],
)  # fmt: skip
def test_who_went_on_at_once_had_the_whole_of_it(tmp_path, client, after, cause):
    talk = fetched()
    other = looked_up(talk, after)
    talk.passes("8 s").client.closes()
    talk.server.closes()
    assert verdict(tmp_path, [talk, other], client).cause == cause


def test_who_waits_may_have_been_left_in_the_middle(tmp_path):
    assert verdict(tmp_path, [left_idle()], "pip").cause == "http/body-stalled"


@pytest.mark.parametrize(
    ("trace", "cause"), [(None, None), (HASHES, "tcp/early-close"), ("npm error network aborted\n", "tcp/early-close")]
)
def test_a_close_behind_octets_of_a_response_is_a_cut_where_the_command_says_so(tmp_path, trace, cause):
    talk = fetched()
    talk.passes("1 ms").server.closes()
    talk.client.closes()
    assert verdict(tmp_path, [talk], "pip", trace).cause == cause
