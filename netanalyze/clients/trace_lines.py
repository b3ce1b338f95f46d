"""The lines of what a command printed: stamps and the prefixes of what ran it taken off, colours and secrets taken out.

Prefixes are those of BuildKit (``#15 22.88 ``, and bare seconds in its summary), compose (``web-1  | ``), kubectl
(``[pod/web-0/web] ``), GitHub Actions (``##[error]``) and GitLab (``00O ``); a line that is a JSON object of
``go test -json`` or docker's json-file log stands for the output it bears.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from netanalyze.numerals import decimal, integer
from netanalyze.patterns import lazy_pattern
from netanalyze.redaction import Lines

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_NS = 2**63 - 1
"""A stamp that does not fit a signed 64-bit number of ns is no stamp."""


@dataclass(frozen=True)
class TraceLine:
    """One line as printed, without its stamp; ``number`` counts from 1, ``time_ns`` is since the epoch."""

    number: int
    time_ns: int | None
    text: str


_RFC3339 = lazy_pattern(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,18}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})(?:\]? |$)"
)
_EPOCH = lazy_pattern(r"([0-9]{9,11})(?:\.([0-9]{1,18}))?(?: |$)")
_ANSI = lazy_pattern(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)")
_COLOUR = lazy_pattern(r"\[[0-9]{1,3}(?:;[0-9]{1,3}){0,4}m(?!\])")
"""What is left of a colour where the escape before it was lost in copying; ``[5m]`` is a time."""
_PREFIX = lazy_pattern(
    r"#[0-9]{1,4} (?:[0-9]{1,6}\.[0-9]{1,3} )?"
    r"|\[pod/[a-z0-9./-]{1,500}\] "
    r"|[a-z0-9][\w.-]{0,100} {1,60}\| "
    r"|[0-9]{2}[OE][+ ]"
    r"|\[(?=[0-9]{4}-[0-9]{2}-[0-9]{2}[T ])"
    r"|(?:##\[|::)(?:error|warning|debug|group|command|notice)(?:\]|::)"
)
_SUMMED_UP = lazy_pattern(r"^(?:#[0-9]{1,4} | *> \[[^\]\n]{1,200}\] )", re.MULTILINE)
"""BuildKit ran it: its summary bears seconds alone before each line."""
_SECONDS = lazy_pattern(r"[0-9]{1,6}\.[0-9]{1,4} ")
_OBJECT = lazy_pattern(r"\{.{0,20000}\"(?:Output|log)\":")
_MARGIN = lazy_pattern(r"(?:> ?|[ \t]+)")
_BOX = lazy_pattern(r"│(?: (.*))?$")
"""Terraform draws a line beside its errors, and wraps them to the terminal's width."""
PREFIXES_MOST = 4
"""So many prefixes stand before a line: CI before a container before a build."""


def _nanoseconds(fraction: str | None) -> int:
    return integer((fraction or "0")[:9].ljust(9, "0")) or 0


def _stamp(text: str) -> tuple[int | None, int]:
    """The time a line's stamp tells, in ns, and where the line itself begins; ``(None, 0)`` without a stamp."""
    match = _EPOCH.match(text)
    if match:
        time_ns = (integer(match[1]) or 0) * 1_000_000_000 + _nanoseconds(match[2])
        return (time_ns, match.end()) if time_ns <= LATEST_NS else (None, 0)
    match = _RFC3339.match(text)
    if not match:
        return None, 0
    year, month, day, hour, minute, second = (integer(match[i]) or 0 for i in range(1, 7))
    try:
        whole = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - EPOCH
    except ValueError:
        return None, 0
    if second > 60:
        return None, 0
    total = whole.days * 86_400 + whole.seconds + (second == 60)
    zone = match[8]
    if zone not in "Zz":
        offset = (integer(zone[1:3]) or 0) * 3600 + (integer(zone[4:6]) or 0) * 60
        total += offset if zone[0] == "-" else -offset
    time_ns = total * 1_000_000_000 + _nanoseconds(match[7])
    return (time_ns, match.end()) if abs(time_ns) <= LATEST_NS else (None, 0)


def _bare(text: str, built: bool) -> tuple[int | None, str]:
    """The time a line's first stamp tells, and the line without the stamps and prefixes of what ran the command."""
    told: int | None = None
    for _ in range(PREFIXES_MOST):
        time_ns, begin = _stamp(text)
        if not begin:
            prefix = _PREFIX.match(text) or (_SECONDS.match(text) if built else None)
            begin = prefix.end() if prefix else 0
        if not begin:
            break
        told = time_ns if told is None else told
        text = text[begin:]
    return told, text


def _output(text: str) -> str:
    """The output that a JSON object on one line bears; any other line as it is."""
    if not _OBJECT.match(text):
        return text
    try:
        found = json.loads(text)
    except ValueError:
        return text
    said = found.get("Output", found.get("log"))
    return said.rstrip("\n") if isinstance(said, str) else text


def _margin(parts: list[str]) -> int:
    """How wide the margin is that all lines have: of code in Markdown, or of what is quoted.

    >>> _margin(["    $ dig a.test", "", "    ;; no servers could be reached"]), _margin(["> GET /", "< HTTP/1.1 200"])
    (4, 0)
    """
    full = [part for part in parts if part.strip(" \t\r>")]
    if len(full) < 2:
        return 0
    first, last = min(full), max(full)
    alike = next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    match = _MARGIN.match(first[:alike])
    return match.end() if match else 0


def _all_timed(parts: list[str]) -> bool:
    """Whether each line begins with seconds, which never go back: copied from BuildKit's summary without its head.

    >>> _all_timed(["20.82 Resolved 163 packages", "320.0 error: Failed"]), _all_timed(["3.5 MB", "1.0 MB"])
    (True, False)
    """
    found = [_SECONDS.match(part) for part in parts if part.strip()]
    seconds = [decimal(match[0].strip()) or 0.0 for match in found if match]
    return len(seconds) >= 2 and len(seconds) == len(found) and seconds == sorted(seconds)


def _unboxed(texts: list[str]) -> list[str]:
    """The lines without what is drawn beside them, each paragraph in its first line; the others of it are empty.

    >>> _unboxed(["╷", "│ Error: no", "│ ", "│ Get: dial:", "│ refused", "│   on main.tf", "╵"])
    ['╷', 'Error: no', '', 'Get: dial: refused', '', '  on main.tf', '╵']
    """
    paragraphs: dict[int, list[str]] = {}
    first = None
    for at, text in enumerate(texts):
        match = _BOX.match(text)
        inner = (match[1] or "").rstrip() if match else ""
        texts[at] = inner if match else text
        if not inner or inner[0] == " ":
            first = None
        elif first is None:
            first, paragraphs[at] = at, [inner]
        else:
            paragraphs[first].append(inner)
            texts[at] = ""
    for at, lines in paragraphs.items():
        texts[at] = " ".join(lines)
    return texts


def read_lines(text: str) -> tuple[TraceLine, ...]:
    """The lines of a text, each with the time it bears (RFC 3339, or seconds since the epoch), secrets blotted out.

    >>> read_lines("1700000000.5 # get https://me:secret@a.test/x\\n")[0]
    TraceLine(number=1, time_ns=1700000000500000000, text='# get https://xxxxx@a.test/x')
    """
    secrets = Lines()
    parts = text.split("\n")
    if parts and not parts[-1]:
        parts.pop()
    built, margin = bool(_SUMMED_UP.search(text)) or _all_timed(parts), _margin(parts)
    bare = [_bare(_output(_COLOUR.sub("", _ANSI.sub("", raw[margin:].rstrip("\r")))), built) for raw in parts]
    shown = [line.rpartition("\r")[2] for _, line in bare]
    shown = _unboxed(shown) if "│" in text else shown
    return tuple(
        TraceLine(number, time_ns, secrets.redacted(line))
        for number, ((time_ns, _), line) in enumerate(zip(bare, shown, strict=True), 1)
    )
