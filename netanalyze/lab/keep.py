"""Turns a fresh recording into one the repository keeps: a folder with capture.pcap, go.stderr.txt and truth.toml.

    python -m netanalyze.lab.keep captures/recorded --force    records and keeps the chosen ones again

``truth.toml`` has the members of a label (record), with what TOML lacks left out or, inside a list, written "null".
"""

import io
import sys
import tempfile
from pathlib import Path

import dpkt

from netanalyze.capture.write import PcapWriter
from netanalyze.folders import make_folder
from netanalyze.lab.record import Recording, run
from netanalyze.output_files import write_octets, write_text

# Scenario, name it is kept under, octets kept of each frame (0: all of them).
CHOSEN = (
    ("sni-dropped", "client-hello-dropped", 0),
    ("plain", "healthy", 0),
    ("noise-failing", "healthy-beside-a-failing-program", 300),
    ("dns-first-dead", "first-resolver-dead", 300),
    ("dns-forged", "forged-dns-answer", 0),
    ("syn6-dropped", "ipv6-fallback", 300),
    ("sumdb-syn-dropped", "checksum-db-unreachable", 0),
    ("hello-reset-injected", "reset-injected", 0),
    ("mtu-down", "mtu-black-hole-down", 0),
    ("connect-407", "connect-refused", 0),
    ("response-missing", "response-missing", 300),
    ("body-stalled", "body-stalled", 300),
    ("outage", "outage", 100),
    ("loss-heavy", "loss", 100),
    ("loss-few", "loss-of-a-few", 100),
    ("body-pause-short", "body-paused", 100),
)


def cut(capture: Path, length: int) -> bytes:
    """A capture as a classic pcap in µs with no more than ``length`` octets of each frame (0: all); lengths on the wire stay."""
    memory = io.BytesIO()
    with capture.open("rb") as file:
        reader = dpkt.pcap.UniversalReader(file)
        writer = PcapWriter(memory, reader.datalink(), length or 262_144, nanoseconds=False)
        for moment, octets in reader:
            writer.write(round(float(moment) * 1e6) * 1000, octets[: length or None], len(octets))
    return memory.getvalue()


def toml(value: object) -> str:
    """A string, number or list of strings as TOML."""
    if isinstance(value, list):
        return "[" + ", ".join(toml("null" if item is None else item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def keep(recording: Recording, folder: Path, snaplen: int = 0, force: bool = False) -> None:
    """Write ``recording`` into ``folder``, cut to ``snaplen`` octets a frame."""
    make_folder(folder)
    write_octets(folder / "capture.pcap", cut(recording.capture, snaplen), force)
    write_octets(folder / "go.stderr.txt", recording.stderr.read_bytes(), force)
    label = {"scenario": recording.scenario.name} | recording.label()
    if snaplen:
        label["note"] += f"; frames cut to {snaplen} octets"
    lines = [f"{name} = {toml(value)}\n" for name, value in label.items() if value is not None]
    write_text(folder / "truth.toml", "".join(lines), force)


def main(folder: str, force: bool) -> None:
    """Record and keep the chosen scenarios under ``folder``.

    Raises:
        RuntimeError: a recording does not show what its scenario declares.
    """
    with tempfile.TemporaryDirectory(prefix="netanalyze-keep-") as temporary:
        for scenario, name, snaplen in CHOSEN:
            recording = run(scenario, temporary)
            if recording.mistakes:
                raise RuntimeError(f"{scenario}: {'; '.join(recording.mistakes)}")
            keep(recording, Path(folder) / name, snaplen, force)
            print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], "--force" in sys.argv[2:])
