"""What is made of words and sockets where no packets are: each thing different in turn, and what the verdict is then.

After a change that was meant: NETANALYZE_GOLDEN=write pytest tests/unit/diagnosis/test_without_packets.py, and read the diff.
"""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from netanalyze.analyzer import Analyzer
from netanalyze.api import analyze
from netanalyze.clients.trace import parse_trace
from netanalyze.processes import NETWORK, PIPE
from netanalyze.result import RunFacts
from netanalyze.sockets import SYN_SENT, UDP, SocketSample
from tests.rules.results import RECORDED, compare, written
from tests.unit.clients.test_messages import CASES as MESSAGES
from tests.unit.diagnosis.test_sockets_alone import PROXY, RESOLVER, SHAPES, START, S, sample, socket, told

GOLDEN = Path(__file__).parent / "golden"
OTHERS = (0, 1, 100, 16_385, 100_000)
"""What each counter of a socket is set to in turn."""


def line(name, result):
    """The verdict and the findings in one line."""
    document = result.to_json()
    keys = ("status", "cause", "culprit", "confidence", "seconds", "summary", "attributes", "alternatives", "limits")
    findings = [
        {key: f[key] for key in ("cause", "start", "end", "confidence", "message")} for f in document["findings"]
    ]
    return f"{name}: {written({key: document['verdict'][key] for key in keys})} {written(findings)}".strip()


def test_what_each_message_alone_says():
    lines = []
    for text, kind, _ in MESSAGES:
        for client in ("go", "curl"):
            lines.append(line(f"{kind} of {client}, {text!r}", analyze(trace=text + "\n", client=client)))
    compare("\n".join(lines) + "\n", GOLDEN / "messages.txt")


def test_what_the_words_of_real_runs_alone_say():
    lines = []
    for folder in RECORDED:
        text = (folder / "go.stderr.txt").read_text()
        lines.append(line(folder.name, analyze(trace=text)))
        lines.append(line(f"{folder.name}, cut in half", analyze(trace=text[: len(text) // 2])))
    compare("\n".join(lines) + "\n", GOLDEN / "words.txt")


def judged(*histories, exit_code=None, seconds=20.0, trace="", processes=None, client="go", environment=None):
    """The result of a run of which only these sockets were seen."""
    analyzer = Analyzer()
    analyzer.sockets, analyzer.processes = list(histories), processes
    run = RunFacts((client, "x"), exit_code, START, START + round(seconds * S), client, environment)
    return analyzer.finish(run.end_ns, run, parse_trace(trace, client) if trace else None)


DNS = socket(sample(0), sample(4.8), to=RESOLVER, transport=UDP, port=50000, gone=True)
WAYS = {
    "by go": {},
    "by curl": {"client": "curl"},
    "that ended well": {"exit_code": 0},
    "that failed": {"exit_code": 1},
    "of 9 s": {"seconds": 9.0},
    "of 31 s": {"seconds": 31.0},
    "with a request open": {"trace": "2023-11-14T22:13:20Z # get https://proxy.golang.org/x/@v/list\n"},
    "waiting for a pipe": {"processes": told(PIPE)},
    "waiting for the network": {"processes": told(NETWORK)},
    "with two resolvers": {"environment": {"resolvers": [RESOLVER[0], "198.51.100.54"]}},
    "through a proxy": {"environment": {"proxies": {"https_proxy": f"http://{PROXY[0]}:{PROXY[1]}"}}},
}


@pytest.mark.parametrize("cause", SHAPES)
def test_what_each_counter_of_a_socket_says(cause):
    shape = SHAPES[cause]
    lines = [line(way, judged(socket(*shape), **how)) for way, how in WAYS.items()]
    for name, value in asdict(shape[-1]).items():
        for other in OTHERS if isinstance(value, int) and name not in ("time_ns", "state") else ():
            if other != value:
                last = SocketSample(**(asdict(shape[-1]) | {name: other}))
                lines.append(line(f"{name}={other}", judged(socket(*shape[:-1], last))))
    for seconds in (2.4, 2.5, 4.9, 5.0, 10.0):
        early = [replace(one, time_ns=min(one.time_ns, START + round(seconds * S))) for one in shape]
        lines.append(line(f"last looked at after {seconds} s", judged(socket(*early), seconds=seconds)))
    lines.append(line("gone", judged(socket(*shape, gone=True))))
    lines.append(line("of the proxy", judged(socket(*shape, to=PROXY))))
    beside = {
        "another that answered": socket(sample(15, received=9, sent=9, acked=10, last_received_ms=1), port=40001),
        "another dial": socket(sample(0, SYN_SENT), sample(20, SYN_SENT, retransmits=3), to=("198.51.100.30", 443)),
        "a query": DNS,
        "one of the same": socket(*shape, to=("198.51.100.99", 443), port=40002),
    }
    for name, other in beside.items():
        lines.append(line(f"beside {name}", judged(socket(*shape), other)))
        lines.append(line(f"beside {name}, ended well", judged(socket(*shape, gone=True), other, exit_code=0)))
    usual = lines[0].partition(": ")[2]
    shown = [lines[0], *(one for one in lines if one.partition(": ")[2] != usual)]  # the others say what the first says
    compare("\n".join(shown) + "\n", GOLDEN / f"{cause.replace('/', '.')}.sockets.txt")


def test_of_a_long_error_the_end_is_quoted():
    """What went wrong stands there."""
    text = f"requests.exceptions.ProxyError: Max retries exceeded with url: /{'a' * 200} (Tunnel connection failed: 407 No)"
    (evidence,) = analyze(trace=text + "\n").findings[0].evidence
    assert evidence.ref == "…(Tunnel connection failed: 407 No)"
