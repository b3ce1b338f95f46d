"""A command that talks elsewhere: which interface has it."""

from types import SimpleNamespace

from netanalyze.causes.capture import no_traffic
from netanalyze.clients.trace import parse_trace
from netanalyze.processes import CERTAIN, OTHER, Processes, SocketOwner

TRACE = parse_trace("# get https://a.test/m\n# get https://a.test/m: 200 OK (0.1s)\n", "go")


def seen(trace=None, owned=CERTAIN, ways=None, flows=(), everything=()):
    socket = SocketOwner(6, "192.0.2.10", 40000, "203.0.113.9", 443, 0, 1, 7, owned)
    return SimpleNamespace(
        captured=True,
        trace=trace, flows=list(flows), everything=list(everything), lookups=[], sockets=None, start_ns=0, end_ns=10,
        processes=Processes(7, sockets=(socket,)), only_questions=list, environment={"ways": ways} if ways else {},
    )  # fmt: skip


def test_the_way_of_the_sockets_names_the_interface():
    (finding,) = no_traffic.check(seen(TRACE, ways={"203.0.113.9": "tun0"}))
    assert str(finding.message).endswith("it went over tun0; capture with -i tun0")
    assert finding.attributes["interfaces"] == ["tun0"]
    assert [e.kind for e in finding.evidence] == ["trace", "socket"]


def test_sockets_alone_are_enough_and_others_sockets_are_not():
    (finding,) = no_traffic.check(seen())
    assert "talked to 203.0.113.9" in str(finding.message)
    assert list(no_traffic.check(seen(owned=OTHER))) == []
    assert list(no_traffic.check(seen(TRACE, flows=["a flow"]))) == []


def test_datagrams_that_nobody_reads_are_in_the_capture_all_the_same():
    def flow(port):
        ends = SimpleNamespace(address="192.0.2.10", port=40000), SimpleNamespace(address="203.0.113.9", port=port)
        return SimpleNamespace(halves=ends)

    assert list(no_traffic.check(seen(everything=[flow(443)]))) == []
    assert len(list(no_traffic.check(seen(everything=[flow(53)])))) == 1
