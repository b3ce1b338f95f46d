"""What proxies, drivers and meters print, and what it means where no packets are."""

import pytest

from netanalyze.api import analyze

NGINX = '2024/01/05 12:00:01 [error] 31#31: *9 %s, client: 192.0.2.3, request: "GET / HTTP/1.1", upstream: "http://192.0.2.7:8080/"'
ENVOY = "upstream connect error or disconnect/reset before headers. %s"
FAILURE = ENVOY % "reset reason: remote connection failure, transport failure reason: %s"
SSH = """debug1: Connecting to gate.example [192.0.2.77] port 22.
debug1: Connection established.
debug1: SSH2_MSG_NEWKEYS received
"""
METER = "  %% Total    %% Received %% Xferd  Average Speed   Time    Time     Time  Current\n%s\n"


def judge(text):
    return analyze(trace=text + "\n").verdict


@pytest.mark.parametrize(
    ("text", "status", "cause"),
    [
        (NGINX % "upstream timed out (110: Connection timed out) while connecting to upstream", "failed", "tcp/syn-unanswered"),
        (
            NGINX % "upstream timed out (110: Connection timed out) while reading response header from upstream",
            "failed", "http/response-missing",
        ),
        (
            NGINX % "upstream timed out (110: Connection timed out) while SSL handshaking to upstream",
            "failed", "tls/server-hello-missing",
        ),
        (
            NGINX % "upstream prematurely closed connection while reading response header from upstream",
            "failed", "tcp/early-close",
        ),
        (ENVOY % "reset reason: connection timeout", "failed", "tcp/syn-unanswered"),
        (ENVOY % "reset reason: remote reset", "failed", "tcp/reset"),
        (ENVOY % "reset reason: remote connection failure", "failed", "tcp/syn-unanswered"),
        (FAILURE % "delayed connect error: Connection refused", "failed", "tcp/refused"),
        (
            FAILURE % "TLS error: 268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED",
            "failed", "tls/certificate-rejected",
        ),
        (
            "org.postgresql.util.PSQLException: Connection to db.example:5432 refused. Check that the hostname",
            "failed", "tcp/refused",
        ),
        ("redis.exceptions.TimeoutError: Timeout connecting to server", "failed", "tcp/syn-unanswered"),
        (
            "fatal: unable to access 'https://git.example/x.git/': LibreSSL SSL_read: Operation timed out, errno 60",
            "failed", "tcp/path-death",
        ),
        ("java.net.http.HttpTimeoutException: request timed out", "failed", "http/response-missing"),
        (
            "#12 9.1 E: Failed to fetch http://deb.example/c.deb  404  Not Found [IP: 192.0.2.9 80]\n#12 ERROR: process failed",
            "failed", "http/error-status",
        ),
        ("[ERROR] Failed to transfer file. Return code is: 501, ReasonPhrase: HTTPS Required.", "failed", "http/error-status"),
        ("backup.tar      43% 4301MB   0.0KB/s - stalled -", "hung", "http/body-stalled"),
        ("backup.tar      43% 4301MB   1.1MB/s   01:10 ETA", "unusable", None),
        (METER % "  3  700M    3 22.1M    0     0  35100      0  5:48:31  0:10:44  5:37:47     0", "hung", "http/body-stalled"),
        (METER % "  3  700M    3 22.1M    0     0  35100      0  5:48:31  0:10:44  5:37:47 31000", "unusable", None),
        (METER % "  0     0    0     0    0     0      0      0 --:--:--  0:04:59 --:--:--     0", "unusable", None),
        (SSH + "debug1: Offering public key: /home/me/.ssh/id_ed25519 ED25519 SHA256:abc", "hung", "http/response-missing"),
        (SSH + "debug1: Next authentication method: password", "unusable", None),
        (SSH + "debug1: Server accepts key: /home/me/.ssh/id_rsa RSA SHA256:abc agent", "unusable", None),
        (SSH + "debug1: Next authentication method: gssapi-with-mic", "unusable", None),
        (SSH + "Confirm user presence for key ED25519-SK SHA256:abc", "hung", "local/credential-prompt"),
        ("ERROR: odd\nSuccessfully installed left-pad-1.3.0", "unusable", None),
        ("Successfully installed left-pad-1.3.0\nERROR: odd", "failed", None),
    ],
)  # fmt: skip
def test_what_is_printed_means_by_itself(text, status, cause):
    verdict = judge(text)
    assert (verdict.status, verdict.cause) == (status, cause)
    assert verdict.confidence <= 0.8


def test_the_last_words_of_dnf_give_way_to_what_befell_its_mirrors():
    text = """Errors during downloading metadata for repository 'baseos':
  - Curl error (28): Timeout was reached for https://mirrors.example/metalink [Connection timed out after 30001 milliseconds]
Error: Failed to download metadata for repo 'baseos': Cannot prepare internal mirrorlist: Curl error (28): Timeout was reached"""
    assert judge(text).cause == "tcp/syn-unanswered"


def test_a_name_in_brackets_ends_with_them():
    text = "  - Curl error (6): Couldn't resolve host name for https://m.example/ [Could not resolve host: m.example]\nError: x"
    assert "m.example " in str(judge(text).summary)


SIX, FOUR = "$ curl -6 -m 10 https://example.net/", "$ curl -4 -sI https://example.net/"
DEAD = "curl: (28) Failed to connect to example.net port 443 after 10001 ms: Timeout was reached"


@pytest.mark.parametrize(
    ("lines", "cause"),
    [
        ((SIX, DEAD, FOUR, "HTTP/2 200"), "tcp/ipv6-fallback"),
        ((FOUR, "HTTP/2 200", SIX, DEAD), "tcp/ipv6-fallback"),
        ((SIX, DEAD, FOUR, DEAD), "tcp/syn-unanswered"),
        ((SIX, DEAD, FOUR.replace("example.net", "example.org"), "HTTP/2 200"), "tcp/syn-unanswered"),
        ((SIX, DEAD, FOUR.replace("https:", "http:"), "HTTP/1.1 200"), "tcp/syn-unanswered"),
        ((FOUR, DEAD, SIX, "HTTP/2 200"), "tcp/syn-unanswered"),
        ((SIX, DEAD), "tcp/syn-unanswered"),
    ],
    ids=[
        "six fails",
        "six fails, typed last",
        "both",
        "another host",
        "another port",
        "four fails",
        "four was not tried",
    ],
)
def test_a_host_that_answers_by_ipv4_alone_has_no_working_ipv6(lines, cause):
    verdict = judge("\n".join(lines))
    assert (verdict.status, verdict.cause) == ("failed", cause)


def test_how_far_it_had_got_when_the_answer_was_late_is_what_counts():
    text = """Collecting numpy
  WARNING: Retrying (Retry(total=4, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'ReadTimeoutError("HTTPSConnectionPool(host='pypi.org', port=443): Read timed out. (read timeout=15)")': /simple/numpy/
  Downloading numpy-1.26.4-cp311-cp311-manylinux_2_17_x86_64.whl (18.3 MB)
Successfully installed numpy-1.26.4"""
    verdict = judge(text)
    assert (verdict.status, verdict.cause) == ("degraded", "http/response-missing")
