"""From a capture to conversations and their fates, and to a file and back; nothing is played here."""

import base64
import json
import re
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from netanalyze.api import analyze
from netanalyze.lab.reproduction import conversation as bounds
from netanalyze.lab.reproduction.content import crossed_out, without_content
from netanalyze.lab.reproduction.conversation import PlayedFlow, conversation, conversations, members_of, step
from netanalyze.lab.reproduction.derived import conversation as derived
from netanalyze.lab.reproduction.fates import ACK, SYN, TCP, FlowFate, FrameHeaders
from netanalyze.lab.reproduction.made import NotReproducible, reproduction
from netanalyze.lab.reproduction.observed import ObservedFlow, ObservedPacket
from netanalyze.lab.reproduction.scenario_file import NoScenario, read_scenario, scenario_text
from netanalyze.notebook.reading import FrameReader

CAPTURES = Path(__file__).resolve().parents[3] / "captures"
ENDS = {"client": ("192.0.2.10", 51000), "server": ("198.51.100.5", 443)}


def made(path):
    return reproduction(analyze([str(path)]), FrameReader([str(path)]), "again")


def talks(path):
    return [conversation(dict(members)) for members in made(path).conversations]


def packet(at, up, flags=0x10, offset=0, length=0, ack=-1, sacks=(), marks=0, ttl=60, window=500):
    return ObservedPacket(at, 0, up, flags, offset, length, ack, sacks, window, ttl, marks, b"x" * length)


def flow(*packets):
    return ObservedFlow("tcp", ENDS["client"], ENDS["server"], list(packets))


OPENED = (packet(0.0, True, 0x02), packet(0.04, False, 0x12), packet(0.041, True, ack=0))


def test_the_scenario_of_a_dropped_hello_names_what_dropped_and_whom():
    scenario = made(CAPTURES / "recorded/client-hello-dropped/capture.pcap")
    assert (scenario.truth.cause, scenario.truth.role) == ("tls/client-hello-dropped", "module-proxy")
    dropped = [one for one in talks(CAPTURES / "recorded/client-hello-dropped/capture.pcap") if one.transport == "tcp"]
    assert dropped
    assert all(by == "client" and times == -1 for one in dropped for by, _, _, times in one.lost)
    assert all(one.octets_of("client") > 1000 and one.octets_of("server") == 0 for one in dropped)


def test_a_scenario_is_read_again_as_it_was_written(tmp_path):
    scenario = made(CAPTURES / "recorded/connect-refused/capture.pcap")
    path = tmp_path / "again.toml"
    path.write_text(scenario_text(scenario))
    read = read_scenario(path)
    assert read.truth == scenario.truth
    assert [conversation(dict(m)) for m in read.conversations] == [
        conversation(dict(m)) for m in scenario.conversations
    ]


def test_a_healthy_capture_has_nothing_to_reproduce():
    with pytest.raises(NotReproducible, match="names no cause"):
        made(CAPTURES / "recorded/healthy/capture.pcap")


def test_what_was_repeated_until_it_was_acknowledged_was_lost_so_often():
    talk = derived(
        flow(*OPENED, packet(0.05, True, length=100), packet(0.3, True, length=100), packet(0.7, True, length=100),
             packet(0.74, False, ack=100), packet(0.75, False, offset=0, length=10)), 0.0, 2.0,
    )  # fmt: skip
    assert talk.lost == (("client", 0, 100, 2),)
    assert talk.delay == pytest.approx(0.02)


def test_what_nobody_ever_acknowledged_never_got_there():
    talk = derived(flow(*OPENED, packet(0.05, True, length=100), packet(0.3, True, length=100)), 0.0, 3.0)
    assert talk.lost == (("client", 0, 100, -1),)


def test_what_the_other_side_reported_by_sack_was_not_lost():
    first, second = packet(0.05, True, length=100), packet(0.05, True, offset=100, length=50)
    again = packet(0.3, True, length=100)
    talk = derived(flow(*OPENED, first, second, packet(0.09, False, ack=0, sacks=((100, 150),)), again), 0.0, 3.0)
    assert talk.lost == (("client", 0, 100, -1),)


def test_what_filled_a_hole_was_said_before_what_lay_behind_it():
    talk = derived(
        flow(*OPENED, packet(0.05, True, length=10), packet(0.1, False, offset=100, length=50, ack=10),
             packet(0.35, False, offset=0, length=100, ack=10)), 0.0, 1.0,
    )  # fmt: skip
    assert talk.lost == (("server", 0, 100, 1),)
    assert [(one.by, one.at, len(one.octets)) for one in talk.steps] == [("client", 0.05, 10), ("server", 0.1, 150)]


def test_a_dial_that_nobody_answers_is_given_up_before_its_next_syn():
    syns = [packet(at, True, 0x02) for at in (0.0, 1.0, 3.0)]
    talk = derived(flow(*syns), 0.0, 30.0)
    assert talk.lost_syn == -1
    assert 3.0 < talk.ends < 5.0


def test_a_refused_dial_is_one_to_a_closed_port():
    assert derived(flow(packet(0.0, True, 0x02), packet(0.01, False, 0x14)), 0.0, 1.0).closed


def test_a_reset_with_another_ttl_is_made_with_it():
    talk = derived(flow(*OPENED, packet(0.05, True, length=10), packet(0.06, False, 0x04, ttl=40)), 0.0, 1.0)
    assert [(one.act, one.ttl) for one in talk.steps if one.by == "server"] == [("reset", 41)]


def test_keepalives_that_meet_silence_are_asked_for_and_met_with_silence():
    from netanalyze.tracking.marks import KEEP_ALIVE

    heard = (packet(0.05, True, length=10), packet(0.1, False, ack=10))
    probes = [packet(at, True, offset=9, length=0, marks=KEEP_ALIVE) for at in (15.1, 30.1)]
    talk = derived(flow(*OPENED, *heard, *probes), 0.0, 40.0)
    assert talk.keepalive == (15.0, 15.0)
    ((since, until),) = talk.silent
    assert 0.1 < since < 15
    assert until == 0


def test_the_wire_loses_the_transmissions_that_are_declared_and_no_others():
    fate = FlowFate(0.0, lost_syn=1, lost=[["client", 0, 100, 2]])

    def up(seq, length=0, flags=ACK):
        return fate.of(FrameHeaders((b"", 1), (b"", 2), TCP, flags, seq, length), True, 1.0)[0]

    assert [up(999, flags=SYN), up(999, flags=SYN)] == [True, False]
    assert [up(1000, 50), up(1000), up(1100, 50), up(1050, 50), up(1000, 50)] == [True, False, False, True, False]


def test_the_wire_is_silent_from_and_until_the_moment_that_is_declared():
    fate = FlowFate(0.0, silent=((1.0, 2.0),))
    one = FrameHeaders((b"", 1), (b"", 2), TCP, ACK)
    assert [fate.of(one, False, at)[0] for at in (10.0, 10.9, 11.5, 12.1)] == [False, False, True, False]


def test_application_data_is_zeros_and_handshakes_stay():
    hello, data = bytes([22, 3, 1, 0, 3]) + b"abc", bytes([23, 3, 3, 0, 4])
    connect = b"CONNECT a.test:443 HTTP/1.1\r\nProxy-Authorization: Basic c2VjcmV0\r\n\r\n"
    kept = without_content(connect + hello + data + b"wxyz")
    assert kept == connect.replace(b"c2VjcmV0", b"x" * 8) + hello + data + bytes(4)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "server 1 dance",
        "nobody 1 say 1 eA==",
        "client 1 say 5 eJwDAAAAAAE=",
        "client x reset",
        "client 1 say 9 !!",
        "client nan reset",
        "client inf reset",
        "server 1 reset 256",
        "client 1 say -1 eJwDAAAAAAE=",
    ],
)
def test_a_line_that_is_no_step_is_refused(line):
    with pytest.raises(ValueError, match="no step"):
        step(line)


def test_a_step_is_read_as_it_was_written():
    one = PlayedFlow("tcp", **ENDS, steps=(step("server 0.5 reset 51"),), lost=(("client", 0, 5, -1),))
    assert conversation(members_of(one)) == one


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("title = 'x'\nshows = []\n[truth]\nstatus = 'hung'\n", "no \\[\\[conversations"),
        ("= nothing", "no scenario"),
        (
            "title='x'\n[truth]\nstatus='hung'\n[[conversations]]\ntransport='tcp'\nclient='a:1'\nserver='b:2'\n",
            "no scenario",
        ),
        ("title='x'\n[truth]\nstatus='hung'\n[[conversations]]\ntransport='tcp'\ncommand='sh'\n", "no command"),
    ],
)
def test_a_file_that_holds_no_conversations_is_refused_with_the_reason(tmp_path, text, why):
    path = tmp_path / "other.toml"
    path.write_text(text)
    with pytest.raises(NoScenario, match=why):
        read_scenario(path)


def test_nothing_in_a_file_becomes_a_command(tmp_path):
    scenario = made(CAPTURES / "recorded/connect-refused/capture.pcap")
    path = tmp_path / "again.toml"
    text = scenario_text(scenario).replace(
        '[command]\nargv = ["conversations"]', '[command]\nargv = ["sh"]\nfilter = "-z sh"'
    )
    path.write_text(text + '\n[router]\nipv4 = ["OUTPUT -j DROP"]\n')
    read = read_scenario(path)
    assert (read.command.argv, read.command.filter, read.router.ipv4) == (("conversations",), "", ())
    for member, words in (
        ("rejected", "icmp-port-unreachable --modprobe=/tmp/x"),
        ("by", "server -j ACCEPT"),
        ("server", "[fe80::1%eth0 -j ACCEPT]:443"),
    ):
        lines = [line for line in text.splitlines() if not line.startswith(f"{member} = ")]
        place = lines.index("[[conversations]]") + 1
        path.write_text("\n".join([*lines[:place], f'{member} = "{words}"', *lines[place:]]))
        with pytest.raises(NoScenario, match=f"{member}: "):
            read_scenario(path)


PLAYED = {"transport": "tcp", "client": "192.0.2.10:51000", "server": "198.51.100.5:443"}


def test_what_was_said_with_no_octets_is_not_inflated():
    bomb = base64.b64encode(zlib.compress(bytes(2**20))).decode()
    with pytest.raises(ValueError, match="no step"):
        step(f"client 1 say 0 {bomb}")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("rejected", "icmp-port-unreachable --modprobe=/tmp/x"), ("rejected", "tcp-reset"),
        ("rejected", "icmp6-port-unreachable"),
        ("rejected", 3),
        ("by", "server -j ACCEPT"), ("by", ""), ("closed", "yes"), ("closed", 1),
        ("delay", "1"), ("delay", float("nan")), ("delay", float("inf")), ("delay", -1), ("delay", True), ("delay", 10**400),
        ("begins", float("nan")), ("ends", float("-inf")), ("dropped_from", "0"), ("buffer", 1.5), ("buffer", -1),
        ("ttl", 256), ("ttl", "64"), ("lost_syn", -2), ("lost_synack", 1.0),
        ("lost", "all"), ("lost", [["client", 0, 5]]), ("lost", [["router", 0, 5, 1]]), ("lost", [["client", 0, 5, "1"]]),
        ("late", [["client", 0, 5, float("inf")]]), ("late", [[]]), ("late", 5),
        ("silent", [[1.0]]), ("silent", [["1", 2]]), ("silent", [1.0, 2.0]), ("keepalive", [1.0]), ("keepalive", ["a", "b"]),
        ("steps", "server 1 reset"), ("steps", [5]),
        ("server", "224.0.0.251:5353"), ("server", "255.255.255.255:67"), ("client", "0.0.0.0:68"), ("server", "169.254.77.1:80"),
        ("client", "169.254.78.9:80"), ("server", "192.0.2.10:51000"), ("server", "192.0.2.10:443"),
        ("client", 5), ("client", "192.0.2.10"), ("client", "192.0.2.10:0"), ("server", "198.51.100.5:65536"),
        ("server", "198.51.100.5 -j ACCEPT:443"), ("server", "a.test:443"), ("server", "[2001:db8::1]:443"),
        ("server", "[fe80::1%eth0 -j ACCEPT]:443"),
    ],
)  # fmt: skip
def test_a_member_that_makes_no_sense_is_named(member, value):
    with pytest.raises((ValueError, TypeError), match=member):
        conversation({**PLAYED, member: value})


@pytest.mark.parametrize(
    "talk",
    [
        PlayedFlow("udp", ("2001:db8::1", 5353), ("2001:db8::2", 53), rejected="icmp6-port-unreachable", by="server"),
        PlayedFlow("tcp", **ENDS, closed=True, begins=1.5, ends=3.0, delay=0.02, ttl=64, buffer=4096, dropped_from=0.0),
        PlayedFlow("tcp", **ENDS, lost=(("client", 0, 5, -1),), late=(("server", 5, 9, 0.5),), silent=((1.0, 0.0),),
                   keepalive=(15.0, 15.0), lost_syn=-1, lost_synack=2),
    ],
    ids=["rejected", "closed", "lost"],
)  # fmt: skip
def test_every_member_is_read_as_it_was_written(talk):
    assert conversation(json.loads(json.dumps(members_of(talk)))) == talk


@pytest.mark.parametrize("address", ["[::]:53", "[ff02::fb]:53", "[fe80::1]:53", "[fd77::2]:53", "[fd78::1]:53"])
def test_an_address_of_ipv6_that_no_end_can_have_is_refused(address):
    assert conversation({**PLAYED, "client": "[fd79::2]:1", "server": "[fd79::1]:53"})
    with pytest.raises(ValueError, match=f"server: .{re.escape(address)}.: it is"):
        conversation({**PLAYED, "client": "[fd79::2]:1", "server": address})


def test_an_address_is_of_clients_or_of_servers():
    """Each side has namespaces of its own; on the loopback, both ends are the client's."""
    local = {**PLAYED, "client": "127.0.0.1:1", "server": "127.0.0.1:2"}
    assert len(conversations([PLAYED, local, {**local, "client": "127.0.0.1:2", "server": "127.0.0.1:3"}])) == 3
    with pytest.raises(ValueError, match=r"server: 192.0.2.10 is of another conversation's client"):
        conversations([PLAYED, {**PLAYED, "client": "192.0.2.77:5", "server": "192.0.2.10:80"}])


def test_what_all_conversations_say_together_is_bounded(monkeypatch):
    monkeypatch.setattr(bounds, "ALL_OCTETS_MOST", 250)
    says = {**PLAYED, "steps": [bounds.PlayedStep("client", 0.0, "say", bytes(100)).text()]}
    assert len(conversations([says, says])) == 2
    with pytest.raises(ValueError, match="100 octets are more than the 50"):
        conversations([says, says, says])


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("[command]\ntime_limit = nan", "time_limit"), ("[command]\ntime_limit = inf", "time_limit"),
        ("[command]\ntime_limit = 0", "time_limit"), ("[command]\ntime_limit = -1.5", "time_limit"),
        ("[command]\ntime_limit = '5'", "time_limit"), ("[command]\nsnaplen = -1", "snaplen"), ("[command]\nlose = 2", "lose"),
        ("[wire]\nrate = nan", "rate"), ("[wire]\ndelay = -1", "delay"),
        ("[[conversations]]\ntransport = 'tcp'\nclient = '192.0.2.10:1'\nserver = '192.0.2.1:2'\n"
         "rejected = 'icmp-port-unreachable --modprobe=/tmp/x'", "rejected"),
        ("[[conversations]]\ntransport = 'tcp'\nclient = '192.0.2.10:1'\nserver = '192.0.2.1:2'\nby = 'server -j ACCEPT'", "by"),
    ],
)  # fmt: skip
def test_a_file_with_a_value_that_makes_no_sense_is_refused_by_its_name(tmp_path, given, named):
    path = tmp_path / "other.toml"
    path.write_text(f"title = 'x'\n[truth]\nstatus = 'hung'\n{given}\n")
    with pytest.raises(NoScenario, match=named):
        read_scenario(path)


BINARY = [b"\x81\x7e\x00\x90Authorization: Bearer abcdef0123456789abcdef", b"\0\0\0\x0dpassword=hunter2secret\0"]


@pytest.mark.parametrize("octets", BINARY, ids=["websocket", "length-prefixed"])
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_no_secret_of_a_binary_protocol_is_kept(octets, transport):
    said = replace(packet(0.05, True, length=len(octets)), octets=octets)
    if transport == "tcp":
        talk = derived(flow(*OPENED, said, packet(0.1, False, ack=len(octets))), 0.0, 1.0)
    else:
        talk = derived(replace(flow(said), transport="udp"), 0.0, 1.0)
    (kept,) = (one.octets for one in talk.steps if one.act == "say")
    assert b"abcdef" not in kept
    assert b"hunter2" not in kept
    assert len(kept) == len(octets)
    assert kept.count(b"x") >= len(b"hunter2secret")


def test_a_dns_message_stays_as_it_was():
    question = bytes.fromhex("1a2b01000001000000000000") + b"\x05proxy\x06golang\x03org\0\0\x01\0\x01"
    assert crossed_out(question) == question


def test_a_reproduction_is_made_without_the_stage():
    """What plays it needs namespaces; what writes it needs none."""
    program = "import sys, netanalyze.lab.reproduction.made as _; sys.exit('netanalyze.lab.stage' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_a_scenario_that_is_too_deep_is_none(tmp_path):
    deep = tmp_path / "deep.toml"
    deep.write_text(f"silent={'[' * 3000}{']' * 3000}\n")
    with pytest.raises(NoScenario, match="no scenario of conversations"):
        read_scenario(deep)
