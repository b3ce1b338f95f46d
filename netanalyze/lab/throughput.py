"""How fast the relay carries: a bulk transfer from the servers to the client over each of several wires.

    python -m netanalyze.lab.throughput          root, Linux; prints Mbit/s of TCP payload per wire

The laboratory promises LEAST, so that no scenario is slowed down by the relay itself.
"""

import contextlib
import json
import subprocess
import sys

from netanalyze.lab import relay, stage
from netanalyze.lab.addresses import HOSTS
from netanalyze.lab.namespaces import Network, sweep

LEAST = 200.0
"""Mbit/s."""
OCTETS = 100_000_000
PORT = 9000
WIRES: dict[str, dict[str, float]] = {
    "no fault": {},
    "5 ms each way": {"delay": 0.005},
    "5 ms each way, 0.01 % lost": {"delay": 0.005, "loss_down": 0.0001},
}
SENDER = """
import socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
peer, _ = listener.accept()
chunk = bytes(65536)
for _ in range(int(sys.argv[3]) // len(chunk)):
    peer.sendall(chunk)
peer.close()
"""
RECEIVER = """
import socket, sys, time
peer = socket.create_connection((sys.argv[1], int(sys.argv[2])))
begun, octets = time.monotonic(), 0
while piece := peer.recv(1 << 20):
    octets += len(piece)
print(octets * 8 / (time.monotonic() - begun) / 1e6)
"""


def carried(wire: dict[str, float], octets: int = OCTETS) -> float:
    """Mbit/s of TCP payload through the relay with such a wire."""
    where = [HOSTS["proxy.golang.org"].ipv4, str(PORT)]
    with Network(wire=True) as network, contextlib.ExitStack() as ends:
        ends.enter_context(stage.resident(network, network.wire, relay, json.dumps(wire)))
        argv = [sys.executable, "-c", SENDER, *where, str(octets)]
        sender = network.start(network.servers, argv, stdout=subprocess.PIPE, text=True)
        assert sender.stdout is not None
        with sender.stdout:
            sender.stdout.readline()
            return float(network.run(network.client, sys.executable, "-c", RECEIVER, *where))


def main() -> int:
    """Print the figures; 1 if the wire without faults carries less than promised."""
    sweep()
    plain = 0.0
    for name, wire in WIRES.items():
        rate = carried(wire)
        plain = plain or rate
        print(f"{name:30} {rate:6.0f} Mbit/s", flush=True)
    return int(plain < LEAST)


if __name__ == "__main__":
    sys.exit(main())
