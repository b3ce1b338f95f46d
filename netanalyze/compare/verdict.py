"""The one verdict of several points: what the client's capture alone names, and where on the path it is, with what certainty."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from netanalyze.compare.itinerary import Event, Itinerary, Wait, follow_wait
from netanalyze.compare.lookups import follow_lookup
from netanalyze.compare.places import PathAnswer, PathPlace
from netanalyze.compare.spans import Span
from netanalyze.compare.trails import PointPath, Trail
from netanalyze.findings import Finding, Threshold
from netanalyze.flows.flow import INITIAL_TTLS
from netanalyze.units import MILLISECOND_NS, SECOND_NS
from netanalyze.waiting import BY_VALUE, Waiting
from netanalyze.wording import Text, message

SURE = 0.99
WEAK_JOIN, LACKING, CLOCK, ENDED, STRANGE = 0.85, 0.7, 0.75, 0.6, 0.7
"""What is left of the certainty where a connection was joined by a weak sign, a capture lacks frames, the clocks' error is as
large as what was measured, a capture had ended by then, or shows nothing of the client at all."""
WEAK = ("ports", "octets", "same_name", "same_target", "same_server")
MADE = ("injected", "altered")
"""What nobody sent, or not so, is why, where the capture that lacks it shows that time; that somebody waited for it follows."""
LEAST = Threshold(
    20,
    "ms",
    source="netanalyze, chosen",
    why="shorter waits are round trips; many of them are told as losses or as latency",
)
LOOKUPS_MOST = 200
"""Queries that are followed, those that took longest: a bound on the work."""
FOREVER = 1 << 62
AT_ONCE = Threshold(
    1, "s", source="Miller, Response time in man-computer conversational transactions (AFIPS 1968)",
    why="a run that failed without so long a wait failed by what it was told, and not by waiting",
)  # fmt: skip
TOLERANCE_NS = MILLISECOND_NS


@dataclass(frozen=True)
class PathVerdict:
    """What several points say together.

    Attributes:
        status, cause: the client's capture's own.
        answer: where, and what; None where the client's verdict names nothing that could be followed, or nothing is wrong.
        seconds: of all waits that went to the same place.
        certainty: of the place, 0 to 1; ``doubts`` lower it.
    """

    status: str
    cause: str | None
    answer: PathAnswer | None
    seconds: float
    certainty: float
    doubts: tuple[Text, ...] = ()


def decide(path: PointPath, spans: Sequence[Span]) -> PathVerdict:
    """The verdict of all points together."""
    result = path.points[0].result
    verdict, root = result.verdict, result.root
    if root is None:
        nothing = verdict.status == "healthy" and not len(result.flows)  # pings alone: there is nothing to join
        return PathVerdict("unusable" if nothing else verdict.status, verdict.cause, None, 0.0, 0.0)
    if root.cause.startswith("local/"):
        own = PathAnswer(PathPlace(0), "own", message("its own work"), verdict.seconds, root.flow_id)
        return PathVerdict(verdict.status, verdict.cause, own, verdict.seconds, SURE)
    answers = [*_altered(path, spans, root), *_answers(path, root)]
    if verdict.status == "failed" and sum(one.seconds for one in answers) < AT_ONCE.value:
        answers = list(_ended(path, root, _flows_of(root), anyhow=True)) or answers
    if not answers and (lossy := _by_losses(path, spans, root)) is not None:
        answers = [lossy]
    if not answers:
        return PathVerdict(verdict.status, verdict.cause, None, 0.0, 0.0)
    answers = [one for one in answers if one.how in MADE and not _unseen(path, one)] or answers
    totals: dict[tuple[PathPlace, bool], float] = {}
    for one in answers:
        totals[_kind(one)] = totals.get(_kind(one), 0.0) + one.seconds
    most = max(totals, key=lambda kind: totals[kind])
    chosen = max((one for one in answers if _kind(one) == most), key=lambda one: one.seconds)
    certainty, doubts = _certainty(path, chosen)
    return PathVerdict(verdict.status, verdict.cause, chosen, totals[most], certainty, doubts)


def _altered(path: PointPath, spans: Sequence[Span], root: Finding) -> Iterator[PathAnswer]:
    """Where octets of the connections that a finding is about came other than they were sent."""
    flows = _flows_of(root)
    for span in spans:
        for direction, fate in enumerate(span.fates):
            octets = sum(n for trail, n in fate.altered_flows if path.trails[trail].sightings[0].flow in flows)
            if octets:
                near, far = (span.number, span.number + 1) if direction == 0 else (span.number + 1, span.number)
                took = (root.end_ns - root.start_ns) / SECOND_NS
                yield PathAnswer(
                    PathPlace(span.number, True), "altered", message("{count} octets", count=octets), took, root.flow_id,
                    copies=octets, direction=direction, came=True, from_point=near, to_point=far,
                )  # fmt: skip


def _kind(answer: PathAnswer) -> tuple[PathPlace, bool]:
    return answer.place, answer.how == "injected"


def _answers(path: PointPath, root: Finding) -> Iterator[PathAnswer]:
    """Where each wait went that the client's finding is about."""
    client = path.points[0]
    if root.cause.startswith("dns/"):
        yield from _lookups(path, root)
        return
    flows = _flows_of(root)
    ended = list(_ended(path, root, flows))
    if ended:
        yield from ended
        return
    for row in client.result.stalls.rows():
        if row["flow_id"] not in flows or row["start_ns"] is None or row["end_ns"] is None:
            continue
        if row["end_ns"] < root.start_ns - TOLERANCE_NS or row["start_ns"] > root.end_ns + TOLERANCE_NS:
            continue
        trail, waiting = path.trail_of(row["flow_id"]), BY_VALUE.get(row["waiting_for"])
        if trail is None or waiting is None or row["end_ns"] - row["start_ns"] < LEAST.ns:
            continue
        wait = Wait(row["flow_id"], row["start_ns"], row["end_ns"], waiting, row["waiting_on"], row["next_frame"] or 0)
        if (found := follow_wait(path, trail, wait)) is not None:
            yield found
    for flow in flows:
        trail = path.trail_of(flow)
        if trail is not None and trail.sightings[0].is_tcp and not len(trail.sightings[0].halves[1]):
            unanswered = Wait(flow, root.start_ns, max(root.end_ns, root.start_ns), Waiting.SYN_ACK, "server")
            if (found := follow_wait(path, trail, unanswered)) is not None:
                yield found


def _flows_of(root: Finding) -> list[int]:
    return [flow for flow in (root.flow_id, *root.also_flows) if flow is not None]


def _ended(path: PointPath, root: Finding, flows: Sequence[int], anyhow: bool = False) -> Iterator[PathAnswer]:
    """Who sent what ended a connection, where the finding cites it: a RST, an alert, a response.

    Args:
        anyhow: octets that are cited count for it, however long the finding's span is.
    """
    cited = {piece.ref for piece in root.evidence if piece.kind == "frame"}
    for flow in flows:
        trail = path.trail_of(flow)
        if trail is None:
            continue
        down = trail.sightings[0].halves[1]
        resets = [at for at in (down.flags & 4 != 0).nonzero()[0].tolist() if int(down.frame[at]) in cited]
        if resets:
            yield from _sender(path, trail, Event("rst", 1), root)
        elif anyhow or root.end_ns - root.start_ns < LEAST.ns:
            octets = [at for at in (down.length > 0).nonzero()[0].tolist() if int(down.frame[at]) in cited]
            if octets:
                at = octets[-1]
                alert = trail.sightings[0].point.handshakes.get(flow, {}).get("alert_frame") == int(down.frame[at])
                for one in _sender(path, trail, Event("data", 1, int(down.start[at])), root):
                    yield replace(one, what=message("alert") if alert else message("response"))


def _sender(path: PointPath, trail: Trail, event: Event, root: Finding) -> Iterator[PathAnswer]:
    """The farthest point that saw it is its sender's, unless it reached beyond all that the connection was seen at."""
    wait = Wait(trail.sightings[0].flow, root.start_ns, root.end_ns + SECOND_NS, Waiting.RESPONSE, "server")
    way = Itinerary(path, trail, wait, event)
    steps = [step for step in way.back if step is not None]
    if not steps or way.back[0] is None:
        return
    reached = next((n for n, step in enumerate(way.back) if step is None), len(way.back))
    far = way.back[reached - 1]
    assert far is not None
    shown = tuple(reversed(steps))
    error = max(step.error_ns for step in shown) / 1e9
    last = trail.sightings[reached - 1]
    if reached < len(trail.sightings):
        place = PathPlace(last.number, not trail.links[reached - 1].inside)
        how = "injected" if reached < way.reach else "sent"
    elif last.number < len(path.points) - 1:
        place = PathPlace(last.number, int(last.halves[1].ttl[-1]) not in INITIAL_TTLS)
        how = "injected" if place.beyond else "sent"
    else:
        place, how = PathPlace(last.number), "sent"
    yield PathAnswer(
        place, how, far.what, max((root.end_ns - root.start_ns) / 1e9, 0.0), wait.flow, shown, direction=1, came=True,
        error_s=error, from_point=far.point, to_point=place.point + place.beyond, shown=far,
    )  # fmt: skip


def _lookups(path: PointPath, root: Finding) -> Iterator[PathAnswer]:
    """The queries that a finding about names cites, else all that were slow or unanswered meanwhile."""
    client = path.points[0]
    cited = {piece.ref for piece in root.evidence if piece.kind == "frame"}
    rows = [
        row for row in client.lookups if {row["query_frame"], row["response_frame"], row["last_query_frame"]} & cited
    ]
    waits = sorted(rows or client.lookups, key=lambda row: (row["response_ns"] or FOREVER) - (row["query_ns"] or 0))
    for row in waits[-LOOKUPS_MOST:]:
        if row["query_ns"] is None or row["query_ns"] > root.end_ns + TOLERANCE_NS:
            continue
        if (found := follow_lookup(path, row, max(root.end_ns, row["query_ns"]))) is not None:
            yield found


def _by_losses(path: PointPath, spans: Sequence[Span], root: Finding) -> PathAnswer | None:
    """The span that lost most packets of the connections that a finding is about."""
    flows = _flows_of(root)
    best: tuple[int, int, int] | None = None
    for span in spans:
        for direction, fate in enumerate(span.fates):
            mine = sum(1 for trail, _ in fate.lost_frames if path.trails[trail].sightings[0].flow in flows or not flows)
            if mine and (best is None or mine > best[0]):
                best = (mine, span.number, direction)
    if best is None:
        return None
    lost, number, direction = best
    near, far = (number, number + 1) if direction == 0 else (number + 1, number)
    took = (root.end_ns - root.start_ns) / SECOND_NS
    return PathAnswer(
        PathPlace(number, True), "lost", message("{count} packets", count=lost), took, root.flow_id, (), lost,
        direction, came=True, from_point=near, to_point=far,
    )  # fmt: skip


def _certainty(path: PointPath, answer: PathAnswer) -> tuple[float, tuple[Text, ...]]:
    """How sure the place is, and what lowers that."""
    certainty, doubts = SURE, list[Text]()
    trail = None if answer.flow is None else path.trail_of(answer.flow)
    weak = [link.by for link in trail.links if link.by in WEAK] if trail is not None else []
    if weak:
        certainty *= WEAK_JOIN
        doubts.append(message("the connection was joined by a sign that another one may bear, too"))
    lacking = _lacking(answer)
    for number in sorted({answer.from_point, answer.to_point, answer.place.point, lacking}):
        if path.points[number].dropped:
            certainty *= LACKING
            doubts.append(message("the capture of {point} lacks frames", point=path.points[number].name))
    if answer.how in ("late", "slow") and answer.error_s >= answer.seconds:
        certainty *= CLOCK
        doubts.append(message("the clocks' error is as large as the time that was lost"))
    name = path.points[lacking].name
    if _rests_on(answer) and path.shares_nothing(lacking):
        certainty *= STRANGE
        doubts.append(message("{point} shows none of the client's connections", point=name))
    elif _unseen(path, answer):
        certainty *= ENDED
        doubts.append(message("the capture of {point} shows no frame of that time", point=name))
    return round(certainty, 3), tuple(doubts)


def _lacking(answer: PathAnswer) -> int:
    """The point whose capture lacks it: where it was next to be; of what was made, where it should have been before."""
    return answer.place.point + answer.place.beyond if answer.how == "injected" else answer.to_point


def _rests_on(answer: PathAnswer) -> bool:
    """Whether an answer rests on what another point's capture lacks."""
    lacks = answer.how == "injected" or (answer.how == "lost" and not answer.came)
    return lacks and answer.shown is not None and _lacking(answer) != answer.from_point


def _unseen(path: PointPath, answer: PathAnswer) -> bool:
    """Whether the capture that lacks it had not begun, or had ended, as far as it tells, when it was seen first."""
    if not _rests_on(answer):
        return False
    assert answer.shown is not None
    lacking = _lacking(answer)
    capture = path.points[lacking].result.capture
    begun, ended = (path.to_client(lacking, ns) for ns in (capture.start_ns, capture.end_ns))
    return begun > answer.shown.ns or ended < answer.shown.ns - SECOND_NS
