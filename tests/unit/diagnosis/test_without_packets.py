"""What is made of words and sockets where no packets are: each thing different in turn, and what the verdict is then.

After a change that was meant: NETANALYZE_GOLDEN=write pytest tests/unit/diagnosis/test_without_packets.py, and read the diff.
"""

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from netanalyze.analyzer import Analyzer
from netanalyze.api import analyze
from netanalyze.clients.trace import parse_trace
from netanalyze.processes import NETWORK, PIPE, OpenFile, Processes
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


VERBOSE = (
    "* Host example.org:443 was resolved.",
    "*   Trying [2001:db8::5]:443...",
    "* connect to 2001:db8::5 port 443 from 2001:db8::9 port 40000 failed: Connection refused",
    "* Immediate connect fail for 2001:db8::6: Network is unreachable",
    "*   Trying 198.51.100.5:443...",
    "* Connected to example.org (198.51.100.5) port 443",
    "* TLSv1.3 (OUT), TLS handshake, Client hello (1):",
    "* TLSv1.3 (IN), TLS handshake, Server hello (2):",
    "* SSL connection using TLSv1.3 / TLS_AES_128_GCM_SHA256",
    "> GET / HTTP/1.1",
    "< HTTP/1.1 200 OK",
)
"""What curl -v tells on the way."""
LAST_ERRORS = (
    "",
    "curl: (7) Failed to connect to example.org port 443 after 3 ms: Couldn't connect to server",
    "curl: (7) Failed to connect to example.org port 443 after 9000 ms: Couldn't connect to server",
    "curl: (7) Failed to connect to example.org port 443 after 0 ms: Network is unreachable",
    "curl: (28) Operation timed out after 5000 milliseconds with 0 bytes received",
    "curl: (28) Operation timed out after 5000 milliseconds with 900 out of 9000 bytes received",
    "curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to example.org:443",
    "curl: (35) TLS connect error: EOF occurred in violation of protocol",
    "curl: (56) Recv failure: Connection reset by peer",
    "curl: (6) Could not resolve host: example.org",
)
AT_THIS_MACHINE = (
    'Get "https://proxy.golang.org/x": dial tcp 127.0.0.1:8118: connect: connection refused',
    'Get "https://proxy.golang.org/x": dial tcp 127.0.0.1:443: connect: connection refused',
    'Get "https://localhost:8443/x": dial tcp 127.0.0.1:8443: connect: connection refused',
    'Get "https://proxy.golang.org/x": dial tcp [::1]:8118: i/o timeout',
)


def test_what_is_told_on_the_way_says_beside_each_last_error():
    lines = []
    for error in LAST_ERRORS:
        before = ""
        for count in range(1, len(VERBOSE) + 1):
            text = "\n".join([*VERBOSE[:count], error]).strip() + "\n"
            said = line("", analyze(trace=text, client="curl"))
            if said != before:
                lines.append(f"{error or 'no error'} behind {VERBOSE[count - 1]}{said}")
            before = said
    lines += [line(text, analyze(trace=text + "\n", client="go")) for text in AT_THIS_MACHINE]
    compare("\n".join(lines) + "\n", GOLDEN / "stages.txt")


def judged(*histories, exit_code=None, seconds=20.0, trace="", processes=None, client="go", environment=None):
    """The result of a run of which only these sockets were seen."""
    analyzer = Analyzer()
    analyzer.sockets, analyzer.processes = list(histories), processes
    run = RunFacts((client, "x"), exit_code, START, START + round(seconds * S), client, environment)
    return analyzer.finish(run.end_ns, run, parse_trace(trace, client) if trace else None)


URL = "https://proxy.golang.org/x/@v/list"
DNS = socket(sample(0), sample(4.8), to=RESOLVER, transport=UDP, port=50000, gone=True)
IN_VAIN = sample(0, SYN_SENT), sample(20, SYN_SENT, retransmits=3)
FILES = [
    ("/t/x", 9, 0),
    ("/t/x", 9, 249),
    ("/t/x", 9, 250),
    ("/t/x", 9, -250),
    ("/t/x", 0, 0),
    ("/telemetry/local/x", 9, 0),
]
"""What the command has open for writing: path, octets, and how long after the last octets came it was written."""
WAYS = {
    "by go": {},
    "by curl": {"client": "curl"},
    "that ended well": {"exit_code": 0},
    "that failed": {"exit_code": 1},
    "of 9 s": {"seconds": 9.0},
    "of 31 s": {"seconds": 31.0},
    "with a request open": {"trace": "2023-11-14T22:13:20Z # get https://proxy.golang.org/x/@v/list\n"},
    "with one host in what it printed": {"trace": f"# get {URL}\n# get {URL}: 200 OK (0.1s)\n"},
    "with an error that names its host": {"trace": f'go: m@v1: Get "{URL}": net/http: TLS handshake timeout\n'},
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
    received = shape[-1].time_ns - shape[-1].last_received_ms * 1_000_000
    for path, size, later_ms in FILES:
        written = Processes(7, files=(OpenFile(7, path, size, received + later_ms * 1_000_000),))
        lines.append(line(f"{size} octets in {path} {later_ms} ms later", judged(socket(*shape), processes=written)))
    lines.append(line("gone", judged(socket(*shape, gone=True))))
    lines.append(line("of the proxy", judged(socket(*shape, to=PROXY))))
    beside = {
        "another that answered": socket(sample(15, received=9, sent=9, acked=10, last_received_ms=1), port=40001),
        "another dial": socket(sample(0, SYN_SENT), sample(20, SYN_SENT, retransmits=3), to=("198.51.100.30", 443)),
        "a dial over IPv6": socket(*IN_VAIN, to=("2001:db8::30", 443)),
        "a dial over IPv6 in its place": socket(
            sample(5), sample(20, received=9), to=("2001:db8::31", 443), port=40003
        ),
        "a query": DNS,
        "one of the same": socket(*shape, to=("198.51.100.99", 443), port=40002),
    }
    for name, other in beside.items():
        lines.append(line(f"beside {name}", judged(socket(*shape), other)))
        lines.append(line(f"beside {name}, ended well", judged(socket(*shape, gone=True), other, exit_code=0)))
    usual = lines[0].partition(": ")[2]
    shown = [lines[0], *(one for one in lines if one.partition(": ")[2] != usual)]  # the others say what the first says
    compare("\n".join(shown) + "\n", GOLDEN / f"{cause.replace('/', '.')}.sockets.txt")


QUERY = {"to": RESOLVER, "transport": UDP, "gone": True}
OPEN = socket(sample(0), sample(5.0), port=50000, **QUERY)
BESIDE_QUERIES = {
    "none": [],
    "one that took a look less": [socket(sample(5), sample(9.4), port=50001, **QUERY)],
    "one as long as is borne": [socket(sample(5), sample(9.5), port=50001, **QUERY)],
    "a quick one": [socket(sample(6), sample(6.1), port=50001, **QUERY)],
    "a quick one at the very end": [socket(sample(19.0), sample(19.5), port=50001, **QUERY)],
    "a quick one to another": [socket(sample(6), sample(6.1), port=50001, **QUERY | {"to": ("198.51.100.54", 53)})],
    "a long one to another": [socket(sample(0), sample(9), port=50001, **QUERY | {"to": ("198.51.100.54", 53)})],
    "one that is open still": [socket(sample(6), sample(6.1), port=50001, **QUERY | {"gone": False})],
    "a datagram elsewhere": [socket(sample(0), sample(9), port=50001, **QUERY | {"to": ("198.51.100.10", 443)})],
    "one over TCP": [socket(sample(0), sample(9), port=50001, to=RESOLVER)],
    "a dial over IPv6": [socket(*IN_VAIN, to=("2001:db8::30", 443))],
    "dials of both families": [socket(*IN_VAIN, to=("2001:db8::30", 443)), socket(*IN_VAIN, to=("198.51.100.30", 443))],
    "a dial over IPv6, then one that stands": [
        socket(*IN_VAIN, to=("2001:db8::30", 443)), socket(sample(9), sample(20, received=9), port=40001),
    ],
    "a dial over IPv6, and one that stood before": [
        socket(*IN_VAIN, to=("2001:db8::30", 443)), socket(sample(0), sample(20, received=9), port=40001),
    ],
    "a dial over IPv6, then one that stands at another port": [
        socket(*IN_VAIN, to=("2001:db8::30", 443)), socket(sample(9), sample(20, received=9), to=("198.51.100.10", 80)),
    ],
}  # fmt: skip


def test_what_queries_and_dials_say_beside_others():
    lines = []
    for name, others in BESIDE_QUERIES.items():
        for way in ("by go", "that ended well", "with two resolvers"):
            lines.append(line(f"a query, {way}, beside {name}", judged(OPEN, *others, **WAYS[way])))
            if others:
                lines.append(line(f"{way}, {name}", judged(*others, **WAYS[way])))
    compare("\n".join(lines) + "\n", GOLDEN / "queries_and_dials.txt")


def test_of_a_long_error_the_end_is_quoted():
    """What went wrong stands there."""
    text = f"requests.exceptions.ProxyError: Max retries exceeded with url: /{'a' * 200} (Tunnel connection failed: 407 No)"
    (evidence,) = analyze(trace=text + "\n").findings[0].evidence
    assert evidence.ref == "…(Tunnel connection failed: 407 No)"
