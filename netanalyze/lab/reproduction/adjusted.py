"""What single causes want beside what their flows show: a thin wire, an outage of everything, a capture that lost frames."""

from dataclasses import replace
from typing import Any

from netanalyze.findings import Finding
from netanalyze.lab.reproduction.conversation import PlayedFlow, PlayedStep
from netanalyze.lab.reproduction.members import SERVER
from netanalyze.lab.reproduction.observed import ObservedFlow
from netanalyze.lab.reproduction.spans import OctetRanges
from netanalyze.result import Result

WITHIN = 0.75
"""Of an outage as it is seen: it ends before the retransmission that shows its end, which come at twice the time each."""
SLACK_S = 0.3


HEADERS = 1.06
"""Octets of frames to those of payload, in full-size segments."""
DEEP, SHALLOW = 60_000, 6_000
"""Octets that wait for a thin wire: where nothing was lost, and where something was."""
WINDOW_UPDATES = 50
"""Octets at most that a client of HTTP/2 says of its window while an answer comes (RFC 9113 section 6.9); a request is longer."""
LEAST_SHARE, MOST_SHARE = 0.02, 0.5
"""Of a capture that lost frames: what would not be noticed, and what would leave nothing to judge."""


def adjusted(
    talks: list[PlayedFlow], result: Result, begins: float, flows: list[ObservedFlow]
) -> tuple[list[PlayedFlow], dict[str, Any], float]:
    """The conversations, the wire, and the share of frames that the capture loses, as the verdict's cause wants them."""
    cause, root = result.verdict.cause, result.root
    assert root is not None
    start = (root.start_ns - result.capture.start_ns) / 1e9 - begins
    end = (root.end_ns - result.capture.start_ns) / 1e9 - begins
    if cause == "tcp/outage":
        return [_cut_off(one, start, end) for one in talks], {}, 0.0
    if cause == "tcp/throttled" and dict(root.attributes).get("direction") != "up":
        delay = min((one.delay for one in talks if one.delay), default=0.0)
        return [_at_once(one, delay) for one in talks], _thin(root), 0.0
    if cause == "local/ingress-dropped" and root.culprit is not None:
        hosts = {flow.server[0] for flow in flows if any(one.frame in _cited(root) for one in flow.packets)}
        return [_ignored(one, start) if one.server[0] in hosts else one for one in talks], {}, 0.0
    if cause == "capture/lossy":
        return talks, {}, _missing(flows)
    return talks, {}, 0.0


def _cited(root: Finding) -> set[int]:
    return {int(str(one.ref)) for one in root.evidence if one.kind == "frame"}


def _ignored(talk: PlayedFlow, start: float) -> PlayedFlow:
    """A conversation whose client's own firewall drops what comes, and so hears nothing of it and acknowledges nothing."""
    since = start - talk.begins
    opens = any(step.by == SERVER for step in talk.steps)
    lost = tuple(entry for entry in talk.lost if entry[0] != SERVER)
    return replace(talk, dropped_from=round(max(since, 0.0), 4) if opens else 0.0, lost=lost, silent=())


def _thin(root: Finding) -> dict[str, Any]:
    """A wire that lets through what the finding says came through."""
    quantities = dict(root.quantities)
    rate = int(float(quantities.get("rate", 0)) * HEADERS)
    return {"rate": rate, "queue": SHALLOW if quantities.get("repaired") else DEEP} if rate else {}


def _at_once(talk: PlayedFlow, delay: float) -> PlayedFlow:
    """A conversation whose server says at once what came bit by bit: the wire it is to come through is thin now."""
    steps: list[PlayedStep] = []
    answer: int | None = None  # where the server's present answer is
    for one in talk.steps:
        if one.act == "say" and one.by == SERVER and answer is not None:
            steps[answer] = replace(steps[answer], octets=steps[answer].octets + one.octets)
            continue
        if one.act == "say" and one.by == SERVER:
            answer = len(steps)
        elif one.act != "say" or len(one.octets) > WINDOW_UPDATES:
            answer = None
        steps.append(one)
    lost = tuple(entry for entry in talk.lost if entry[0] != SERVER)
    return replace(talk, steps=tuple(steps), lost=lost, late=(), delay=min(talk.delay, delay))


def _missing(flows: list[ObservedFlow]) -> float:
    """The share of what servers said that a capture has not, though it was acknowledged."""
    there = gone = 0
    for flow in flows:
        seen = OctetRanges()
        for one in flow.packets:
            if not one.up and one.length:
                seen.add(one.offset, one.offset + one.length)
        gone += sum(right - left for left, right in seen.holes())
        there += sum(right - left for left, right in seen.ranges)
    return round(min(max(gone / max(gone + there, 1), LEAST_SHARE), MOST_SHARE), 3)


def _cut_off(talk: PlayedFlow, start: float, end: float) -> PlayedFlow:
    """A conversation through an outage: what the server said at its end it had said at its beginning, and it was lost."""
    began, over = start - talk.begins, end - talk.begins
    if over <= 0 or not talk.steps:
        return talk
    moved = [
        replace(one, at=round(began + 0.02, 4)) if one.by == SERVER and began < one.at <= over + SLACK_S else one
        for one in talk.steps
    ]
    until = began + (over - began) * WITHIN
    steps: tuple[PlayedStep, ...] = tuple(sorted(moved, key=lambda one: one.at))
    return replace(talk, steps=steps, silent=((round(max(began, 0.0), 4), round(until, 4)),))
