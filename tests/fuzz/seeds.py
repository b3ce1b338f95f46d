"""Where a search begins: true captures and messages, from this repository's recordings and any folder one names."""

from collections.abc import Iterator
from pathlib import Path

import certificate_seeds

from netanalyze.capture.source import open_source
from netanalyze.conversations.messages import MessageReader
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import NetanalyzeError
from netanalyze.kernel import Engine
from netanalyze.tracking.dns_messages import Datagrams
from netanalyze.tracking.segments import WantedSegments
from netanalyze.tracking.tracker import FlowTracker
from netanalyze.wire.link.dispatch import DECODED

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
FINDS = Path(__file__).parent / "finds"
LONGEST, EACH_MOST = 60_000, 400
"""Octets of a seed, and seeds for a target: more slow the search down."""

LONGEST_PIECE = 255
HANDSHAKE_HEADER = 4


def files(folders: list[Path]) -> list[Path]:
    """Capture files below the folders, the shortest first."""
    found = {path for folder in folders for path in folder.rglob("*") if ".pcap" in path.name or path.suffix == ".cap"}
    return sorted((path for path in found if path.stat().st_size <= 4 * LONGEST), key=lambda path: path.stat().st_size)


def seeds(target: str, folders: list[Path]) -> Iterator[bytes]:
    """True input for a target, and what earlier searches found."""
    yield from (path.read_bytes() for path in sorted((FINDS / target).glob("*")))
    if target == "certificate":
        yield from certificate_seeds.made()
    if target in ("archive", "trace"):
        yield from (octets for octets in _texts(target) if len(octets) <= LONGEST)
        return
    given = 0
    for path in files(folders):
        for one in _of_file(target, path):
            if one and len(one) <= LONGEST:
                yield one
                given += 1
            if given >= EACH_MOST:
                return


LOOK = (
    "@ 1700000001.00\n", "P 77 0 77 (go) S 1 77 1 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 900 1 1\n", "A 77 0 go\tmod\tdownload\n",
    "T 77 77 S ep_poll 0 0x3 0x2 0x3 0x4 0x5 0x6\n", "F 77 6 r socket:[5002]\n", "N 78 0 1700000001.50 77 git\tfetch\n",
    "L 0 0 1: -> FLOCK  ADVISORY  WRITE 77 08:01:1 0 EOF\n", "H 79 0\n",
)  # fmt: skip
SS = (
    '@ 1700000001.00\ntcp SYN-SENT 0 1 192.0.2.10:40002 198.51.100.10:443 users:(("go",pid=77,fd=6))\n'
    "\t cubic rto:4000 backoff:2 mss:524 cwnd:1 unacked:1 retrans:1/2\n"
)
KERNEL = "# tcp\n 1: 0A0200C0:9C43 0A6433C6:01BB 01 00000602:00000000 01:00000064 00000003 0 0 5002 2 0 320 4 30 1 7\n"


def _texts(target: str) -> Iterator[bytes]:
    """What commands printed in our recordings, and archives that a recorder might have made of them."""
    about = (
        "start 1700000000.25\nend 1700000010.5\nexit 1\npackets {}\nmachine x86_64\nticks 100\n"
        "uptime 5000.00 1.0\nnow 1700000012.00\n"
    )
    for path in sorted((CAPTURES / "recorded").rglob("*.txt")):
        printed = path.read_text(encoding="utf-8", errors="replace")
        if target == "trace":
            yield printed.encode()
            continue
        for packets, sockets in (("none", SS), ("tcpdump", f"@ 1700000001.00\n{KERNEL}")):
            texts = [
                about.format(packets), "go\tmod\tdownload\t", "https_proxy=http://me@proxy.test:3128\n",
                '{"GOPROXY":"https://proxy.golang.org,direct","GOVERSION":"go1.27.3"}', "nameserver 192.0.2.53\n",
                "default via 192.0.2.1 dev eth0\n", "eth0 1500\n", printed[:4000], "7 packets dropped by kernel\n",
                sockets + sockets.replace("1.00", "2.00"), "".join(LOOK) + "".join(LOOK).replace("1.00", "2.00"),
            ]  # fmt: skip
            yield "\0".join(texts).encode()


def _of_file(target: str, path: Path) -> Iterator[bytes]:
    if target == "capture":
        yield path.read_bytes()
        return
    engine, diagnostics = Engine(mode="plain"), Diagnostics()
    tracker = FlowTracker(engine, diagnostics)
    reader = MessageReader(tracker.state)
    talks: dict[int, bytes] = {}
    try:
        with open_source([str(path)], diagnostics, engine) as source:
            for batch in source.batches():
                links = source.interfaces.link_types()
                if target == "frames":
                    yield from _frames(batch, int(links[0]))
                    continue
                for payload in tracker.feed(batch, links):
                    reader.take(payload)
                    yield from _of_payload(target, payload, talks)
    except NetanalyzeError:
        return
    yield from talks.values()
    if target == "certificate":
        yield from certificate_seeds.seen(reader)


def _frames(batch, link_type: int) -> Iterator[bytes]:
    """A few frames at a time, as the target ``frames`` wants them."""
    if link_type not in DECODED:
        return
    head = bytes([DECODED.index(link_type)])
    rows = batch.frames.tolist()
    for begin in range(0, min(len(rows), 60), 6):
        cut = [
            batch.buffer[start : start + min(length, LONGEST_PIECE)].tobytes()
            for start, length, *_ in rows[begin : begin + 6]
        ]
        yield head + b"".join(bytes([len(one)]) + one for one in cut)


def _of_payload(target: str, payload, talks: dict[int, bytes]) -> Iterator[bytes]:
    if isinstance(payload, Datagrams):
        if target == "dns":
            for start, length in zip(payload.start.tolist(), payload.length.tolist(), strict=True):
                yield payload.octets[start : start + length].tobytes()
    elif isinstance(payload, WantedSegments):
        for start, length, flow, direction in zip(*(column.tolist() for column in payload[1:5]), strict=True):
            yield from _of_segment(target, payload.octets[start : start + length].tobytes(), flow, direction, talks)
    elif target == "datagrams" and payload.kind == "quic":
        octets = payload.octets
        yield (len(octets) | payload.direction << 15).to_bytes(2, "big") + octets
    elif payload.kind == "tcp":
        yield from _of_segment(target, payload.octets, payload.flow_id, payload.direction, talks)


def _of_segment(target: str, octets: bytes, flow: int, direction: int, talks: dict[int, bytes]) -> Iterator[bytes]:
    if octets:
        if target in ("client_hello", "server_hello") and octets[:1] == b"\x16":
            yield octets[5 + HANDSHAKE_HEADER :]
        elif (target == "http_head" and octets[:1].isalpha()) or (
            target[:5] == "socks" and octets[:1] in (b"\4", b"\5")
        ):
            yield octets
        elif target == "conversation" and len(talks.setdefault(flow, b"\0")) < LONGEST // 4:
            for at in range(0, len(octets), LONGEST_PIECE):
                piece = octets[at : at + LONGEST_PIECE]
                talks[flow] += bytes([direction, len(piece)]) + piece
