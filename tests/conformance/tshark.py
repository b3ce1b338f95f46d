"""tshark's reading of the captures and ours, each made once a file, for the tests beside this."""

import functools
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from netanalyze.api import analyze
from netanalyze.result.display_filter import proof_frames, wireshark_filter
from netanalyze.tracking.marks import NAMES

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
FILES = [*sorted(CAPTURES.glob("*/*/*.pcapng")), *sorted(CAPTURES.glob("recorded/*/capture.pcap*"))]
needs_tshark = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is not installed (apt-get install tshark): no second opinion"
)
SEPARATOR, BETWEEN = "\t", "\x1f"
FIELDS = (
    "frame.number", "tcp.stream", "udp.stream", *(f"tcp.analysis.{mark}" for mark in NAMES),
    "tls.handshake.type", "tls.handshake.extensions_server_name", "tls.handshake.ja3",
    "dns.id", "dns.flags.response", "dns.qry.name", "dns.qry.type", "dns.flags.rcode", "icmp.type", "icmpv6.type",
)  # fmt: skip


def name(path):
    """``tls/alert/hit`` for a test's name."""
    return str(path.relative_to(CAPTURES).with_suffix(""))


def dissected(path):
    """One mapping a frame: field -> list of values."""
    argv = [
        "tshark",
        "-n",
        "-r",
        str(path),
        "-T",
        "fields",
        "-E",
        f"separator={SEPARATOR}",
        "-E",
        f"aggregator={BETWEEN}",
    ]
    for field in FIELDS:
        argv += ["-e", field]
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    rows = []
    for line in done.stdout.splitlines():
        values = line.split(SEPARATOR)
        rows.append({field: value.split(BETWEEN) if value else [] for field, value in zip(FIELDS, values)})
    return rows


@functools.cache
def all_dissected():
    """Every capture, several at a time: starting tshark is what takes long."""
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(FILES, pool.map(dissected, FILES)))


@dataclass(frozen=True)
class Ours:
    """What an analysis says of a capture, as far as tshark is asked for the same; the frames of the proof, and the filter."""

    packets: int
    marks: set[tuple[int, str]]
    flows: Sequence[Mapping[str, Any]]
    tls: Sequence[Mapping[str, Any]]
    dns: Sequence[Mapping[str, Any]]
    proof: Sequence[int]
    filter: str


@functools.cache
def analysed(path):
    """Our reading of a capture."""
    result = analyze([path])
    marks = {(row["frame_number"], row["mark"]) for row in result.tcp_marks.rows()}
    tables = (tuple(table.rows()) for table in (result.flows, result.tls, result.dns))
    return Ours(result.capture.packets, marks, *tables, proof_frames(result.verdict), wireshark_filter(result))
