"""Measures netanalyze beside tshark, tcptrace and a dpkt loop on one capture: packets per second, peak memory, ratios.

    python benchmarks/run.py CAPTURE                  each three times, the best counts; a table in Markdown
    python benchmarks/run.py CAPTURE --runs 1 --only netanalyze --only tshark
    python benchmarks/run.py CAPTURE --json

Whole processes are measured, from their start to their end, output thrown away: wall time by a monotonic clock, memory as
the largest resident set the kernel saw of the process (none is seen smaller than this script, 15 MB). Before, the file is
read once, so that it lies in the page cache. Figures of one table come from
one machine in one go, so their ratios mean something; figures of different tables do not compare.
``make_bulk_capture.py`` makes a capture to read.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NETANALYZE = [sys.executable, "-c", "from netanalyze.cli.main import main; main()", "analyze", "--quiet", "--json"]
DPKT_LOOP = """
import sys, dpkt
packets = octets = 0
highest = {}
with open(sys.argv[1], "rb") as file:
    for _, frame in dpkt.pcap.UniversalReader(file):
        packets += 1
        ip = dpkt.ethernet.Ethernet(frame).data
        tcp = getattr(ip, "data", None)
        if isinstance(tcp, dpkt.tcp.TCP):
            key = ip.src, tcp.sport, ip.dst, tcp.dport
            end = tcp.seq + len(tcp.data)
            octets += len(tcp.data)
            if end > highest.get(key, -1):
                highest[key] = end
print(packets, octets, len(highest))
"""
"""What a script written in an afternoon does: header objects, octets, the highest sequence number of each half-flow."""
COUNT = """
import sys
from netanalyze.api import analyze
print(analyze([sys.argv[1]], kernels="compiled").capture.packets)
"""
FIELDS = ["-T", "fields", "-e", "tcp.analysis.flags", "-e", "tls.handshake.extensions_server_name"]


@dataclass
class Figure:
    """What one program took: ``seconds`` of wall time, ``memory`` in MB (10**6 octets), both of its best run."""

    program: str
    seconds: float
    memory: float
    packets_per_second: float = 0.0
    times_as_long: float = 0.0
    times_the_memory: float = 0.0


def commands(capture: str) -> dict[str, list[str]]:
    """The programs, by name; those that are not installed are left out."""
    found = {
        "netanalyze": ["env", "NETANALYZE_KERNELS=compiled", *NETANALYZE, capture],
        "netanalyze, plain Python": ["env", "NETANALYZE_KERNELS=plain", *NETANALYZE, capture],
        "tshark": ["tshark", "-r", capture, *FIELDS],
        "tcptrace": ["tcptrace", "-n", capture],
        "dpkt loop": [sys.executable, "-c", DPKT_LOOP, capture],
    }
    return {name: argv for name, argv in found.items() if shutil.which(argv[0])}


LAUNCH = """
import os, sys, time
begun = time.perf_counter()
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ), 0)
print(time.perf_counter() - begun, os.waitstatus_to_exitcode(status), usage.ru_maxrss, file=sys.stderr)
"""
"""Starts a process from a small one: the largest resident set that Linux tells of a child counts in what started it."""


def measured(argv: list[str]) -> tuple[float, float]:
    """Wall time (s) and largest resident set (MB) of a process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCH, *argv]
    said = subprocess.run(launcher, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True)
    seconds, status, memory = said.stderr.splitlines()[-1].split()
    # analyze ends with 1 where it found something, and with 3 where a capture cannot carry a verdict
    if int(status) not in (0, 1, 3):
        raise SystemExit(f"{' '.join(argv[:4])} … failed with status {status}")
    return float(seconds), int(memory) * 1024 / 1e6


def prepare(capture: str) -> int:
    """Read the file once; returns how many packets there are."""
    with open(capture, "rb") as file:
        while file.read(1 << 22):
            pass
    argv = [sys.executable, "-c", COUNT, capture]
    return int(
        subprocess.run(argv, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}).stdout
    )


def figures(capture: str, runs: int, only: list[str]) -> tuple[int, list[Figure]]:
    """How many packets, and a figure for each program; ratios are to the first, netanalyze."""
    packets = prepare(capture)
    out: list[Figure] = []
    for name, argv in commands(capture).items():
        if only and not any(name.startswith(word) for word in only):
            continue
        best = [measured(argv) for _ in range(runs)]
        seconds, memory = min(s for s, _ in best), min(m for _, m in best)
        out.append(Figure(name, seconds, memory, packets / seconds))
    for figure in out:
        figure.times_as_long = figure.seconds / out[0].seconds
        figure.times_the_memory = figure.memory / out[0].memory
    return packets, out


def table(found: list[Figure]) -> str:
    """The figures as a table in Markdown."""
    lines = [
        "| program | wall s | packets/s | peak MB | times as long | times the memory |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {f.program} | {f.seconds:.2f} | {f.packets_per_second:,.0f} | {f.memory:.0f} "
        f"| {f.times_as_long:.2f} | {f.times_the_memory:.2f} |"
        for f in found
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capture", help="a pcap or pcapng file")
    parser.add_argument("--runs", type=int, default=3, help="of each program; the best counts")
    parser.add_argument("--only", action="append", default=[], help="programs whose names begin so (repeatable)")
    parser.add_argument("--json", action="store_true", help="print JSON rather than a table")
    options = parser.parse_args()
    packets, found = figures(options.capture, options.runs, options.only)
    octets = Path(options.capture).stat().st_size
    if options.json:
        rows = [asdict(figure) for figure in found]
        print(json.dumps({"packets": packets, "octets": octets, "runs": options.runs, "figures": rows}, indent=1))
    else:
        print(f"{packets:,} packets, {octets / 1e6:,.0f} MB, best of {options.runs}\n\n{table(found)}")


if __name__ == "__main__":
    main()
