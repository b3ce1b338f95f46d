"""What decides a run is found out, and no secret is."""

import os

import pytest

from netanalyze.errors import NoSuchInterface
from netanalyze.live.capture import links
from netanalyze.live.capture.recording import default_path
from netanalyze.live.capture.sniffer import open_sniffer
from netanalyze.live.command import caller
from netanalyze.live.command.environment import peers, resolver_settings, run_environment
from netanalyze.live.sockets import routes
from netanalyze.redaction import recorded_proxies as proxies
from netanalyze.redaction import redacted, redacted_line


def test_resolv_conf_is_read(tmp_path):
    path = tmp_path / "resolv.conf"
    path.write_text(
        "# me\nnameserver 192.0.2.53 ; first\nnameserver 2001:db8::53\n"
        "domain a.test\nsearch b.test c.test\noptions ndots:5 rotate\n"
    )
    assert resolver_settings(path) == {
        "resolvers": ["192.0.2.53", "2001:db8::53"],
        "search": ["b.test", "c.test"],
        "options": ["ndots:5", "rotate"],
    }
    assert resolver_settings(tmp_path / "none")["resolvers"] == []


def test_proxies_are_kept_without_credentials():
    found = proxies(
        {"HTTPS_PROXY": "http://me:secret@proxy.example:3128", "no_proxy": "a.test", "PATH": "/bin", "http_proxy": ""}
    )
    assert found == {"HTTPS_PROXY": "http://xxxxx@proxy.example:3128", "no_proxy": "a.test"}


def test_peers_are_the_addresses_that_can_be_known():
    environment = {
        "https_proxy": "localhost:3128",
        "ALL_PROXY": "socks5://[2001:db8::7]:1080",
        "NO_PROXY": "192.0.2.99",
    }
    settings = {"GOPROXY": "https://192.0.2.8:8443|https://proxy.example,direct"}
    assert peers(environment, settings, ["192.0.2.53"]) == ["192.0.2.53", "127.0.0.1", "2001:db8::7", "192.0.2.8"]
    assert peers({"http_proxy": "http://[broken"}, {}, []) == ["127.0.0.1", "::1"]


def test_the_environment_of_a_run_has_its_parts():
    found = run_environment({}, {"GOPROXY": "off"}, ["lo"], "raw")
    assert {"go_env", "proxies", "resolvers", "search", "route", "mtu"} <= found.keys()
    assert found["go_env"] == {"GOPROXY": "off"}


def test_the_loopback_is_this_machine():
    assert routes.is_here("127.0.0.1")
    assert routes.route_to("127.0.0.1").interface == "lo"
    assert routes.route_to("not an address") is None
    assert "lo" in links.interface_names()
    assert links.link_type("lo") == links.LINK_ETHERNET
    assert links.link_type("any") == links.LINK_COOKED
    assert links.mtu("lo") > 1_000
    assert "lo" in routes.interfaces_towards(["127.0.0.1"])[0]


def test_an_interface_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(NoSuchInterface) as caught:
        open_sniffer(["nosuch0"])
    assert "lo" in caught.value.known


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@a.test/x", "https://xxxxx@a.test/x"),
        ("me:secret@proxy.example:3128", "xxxxx@proxy.example:3128"),
        ("git@a.test:x/y", "git@a.test:x/y"),
        ("ssh://git@a.test/x", "ssh://git@a.test/x"),
        ("Authorization: Basic abc", "Authorization: Basic xxxxx"),
        ("a.test/m@v1.0.0", "a.test/m@v1.0.0"),
    ],
)
def test_credentials_are_taken_out(text, shown):
    assert redacted(text) == shown


def test_credentials_on_the_command_line_are_taken_out():
    line = ("curl", "-u", "me:secret", "--oauth2-bearer", "abc", "--password=abc", "-H", "Authorization: Bearer abc")
    assert "abc" not in str(redacted_line(line))
    assert "secret" not in str(redacted_line(line))


def test_nobody_called_sudo(monkeypatch):
    monkeypatch.delenv("SUDO_UID", raising=False)
    assert caller.sudo_caller() is None
    monkeypatch.setenv("SUDO_UID", "0")
    assert caller.sudo_caller() is None
    monkeypatch.setenv("SUDO_UID", "garbage")
    assert caller.sudo_caller() is None


def test_somebody_called_sudo(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for name, value in {"SUDO_UID": "65534", "SUDO_GID": "65534", "SUDO_USER": "nobody", "HOME": "/root"}.items():
        monkeypatch.setenv(name, value)
    found = caller.sudo_caller()
    assert (found.uid, found.gid) == (65534, 65534)
    assert 65534 in found.groups
    assert found.environment["HOME"] != "/root"
    assert "SUDO_UID" not in found.environment


def test_recordings_do_not_overwrite_each_other(tmp_path):
    first = default_path(0, str(tmp_path))
    assert first.endswith(".pcapng")
    open(first, "w").close()
    assert default_path(0, str(tmp_path)) == first.replace(".pcapng", "-2.pcapng")
