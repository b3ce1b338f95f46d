"""What the snap length cut off, or was said before the capture began, is not taken for silence or for health."""

import pytest

from captures.recipes import Conversation, Script


def through_a_proxy(*said):
    talk = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0)
    talk.handshake().connect_request("proxy.golang.org:443")
    for octets in said:
        talk.passes("5 ms").server.sends(octets)
    return talk


def download(server="198.51.100.5:443"):
    talk = Conversation(server=server).dns("proxy.golang.org", "198.51.100.5")
    return talk.handshake().opens().fetches("6 kB", "6 kB")


@pytest.mark.parametrize("snapshot", [96, 128, None])
def test_the_first_line_of_a_connect_is_enough(verdict, snapshot):
    talk = through_a_proxy().stays_silent("60.0 s")
    talk.client.closes()
    found = verdict(talk, snapshot=snapshot)
    assert (found.cause, found.culprit.role) == ("http/connect-unanswered", "http-proxy")


@pytest.mark.parametrize("snapshot", [96, None])
def test_the_status_of_a_refused_connect_is_read_from_a_line_that_was_cut(verdict, snapshot):
    talk = through_a_proxy(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    found = verdict(talk, snapshot=snapshot)
    assert found.cause == "http/connect-refused"
    assert found.attributes["status"] == 407


def test_an_answer_that_was_cut_is_not_one_without_addresses(verdict):
    def look():
        return Script().dns("goproxy.example.test", "198.51.100.5", "198.51.100.6")

    assert verdict(look(), snapshot=90).cause is None
    assert verdict(look()).cause is None
    assert verdict(Script().dns("goproxy.example.test"), snapshot=90).cause == "dns/no-address"


def test_health_that_nobody_can_read_is_not_sure(verdict):
    cut, whole = verdict(download().exits(), snapshot=64), verdict(download().exits())
    assert cut.status == whole.status == "healthy"
    assert cut.confidence <= 0.5 < whole.confidence
    assert any("snap length" in str(line.what) for line in cut.limits)


def test_keep_alives_of_a_connection_joined_late_say_nothing_of_what_it_waits_for(verdict):
    talk = download()
    talk.request(46)
    begun = talk.now
    talk.stays_silent("100 s")
    found = verdict(talk, keep=lambda ns, octets: ns > begun)
    assert found.cause is None
    assert found.confidence <= 0.5
    assert any("joined late" in str(line.what) for line in found.limits)


def test_a_first_word_that_nobody_can_read_is_not_called_a_path_that_died(verdict):
    talk = Conversation(server="198.51.100.5:443").handshake()
    cut = talk.server.sends(b"") or talk.client.sends(b"\x16\x03\x01" + bytes(300), lost=True)[0]
    talk.client.backs_off(*cut, times=6)
    found = verdict(talk, snapshot=64)
    assert found.confidence < 0.8
    assert "tls/client-hello-dropped" in {found.cause, *(other.cause for other in found.alternatives)}


def test_a_hole_that_was_filled_hides_no_early_close(verdict):
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().response("600 B")
    talk.request(46)
    cuts = talk.server.sends(talk.record(40) + talk.body("9000 B", ends=False), lost=(1,))
    talk.client.acknowledges()
    talk.passes("40 ms").server.resends(*cuts[1])
    talk.client.acknowledges()
    talk.passes("400 ms").server.closes()
    talk.client.closes()
    assert verdict(talk).cause == "tcp/early-close"


def test_a_proxy_that_closes_on_a_connect_is_blamed_and_not_who_was_asked_for(verdict):
    talk = through_a_proxy()
    talk.passes("5 ms").server.closes()
    talk.client.closes()
    found = verdict(talk, trace='go: Get "https://proxy.golang.org/x/@v/list": EOF\n')
    assert (found.cause, found.culprit.role) == ("http/connect-refused", "http-proxy")


def test_gits_one_word_for_names_fits_a_name_without_addresses(verdict):
    said = "fatal: unable to access 'https://github.com/a/b/': Could not resolve host: github.com\n"
    assert verdict(Script().dns("github.com", after="18 ms"), trace=said).cause == "dns/no-address"
