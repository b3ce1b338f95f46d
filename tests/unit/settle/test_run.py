"""The probes in their order and within their limits, with a network that is a table: nothing is sent here."""

import pytest

from netanalyze.settle import connection, names, run
from netanalyze.settle.connection import Came
from netanalyze.settle.fingerprints import CURL, beside
from netanalyze.settle.names import ResolverReply
from netanalyze.settle.run import Probing
from netanalyze.settle.settlement import CONNECTIONS, QUERIES
from netanalyze.settle.target import CONNECTION, NAMES, SettleTarget

NAME, ADDRESS, OTHER, RESOLVER = "host.example", "192.0.2.1", "192.0.2.2", "192.0.2.53"
ALIVE = Came("server-hello", octets=1500, acked=1500, mss=1448)
CONNECTED, SILENT, NO_SYN_ACK = Came("connected"), Came("silent", octets=1500, mss=1448), Came("no-syn-ack")


class Network:
    """What comes of each probe: functions of what is sent; ``sent`` keeps what was."""

    def __init__(self):
        self.sent = []
        self.hello = lambda address, port, form: ALIVE
        self.dial = lambda address, port: CONNECTED
        self.reply = lambda resolver, form: ResolverReply("answered", "NOERROR", (ADDRESS,))
        self.routes = lambda address: True

    def send_hello(self, address, port, form, sni, most):
        self.sent.append(("hello", address, port, form))
        return self.hello(address, port, form)

    def send_dial(self, address, port, most):
        self.sent.append(("dial", address, port))
        return self.dial(address, port)

    def ask(self, resolver, name, form, most):
        self.sent.append(("query", resolver, form))
        return self.reply(resolver, form)


@pytest.fixture
def network(monkeypatch):
    made = Network()
    monkeypatch.setattr(connection, "send_hello", made.send_hello)
    monkeypatch.setattr(connection, "dial", made.send_dial)
    monkeypatch.setattr(connection, "has_route", lambda address: made.routes(address))
    monkeypatch.setattr(names, "ask", made.ask)
    monkeypatch.setattr(run, "_by_libc", lambda host, port: [])
    return made


def settled(target, **options):
    return Probing(target, **options).settle()


def of(address=ADDRESS, **members):
    return SettleTarget(address, 443, NAME, (address,), focus=CONNECTION, **members)


def by_name(**members):
    return SettleTarget(NAME, 443, NAME, resolvers=(RESOLVER,), **members)


def test_where_everything_lives_a_question_and_four_hellos_are_sent_and_nothing_dies(network):
    found = settled(by_name())
    assert found.bit == "none"
    assert [kind for kind, *_ in network.sent] == ["query", *["hello"] * 4]
    assert [form.likeness for *_, form in network.sent[1:]] == ["openssl", "go", "curl", "openssl"]
    assert (found.addresses, found.address) == ([ADDRESS], ADDRESS)


def test_each_probe_is_written_down_under_its_number_and_told_of(network):
    told = []
    found = settled(by_name(), tell=told.append)
    assert told == found.rows
    assert [row.number for row in found.rows] == [1, 2, 3, 4, 5]
    assert [row.manner for row in found.rows] == ["answered", *["server-hello"] * 4]


def test_a_fingerprint_of_curl_that_is_filtered_is_named_where_all_else_lives(network):
    network.hello = lambda address, port, form: SILENT if form == CURL else ALIVE
    found = settled(of())
    assert (found.bit, found.hello.dies, found.hello.lives) == ("fingerprint", CURL, beside(CURL))
    assert len(network.sent) <= CONNECTIONS


def test_a_name_that_is_filtered_is_named_within_the_connections(network):
    network.hello = lambda address, port, form: SILENT if form.sni in ("real", "mixed") else ALIVE
    assert settled(of()).bit == "sni"
    assert len(network.sent) <= CONNECTIONS


def test_what_cannot_be_told_apart_ends_with_the_connections(network):
    network.hello = lambda address, port, form: SILENT if len(network.sent) % 2 else ALIVE
    settled(of())
    assert len(network.sent) <= CONNECTIONS


def test_no_way_to_any_address_is_named_and_nothing_is_sent_there(network):
    network.routes = lambda address: False
    found = settled(of())
    assert (found.bit, found.address, network.sent) == ("no-route", ADDRESS, [])


def test_of_two_addresses_the_one_with_a_way_is_asked(network):
    network.routes = lambda address: address == OTHER
    network.reply = lambda resolver, form: ResolverReply("answered", "NOERROR", (ADDRESS, OTHER))
    found = settled(by_name())
    assert (found.addresses, found.address, found.bit) == ([ADDRESS, OTHER], OTHER, "none")
    assert {address for kind, address, *_ in network.sent if kind != "query"} == {OTHER}


def test_a_port_that_is_dead_is_told_from_an_address_that_is(network):
    network.hello = lambda address, port, form: NO_SYN_ACK
    network.dial = lambda address, port: NO_SYN_ACK if port == 443 else CONNECTED
    assert settled(of()).bit == "port"
    network.dial = lambda address, port: NO_SYN_ACK
    assert settled(of()).bit == "address"


def test_a_first_dial_that_was_lost_is_no_dead_address(network):
    network.hello = lambda address, port, form: NO_SYN_ACK if len(network.sent) == 1 else ALIVE
    found = settled(of())
    assert found.bit == "none"
    assert [row.kind for row in found.rows][:2] == ["hello", "dial"]


def test_a_second_address_that_is_dead_is_found_beside_one_that_lives(network):
    network.reply = lambda resolver, form: ResolverReply("answered", "NOERROR", (ADDRESS, OTHER))
    network.dial = lambda address, port: NO_SYN_ACK if address == OTHER else CONNECTED
    found = settled(by_name())
    assert (found.bit, found.address) == ("address", OTHER)


def test_a_resolver_that_is_silent_is_named_where_nothing_else_can_be_asked(network):
    network.reply = lambda resolver, form: ResolverReply("silent")
    found = settled(by_name(focus=NAMES))
    assert (found.bit, found.address, found.port) == ("resolver", RESOLVER, names.DNS_PORT)
    assert len(network.sent) <= QUERIES


def test_a_resolver_that_answers_without_edns_alone_is_named_by_that(network):
    network.reply = lambda resolver, form: ResolverReply("silent" if form.edns else "answered", "NOERROR", (ADDRESS,))
    assert settled(by_name(focus=NAMES)).bit == "edns"


def test_names_that_are_well_are_said_to_be_where_they_alone_are_asked_for(network):
    found = settled(by_name(focus=NAMES))
    assert found.bit == "none"
    assert [kind for kind, *_ in network.sent] == ["query"]


def test_a_name_without_any_address_is_told(network):
    network.reply = lambda resolver, form: ResolverReply("answered", "NXDOMAIN")
    found = settled(by_name())
    assert found.no_address
    assert found.bit == ""


def test_nothing_is_sent_when_the_time_is_up(network):
    found = settled(by_name(), seconds=0)
    assert network.sent == []
    assert (found.bit, found.named) == ("", False)


def test_a_resolver_that_was_not_asked_in_every_way_is_not_called_dead(network):
    network.reply = lambda resolver, form: ResolverReply("silent")
    probing = Probing(by_name(focus=NAMES))
    probing.queries = 3
    assert probing.settle().bit == ""
