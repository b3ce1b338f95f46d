"""The story of a finding as a person reads it: frames, and what they show."""

from typing import Any

from netanalyze.findings import Evidence, Finding
from netanalyze.wording import message

GAVE_UP = 'the client gives up: its {seconds} s timer, "{error}"'


def proof(finding: Finding, timer: Any) -> tuple[tuple[str, str], ...]:
    """(frames, what they show) in order; a first and a last segment become one range."""
    rows: list[tuple[str, str]] = []
    last: Evidence | None = None
    for one in finding.evidence:
        if one.kind != "frame":
            said = message("{what}: {words}", what=one.shows, words=one.ref)
            rows.append(("go" if one.kind == "trace" else one.kind, said))
            continue
        if last is not None and one.shows.startswith("its last segment"):
            rows[-1] = (f"#{last.ref}-{one.ref}", rows[-1][1])
        elif last is not None and one.shows.startswith("sent ") and last.shows.startswith("sent again"):
            rows[-1] = (f"#{last.ref}-{one.ref}", one.shows)
        else:
            rows.append((f"#{one.ref}", one.shows))
        last = one
    if timer is not None and timer.error_text:
        rows.append(("then", message(GAVE_UP, seconds=f"{timer.seconds:g}", error=timer.error_text)))
    return tuple(rows)
