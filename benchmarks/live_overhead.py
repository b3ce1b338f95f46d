"""What ``netanalyze live`` costs a download of 200 Mbit/s: lost frames, rate, processor time, memory.

    sudo python benchmarks/live_overhead.py [--mbit 200] [--seconds 10]

Client and server are namespaces joined by a router, segments are 1448 octets (no offloads), the payload is TLS records. The
sender keeps its pace as long as the receiver can follow. "One core": command, capture and analysis share it.
"""

import argparse
import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from netanalyze.lab.addresses import HOSTS
from netanalyze.lab.namespaces import Network, require_laboratory, sweep
from netanalyze.lab.throughput import RECEIVER

PORT = "9000"
ROOT = Path(__file__).resolve().parents[1]
SENDER = """
import os, socket, sys, time
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
rate, seconds = float(sys.argv[3]) * 1e6 / 8, float(sys.argv[4])
record = b"\\x17\\x03\\x03\\x40\\x00" + os.urandom(16384)
chunk = record * 8
while True:
    print("ready", flush=True)
    peer, _ = listener.accept()
    begun, sent = time.monotonic(), 0
    while sent < rate * seconds:
        peer.sendall(chunk)
        sent += len(chunk)
        time.sleep(max(0, sent / rate - (time.monotonic() - begun)))
    peer.close()
"""
WAYS = {
    "without": None,
    "packet socket": ["--backend", "raw"],
    "packet socket, slim": ["--backend", "raw", "--slim"],
    "dumpcap": ["--backend", "dumpcap"],
}


def one(network: Network, where: list[str], options: list[str] | None, core: bool, folder: Path) -> dict[str, float]:
    """One download; rate (Mbit/s), processor seconds, frames lost and captured, memory of the largest process (MB)."""
    argv = [sys.executable, "-c", RECEIVER, *where]
    path = folder / "bulk.pcapng"
    if options is not None:
        ours = [sys.executable, "-m", "netanalyze.cli.main", "live", "--quiet", "-i", "eth0", "-w", str(path)]
        argv = [*ours, *options, "--", *argv]
    if core:
        argv = ["taskset", "-c", "0", *argv]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = network.start(
        network.client, argv, stdout=subprocess.PIPE, text=True, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    memory = 0.0
    while process.poll() is None:  # ip and taskset become the command: it is one process
        with contextlib.suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
            memory = float(found[1]) / 1024 if found else memory
        time.sleep(0.1)
    assert process.stdout is not None
    rate = float(process.stdout.read())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures = {"rate": rate, "processor": spent, "memory": memory}
    if options is not None:
        again = [sys.executable, "-m", "netanalyze.cli.main", "analyze", "--json", str(path)]
        told = subprocess.run(again, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}).stdout
        capture = json.loads(told)["capture"]
        lost = [
            re.match(r"\S+: (\d+)", d.get("detail") or "")
            for d in capture["diagnostics"]
            if d["kind"] == "kernel_drops"
        ]
        figures |= {
            "frames": capture["packets"],
            "lost": sum(int(m[1]) for m in lost if m),
            "size": path.stat().st_size / 1e6,
        }
        path.unlink()
    return figures


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mbit", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    require_laboratory()
    sweep()
    where = [HOSTS["proxy.golang.org"].ipv4, PORT]
    print("| | Mbit/s | frames | lost | processor, s | peak memory, MB | recording, MB |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    with Network() as network, tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-c", SENDER, *where, str(asked.mbit), str(asked.seconds)]
        sender = network.start(network.servers, ["taskset", "-c", "1", *words], stdout=subprocess.PIPE, text=True)
        assert sender.stdout is not None
        for core in (False, True):
            for name, options in WAYS.items():
                sender.stdout.readline()
                found = one(network, where, options, core, Path(folder))
                print(
                    f"| {name}{', one core' if core else ''} | {found['rate']:.0f} | {found.get('frames', '')} | "
                    f"{found.get('lost', '')} | {found['processor']:.1f} | {found['memory']:.0f} | {found.get('size', 0):.0f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
