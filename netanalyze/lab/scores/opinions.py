"""What other programs say of a recording: tshark's expert info, netverdict and pcap-doctor; one that is not installed is
left out.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 60.0
SEVERITIES = ("Errors", "Warns", "Notes")
HEADING = re.compile(r"^(Errors|Warns|Notes|Chats) \((\d+)\)")
ROW = re.compile(r"^\s+(\d+)\s{2,}\S.*?\s{2,}\S+\s{2,}(\S.*)$")
OTHERS = {"netverdict": ("netverdict",), "pcap-doctor": ("pcap-doctor",)}
"""Programs that take a capture as their only argument and print a report for people."""
FRAMES_AND_SIGNS = re.compile(r"[^\w\s.,:;%/()'-]+")


@dataclass(frozen=True)
class Expert:
    """tshark's expert info: messages by severity, and the most frequent of the highest."""

    errors: int
    warnings: int
    notes: int
    top: str

    def __str__(self) -> str:
        counts = f"{self.errors} E, {self.warnings} W"
        return f"{counts}: {self.top}" if self.top else counts


def expert(printed: str) -> Expert:
    """Read what ``tshark -q -z expert`` printed.

    >>> expert("Warns (2)\\n   2   Sequence     TCP  Connection reset (RST)\\n")
    Expert(errors=0, warnings=2, notes=0, top='Connection reset (RST)')
    """
    counts, severity = dict.fromkeys(SEVERITIES, 0), ""
    tops: dict[str, tuple[int, str]] = {}
    for line in printed.splitlines():
        if heading := HEADING.match(line):
            severity = heading[1]
            counts[severity] = int(heading[2])
        elif (row := ROW.match(line)) and severity in SEVERITIES:
            times, text = int(row[1]), row[2].strip()
            if times > tops.get(severity, (0, ""))[0]:
                tops[severity] = (times, text)
    top = next((tops[severity][1] for severity in SEVERITIES[:2] if severity in tops), "")
    return Expert(counts["Errors"], counts["Warns"], counts["Notes"], top)


def opinions(capture: Path) -> dict[str, str]:
    """Each program's opinion in a line, by its name."""
    found = {}
    if shutil.which("tshark") and (printed := _output("tshark", "-r", str(capture), "-q", "-z", "expert")) is not None:
        found["tshark"] = str(expert(printed))
    for name, argv in OTHERS.items():
        if shutil.which(argv[0]) and (printed := _output(*argv, str(capture))) is not None:
            found[name] = first_words(printed)
    return found


def first_words(report: str) -> str:
    """The first line of a report that has words in it, without the lines drawn around them."""
    for line in report.splitlines():
        text = " ".join(FRAMES_AND_SIGNS.sub(" ", re.sub(r"\x1b\[[0-9;]*m", "", line)).split())
        if re.search(r"\w{3}", text):
            return text
    return ""


def _output(*argv: str) -> str | None:
    """What a program printed; None if it took too long."""
    try:
        return subprocess.run(argv, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S).stdout
    except (subprocess.TimeoutExpired, OSError):
        return None
