"""Comments on the frames of a recording: proofs, and processes in ptcpdump's form."""

from types import SimpleNamespace

import numpy as np

from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.live.capture.remarks import remarks
from netanalyze.live.command import go
from netanalyze.processes import Process, Processes
from netanalyze.redaction import redacted


def finding(cause, *evidence):
    return Finding(cause, Culprit("path"), 0, 1, "it is so", evidence, 0.9)


def result(verdict, *findings, flows=()):
    columns = zip(*flows) if flows else ((), ())
    first, pid = (np.array(column, dtype=np.int64) for column in columns)
    return SimpleNamespace(
        verdict=SimpleNamespace(status="hung", finding=verdict),
        findings=findings,
        flows=SimpleNamespace(first_frame=first, pid=pid),
    )


def test_the_verdicts_proof_comes_first_and_other_evidence_has_no_frame():
    lesser = finding("tcp/loss", Evidence(4, "a repeat"))
    root = finding("tls/server-hello-missing", Evidence(4, "the hello"), Evidence("# get x", "open", "trace"))
    assert remarks(result(1, lesser, root)) == {
        4: ["netanalyze: verdict hung: tls/server-hello-missing: the hello", "netanalyze: tcp/loss: a repeat"]
    }


def test_a_flow_bears_its_process_where_it_is_known():
    seen = Processes(7, (Process(7, 1, 0, argv=("/usr/bin/git", "fetch", "-v")),))
    told = remarks(result(None, flows=[(3, 7), (9, 0), (12, 8)]), seen)
    assert told == {3: ["PID: 7\nCmd: /usr/bin/git\nArgs: fetch -v"]}


def test_go_s_debugging_lines_are_hidden_only_where_they_were_asked_for():
    debug, request, word = 'http2: Transport encoding header ":path" = "/x"', "# get https://a.test/m", "go: no"
    argv = ("go", "mod", "download")
    told = {
        (traced, deep, shown): [hides(line) for line in (debug, request, word)]
        for traced, deep, shown in [(True, True, False), (True, False, False), (False, True, False), (True, True, True)]
        for hides in [go.hides(argv, traced, deep, shown)]
    }
    assert told == {
        (True, True, False): [True, True, False],
        (True, False, False): [False, True, False],
        (False, True, False): [True, False, False],
        (True, True, True): [False, False, False],
    }


def test_credentials_in_debugging_lines_are_blotted_out():
    for name in ("authorization", "cookie", "private-token", "x-api-key"):
        line = redacted(f'http2: Transport encoding header "{name}" = "Basic c2VjcmV0"')
        assert "c2VjcmV0" not in line
        assert name in line
    plain = 'http2: Transport encoding header ":authority" = "proxy.golang.org"'
    assert redacted(plain) == plain
