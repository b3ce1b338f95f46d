"""What an advice may say: which values are safe and known enough to stand in a command, and which are one too many."""

import pytest

from netanalyze.diagnosis.advice.situation import (
    MIRRORS,
    _again,
    _mirror,
    _number,
    _past_proxy,
    _private,
    already_there,
    situation,
)
from netanalyze.findings import Culprit
from netanalyze.flows import askers
from netanalyze.processes import PIPE, Process, Processes, ProcessWait

HOST, ADDRESS = "proxy.example.org", "198.51.100.5"
SERVER = Culprit("server", HOST, ADDRESS, 443)
URL = f"https://{HOST}/x"


def told(culprit=SERVER, client="curl", attributes=None, environment=None, **facts):
    words, values = situation(culprit, client, attributes or {}, environment or {}, facts)
    return words, values


@pytest.mark.parametrize(
    ("value", "number"), [(1, 1), (0, None), (9, 9), (10, None), (True, None), ("5", None), (5.0, None), (None, None)]
)
def test_numbers_within_their_range(value, number):
    assert _number(value, 1, 9) == number


@pytest.mark.parametrize(
    ("argv", "typed", "again"),
    [
        (["curl", "x"], True, "curl x"), (["curl", "x"], False, None), (["go", "mod", "tidy"], False, "go mod tidy"),
        ([], True, None),
        (None, True, None), (["curl", "a b"], True, None), (["curl", 5], True, None),
        (["curl", "y" * 19], True, "curl " + "y" * 19),
        (["curl", "y" * 20], True, None), ("curl", True, None),
    ],
)  # fmt: skip
def test_commands_that_may_be_repeated(argv, typed, again):
    assert _again("curl", argv, typed) == again


@pytest.mark.parametrize(
    ("argv", "repeated"),
    [(["git", "clone", "x" * 30], False), (["git", "fetch", "x" * 30], True), (["git", "pull", "x" * 30], True)],
)
def test_a_clone_is_not_repeated_by_a_fetch(argv, repeated):
    assert (_again("git", argv, True) is not None) is repeated


@pytest.mark.parametrize(
    ("module", "host", "private"),
    [
        ("git.corp.example/team/x", None, "git.corp.example"), ("github.com/me/x", None, "github.com/me"),
        ("github.com", None, None),
        ("", "git.corp.example", "git.corp.example"), ("", "github.com", None), ("", None, None),
        ("std/x", "git.corp.example", "git.corp.example"),
    ],
)  # fmt: skip
def test_what_is_kept_from_the_public_proxy(module, host, private):
    assert _private(module, host) == private


FIRST, SECOND, THIRD = MIRRORS


@pytest.mark.parametrize(
    ("avoid", "goproxy", "measured", "mirror"),
    [
        ((), "", None, FIRST), (("proxy.golang.org",), "", None, SECOND), ((), FIRST, None, SECOND),
        ((), ",".join(MIRRORS), None, FIRST),
        (("proxy.golang.org",), f"{FIRST},https://own.example", None, "https://own.example"),
        ((), f"{FIRST},https://own.example", None, SECOND),
        (("proxy.golang.org", "goproxy.cn", "goproxy.io"), "", None, None), ((), "", {"go": {"works": [SECOND]}}, SECOND),
        ((), "", {"go": {"fails": [FIRST]}}, SECOND), ((), "", {"go": {"works": ["file:///x"]}}, FIRST),
        ((), "", {"go": 5}, FIRST),
        (("proxy.golang.org",), FIRST, None, SECOND),
    ],
)  # fmt: skip
def test_mirrors_to_advise(avoid, goproxy, measured, mirror):
    assert _mirror(set(avoid), goproxy, measured) == mirror


@pytest.mark.parametrize(
    ("argv", "proxies", "named"),
    [
        (["curl", "http://a/"], {}, "HTTP_PROXY"), (["curl", "https://a/"], {}, "HTTPS_PROXY"),
        (["x", "http://a/", "https://b/"], {}, "HTTPS_PROXY"),
        (None, {}, "HTTPS_PROXY"), ([5, "http://a/"], {}, "HTTP_PROXY"), ([], {"all_proxy": "x"}, "ALL_PROXY"),
    ],
)  # fmt: skip
def test_variables_that_are_made_empty(argv, proxies, named):
    set_ = _past_proxy({"proxies": proxies}, {"argv": argv})
    assert f"{named}=" in set_.split()
    assert ("ALL_PROXY=" in set_) is bool(proxies)
    assert ("HTTP_PROXY=" in set_.split()) is (named == "HTTP_PROXY")


def test_only_names_of_variables_are_read():
    assert "ALL_PROXY" not in _past_proxy({"proxies": ["all_proxy"]}, {})


@pytest.mark.parametrize(
    ("culprit", "facts", "fetch"),
    [
        (SERVER, {"request_url": URL}, URL), (SERVER, {}, f"https://{HOST}/"),
        (SERVER, {"request_url": "https://other.example/x"}, f"https://{HOST}/"),
        (SERVER, {"request_url": f"https://u:p@{HOST}/x"}, f"https://{HOST}/"),
        (SERVER, {"request_url": URL + "?token=xxxxx"}, f"https://{HOST}/"),
        (SERVER, {"request_url": URL, "family": "4"}, f"-4 {URL}"), (SERVER, {"request_url": URL, "family": "5"}, URL),
        (SERVER, {"request_url": URL, "http": "h2"}, f"--http2 {URL}"), (SERVER, {"in_clear": True}, f"http://{HOST}/"),
        (SERVER, {"request_url": URL, "through": "p.test", "through_port": 3128, "family": "4"}, f"-x http://p.test:3128 {URL}"),
        (SERVER, {"request_url": URL, "through": "192.0.2.8", "through_port": 3128}, f"-x http://192.0.2.8:3128 {URL}"),
        (SERVER, {"request_url": URL, "through": "p.test"}, URL), (SERVER, {"request_url": URL, "through_port": 3128}, URL),
        (Culprit("http-proxy", None, "192.0.2.8", 3128), {"request_url": URL, "through": "p.test", "through_port": 1}, URL),
        (Culprit("server", HOST, ADDRESS, 80), {}, f"http://{HOST}/"),
        (Culprit("server", None, ADDRESS, 8443), {}, f"https://{ADDRESS}:8443/"),
        (Culprit("resolver", None, ADDRESS, 53), {}, None),
    ],
)  # fmt: skip
def test_what_curl_is_told_to_ask(culprit, facts, fetch):
    assert told(culprit, **facts)[1].get("fetch") == fetch


@pytest.mark.parametrize(
    ("attributes", "facts", "word", "holds"),
    [
        ({}, {"status": 404}, "status=404", True), ({}, {"status": 404}, "status=4xx", True),
        ({}, {"status": 600}, "status=600", False),
        ({"status": 503}, {}, "status=5xx", True), ({}, {"kind": "x"}, "kind=x", True), ({}, {"kind": 5}, "kind=5", False),
        ({}, {"through": "p"}, "through-proxy", True), ({}, {}, "through-proxy", False), ({}, {}, "ipv4", True),
        ({}, {}, "ipv6", False),
        ({"at_port": 1}, {}, "other-port", True), ({}, {}, "other-port", False), ({"x": "y"}, {}, "x=y", True),
        ({"x": [1]}, {}, "x=[1]", False),
        ({}, {"program": "foo"}, "program=foo", True), ({}, {"holder_pid": 2}, "holder_pid", True),
        ({}, {"holder_pid": 1}, "holder_pid", False),
    ],
)  # fmt: skip
def test_words_that_hold(attributes, facts, word, holds):
    assert (word in told(attributes=attributes, **facts)[0]) is holds


@pytest.mark.parametrize(
    ("culprit", "word", "holds"),
    [
        (Culprit("server", None, "10.0.0.1", 443), "private", True), (SERVER, "private", False), (SERVER, "web", True),
        (Culprit("server", HOST, ADDRESS, 22), "web", False), (Culprit("server", HOST), "web", True),
        (SERVER, "loopback", False),
        (Culprit("server", None, "127.0.0.1", 80), "loopback", True), (Culprit("server", None, "::1", 80), "loopback", True),
        (Culprit("server", "github.com", ADDRESS, 443), "github", True), (SERVER, "host-known", True),
        (Culprit("server", None, ADDRESS), "host-known", False),
        (Culprit("resolver", None, "127.0.0.53", 53), "resolved", True),
        (Culprit("resolver", None, "::1", 53), "stub", True), (Culprit("resolver", None, ADDRESS, 53), "stub", False),
        (Culprit("server", None, "2001:db8::5", 443), "ipv6", True),
        (Culprit("server", "pypi.org", ADDRESS, 443), "pypi", True),
    ],
)  # fmt: skip
def test_words_about_the_culprit(culprit, word, holds):
    assert (word in told(culprit)[0]) is holds


@pytest.mark.parametrize(
    ("culprit", "facts", "key", "value"),
    [
        (SERVER, {}, "target", ADDRESS), (Culprit("server", HOST), {}, "target", HOST), (SERVER, {}, "port", "443"),
        (SERVER, {}, "mtu", "1400"),
        (Culprit("http-proxy", None, "192.0.2.8"), {}, "port", None), (SERVER, {"path_mtu": 1300}, "mtu", "1300"),
        (SERVER, {"path_mtu": 575}, "mtu", "1400"), (SERVER, {"other_protocol": True}, "scheme", None),
        (SERVER, {}, "scheme", "https"),
        (SERVER, {"scheme": "http"}, "scheme", "http"), (Culprit("server", HOST, ADDRESS, 80), {}, "scheme", "http"),
        (SERVER, {"resolver": "192.0.2.53"}, "resolver", "192.0.2.53"),
        (Culprit("resolver", None, ADDRESS, 53), {}, "resolver", ADDRESS),
        (SERVER, {}, "name", HOST), (SERVER, {"name": "a.test"}, "name", "a.test"),
        (SERVER, {"qname": "b.test", "name": "a.test"}, "name", "b.test"),
        (None, {}, "name", "example.com"), (SERVER, {"interface": "eth1"}, "interface", "eth1"),
        (SERVER, {}, "ping_size", "1472"),
        (Culprit("server", None, "2001:db8::5", 443), {}, "ping_size", "1452"), (SERVER, {}, "proxy", None),
        (Culprit("http-proxy", None, "192.0.2.8", 3128), {}, "proxy", "192.0.2.8:3128"),
        (Culprit("path"), {"host": HOST}, "host", HOST),
        (SERVER, {"host": "b.test"}, "host", HOST), (Culprit("server"), {"host": "b.test"}, "host", None),
        (None, {"host": "b.test"}, "host", "b.test"),
        (Culprit("http-proxy", None, "192.0.2.8", 3128), {"host": HOST}, "behind", HOST),
        (SERVER, {"host": HOST}, "behind", None),
    ],
)  # fmt: skip
def test_values_that_fill_a_command(culprit, facts, key, value):
    assert told(culprit, **facts)[1].get(key) == value


@pytest.mark.parametrize(
    ("command", "environment", "there"),
    [
        ("GOPROXY=direct go build", {"go_env": {"GOPROXY": "direct"}}, True), ("GOPROXY=direct go build", {}, False),
        ("GOPROXY=direct go build", {"go_env": {"GOPROXY": "off"}}, False), ("go build", {}, False),
        ("GOPROXY= go build", {"go_env": {"GOPROXY": ""}}, False),
        ("GODEBUG=a=1 go build", {"go_env": {"GODEBUG": "b=2,a=1"}}, True),
        ("GODEBUG=a=1 go build", {"go_env": {"GODEBUG": "b=2"}}, False),
        ("NO_PROXY='a b' go build", {"proxies": {"NO_PROXY": "a b"}}, True),
        ("GOPROXY=a go build", {"go_env": {"GOPROXY": "b,a"}}, False),
    ],
)  # fmt: skip
def test_what_the_environment_has_already(command, environment, there):
    assert already_there(command, environment) is there


def process(name, *words, streams=(), pid=7, parent=1):
    return Process(pid, parent, 0, argv=(name, *words), streams=streams)


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        (("git-remote-https",), True), (("git", "remote-https"), True), (("git",), False), (("git", "fetch"), False),
        (("ssh", "remote-https"), False),
        (("git", "credential"), True), (("git", "x", "credential"), False),
    ],
)  # fmt: skip
def test_programs_of_gits_that_want_credentials(words, asks):
    assert askers.asks_for_git(process(*words)) is asks


TTY, GIVEN, BACK = "/dev/pts/1", "pipe:[1]", "pipe:[2]"
GIT = ("git", "remote-https")


@pytest.mark.parametrize(
    ("asker", "mine", "streams", "pipe", "how"),
    [
        (GIT, (TTY, "x", "y"), (TTY, BACK, "e"), BACK, askers.ASKPASS), (GIT, (TTY, "x", "y"),
        (TTY, BACK, "e"), "pipe:[3]", ""),
        (GIT, (TTY, "x", "y"), (TTY, BACK, "e"), "", ""), (GIT, (TTY, "x", "y"), (GIVEN, BACK, "e"), BACK, askers.HELPER),
        (GIT, (TTY, "x", "y"), ("/dev/null", BACK, "e"), BACK, askers.EITHER), (GIT, (TTY, "x", "y"),
        ("/dev/null", BACK, "e"), "", ""),
        (("ssh", "h"), (TTY, "x", "y"), (TTY, BACK, "e"), BACK, askers.ASKPASS), (("ssh", "h"), (TTY, "x", "y"),
        (GIVEN, BACK, "e"), BACK, ""),
        (("ssh", "h"), ("/dev/null", "x", "y"), ("/dev/null", BACK, "e"), BACK, ""), (GIT, ("/dev/null", "x", "y"),
        ("/dev/null", BACK, "e"), BACK, askers.ASKPASS),
        (("curl",), (TTY, "x", "y"), (TTY, BACK, "e"), BACK, ""), (GIT, (), (TTY, BACK, "e"), BACK, askers.EITHER),
        (GIT, (TTY, "x", "y"), (), BACK, askers.EITHER),
        (GIT, (TTY, "x", "y"), (), "", ""), (("ssh", "h"), (), (TTY, BACK, "e"), BACK, ""),
    ],
)  # fmt: skip
def test_as_what_a_program_was_asked(asker, mine, streams, pipe, how):
    assert askers._how(process(*asker, streams=mine), process("helper", streams=streams), pipe) == how


@pytest.mark.parametrize(
    ("name", "streams", "looks"),
    [
        ("helper", ("/dev/null", GIVEN, BACK), True), ("helper", ("pipe:[9]", GIVEN, BACK), True),
        ("helper", (TTY, GIVEN, BACK), False),
        ("helper", ("/dev/null", TTY, BACK), False), ("helper", ("/dev/null", GIVEN, TTY), False),
        ("helper", ("/dev/null", GIVEN, GIVEN), False),
        ("helper", ("/dev/null", GIVEN, "pipe:[5]"), False), ("helper", ("/dev/null", "pipe:[5]", BACK), False),
        ("git", ("/dev/null", GIVEN, BACK), False),
        ("helper", (), False),
    ],
)  # fmt: skip
def test_children_that_look_like_goauth(name, streams, looks):
    go = process("go", "build", streams=(TTY, "pipe:[5]", TTY))
    assert askers.looks_like_goauth(process(name, streams=streams), go) is looks


def test_each_program_that_is_asked_is_told_once():
    asker, helper = process(*GIT, streams=(TTY, "x", "y")), process("helper", streams=(TTY, BACK, "e"), pid=8, parent=7)
    waits = tuple(ProcessWait(7, PIPE, start, start + 5, BACK, 8) for start in (0, 10))
    found = list(askers.asked(Processes(7, (asker, helper), waits=waits), 99))
    assert [(one.program.pid, one.how) for one in found] == [(8, askers.ASKPASS)]
    assert not list(askers.asked(Processes(7, (asker,), waits=waits), 99))


@pytest.mark.parametrize(("children", "count"), [(3, 4), (askers.BELOW_MOST, askers.BELOW_MOST + 1)])
def test_descendants_are_looked_at_up_to_a_number(children, count):
    below = [process("x", pid=10 + at, parent=7) for at in range(children)]
    deeper = [process("y", pid=90_000 + at, parent=10 + at) for at in range(children)]
    found = askers.descendants(Processes(7, (process("go"), *below, *(deeper if count > 4 else ()))), 7)
    assert len(found) == count


def test_who_descends_from_whom():
    three = process("a", pid=7), process("b", pid=8, parent=7), process("c", pid=9, parent=8)
    assert askers.ancestors(Processes(7, three), [9]) == {9, 8, 7, 1}
    assert askers.descendants(Processes(7, three), 8) == {8, 9}
