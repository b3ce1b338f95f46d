"""tcpdump on an interface of the laboratory, and its capture as pcapng."""

import contextlib
import os
import random
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from netanalyze.capture.write import PcapngWriter
from netanalyze.lab.namespaces import Network, end
from netanalyze.lab.scenario import Command
from netanalyze.output_files import OutputFile
from netanalyze.units import SECOND_NS

ARMED_LIMIT_S = 10.0
SETTLE_S = 1.2
"""libpcap hands frames over up to a second late: so long a tap stays open after the last one that matters."""
HEADER, RECORD = 24, 16  # lengths in a classic pcap, octets


@contextlib.contextmanager
def tapped(
    network: Network, where: str, path: Path, command: Command, seed: int = 1, stamp: Callable[[int], int] | None = None
) -> Iterator[None]:
    """Capture ``command.interface`` in a namespace while the body runs; afterwards ``path`` is a pcapng file.

    What ``command.lose`` takes away is taken away then; ``stamp`` makes another clock of this machine's, ns.

    Raises:
        RuntimeError: tcpdump did not start.
    """
    private = tempfile.TemporaryDirectory(prefix="netanalyze-lab-tap-")  # tcpdump follows links, and it is root
    classic = Path(private.name, "frames.pcap")
    argv = ["tcpdump", "-n", "-U", "-Z", "root", "-B", "65536", "-s", str(command.snaplen), "-i", command.interface]
    argv += ["-w", str(classic), *command.filter.split()]
    process = network.start(where, argv, stderr=subprocess.PIPE, text=True)
    said = process.stderr
    assert said is not None
    try:
        deadline = time.monotonic() + ARMED_LIMIT_S
        while "listening on" not in (line := said.readline()):
            if not line or time.monotonic() > deadline:
                raise RuntimeError(f"tcpdump did not start: {line.strip()}")
        try:
            yield
        finally:
            os.kill(process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        dropped = re.search(r"(\d+) packets? dropped by kernel", said.read())
        rewrite(classic, path, command, int(dropped[1]) if dropped and not command.lose else None, seed, stamp)
    finally:
        end(process)
        said.close()
        private.cleanup()


def records(octets: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Time in ns, octets kept and length on the wire of every frame of a little-endian pcap in µs, as tcpdump writes it."""
    at = HEADER
    while at + RECORD <= len(octets):
        second, micro, kept, length = (int.from_bytes(octets[at + i : at + i + 4], "little") for i in (0, 4, 8, 12))
        at += RECORD
        yield second * SECOND_NS + micro * 1000, octets[at : at + kept], length
        at += kept


def rewrite(
    classic: Path, path: Path, command: Command, dropped: int | None = None, seed: int = 1,
    stamp: Callable[[int], int] | None = None,
) -> None:  # fmt: skip
    """Write tcpdump's file as pcapng, without the fraction of frames that a capture loses that cannot keep up."""
    octets, chance = classic.read_bytes(), random.Random(seed)
    link = int.from_bytes(octets[20:24], "little")
    with OutputFile(path, force=True) as file:
        writer = PcapngWriter(file.stream)
        writer.add_interface(command.interface, link, command.snaplen)
        count = 0
        for moment, frame, length in records(octets):
            if not command.lose or chance.random() >= command.lose:
                writer.write(0, moment if stamp is None else stamp(moment), frame, length)
                count += 1
        if dropped is not None:
            writer.write_statistics(0, count, dropped)
