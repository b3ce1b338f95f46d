"""What a command printed is read line by line, and whatever the text, nothing is raised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.clients.trace import parse_trace

URL = "https://proxy.example/a.test/m/@v/v1.0.0.mod"


def final(text):
    return parse_trace(text).final_error


def test_a_request_is_two_lines():
    trace = parse_trace(f"# get {URL}\n# get {URL}: 200 OK (0.050s)\n")
    (request,) = trace.requests
    assert (request.url, request.line, request.end_line) == (URL, 1, 2)
    assert (request.status, request.reason, request.error, request.seconds) == (200, "OK", None, 0.05)
    assert trace.open_requests == ()
    assert trace.client == "go"


def test_a_request_without_a_second_line_is_open():
    trace = parse_trace(f"# get {URL}\n")
    assert [r.url for r in trace.open_requests] == [URL]
    assert trace.requests[0].seconds is None


def test_doubled_requests_of_one_url_are_joined_oldest_first():
    trace = parse_trace(f"# get {URL}\n# get {URL}\n# get {URL}: 404 Not Found (0.1s)\n")
    assert [r.status for r in trace.requests] == [404, None]
    assert trace.requests[0].reason == "Not Found"
    assert trace.open_requests[0].line == 2


def test_a_request_may_end_in_an_error():
    trace = parse_trace(f'# get {URL}\n# get {URL}: Get "{URL}": dial tcp 192.0.2.1:443: i/o timeout\n')
    (request,) = trace.requests
    assert request.status is None
    assert request.error == f'Get "{URL}": dial tcp 192.0.2.1:443: i/o timeout'


def test_an_end_whose_beginning_was_cut_off_is_still_a_request():
    (request,) = parse_trace(f"# get {URL}: 200 OK (0.050s)\n").requests
    assert (request.line, request.end_line, request.time_ns) == (1, 1, None)


@pytest.mark.parametrize(
    ("stamp", "time_ns"),
    [
        ("2024-01-01T00:00:00Z ", 1704067200_000000000),
        ("2024-01-01T00:00:00.5Z ", 1704067200_500000000),
        ("2024-01-01T02:00:00.123456789+02:00 ", 1704067200_123456789),
        ("1704067200.000000001 ", 1704067200_000000001),
        ("1704067200 ", 1704067200_000000000),
        ("", None),
    ],
)
def test_stamps_before_a_line(stamp, time_ns):
    trace = parse_trace(f"{stamp}# get {URL}\n")
    assert trace.requests[0].time_ns == time_ns
    assert trace.lines[0].text == f"# get {URL}"
    assert trace.stamped == (time_ns is not None)


@pytest.mark.parametrize(
    "text", ["2024-13-01T00:00:00Z x", "9999-12-31T00:00:00Z x", "12345 files", "134.301s # cd a; git b"]
)
def test_what_looks_like_a_stamp_and_is_none_stays_in_the_line(text):
    assert parse_trace(text).lines[0].text == text


def test_seconds_of_a_request_come_from_the_stamps_where_go_prints_none():
    text = f'1704067200.0 # get {URL}\n1704067210.5 # get {URL}: Get "{URL}": EOF\n'
    assert parse_trace(text).requests[0].seconds == pytest.approx(10.5)


def test_child_commands_and_locks():
    trace = parse_trace(
        "mkdir -p /c/vcs # git3 https://git.example/foo\n"
        "# lock /c/vcs/1.lock\n"
        "cd /c/vcs/1; git ls-remote -q https://git.example/foo\n"
        "0.063s # cd /c/vcs/1; git ls-remote -q https://git.example/foo\n"
        "cd /c/vcs/1; git fetch -f origin\n"
    )
    assert trace.locks == ("/c/vcs/1.lock",)
    assert [(c.line, c.seconds, c.finished) for c in trace.commands] == [(3, 0.063, True), (5, None, False)]
    assert trace.open_commands[0].text == "cd /c/vcs/1; git fetch -f origin"
    assert trace.hosts == ("git.example",)
    assert trace.host_roles == {"git.example": "vcs-host"}


def test_roles_follow_the_paths_that_were_asked():
    trace = parse_trace(
        f"# get {URL}\n# get https://proxy.example/sumdb/sum.golang.org/supported\n"
        "# get https://sum.example/lookup/a.test/m@v1.0.0\n# get https://a.test/m?go-get=1\n"
        "# get https://golang.org/toolchain?go-get=1\n# get https://tool.example/golang.org/toolchain/@v/v0.0.1-go1.99.0.zip\n"
    )
    assert trace.host_roles == {
        "proxy.example": "module-proxy",
        "sum.example": "checksum-db",
        "a.test": "vanity-host",
        "golang.org": "toolchain-host",
        "tool.example": "toolchain-host",
    }
    assert trace.hosts == ("proxy.example", "sum.example", "a.test", "golang.org", "tool.example")


def test_a_redirects_target_is_named_in_the_error_only():
    trace = parse_trace(f'# get {URL}\n# get {URL}: Get "https://cdn.example/x": dial tcp 192.0.2.1:443: i/o timeout\n')
    assert trace.host_roles["cdn.example"] == "redirect-target"


def test_the_error_names_resolver_and_proxy():
    trace = parse_trace(
        f'go: a.test/m@v1.0.0: Get "{URL}": dial tcp: lookup proxy.example on [2001:db8::53]:53: no such host\n'
    )
    assert trace.host_roles["2001:db8::53"] == "resolver"
    trace = parse_trace(
        f'go: a.test/m@v1: Get "{URL}": proxyconnect tcp: dial tcp 192.0.2.8:3128: connect: connection refused\n'
    )
    assert trace.host_roles["192.0.2.8"] == "http-proxy"
    assert (trace.final_error.kind, trace.final_error.facts["reason"]) == ("connect-proxy", "connection-refused")


def test_a_toolchain_download_is_told_before_anything_else():
    trace = parse_trace("go: downloading go1.99.0 (linux/amd64)\ngo: downloading a.test/m v1.0.0\n")
    assert [d.toolchain for d in trace.downloading] == [True, False]
    assert trace.errors == ()


def test_an_error_takes_its_indented_lines_with_it():
    error = final(
        "go: a.test/m@v1: git ls-remote https://git.example/m: exit status 128:\n\tfatal: unable to access "
        "'https://git.example/m/': Failed to connect to git.example port 443 after 134135 ms: Couldn't connect\n"
    )
    assert error.kind == "git-connect-timeout"
    assert (error.facts["host"], error.facts["port"], error.facts["ms"]) == ("git.example", 443, 134135)


def test_the_last_error_ended_the_command_and_the_cause_goes_before_the_end_of_git():
    assert (
        final(f'go: a: Get "{URL}": EOF\ngo: b: Get "{URL}": net/http: TLS handshake timeout\n').kind
        == "tls-handshake-timeout"
    )
    text = "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)\nfatal: early EOF\n"
    assert final(text).kind == "stream-error"


def test_progress_and_colours_are_taken_off():
    trace = parse_trace("remote: 1%\rremote: 100%\r\n\x1b[31mfatal: early EOF\x1b[0m\n")
    assert [line.text for line in trace.lines] == ["remote: 100%", "fatal: early EOF"]


def test_secrets_are_blotted_out():
    trace = parse_trace(
        "# get https://me:secret@proxy.example/a/@v/list\n:authorization: Basic c2VjcmV0\n"
        "fatal: unable to access 'https://token123@git.example/': SSL connection timeout\n"
    )
    everything = repr(trace)
    assert "secret" not in everything
    assert "c2VjcmV0" not in everything
    assert "token123" not in everything
    assert trace.hosts == ("proxy.example", "git.example")


@pytest.mark.parametrize(
    ("text", "client"),
    [
        ("go: downloading go1.99.0 (linux/amd64)", "go"),
        ("Cloning into 'x'...\nfatal: early EOF", "git"),
        ("curl: (28) SSL connection timeout", "curl"),
        ("npm error code ETIMEDOUT", "npm"),
        ("Collecting six", "pip"),
        ("hello", None),
    ],
)
def test_the_client_is_known_by_its_words(text, client):
    assert parse_trace(text).client == client


PIECES = st.sampled_from(
    [
        f"# get {URL}",
        ": ",
        "200 OK (0.1s)",
        "\n",
        "\r",
        "\t",
        "go: ",
        "fatal: ",
        "dial tcp ",
        "[::1]:443",
        "lookup x on ",
        "0.1s # ",
        "cd a; git b",
        "https://[",
        "i/o timeout",
        "1704067200.1 ",
        "2024-02-30T00:00:00Z ",
        "²٣",
        "\x1b[",
        "@",
        "x509: ",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)))
def test_no_text_raises(text):
    trace = parse_trace(text)
    assert len(trace.lines) == len(text.removesuffix("\n").split("\n")) - (not text)
    assert trace.final_error in (None, *trace.errors)
    assert all(host in trace.hosts for host in {r.host for r in trace.requests} - {None})


def test_a_line_of_a_million_characters_takes_no_time():
    assert parse_trace("go: " + "certificate is valid for a, " * 40_000).final_error is not None
