"""A lookup from point to point: its queries on their way to the resolver, and what came back."""

import itertools
from collections.abc import Sequence
from typing import Any

from netanalyze.compare.places import PathAnswer, PathPlace, WayStep
from netanalyze.compare.trails import PointPath
from netanalyze.flows.flow import INITIAL_TTLS
from netanalyze.units import MILLISECOND_NS, SECOND_NS, seconds
from netanalyze.wording import message

FORWARDED_NS = 5 * SECOND_NS
"""A forwarder asks under an id of its own: the same question counts as that query's while a stub resolver waits for it
(resolv.conf(5): timeout 5 s)."""
AT_ONCE_NS = 100 * MILLISECOND_NS
"""Card, Robertson, Mackinlay (CHI 1991): what comes within it seems to come at once."""
Row = dict[str, Any]


def follow_lookup(path: PointPath, row: Row, end_ns: int) -> PathAnswer | None:
    """Where a query, or its answer, was lost or held up; None where its way is not known.

    Args:
        row: the query in the client's table.
        end_ns: until when the client waited, where nothing came.
    """
    seen: list[Row | None] = [row, *(_same_query(path, number, row) for number in range(1, len(path.points)))]
    while len(seen) > 1 and seen[-1] is None:
        seen.pop()
    there = [_step(path, n, one, "query") for n, one in enumerate(seen)]
    back = [_step(path, n, one, "response") for n, one in enumerate(seen)]
    start = there[0]
    if start is None:
        return None
    last = len(path.points) - 1
    waited = seconds((row["response_ns"] or end_ns) - row["query_ns"])
    steps = tuple(step for step in (*there, *reversed(back)) if step is not None)
    error = max((s.error_ns for s in steps), default=0.0) / 1e9
    flow = row["flow_id"]

    def answer(
        place: PathPlace, how: str, step: WayStep, direction: int | None, took: float, came: bool = False
    ) -> PathAnswer:
        copies = row["queries"] if how == "lost" and direction == 0 else 1
        to = place.point + 1 if place.beyond and direction == 0 else place.point
        return PathAnswer(
            place, how, step.what, took, flow, steps, copies if how == "lost" else 0, direction, came=came, error_s=error,
            from_point=step.point, to_point=to, shown=step,
        )  # fmt: skip

    if back[0] is None:
        return _unanswered(path, there, back, waited, answer)
    if forged := _forged(path, seen, back):
        return answer(PathPlace(forged - 1, True), "injected", back[0], 1, waited, True)
    known_back = [step for step in back if step is not None]
    known_there = [step for step in there if step is not None]
    stretches = [(b.ns - a.ns, 0, a, b) for a, b in itertools.pairwise(known_there)]
    stretches += [(a.ns - b.ns, 1, b, a) for a, b in itertools.pairwise(known_back)]
    far, asked = known_back[-1], known_there[-1]
    own = far.ns - asked.ns
    longest = max(stretches, default=(0, 0, far, far), key=lambda one: one[0])
    if own >= longest[0]:
        place = (
            PathPlace(far.point)
            if far.point == last or _answers_itself(seen[far.point])
            else PathPlace(far.point, True)
        )
        if own < AT_ONCE_NS:  # it is what was answered that counts, and not how long it took
            return answer(place, "sent", far, None, own / 1e9, True)
        return answer(place, "slow", asked, None, own / 1e9, True)
    near = min(longest[2].point, longest[3].point)
    how = "lost" if row["queries"] > 1 and longest[1] == 0 else "late"
    return answer(PathPlace(near, True), how, longest[2], longest[1], longest[0] / 1e9, True)


def _unanswered(
    path: PointPath, there: Sequence[WayStep | None], back: Sequence[WayStep | None], waited: float, answer: Any
) -> PathAnswer | None:
    """Nothing came: from where on it was not seen."""
    answered = next((n for n, step in enumerate(back) if step is not None), None)
    if answered:
        step = back[answered]
        assert step is not None
        found: PathAnswer = answer(PathPlace(answered - 1, True), "lost", step, 1, waited)
        return found
    asked = [step for step in there if step is not None][-1]
    if asked.point == len(path.points) - 1:
        silent: PathAnswer = answer(PathPlace(asked.point), "silent", asked, None, waited)
        return silent
    lost: PathAnswer = answer(PathPlace(asked.point, True), "lost", asked, 0, waited)
    return lost


def _same_query(path: PointPath, number: int, row: Row) -> Row | None:
    """The same query in the table of another point: by its id and its question, else a forwarder's by the question alone."""
    same = path.points[number].by_question.get((row["qname"], row["qtype"]), ())
    moment = row["query_ns"]
    near = sorted(same, key=lambda one: abs(path.to_client(number, one["query_ns"]) - moment))
    by_id = [one for one in near if one["dns_id"] == row["dns_id"]]
    if by_id:
        return by_id[0]
    error = path.error_at(number, moment)
    if error > FORWARDED_NS:
        return None
    after = [
        one
        for one in near
        if -error - MILLISECOND_NS <= path.to_client(number, one["query_ns"]) - moment <= FORWARDED_NS
    ]
    return after[0] if after and all(one["dns_id"] != row["dns_id"] for one in same) else None


def _step(path: PointPath, number: int, row: Row | None, kind: str) -> WayStep | None:
    if row is None or row[f"{kind}_ns"] is None or not row[f"{kind}_frame"]:
        return None
    ns = path.to_client(number, row[f"{kind}_ns"])
    asked = kind == "query"
    what = (
        message("query for {name}", name=row["qname"]) if asked else message("answer about {name}", name=row["qname"])
    )
    return WayStep(what, number, row[f"{kind}_frame"], ns, path.error_at(number, ns), asked)


def _forged(path: PointPath, rows: Sequence[Row | None], back: Sequence[WayStep | None]) -> int | None:
    """The first point that never saw the answer that the client got; None where all that saw the query did."""
    first = rows[0]
    assert first is not None
    for number, one in enumerate(rows[1:], 1):
        if one is None:
            continue
        if one["response_ns"] is None or _content(one) != _content(first):
            return number
    return None


def _content(row: Row) -> tuple[Any, ...]:
    return (row["rcode"], tuple(sorted(row["answers"] or ())))


def _answers_itself(row: Row | None) -> bool:
    return row is not None and row["answer_ttl"] in INITIAL_TTLS
