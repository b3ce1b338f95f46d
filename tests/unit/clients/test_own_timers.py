"""The same packets by another command are judged by that command's timers."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from tests.rules.results import story


@pytest.fixture
def verdict(tmp_path):
    def of(client, silent, request):
        """The verdict where the client hangs up after a silence: of the handshake, or after its request."""
        talk = Conversation(server="198.51.100.5:443").dns("files.example.org", "198.51.100.5")
        talk.handshake()
        if request:
            talk.opens("files.example.org").fetches("1200 B").request(46)
        else:
            talk.client_hello("files.example.org")
        talk.passes(silent).client.closes()
        talk.server.acknowledges()
        return story(Timeline(talk), tmp_path / f"{client}.pcapng", client=client).verdict

    return of


def last(verdict):
    """The last line of the proof."""
    return str(verdict.proof[-1][1])


@pytest.mark.parametrize(
    ("client", "silent", "ended"),
    [("go", "10 s", True), ("pip", "15 s", True), ("git", "300 s", True), ("npm", "300 s", False), ("curl", "300 s", True),
     ("go", "15.5 s", False), ("pip", "10 s", False), ("git", "10 s", False), ("generic", "10 s", False)],
)  # fmt: skip
def test_a_handshake_is_given_up_by_the_clients_own_timer(verdict, client, silent, ended):
    found = verdict(client, silent, request=False)
    assert found.cause == "tls/server-hello-missing"
    assert found.status == ("failed" if ended else "hung")
    assert ("timer" in last(found)) is ended


@pytest.mark.parametrize(("client", "ended"), [("pip", True), ("go", False), ("git", False), ("curl", False)])
def test_a_response_is_given_up_only_by_who_has_a_timer_for_it(verdict, client, ended):
    found = verdict(client, "15 s", request=True)
    assert found.cause == "http/response-missing"
    assert found.status == ("failed" if ended else "hung")
    assert ("timer" in last(found)) is ended
