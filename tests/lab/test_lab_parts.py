"""The laboratory's parts that need neither root nor a network: declarations, messages, forged segments, the wire."""

import random
import struct
import tomllib
from importlib import resources

import dpkt
import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from netanalyze.lab import list_scenarios, load
from netanalyze.lab.addresses import HOSTS, filled
from netanalyze.lab.inject import asks_address, dns_answer, resets
from netanalyze.lab.keep import CHOSEN, cut, toml
from netanalyze.lab.relay import State, Wire, corrupted, fate, segment
from netanalyze.lab.scenario import parse
from netanalyze.lab.servers.dns_server import Resolver, Rule
from netanalyze.lab.servers.http1 import unchunked
from netanalyze.lab.servers.modules import LIBRARIES, VERSION, served
from netanalyze.lab.servers.replies import Conduct
from netanalyze.lab.servers.sumdb import leaves, root, verifier_key
from netanalyze.lab.servers.tls_server import Site

PHASES = {"capture", "local", "dns", "tcp", "quic", "tls", "http", "go"}
ROLES = {host.role for host in HOSTS.values()} | {"resolver", "path", "client-host", "client", "toolchain-host", None}


@pytest.mark.parametrize("name", list_scenarios())
def test_scenario_is_well_declared(name):
    scenario = load(name)
    truth = scenario.truth
    assert truth.role in ROLES
    assert (truth.cause is None) == (truth.status == "healthy")
    assert truth.cause is None or truth.cause.split("/")[0] in PHASES
    assert truth.host is None or truth.host in HOSTS or "{" not in filled(truth.host)
    assert set(scenario.sites) <= set(HOSTS)
    for site, members in scenario.sites.items():
        members = {key: value for key, value in members.items() if key != "certificate"}
        conducts = [Conduct(**conduct) for conduct in members.pop("conducts", ())]
        Site(name=site, serves="modules", chain="", addresses=[], conducts=conducts, **members)
    for rule in scenario.dns:
        Rule(**{key: value for key, value in rule.items() if key != "resolver"})
    Wire(**(scenario.wire or {}))


def test_an_unknown_member_is_an_error():
    with pytest.raises(ValueError, match=r"\[command\] has no \['libaries'\]"):
        parse("x", '[truth]\nstatus = "healthy"\n[command]\nlibaries = 3\n')


def test_no_machine_path_in_the_declarations():
    folder = resources.files("netanalyze.lab") / "scenarios"
    for entry in folder.iterdir():
        assert "/tmp" not in entry.read_text()
        assert "/home" not in entry.read_text()
        tomllib.loads(entry.read_text())


def test_kept_recordings_are_scenarios():
    assert {scenario for scenario, _, _ in CHOSEN} <= set(list_scenarios())


def query(name, kind, number=7):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
    return (
        struct.pack("!6H", number, 0x100, 1, 0, 0, 1)
        + labels
        + struct.pack("!HH", kind, 1)
        + b"\0\0\x29\x04\xd0"
        + bytes(6)
    )


@pytest.mark.parametrize(
    ("action", "rcode", "answers"),
    [("answer", 0, 1), ("servfail", 2, 0), ("refused", 5, 0), ("nxdomain", 3, 0), ("empty", 0, 0), ("alias", 0, 2)],
)
def test_resolver_says_what_its_rule_says(action, rcode, answers):
    resolver = Resolver("192.0.2.53", {"a.example.org": ["198.51.100.1", "2001:db8::1"]}, [Rule(action)])
    ((wait, octets),) = resolver.responses(query("a.example.org", 1), "udp")
    message = dpkt.dns.DNS(octets)
    assert (wait, message.id, message.rcode, len(message.an)) == (0, 7, rcode, answers)


def test_resolver_misbehaves_on_demand():
    names = {"a.example.org": ["198.51.100.1"]}

    def responses(rule, transport="udp"):
        return Resolver("192.0.2.53", names, [rule]).responses(query("a.example.org", 1), transport)

    assert responses(Rule("drop")) == []
    assert dpkt.dns.DNS(responses(Rule("truncate"))[0][1]).tc
    assert not dpkt.dns.DNS(responses(Rule("truncate"), "tcp")[0][1]).tc
    assert dpkt.dns.DNS(responses(Rule("wrong-id"))[0][1]).id != 7
    assert len(responses(Rule("forge", address="203.0.113.1"))) == 2
    assert len(responses(Rule("drop", type="AAAA"))) == 1


def test_resolver_survives_any_octets():
    chance = random.Random(3)
    resolver = Resolver("192.0.2.53", {}, [])
    for _ in range(300):
        resolver.responses(chance.randbytes(chance.randrange(60)), "udp")


@pytest.mark.parametrize(
    ("network", "source", "target"), [(IP, "192.0.2.10", "198.51.100.10"), (IPv6, "2001:db8::1", "2001:db8::2")]
)
def test_forged_resets_are_valid_segments(network, source, target):
    frame = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / network(src=source, dst=target)
    hello = bytes(frame / TCP(sport=4000, dport=443, seq=100, ack=900, flags="PA") / (b"x" * 50))
    back, onward = resets(hello, 44, 2)
    for forged, ends in ((back[0], (443, 4000, 900)), (back[1], (443, 4000, 900 + 1460)), (onward, (4000, 443, 150))):
        packet = Ether(forged)
        tcp = packet[TCP]
        assert (tcp.sport, tcp.dport, tcp.seq) == ends
        assert "R" in tcp.flags
        whole = packet[network].copy()
        sum_sent = whole[TCP].chksum
        del whole[TCP].chksum
        assert network(bytes(whole))[TCP].chksum == sum_sent


def test_wire_keeps_order_and_counts_losses():
    frame = bytes(Ether() / IP(src="198.51.100.10", dst="192.0.2.10") / TCP(sport=443, flags="A") / (b"x" * 1000))
    assert len(segment(frame).payload) == 1000
    state, wire = State(random.Random(1)), Wire(delay=0.01, jitter=0.05)
    due = [fate(wire, state, frame, False, number / 1000)[0] for number in range(200)]
    assert due == sorted(due)
    state, wire = State(random.Random(1)), Wire(loss_down=0.1)
    lost = sum(not fate(wire, state, frame, False, 0.0) for _ in range(2000))
    assert 150 < lost < 250
    state, wire = State(random.Random(1)), Wire(outage_after=5000, outage=2.0)
    passed = [bool(fate(wire, state, frame, False, at / 10)) for at in range(60)]
    assert passed[:5] == [True] * 5
    assert not any(passed[6:24])
    assert all(passed[30:])


def test_a_wrong_bit_makes_a_wrong_checksum():
    frame = bytes(Ether() / IP(src="198.51.100.10", dst="192.0.2.10") / TCP(sport=443, flags="A") / (b"x" * 1000))
    wrong = corrupted(frame, segment(frame))
    assert sum(ours != theirs for ours, theirs in zip(frame, wrong)) == 1
    again = Ether(wrong)
    sent = again[TCP].chksum
    del again[TCP].chksum
    assert Ether(bytes(again))[TCP].chksum != sent


def test_modules_are_the_same_every_time():
    first = served(f"/{LIBRARIES[0]}/@v/{VERSION}.zip")
    assert first[0] == 200
    assert first[2][:2] == b"PK"
    assert served("/nowhere/@v/list")[0] == 404


def test_checksum_database_is_a_merkle_tree():
    assert verifier_key().startswith("sum.golang.org+")
    assert root(leaves()) != root(leaves()[:-1])


def test_chunked_bodies_are_put_together():
    assert unchunked(b"4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n") == b"abcdefg"


def test_cut_keeps_original_lengths(tmp_path):
    path = tmp_path / "x.pcap"
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        writer.writepkt(b"a" * 500, 1.0)
        writer.writepkt(b"b" * 40, 2.0)
    path.write_bytes(cut(path, 100))
    with path.open("rb") as file:
        assert [len(octets) for _, octets in dpkt.pcap.Reader(file)] == [100, 40]
    assert struct.unpack_from("<I", path.read_bytes(), 24 + 12)[0] == 500


def test_truth_is_toml():
    assert tomllib.loads(f"x = {toml(['a', None])}")["x"] == ["a", "null"]


def test_a_forged_answer_is_a_datagram_that_dpkt_reads_and_goes_back_to_who_asked():
    question = b"\5proxy\6golang\3org\0\0\1\0\1"
    query = b"\x12\x34" + b"\1\0\0\1\0\0\0\0\0\0" + question
    datagram = dpkt.udp.UDP(sport=40000, dport=53, data=query, ulen=8 + len(query))
    packet = dpkt.ip.IP(src=b"\xc0\0\2\x0a", dst=b"\xc6\x33\x64\x35", p=17, data=datagram)
    frame = bytes(dpkt.ethernet.Ethernet(src=b"\2" * 6, dst=b"\4" * 6, data=packet))
    assert asks_address(frame, "proxy.golang.org")
    assert not asks_address(frame, "sum.golang.org")
    forged = dpkt.ethernet.Ethernet(dns_answer(frame, "203.0.113.66", 51))
    answer = dpkt.dns.DNS(forged.ip.udp.data)
    assert (forged.dst, forged.ip.dst, forged.ip.ttl, forged.ip.udp.dport) == (b"\2" * 6, b"\xc0\0\2\x0a", 51, 40000)
    assert (answer.id, answer.qd[0].name, answer.an[0].ip) == (0x1234, "proxy.golang.org", b"\xcb\0\x71\x42")
