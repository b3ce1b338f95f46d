"""The rests a command takes between tries that fail: nothing is on the wire, and the cause has the time all the same.

Which commands try again, and after how long, is theirs (``Client.pauses``); a rest is told by the same failure before and
after it, or, where the command was still resting when the run was over, by how long it rests.
"""

import itertools
from collections import defaultdict
from dataclasses import dataclass

from netanalyze.clients.client import Client
from netanalyze.findings import Finding, Threshold

NOTE = "it rests before it tries again"
SLACK = Threshold(
    1, "s", source="measured: npm 11 rests 10.0 and 60.0 s, pip 23 0.5, 1.0, 2.0 and 4.0 s, give or take 0.05 s",
    why="a busy machine wakes a sleeper late, no later than this",
)  # fmt: skip


@dataclass(frozen=True)
class Rest:
    """A rest from ``start_ns`` to ``end_ns`` after the try that ``finding`` tells of."""

    start_ns: int
    end_ns: int
    finding: Finding


def rests(client: Client, findings: list[Finding], end_ns: int) -> list[Rest]:
    """The rests between failed tries of one cause at one place, the one under way at ``end_ns``, and those that an answer asked
    for (429, 503); in order."""
    told = [Rest(f.start_ns, f.end_ns, f) for f in findings if f.attributes.get("retry") == "later"]
    if not client.pauses:
        return sorted(told, key=lambda rest: rest.start_ns)
    places: dict[tuple, list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.fatal:
            places[finding.cause, finding.culprit.name].append(finding)
    found = [rest for ones in places.values() for rest in _of_place(client, ones, end_ns)]
    return sorted([*found, *told], key=lambda rest: rest.start_ns)


def _of_place(client: Client, findings: list[Finding], end_ns: int) -> list[Rest]:
    longest = round(max(client.pauses) * 1e9) + SLACK.ns
    tries = _tries(findings)
    found = [
        Rest(earlier.end_ns, later.start_ns, earlier)
        for earlier, later in itertools.pairwise(tries)
        if earlier.end_ns < later.start_ns <= earlier.end_ns + longest
    ]
    if tries and len(tries) <= len(client.pauses):
        last = tries[-1]
        until = min(end_ns, last.end_ns + round(max(client.pauses[len(tries) - 1 :]) * 1e9))
        if until > last.end_ns:
            found.append(Rest(last.end_ns, until, last))
    return found


def _tries(findings: list[Finding]) -> list[Finding]:
    """One finding for each try, the one that ended last: what failed side by side was one try."""
    tries: list[Finding] = []
    for finding in sorted(findings, key=lambda f: f.start_ns):
        if tries and finding.start_ns <= tries[-1].end_ns + TOGETHER.ns:
            tries[-1] = max(tries[-1], finding, key=lambda f: f.end_ns)
        else:
            tries.append(finding)
    return tries


TOGETHER = Threshold(
    0.1, "s", source="measured: npm 11 connects for two packages within 0.08 s; pip's first rest that is none is 0.01 s",
    why="shorter than the shortest rest, 0.5 s",
)  # fmt: skip
