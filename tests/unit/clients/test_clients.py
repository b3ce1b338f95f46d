"""Clients are known by name, by command line, by their ClientHellos and by their timers."""

import pytest

from netanalyze.clients import CLIENTS, PHASES, client_by_name, client_of, go_versions, identify, timer_that_fired
from netanalyze.clients.hosts import role_of
from netanalyze.clients.trace import parse_trace
from netanalyze.findings import ROLES


def test_every_timer_has_a_phase_a_source_and_a_sensible_tolerance():
    for client in CLIENTS.values():
        assert set(client.unguarded) <= set(PHASES)
        for timer in client.timers:
            assert timer.phase in PHASES
            assert timer.source
            assert 0 < timer.tolerance <= 0.25 * timer.seconds
            assert timer.error_text or not timer.fatal


def test_a_phase_without_a_timer_is_one_the_client_waits_in_for_ever():
    for client in CLIENTS.values():
        assert not set(client.unguarded) & {t.phase for t in client.timers if t.name != "GOINSECURE client"}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("go", "go"),
        ("/usr/bin/git", "git"),
        ("pip3.11", "pip"),
        ("C:\\go\\go.exe", "go"),
        ("wget", "wget"),
        ("rsync", "generic"),
        (None, "generic"),
    ],
)
def test_clients_by_name(name, known):
    assert client_by_name(name).name == known


@pytest.mark.parametrize(
    ("argv", "known"),
    [
        (["go", "mod", "download"], "go"),
        (["sudo", "-E", "go", "build"], "go"),
        (["timeout", "60", "git", "fetch"], "git"),
        (["python3", "-m", "pip", "install", "x"], "pip"),
        (["./server"], "generic"),
        ([], "generic"),
    ],
)
def test_clients_of_command_lines(argv, known):
    assert client_of(argv).name == known


def test_hellos_identify():
    assert identify(ja4s=["t13d1312h2_f57a46bbacb6_0123456789ab"]).name == "go"
    assert identify(ja4s=["t13i131100_f57a46bbacb6_0123456789ab"]).name == "go"
    assert identify(ja3s=["8662467bc96db2d387755570446a7946"]).name == "git"
    assert identify(ja4s=["t13d1516h2_8daaf6152771_02713d6af862"]) is None
    assert identify() is None
    assert identify(dns_style="go").name == "go"
    assert identify(dns_style="glibc") is None
    assert (
        identify(ja4s=["t13d1516h2_8daaf6152771_02713d6af862"], hello_sizes=[1700], alpn=["h2"], dns_style="glibc")
        is None
    )


def test_versions_of_go():
    assert go_versions("03117a8ed39ef02427ebbc39f121275c", "t13d1312h2_f57a46bbacb6_ab7e3b40a677") == ("1.26",)
    assert go_versions(None, "t13d1911h2_9dc949149365_e7c285222651") == ("1.21", "1.22", "1.23")
    assert go_versions(None, None) == ()


@pytest.mark.parametrize(
    ("client", "phase", "seconds", "name"),
    [
        ("go", "tls", 10.009, "TLS handshake"),
        ("go", "tls", 11.0, None),
        ("go", "dial", 30.07, "dial"),
        ("go", "dial", 0.305, "second address family"),
        ("go", "connect", 60.13, "CONNECT to a proxy"),
        ("go", "keepalive", 167.0, "keep-alive"),
        ("go", "response", 60.0, None),
        ("git", "dial", 134.135, "kernel SYN retries, linear first"),
        ("git", "tls", 300.08, "libcurl connection time"),
        ("pip", "response", 15.0, "response"),
        ("npm", "body", 300.0, "fetch-timeout"),
        ("generic", "dial", 127.1, "kernel SYN retries"),
    ],
)
def test_the_timer_that_fired(client, phase, seconds, name):
    timer = timer_that_fired(client_by_name(client), phase, seconds)
    assert (timer.name if timer else None) == name


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (("proxy.golang.org",), "module-proxy"),
        (("mirrors.aliyun.com",), "module-proxy"),
        (("goproxy.corp.example",), "module-proxy"),
        (("sum.golang.google.cn",), "checksum-db"),
        (("github.com", 443), "vcs-host"),
        (("go.dev",), "toolchain-host"),
        (("storage.googleapis.com",), "redirect-target"),
        (("pypi.org", 443), "server"),
        (("192.0.2.53", 53), "resolver"),
        (("192.0.2.8", 3128), "http-proxy"),
        (("git.corp.example",), "vcs-host"),
        ((None, None), "server"),
        (("a.example", 443, 0), "server"),
        (("a.example", 443, 0, None, "go"), "module-proxy"),
        (("a.example", 443, 1, None, "go"), "server"),
    ],
)
def test_roles_of_hosts(arguments, role):
    assert role_of(*arguments) == role
    assert role in ROLES


def test_what_was_printed_goes_before_the_name():
    trace = parse_trace("# get https://github.com/a.test/m/@v/v1.mod\n# get https://a.example/m?go-get=1\n")
    assert role_of("github.com", 443, 0, trace) == "module-proxy"
    assert role_of("a.example", 443, 1, trace) == "vanity-host"


def test_before_any_request_a_go_that_downloads_go_asks_for_a_toolchain():
    trace = parse_trace("go: downloading go1.99.0 (linux/amd64)\n")
    assert role_of("proxy.golang.org", 443, 0, trace) == "toolchain-host"
    assert role_of("192.0.2.53", 53, None, trace) == "resolver"
