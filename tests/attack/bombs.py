"""Small files that expand to much: what they cost is bounded by what they are."""

import gzip
import io
import struct
import subprocess
import sys
import tarfile

import lz4.frame
import zstandard

from tests.attack.register import attack

COMMAND = (sys.executable, "-m", "netanalyze.cli.main", "analyze", "-q")
PATIENCE_S = 60
"""Far beyond what any of them takes, and far below what they took; what they cost is counted in tests/unit/capture."""
PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1)
SECTION = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
INTERFACE = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
EMPTY_FRAME = struct.pack("<IIIIIIII", 6, 32, 0, 0, 0, 0, 0, 32)
STATISTICS, UNKNOWN = struct.pack("<IIIIII", 5, 24, 0, 0, 0, 24), struct.pack("<III", 0x1234567, 12, 12)
LINES = {
    "empty lines": b"\n", "looks": b"@ 1700000001\n", "sockets": b"tcp ESTAB 0 0 192.0.2.1:1 192.0.2.2:1\n",
    "threads": b"T 1 1 S 0 0 0 0 0 0 0 0 0\n", "one line": b"tcp ",
}  # fmt: skip
ABOUT = b"netanalyze-record 1\nstart 1700000000\nend 1700000010\nnow 1700000012\nuptime 50 1\nticks 100\npackets none\n"


def zstd(head, unit, octets):
    """Zstandard of ``head`` and as many ``unit`` as make ``octets``, made piece by piece."""
    out, piece = io.BytesIO(), unit * (1_000_000 // len(unit))
    with zstandard.ZstdCompressor().stream_writer(out, closefd=False) as writer:
        writer.write(head)
        for _ in range(octets // len(piece)):
            writer.write(piece)
    return out.getvalue()


def archive(unit, octets=16_000_000):
    """A recorder's archive whose texts are ``unit`` again and again."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name in ("about.txt", "sockets.txt", "processes.txt", "stderr.txt"):
            text = ABOUT if name == "about.txt" else unit * (octets // len(unit))
            info = tarfile.TarInfo(f"netanalyze-record/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return out.getvalue()


def bombs():
    """(name, octets) of each."""
    yield "100 MB of empty frames", zstd(PCAP, bytes(16), 100_000_000)
    yield "1 GB of empty frames", zstd(PCAP, bytes(16), 1_000_000_000)
    yield "empty frames in pcapng", zstd(SECTION + INTERFACE, EMPTY_FRAME, 100_000_000)
    for name, unit in (
        ("interfaces", INTERFACE),
        ("sections", SECTION),
        ("statistics", STATISTICS),
        ("blocks", UNKNOWN),
    ):
        yield f"100 MB of {name}", zstd(SECTION + INTERFACE, unit, 100_000_000)
    for name, compress in (("gzip", gzip.compress), ("lz4", lz4.frame.compress), ("zstd", zstandard.compress)):
        for inside in (b"", b"\0"):
            member = compress(inside)
            yield (
                f"10 MB of {name} parts with {len(inside)} octets",
                compress(PCAP) + member * (10_000_000 // len(member)),
            )
    yield "skippable frames", zstandard.compress(PCAP) + struct.pack("<II", 0x184D2A50, 0) * 1_000_000
    yield "skippable frames alone", struct.pack("<II", 0x184D2A50, 0) * 1_000_000
    yield "compressed twice", gzip.compress(gzip.compress(PCAP + bytes(10_000_000)))
    for name, unit in LINES.items():
        yield f"an archive of {name}", archive(unit)


@attack("a small file that expands to much", long=True)
def expanding_files(folder):
    """Each ends by itself, without a traceback, within 2 GB of address space."""
    for number, (name, octets) in enumerate(bombs()):
        path = folder / f"bomb-{number}"
        path.write_bytes(octets)
        limited = ("sh", "-c", 'ulimit -v 2000000; exec "$@"', "sh", *COMMAND, str(path))
        try:
            done = subprocess.run(limited, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            yield name, False
            continue
        yield name, done.returncode in (0, 1, 2, 3) and "Traceback" not in done.stderr
