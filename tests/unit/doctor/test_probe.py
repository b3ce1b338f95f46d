"""The judging half of ``--probe``: what is asked, what an answer must be, ranking, settings; nothing is sent here."""

import signal
import socket
import subprocess
from types import SimpleNamespace

import pytest
from patients import Patient

from netanalyze.doctor.gathered import Gathered
from netanalyze.doctor.machine import Machine
from netanalyze.doctor.probe import ranking, table
from netanalyze.doctor.probe.child import ways
from netanalyze.doctor.probe.exchange import Answer, Visited, _fits
from netanalyze.doctor.probe.mirrors import CLIENTS, MOST, WELL_KNOWN, Errand, Mirror, mirrors
from netanalyze.doctor.probe.refused import Refused
from netanalyze.doctor.probe.socks import socks_tunnel
from netanalyze.doctor.probe.visit import announced, probe
from netanalyze.report.language import Language
from netanalyze.report.sheet import Sheet, cells
from netanalyze.urls import split


def visit(mirror, seconds=0.1, fault="", way="direct", **members):
    """A visit at which everything came, or nothing."""
    answers = [] if fault else [Answer(errand.name, whole_s=seconds / 10, octets=1000) for errand in mirror.errands()]
    return Visited(mirror.client, mirror.url, way, fault, connect_s=seconds, answers=answers, **members)


def go(name, **members):
    return Mirror("go", f"https://{name}.test", **members)


A, B, C = go("a"), go("b"), go("c", configured=False)


@pytest.fixture
def settings(tmp_path):
    patient = Patient(tmp_path)
    patient.set(
        GOPROXY="https://a.test|http://me:hunter2hunter2@b.test/x/,direct", PIP_INDEX_URL="https://pypi.test/simple/"
    )
    return Gathered(Machine(patient.environment, str(patient.project), str(patient.folder)))


def test_the_mirrors_of_the_settings_are_asked_and_no_others(settings):
    asked = mirrors(settings, ("go", "pip"))
    assert [(mirror.client, mirror.host) for mirror in asked] == [
        ("go", "a.test"), ("go", "b.test"), ("sumdb", "sum.golang.org"), ("pip", "pypi.test"),
    ]  # fmt: skip
    assert [errand.name for errand in asked[0].errands()] == ["list", "info", "mod", "zip", "sumdb"]
    assert asked[3].errands()[0].url == "https://pypi.test/simple/six/"


def test_git_asks_for_the_refs_of_its_remotes_and_docker_for_the_version_of_the_registries(settings):
    machine = settings.machine
    for argv in (("init", "-q", "."), ("remote", "add", "origin", "https://forge.test/a/b.git")):
        subprocess.run(["git", *argv], cwd=machine.folder, env=dict(machine.environment), check=True)
    asked = mirrors(Gathered(machine), ("git", "docker"))
    assert [(mirror.client, mirror.host) for mirror in asked] == [
        ("git", "forge.test"),
        ("docker", "registry-1.docker.io"),
    ]
    (refs,), (ping,) = (mirror.errands() for mirror in asked)
    assert refs.url == "https://forge.test/a/b.git/info/refs?service=git-upload-pack"
    assert (ping.url, ping.statuses) == ("https://registry-1.docker.io/v2/", (200, 401))


def test_a_region_adds_its_well_known_mirrors_for_the_clients_in_question(settings):
    more = {mirror.url for mirror in mirrors(settings, ("go",), ("cn",)) if not mirror.configured}
    assert more == set(WELL_KNOWN["cn"]["go"])
    assert len(mirrors(settings, CLIENTS, ("cn",))) <= MOST


def test_what_is_sent_where_is_told_before_and_no_secret_with_it(settings):
    lines = [str(text) for text in announced(mirrors(settings, ("go",)))]
    assert "asking 3 servers" in lines[0]
    assert "https://a.test: list, info, mod, zip, sumdb" in lines
    assert "hunter2" not in "".join(lines)


@pytest.mark.parametrize(
    ("form", "word", "body", "fits"),
    [
        ("zip", "", b"PK\x03\x04", True),
        ("zip", "", b"<html>PK", False),
        ("json", "Version", b'{"Version":"v1"}', True),
        ("json", "Version", b"<!DOCTYPE html>Version", False),
        ("json", "Version", b'"Version"', False),
        ("text", "v1.5.2", b"v1.5.2\n", True),
        ("text", "v1.5.2", b"\n <HTML>v1.5.2", False),
        ("text", "v1.5.2", b"v1.5.1\n", False),
        ("html", "six", b"<!DOCTYPE html>six-1.0", True),
        ("html", "six", b"<!DOCTYPE html>log in", False),
    ],
)
def test_an_answer_must_be_what_was_asked_for(form, word, body, fits):
    assert _fits(body, Errand("x", "https://a.test", form, word)) is fits


def test_the_clients_own_way_is_the_first():
    proxy = {"https_proxy": "http://p.test:1"}
    assert [way.host if way else None for way in ways(A, proxy)] == ["p.test", None]
    assert [way.host if way else None for way in ways(A, proxy | {"no_proxy": ".test"})] == [None, "p.test"]
    assert ways(A, {}) == [None] == ways(A, {"https_proxy": "socks4://p.test:1"})
    assert [way.scheme if way else None for way in ways(A, {"https_proxy": "socks5h://p.test:1"})] == ["socks5h", None]


def through_socks(answers, proxy="socks5://me:secret@p.test:1", url="https://a.test/x"):
    """What a SOCKS proxy was told, that answers so; and what came of it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(bytes(answers))
        try:
            socks_tunnel(ours, split(proxy), split(url))
            fault = ""
        except Refused as refused:
            fault = f"{refused.fault} {refused.detail}".strip()
        ours.shutdown(socket.SHUT_WR)
        return theirs.recv(1000), fault


def test_a_socks_proxy_is_told_the_name_and_the_port():
    told, fault = through_socks([5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80], "socks5://p.test:1")
    assert (told, fault) == (bytes([5, 1, 0, 5, 1, 0, 3, 6]) + b"a.test" + bytes([1, 187]), "")


@pytest.mark.parametrize(
    ("host", "place"),
    [("192.0.2.1", bytes([1, 192, 0, 2, 1])), ("[2001:db8::1]", b"\4\x20\1\x0d\xb8" + bytes(11) + b"\1")],
)
def test_a_socks_proxy_is_told_an_address_as_an_address(host, place):
    told, fault = through_socks([5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], "socks5://p.test:1", f"https://{host}/x")
    assert (told, fault) == (bytes([5, 1, 0, 5, 1, 0]) + place + bytes([1, 187]), "")


def test_a_socks_proxy_that_asks_for_a_password_gets_it():
    told, fault = through_socks([5, 2, 1, 0, 5, 0, 0, 3, 1, 65, 0, 80])
    assert told.startswith(bytes([5, 2, 0, 2, 1, 2]) + b"me" + bytes([6]) + b"secret")
    assert fault == ""


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([5, 0xFF], "proxy-refuses"),
        ([72, 84], "proxy-refuses no SOCKS5"),
        ([5, 0, 5, 2, 0, 1], "proxy-refuses 2"),
        ([5, 2, 1, 1], "proxy-refuses password"),
    ],
)
def test_a_socks_proxy_that_does_not_connect_is_told_of(answers, why):
    assert through_socks(answers)[1] == why


def test_what_works_is_ranked_by_its_time_and_what_fails_stands_last():
    visits = [visit(A, fault="refused"), visit(B, 0.9), visit(C, 0.1)]
    listed = ranking.ranked([A, B, C], visits, lambda one: "tcp/refused")
    assert [(one.mirror.host, one.works, one.cause) for one in listed] == [
        ("c.test", True, None), ("b.test", True, None), ("a.test", False, "tcp/refused"),
    ]  # fmt: skip
    assert ranking.setting("go", listed) == "go env -w GOPROXY=https://c.test,https://b.test,direct"


def test_a_mirror_that_does_a_part_of_the_work_stands_between():
    part = visit(B)
    part.answers[-1].fault = "status"
    listed = ranking.ranked([A, B, C], [visit(A, fault="dns"), part, visit(C)])
    assert [one.mirror.host for one in listed] == ["c.test", "b.test", "a.test"]
    assert [one.share for one in listed] == [1, 0.75, 0]


def test_what_works_by_the_clients_own_way_comes_before_what_works_past_the_proxy():
    visits = [
        visit(A, fault="proxy-refuses", way="proxy"),
        visit(A, 0.01),
        visit(B, 0.5, way="proxy"),
        visit(B, fault="dns"),
    ]
    listed = ranking.ranked([A, B], visits)
    assert [(one.mirror.host, one.works) for one in listed] == [("b.test", True), ("a.test", True)]


def test_no_setting_is_written_where_it_would_gain_nothing():
    assert ranking.setting("go", ranking.ranked([A, C], [visit(A, 0.1), visit(C, 0.06)])) == ""
    assert ranking.setting("go", ranking.ranked([A, C], [visit(A, 0.1), visit(C, 0.04)])) != ""
    assert ranking.setting("go", ranking.ranked([A], [visit(A, fault="dns")])) == ""


def test_a_setting_is_written_where_it_is_set_now():
    mine = go("a", variable="GOPROXY")
    listed = ranking.ranked([mine, C], [visit(mine, fault="dns"), visit(C)])
    assert ranking.setting("go", listed) == "export GOPROXY=https://c.test,direct"
    for client, before in (
        ("pip", "pip config set"),
        ("npm", "npm config set"),
        ("cargo", "mkdir -p ~/.cargo && printf"),
    ):
        one, other = Mirror(client, "https://a.test"), Mirror(client, "https://b.test", False)
        listed = ranking.ranked([one, other], [visit(one, fault="dns"), visit(other)])
        assert ranking.setting(client, listed).startswith(before)


def test_a_mirror_without_lookups_of_checksums_works_all_the_same():
    mirror = go("a", database="sum.golang.org")
    without = visit(mirror)
    without.answers[-1].fault, without.answers[-1].optional = "status", True
    (one,) = ranking.ranked([mirror], [without])
    assert one.works


def test_each_client_is_served_or_not():
    assert ranking.is_served(ranking.ranked([A, B], [visit(A, fault="dns"), visit(B)]))
    assert not ranking.is_served(ranking.ranked([A, C], [visit(A, fault="dns"), visit(C)]))


def test_what_the_process_that_asked_wrote_is_read_again_and_nothing_else():
    import json

    one = visit(A, families={"IPv4": ""})
    assert ranking.visits_of(json.dumps([one.to_json()])) == [one]
    for text in ("", "{}", "[1]", '[{"client": 1}]', '[{"answers": []}]'):
        assert ranking.visits_of(text) == []
    (lost,) = ranking.ranked([A], [])
    assert not lost.works


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_table_fits_its_columns_and_has_no_secret(language):
    secret = Mirror("go", "https://me:hunter2hunter2@a-host-of-a-very-long-name.example.test/with/a/path/that/is/long")
    visits = [visit(secret, fault="certificate", detail="unable to get local issuer certificate " * 3), visit(B, 0.2)]
    visits[1].large_hello, visits[1].families = "tls-timeout", {"IPv4": "", "IPv6": "connect-timeout"}
    sheet = Sheet(80, language=Language(language))
    table.write(sheet, ranking.ranked([secret, B], visits, lambda one: "tls/certificate-untrusted"), 12)
    text = sheet.plain()
    assert max(map(cells, text.splitlines())) <= 80
    assert "hunter2" not in text
    assert ("a ClientHello of two segments fails" in text) is (language == "en")


def test_mirrors_is_refused_without_probe(capsys):
    from netanalyze.cli.main import run

    assert run(["doctor", "--mirrors", "cn"]) == 2
    assert "--probe" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_ended_the_process_that_asks_ends_doctor(number, monkeypatch):
    came = []

    class Ended:
        def __init__(self, options):
            assert "signal.SIG_DFL" in options.argv[3]

        def run(self):
            return SimpleNamespace(status=128 + number, frame_count=3)

    monkeypatch.setattr("netanalyze.live.session.Session", Ended)
    before = signal.signal(number, lambda caught, _: came.append(caught))
    try:
        probe([])
    finally:
        signal.signal(number, before)
    assert came == [number]
