"""What tshark says of a capture, for ``netanalyze verify``: frames, TCP marks, TLS hellos, DNS answers."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from netanalyze.errors import CaptureError, MissingProgram
from netanalyze.numerals import hexadecimal, integer
from netanalyze.tracking.marks import NAMES
from netanalyze.wording import Verbatim, message

REMEDY = "sudo apt-get install tshark (or install Wireshark, which brings it)"
SEPARATOR, AGGREGATOR = "\t", "\x1f"
MARK_FIELDS = {name: f"tcp.analysis.{name}" for name in NAMES}
COUNTS = ("ip", "ipv6", "tcp", "udp", "icmp", "icmpv6")
FIELDS = (
    "frame.number", "frame.protocols", "tcp.stream", "udp.stream", "tls.handshake.type",
    "tls.handshake.extensions_server_name", "dns.flags.response", "dns.id", "dns.qry.name", "dns.qry.type",
    "dns.flags.rcode", "udp.port", *MARK_FIELDS.values(),
)  # fmt: skip
CLIENT_HELLO, SERVER_HELLO = "1", "2"
OTHER_DNS_PORTS = {"5353", "5355", "137"}


@dataclass
class Reading:
    """tshark's figures.

    Attributes:
        version: of tshark.
        frames: in the file; ``truncated`` where it stopped before the end, in its own words.
        protocols: frames with each of COUNTS.
        streams: highest tcp.stream and udp.stream plus one.
        marks: (frame, mark).
        server_names: of ClientHellos, with how often; '' where there was none.
        server_hellos: how many.
        answers: (id, name, type, code) of DNS answers.
    """

    version: str = ""
    frames: int = 0
    truncated: str = ""
    protocols: Counter = field(default_factory=Counter)
    streams: dict[str, int] = field(default_factory=lambda: {"tcp": 0, "udp": 0})
    marks: set[tuple[int, str]] = field(default_factory=set)
    server_names: Counter = field(default_factory=Counter)
    server_hellos: int = 0
    answers: set[tuple[int, str, int, int]] = field(default_factory=set)


def find_tshark(feature: str) -> str:
    """The path of tshark.

    Raises:
        MissingProgram: it is not on the PATH.
    """
    found = shutil.which("tshark")
    if found is None:
        raise MissingProgram(feature, "tshark", REMEDY)
    return found


def read(path: str) -> Reading:
    """Let tshark read a capture.

    Raises:
        MissingProgram: tshark is not installed, or is too old for these fields.
        CaptureError: tshark cannot read the file at all.
    """
    program = find_tshark("netanalyze verify")
    reading = Reading(version=_version(program))
    command = [program, "-n", "-r", path, "-T", "fields", "-E", f"separator={SEPARATOR}", "-E", "occurrence=a"]
    command += ["-E", f"aggregator={AGGREGATOR}", *(part for name in FIELDS for part in ("-e", name))]
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    with process:
        for line in process.stdout:
            _take(reading, line.rstrip("\n").split(SEPARATOR))
        complaint = process.stderr.read()
    said = [line for line in complaint.splitlines() if line.strip() and "Running as user" not in line]
    if process.returncode:
        reading.truncated = said[-1] if said else f"exit status {process.returncode}"
        if "aren't valid" in complaint:
            raise MissingProgram(
                "netanalyze verify", message("a newer tshark than {version}", version=reading.version), REMEDY
            )
        if not reading.frames:
            raise CaptureError(path, message("tshark cannot read it: {why}", why=Verbatim(reading.truncated)))
    return reading


def _version(program: str) -> str:
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    words = shown.stdout.split("\n", 1)[0].split()
    return next((word.rstrip(".") for word in words if word[:1] in tuple("0123456789")), "unknown")


def _values(value: str) -> list[str]:
    return value.split(AGGREGATOR) if value else []


def _take(reading: Reading, values: list[str]) -> None:
    """Add one frame."""
    values += [""] * (len(FIELDS) - len(values))
    row = dict(zip(FIELDS, values))
    reading.frames += 1
    names = row["frame.protocols"].split(":")
    for name in COUNTS:
        reading.protocols[name] += name in names
    for kind in ("tcp", "udp"):
        for stream in _values(row[f"{kind}.stream"]):
            reading.streams[kind] = max(reading.streams[kind], (integer(stream) or 0) + 1)
    for name, field_name in MARK_FIELDS.items():
        if row[field_name]:
            reading.marks.add((integer(row["frame.number"]) or reading.frames, name))
    if "tls" in names:
        kinds = Counter(_values(row["tls.handshake.type"]))
        reading.server_hellos += kinds[SERVER_HELLO]
        asked = _values(row["tls.handshake.extensions_server_name"])
        for number in range(kinds[CLIENT_HELLO]):
            reading.server_names[asked[number] if number < len(asked) else ""] += 1
    if row["dns.id"] and not OTHER_DNS_PORTS & set(_values(row["udp.port"])) and "mdns" not in names:
        reading.answers.update(_answers(row))


def _number(text: str) -> int:
    """A number as tshark prints it, ``0x1a2b`` or ``26``; 0 for any other text."""
    return (hexadecimal(text) if text.startswith("0x") else integer(text)) or 0


def _answers(row: dict[str, str]) -> Iterator[tuple[int, str, int, int]]:
    """The answers of a frame; tshark writes codes for answers only, so these are counted apart."""
    codes = iter(_values(row["dns.flags.rcode"]))
    names, types = _values(row["dns.qry.name"]), _values(row["dns.qry.type"])
    ids, responses = _values(row["dns.id"]), _values(row["dns.flags.response"])
    for number, (id_, response) in enumerate(zip(ids, responses)):
        if response not in ("1", "True"):
            continue
        code = next(codes, "0")
        if number < len(names) and number < len(types):
            name = names[number].lower().rstrip(".")
            yield _number(id_), "" if name == "<root>" else name, _number(types[number]), _number(code)
