"""What is typed after ``netanalyze settle``, and what it sends where nothing may be sent: nothing."""

import json
import socket

import pytest
from click.testing import CliRunner

from netanalyze.cli.settle import settle
from netanalyze.settle import NothingToSettle, typed_target


@pytest.mark.parametrize(
    ("typed", "host", "port", "sni"),
    [
        ("go.dev", "go.dev", 443, "go.dev"),
        ("go.dev:8443", "go.dev", 8443, "go.dev"),
        ("https://go.dev/dl/", "go.dev", 443, "go.dev"),
        ("192.0.2.1:8443", "192.0.2.1", 8443, None),
        ("2001:db8::1", "2001:db8::1", 443, None),
        ("http://go.dev", "go.dev", 80, "go.dev"),
        ("https://me:hunter2@go.dev:8443/x", "go.dev", 8443, "go.dev"),
        ("[2001:db8::1]:853", "2001:db8::1", 853, None),
    ],
)
def test_a_target_is_a_host_and_a_port(typed, host, port, sni):
    target = typed_target(typed)
    assert (target.host, target.port, target.sni) == (host, port, sni)


@pytest.mark.parametrize(
    "typed", ["", "go dev", "go.dev:0", "go.dev:99999", "go.dev:https", "-oProxy", "[::1", "x\n.org"]
)
def test_what_is_no_target_is_told_with_what_to_write(typed):
    with pytest.raises(NothingToSettle, match=r"write it as proxy\.golang\.org"):
        typed_target(typed)


@pytest.mark.parametrize(
    "typed",
    ["https://me:hun/ter2@go.dev/", "me:hunter2@go.dev:x", "https://go.dev:0/?token=hunter2", "https://me:hunter2@"],
)
def test_no_password_stands_in_a_refusal(typed):
    with pytest.raises(NothingToSettle) as refused:
        typed_target(typed)
    assert "ter2" not in str(refused.value)


@pytest.fixture
def no_network(monkeypatch):
    """Opening a socket fails the test."""

    def refuse(*_, **__):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(no_network):
    done = CliRunner().invoke(settle, ["proxy.golang.org", "--dry-run"], standalone_mode=False)
    assert done.exception is None
    said = " ".join(done.output.split())
    assert "At most 12 connections to proxy.golang.org, port 443" in said
    assert "Nothing to any other host; 60 s in all." in said


def test_a_dry_run_speaks_chinese(no_network):
    done = CliRunner().invoke(settle, ["proxy.golang.org", "--dry-run", "--lang", "zh"], standalone_mode=False)
    assert "不向其他任何主机发送" in done.output


@pytest.mark.parametrize(
    ("option", "value"), [("--address", "nowhere"), ("--sni", "192.0.2.1"), ("--sni", "-x"), ("--json-to", "/")]
)
def test_an_option_that_cannot_be_is_told_before_anything_is_sent(no_network, option, value):
    done = CliRunner().invoke(settle, ["proxy.golang.org", option, value])
    assert done.exit_code == 2
    assert option in done.output


def test_a_name_without_address_is_not_settled(monkeypatch):
    from netanalyze.settle import names, run

    monkeypatch.setattr(run, "_by_libc", lambda host, port: [])
    monkeypatch.setattr(names, "ask", lambda *_: names.ResolverReply("answered", "NXDOMAIN"))
    done = CliRunner().invoke(settle, ["nowhere.test", "--json"], standalone_mode=False)
    assert done.return_value == 3
    assert json.loads(done.stdout)["settled"]["bit"] is None
    assert "no address of nowhere.test is known" in json.loads(done.stdout)["settled"]["sentences"][0]
