"""Makes the capture the benchmarks read: about 850,000 packets and 1.1 GB of bulk TLS downloads, as a classic pcap in µs.

    make_bulk_capture.py FILE                    real: tcpdump in network namespaces, needs root; about a minute
    make_bulk_capture.py FILE --synthetic        one recorded conversation again and again; needs nothing, a few seconds
    make_bulk_capture.py FILE --megabytes 100    smaller

Real: several parallel connections, MTU 1500, every offload off, whole frames; if the kernel dropped a frame, it is said.
Synthetic: the conversation of ``--template`` (Ethernet, IPv4) with new client ports, sequence numbers and times; checksums
stay right (RFC 1624).
"""

import argparse
import contextlib
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1_000_000
CONNECTIONS_AT_ONCE = 6
OCTETS_PER_DOWNLOAD = 22 * MEGABYTE
RATE = 12 * MEGABYTE  # octets per second and connection: a pace at which tcpdump loses nothing on two cores
PORT = 443
RECORD, FRAME_HEADER = struct.Struct("<IIII"), 16


def serve(chain: str, address: str) -> None:
    """A TLS server that sends as many octets as the client's first line asks for, at a steady pace."""
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(chain)
    piece = os.urandom(65_536)

    def answer(plain: socket.socket) -> None:
        with contextlib.suppress(OSError), settings.wrap_socket(plain, server_side=True) as sock:
            left, due = int(sock.recv(64)), time.monotonic()
            while left > 0:
                sock.sendall(piece[: min(left, len(piece))])
                left -= len(piece)
                due += len(piece) / RATE
                time.sleep(max(0.0, due - time.monotonic()))

    listener = socket.create_server((address, PORT), backlog=64)
    print("ready", flush=True)
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=answer, args=(plain,), daemon=True).start()


def fetch(address: str, octets: int) -> None:
    """Download ``octets`` in all, a part per connection, several connections at a time."""
    settings = ssl.create_default_context()
    settings.check_hostname, settings.verify_mode = False, ssl.CERT_NONE
    parts = [OCTETS_PER_DOWNLOAD] * (octets // OCTETS_PER_DOWNLOAD)
    parts += [octets % OCTETS_PER_DOWNLOAD] if octets % OCTETS_PER_DOWNLOAD else []
    lock, buffers = threading.Lock(), [bytearray(262_144) for _ in range(CONNECTIONS_AT_ONCE)]

    def work(buffer: bytearray) -> None:
        while True:
            with lock:
                if not parts:
                    return
                part = parts.pop()
            with (
                socket.create_connection((address, PORT)) as plain,
                settings.wrap_socket(plain, server_hostname="download.example.test") as sock,
            ):
                sock.sendall(str(part).encode())
                while sock.recv_into(buffer):
                    pass

    threads = [threading.Thread(target=work, args=(buffer,)) for buffer in buffers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def real(path: Path, octets: int) -> None:
    """Record real downloads into ``path``."""
    sys.path.insert(0, str(ROOT))
    from netanalyze.lab.addresses import HOSTS
    from netanalyze.lab.certificates import Authority
    from netanalyze.lab.namespaces import Network

    address = HOSTS["www.example.org"].ipv4
    with tempfile.TemporaryDirectory() as folder, Network() as network:
        chain = Authority(Path(folder)).chain("download.example.test")
        here = [sys.executable, __file__, str(path)]
        server = network.start(network.servers, [*here, "--serve", str(chain), address], stdout=subprocess.PIPE)
        server.stdout.readline()
        tap = ["tcpdump", "-n", "-Z", "root", "-B", "524288", "-s", "0", "-i", "eth0", "-w", str(path)]
        dump = network.start(network.client, tap, stderr=subprocess.PIPE, text=True)
        while "listening on" not in (line := dump.stderr.readline()):
            if not line:
                raise SystemExit("tcpdump did not start")
        done = network.start(network.client, [*here, "--fetch", str(octets), address])
        if done.wait():
            raise SystemExit("a download failed")
        time.sleep(2)
        os.kill(dump.pid, signal.SIGINT)
        print(dump.communicate()[1].strip())


def conversation(path: Path) -> list[tuple[int, bytes]]:
    """The frames of the TCP connection with the most octets in a classic little-endian µs pcap, with times in µs."""
    octets = path.read_bytes()
    at = 24
    conversations: dict[frozenset[int], list[tuple[int, bytes]]] = {}
    while at + FRAME_HEADER <= len(octets):
        seconds, micros, length, _ = RECORD.unpack_from(octets, at)
        frame = octets[at + FRAME_HEADER : at + FRAME_HEADER + length]
        at += FRAME_HEADER + length
        if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[23] != 6 or frame[14] != 0x45:
            continue
        key = frozenset(struct.unpack_from("!HH", frame, 34))
        conversations.setdefault(key, []).append((seconds * MEGABYTE + micros, frame))
    if not conversations:
        raise SystemExit(f"{path}: no TCP over IPv4 over Ethernet in a classic pcap")
    return max(conversations.values(), key=lambda frames: sum(len(frame) for _, frame in frames))


def put(octets: np.ndarray, where: np.ndarray, values: np.ndarray, width: int) -> None:
    """Write ``values`` big-endian, ``width`` octets each, at the offsets ``where``."""
    for octet in range(width):
        octets[where + octet] = values >> 8 * (width - 1 - octet) & 0xFF


def synthetic(path: Path, octets: int, template: Path) -> None:
    """Write ``octets`` of the template's conversation, each time with other client ports, sequence numbers and times."""
    frames = conversation(template)
    lengths = np.array([len(frame) for _, frame in frames])
    blob = b"".join(RECORD.pack(0, 0, len(frame), len(frame)) + frame for _, frame in frames)
    base = np.frombuffer(blob, np.uint8).copy()
    heads = np.concatenate(([0], np.cumsum(lengths + FRAME_HEADER)[:-1]))
    times = np.array([when for when, _ in frames], np.int64)
    times -= times[0]
    tcp = heads + FRAME_HEADER + 34
    from_client = np.array([frame[34:36] != b"\x01\xbb" for _, frame in frames])
    client_port = np.where(from_client, tcp, tcp + 2)
    span = int(times[-1]) + 1000

    def word(where: np.ndarray) -> np.ndarray:
        return base[where].astype(np.int64) << 8 | base[where + 1]

    ports, sums = word(client_port), word(tcp + 16)
    numbers = [word(where) << 16 | word(where + 2) for where in (tcp + 4, tcp + 8)]
    begin = 1_700_000_000 * MEGABYTE
    with path.open("wb") as file:
        written = file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        repetition = 0
        while written < octets:
            copy = base.copy()
            shifts = np.array([repetition * 0x01000193 + 1, repetition * 0x0100011B + 7]) & 0xFFFFFFFF
            new_ports = np.full(len(frames), 1024 + repetition % 64_000)
            change = (~ports & 0xFFFF) + new_ports
            put(copy, client_port, new_ports, 2)
            for number, (old, where) in enumerate(zip(numbers, (tcp + 4, tcp + 8), strict=True)):
                shift = np.where(from_client == (number == 0), shifts[0], shifts[1])
                shift = np.where(
                    (where == tcp + 8) & (base[tcp + 13] & 0x10 == 0), 0, shift
                )  # no ACK: the field is void
                new = (old + shift) & 0xFFFFFFFF
                put(copy, where, new, 4)
                change += (~old & 0xFFFF) + (~old >> 16 & 0xFFFF) + (new & 0xFFFF) + (new >> 16)
            total = (~sums & 0xFFFF) + change
            for _ in range(3):
                total = (total & 0xFFFF) + (total >> 16)
            put(copy, tcp + 16, ~total & 0xFFFF, 2)
            stamps = begin + repetition * span + times
            fields = (
                np.stack([stamps // MEGABYTE, stamps % MEGABYTE], axis=1).astype("<u4").view(np.uint8).reshape(-1, 8)
            )
            copy[heads[:, None] + np.arange(8)] = fields
            written += file.write(copy.tobytes())
            repetition += 1
    print(f"{repetition * len(frames)} frames, {written} octets, {repetition} connections")


def main() -> None:
    """Read the command line and make the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--megabytes", type=int, default=1030, help="octets to download, in millions")
    parser.add_argument("--synthetic", action="store_true", help="repeat a recorded conversation instead")
    parser.add_argument("--template", type=Path, default=ROOT / "captures/recorded/healthy/capture.pcap")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--fetch", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(*options.serve)
    elif options.fetch:
        fetch(options.fetch[1], int(options.fetch[0]))
    elif options.synthetic:
        synthetic(options.file, options.megabytes * MEGABYTE, options.template)
    else:
        real(options.file, options.megabytes * MEGABYTE)


if __name__ == "__main__":
    main()
