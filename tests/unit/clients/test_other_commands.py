"""What pip, npm, git, curl, cargo and wget print: which error ended them, and which only told of a try."""

import pytest

from netanalyze.clients import client_of
from netanalyze.clients.messages import classify
from netanalyze.clients.trace import parse_trace

RETRY = "WARNING: Retrying (Retry(total={left}, connect=None, read=None, redirect=None, status=None)) after connection "
READ = "broken by 'ReadTimeoutError(\"HTTPSConnectionPool(host='pypi.org', port=443): Read timed out. (read timeout=15.0)\")'"
NOTHING = "ERROR: Could not find a version that satisfies the requirement x (from versions: none)\n"
NOTHING += "ERROR: No matching distribution found for x\n"


def test_a_try_that_failed_is_no_end():
    trace = parse_trace(RETRY.format(left=4) + READ + ": /simple/x/\n")
    assert (trace.client, trace.ended, trace.final_error.kind) == ("pip", False, "read-timeout")
    assert trace.final_error.facts["host"] == "pypi.org"


def test_why_the_tries_failed_goes_before_that_nothing_was_found():
    trace = parse_trace(RETRY.format(left=0) + READ + ": /simple/x/\n" + NOTHING)
    assert (trace.ended, trace.final_error.kind) == (True, "read-timeout")
    assert parse_trace(NOTHING).final_error.kind == "module-not-found"


def test_the_last_line_of_a_traceback_is_an_error():
    text = 'ERROR: Exception:\nTraceback (most recent call last):\n  File "x.py", line 1, in f\nOSError: no\n\n'
    text += "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='f.example', port=443): Read timed out."
    error = parse_trace(text).final_error
    assert (error.kind, error.facts["host"]) == ("read-timeout", "f.example")


def test_a_question_nobody_answered_is_about_credentials():
    text = "ERROR: Exception:\nTraceback (most recent call last):\n"
    text += '  File "/x/pip/_internal/network/auth.py", line 1, in _prompt_for_password\nEOFError: EOF when reading a line\n'
    assert parse_trace(text, "pip").final_error.kind == "git-credentials"


def test_libcurl_that_went_elsewhere_than_it_was_asked_to_names_a_proxy_or_a_redirection():
    said = "fatal: unable to access 'https://github.com/a/b/': Failed to connect to {to} after 3 ms: Couldn't connect to server"
    proxied = parse_trace(said.format(to="gateway.example port 3128"))
    assert proxied.host_roles == {"gateway.example": "http-proxy", "github.com": "vcs-host"}
    sent_on = parse_trace(said.format(to="cdn.example port 443"))
    assert sent_on.host_roles["cdn.example"] == "redirect-target"
    assert "gateway.example" in proxied.hosts


def test_cargo_tells_the_cause_behind_its_error():
    text = "error: failed to get `x` as a dependency of package `y`\n\nCaused by:\n  download of config.json failed\n\n"
    text += "Caused by:\n  [60] SSL peer certificate or SSH remote key was not OK (certificate has expired)\n"
    error = parse_trace(text).final_error
    assert (error.kind, error.facts["subkind"]) == ("certificate", "expired")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("curl: (18) transfer closed with 200943 bytes remaining to read", "unexpected-eof"),
        ("curl: (18) HTTP/2 stream 1 was not closed cleanly before end of the underlying stream", "unexpected-eof"),
        ("curl: (28) Operation timed out after 30001 milliseconds with 0 bytes received", "client-timeout"),
        ("curl: (60) SSL: no alternative certificate subject name matches target host name 'a.test'", "certificate"),
        ("error: RPC failed; curl 56 GnuTLS recv error (-110): The TLS connection was non-properly terminated.",
         "unexpected-eof"),
        ("fatal: unable to access 'https://a.test/': gnutls_handshake() failed: The TLS connection was non-properly "
         "terminated.", "tls-reset"),
        ("fatal: unable to access 'https://a.test/': gnutls_handshake() failed: Handshake failed", "tls-alert"),
        ("npm error code EIDLETIMEOUT", "read-timeout"),
        ("npm error network timeout at: https://registry.npmjs.org/x", "read-timeout"),
        ("npm error code E407", "connect-proxy"),
        ("npm error code UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "certificate"),
        ("npm error network aborted", "unexpected-eof"),
        ("ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden'))", "connect-proxy"),
        ("ProxyError('Cannot connect to proxy.', NewConnectionError('<x>: [Errno 111] Connection refused'))",
         "connect-proxy"),
        ("warning: spurious network error (3 tries remaining): [28] Timeout was reached (Connection timed out after 30030 "
         "milliseconds)", "git-connect-timeout"),
        ("wget: unable to resolve host address ‘a.test’", "dns-unresolved"),
        ("2026-11-29 16:14:38 ERROR 503: Service Unavailable.", "http-status"),
        ("ERROR: The certificate of ‘a.test’ is not trusted.", "certificate"),
        ("    code: 'UND_ERR_CONNECT_TIMEOUT',", "dial-timeout"),
        ("Exception in thread \"main\" java.net.SocketTimeoutException: Read timed out", "read-timeout"),
        ("requests.exceptions.HTTPError: 503 Server Error: Service Unavailable for url: https://a.test/", "http-status"),
    ],
)  # fmt: skip
def test_messages_of_other_commands(text, kind):
    assert classify(text)[0] == kind


def test_the_reason_of_a_proxys_failure_is_told():
    text = "ProxyError('Cannot connect to proxy.', NewConnectionError('<x>: [Errno 111] Connection refused'))"
    assert classify(text)[1]["reason"] == "connection-refused"
    assert classify("OSError('Tunnel connection failed: 407 Proxy Authentication Required')")[1]["status"] == 407


@pytest.mark.parametrize(
    ("argv", "client"),
    [
        ("bash -lc|cd x && npm ci", "npm"),
        ("sh -c|go build; npm ci", "generic"),
        ("make docker", "generic"),
        ("kubectl get node", "generic"),
        ("sudo -u me timeout -k 5 60s cargo build", "cargo"),
        ("ip netns exec away curl https://a.test/", "curl"),
        ("/usr/bin/python3.11 -I -m pip download x", "pip"),
        ("apt-get update", "apt"),
        ("scp a b:", "ssh"),
    ],
)
def test_the_client_is_what_the_line_runs_and_no_word_further_on(argv, client):
    words, _, text = argv.partition("|")
    assert client_of([*words.split(), *([text] if text else [])]).name == client
