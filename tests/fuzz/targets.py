"""What is fuzzed: functions from any octets to None, which raise only where there is a fault.

Each takes what the world may send: a file, frames, the two sides of a conversation, one message.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from feeding import WatchfulEngine, analysed, told
from test_any_octets import as_capture

from netanalyze.analyzer import Analyzer
from netanalyze.capture.recording import read_run, run_comments
from netanalyze.capture.source import open_source
from netanalyze.clients.messages import KINDS, classify
from netanalyze.clients.trace import parse_trace
from netanalyze.conversations.conversation import Conversation
from netanalyze.conversations.dns_reader import DnsReader
from netanalyze.conversations.quic import QuicConnection
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CaptureError, MessageError, MissingProgram
from netanalyze.kernel import Engine
from netanalyze.recorder.archive import kernel_drops, recorded_run
from netanalyze.result import RunFacts
from netanalyze.tracking.fragments import Fragments
from netanalyze.units import NEVER_NS
from netanalyze.urls import host_in, split
from netanalyze.wire.link.dispatch import DECODED
from netanalyze.wire.message import certificates, dns, http1, quic, socks, tls

ENDS = ("192.0.2.10", 40000, "192.0.2.80", 443)
FOLDER = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())


def said(error: Exception) -> None:
    """An error that may be raised says something."""
    if not str(error):
        raise AssertionError("an error without words") from error


def capture(octets: bytes) -> None:
    """Any octets as a capture file: opened, read to its end in small pieces, analysed, and told."""
    with tempfile.NamedTemporaryFile(dir=FOLDER, prefix="netanalyze-fuzz-") as file:
        file.write(octets)
        file.flush()
        diagnostics, engine = Diagnostics(), Engine(mode="plain")
        analyzer = Analyzer(engine, diagnostics)
        try:
            with open_source([file.name], diagnostics, engine, read_octets=4096) as source:
                for batch in source.batches():
                    analyzer.feed(batch, source.interfaces)
        except (CaptureError, MissingProgram) as error:
            return said(error)
        told(analyzer.finish())


def frames(octets: bytes) -> None:
    """Frames of one link type, each behind its length, decoded and tracked by kernels whose every index is watched."""
    if not octets:
        return
    kinds = (*DECODED, 147)
    link_type, at, found = kinds[octets[0] % len(kinds)], 1, []
    while at < len(octets) and len(found) < 40:
        length = octets[at]
        found.append(octets[at + 1 : at + 1 + length])
        at += 1 + length
    told(analysed(as_capture(found, link_type), range(1, len(found)), WatchfulEngine()))


def conversation(octets: bytes) -> None:
    """Two sides of a TCP flow in pieces: direction and length, then the octets; some pieces leave a hole."""
    ports = (443, 53, 80, 1080)
    talk = Conversation(0, (*ENDS[:3], ports[octets[0] % 4] if octets else 443), DnsReader())
    at, offsets = 1, [1, 1]
    while at + 2 <= len(octets):
        how, length = octets[at], octets[at + 1]
        piece = octets[at + 2 : at + 2 + length]
        direction = how & 1
        offsets[direction] += 7 if how & 0xF0 == 0xF0 else 0
        if piece:
            talk.take(direction, offsets[direction], piece, at, at * 1_000_000)
            offsets[direction] += 0 if how & 0xF0 == 0xE0 else len(piece)
        at += 2 + length
    for direction in (0, 1):
        talk.missing(direction)
    if talk.tls:
        talk.tls.rows(0, {})
        [reader.pending for reader in talk.tls.readers]
    if talk.http:
        [exchange.row() for exchange in talk.http.exchanges]


def datagrams(octets: bytes) -> None:
    """Datagrams of a QUIC flow, each behind its length."""
    connection, at = QuicConnection(0), 0
    while at + 2 <= len(octets):
        length = int.from_bytes(octets[at : at + 2], "big") % 1500
        connection.take(octets[at] >> 7, octets[at + 2 : at + 2 + length], at, at)
        at += 2 + length
    connection.tls.rows(0, {})


def fragments(octets: bytes) -> None:
    """IP fragments, each behind its length; what comes out is an IP packet."""
    held, at = Fragments(), 0
    while at + 1 <= len(octets):
        packet = octets[at + 1 : at + 1 + octets[at]]
        if len(packet) >= (20 if packet[:1] and packet[0] >> 4 == 4 else 48) and packet[0] >> 4 in (4, 6):
            whole = held.add(packet, True)
            assert whole is None or whole[0] >> 4 in (4, 6)
        at += 1 + octets[at]


def parsed(parse: Callable) -> Callable[[bytes], None]:
    """A message parser: it gives a message, or raises MessageError."""

    def target(octets: bytes) -> None:
        try:
            parse(octets)
        except MessageError as error:
            said(error)

    return target


def client_hello(octets: bytes) -> None:
    """A ClientHello and all its fingerprints."""
    try:
        hello = tls.parse_client_hello(octets)
    except MessageError:
        return
    assert len(hello.ja3 or "") == 32
    assert len(hello.ja4 or "") == 36


def certificate(octets: bytes) -> None:
    """A Certificate message or a certificate by itself; whom it is good for can be asked of either."""
    try:
        chain = certificates.parse_certificates(octets)
    except MessageError as error:
        said(error)
        chain = ()
    for der in (octets, *chain[:4]):
        try:
            found = certificates.summary(der)
        except MessageError as error:
            said(error)
            continue
        assert isinstance(found.not_before_ns, int)
        assert isinstance(found.not_after_ns, int)
        certificates.covers(found.names, "proxy.example.test")
        for name in found.names[:4]:
            certificates.covers(found.names, name)


MEMBERS = (
    "about.txt", "command.txt", "environment.txt", "go-env.json", "resolv.conf", "routes.txt", "mtu.txt", "stderr.txt",
    "tcpdump.txt", "sockets.txt", "processes.txt",
)  # fmt: skip
"""Texts of a recorder's archive; a NUL lies between them in the octets that are tried."""


def archive(octets: bytes) -> None:
    """The texts of a recorder's archive, in the order of MEMBERS, as the run they tell of, analysed and told."""
    texts = dict(zip(MEMBERS, octets.split(b"\0")))
    texts["about.txt"] = b"netanalyze-record 1\n" + texts.get("about.txt", b"")
    drops = kernel_drops(texts)
    assert drops >= 0
    recorded = recorded_run(texts)
    assert recorded is not None
    assert read_run([(None, comment) for comment in run_comments(recorded)]) is not None
    analyzer = Analyzer(Engine(mode="plain"))
    analyzer.processes, analyzer.sockets = recorded.processes, recorded.sockets
    never = {name: NEVER_NS if (ns := getattr(recorded, name)) is None else ns for name in ("start_ns", "end_ns")}
    run = RunFacts(
        recorded.argv, recorded.exit_code, never["start_ns"], never["end_ns"], recorded.client, recorded.environment
    )
    printed = parse_trace(recorded.trace, recorded.client_name) if recorded.trace is not None else None
    told(analyzer.finish(None if run.end_ns == NEVER_NS else run.end_ns, run, printed))


def trace(octets: bytes) -> None:
    """What a command printed, read, and laid beside a capture's flows."""
    text = octets.decode("utf-8", "replace")
    told(Analyzer(Engine(mode="plain")).finish(trace=parse_trace(text)))
    for line in text.split("\n")[:20]:
        assert classify(line)[0] in KINDS or classify(line)[0] == "unknown"
        split(line)
        host_in(line)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "capture": capture,
    "archive": archive,
    "trace": trace,
    "frames": frames,
    "conversation": conversation,
    "datagrams": datagrams,
    "fragments": fragments,
    "dns": parsed(dns.parse),
    "client_hello": client_hello,
    "server_hello": parsed(tls.parse_server_hello),
    "certificate": certificate,
    "http_head": parsed(http1.parse_head),
    "socks_client": parsed(socks.parse_client),
    "socks_server": parsed(socks.parse_server),
    "quic_frames": parsed(quic.crypto_frames),
}
