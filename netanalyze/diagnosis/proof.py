"""The story of a finding as a person reads it: frames, and what they show."""

from dataclasses import replace
from typing import Any

from netanalyze.findings import Evidence, Finding
from netanalyze.flows.flow import Flow
from netanalyze.result import Shown
from netanalyze.tracking.state import HALF
from netanalyze.wording import message

GAVE_UP = 'the client gives up: its {seconds} s timer, "{error}"'
AS_IT_WAS_SET = 'the client gives up: you set this timer to {seconds} s ({option}), "{error}"'


def proof(finding: Finding, timer: Any, who: str = "go", flow: Flow | None = None) -> tuple[Shown, ...]:
    """The rows in order; the two ends of a range are one row. ``who`` printed what is quoted; ``flow`` is the finding's."""
    own = set() if flow is None else frames_known(flow)
    rows: list[Shown] = []
    nothing = Evidence("", "", "trace")
    for before, one, after in zip((nothing, *finding.evidence), finding.evidence, (*finding.evidence[1:], nothing)):
        if one.kind != "frame":
            source = who if one.kind == "trace" else one.kind
            rows.append((source, message("{what}: {words}", what=one.shows, words=one.ref)))
        elif one.ref not in (before.through, after.through):
            frames = one.frames
            of_flow = flow is not None and own.issuperset(frames.numbers)
            rows.append((replace(frames, flow_id=flow.id) if flow and of_flow else frames, one.shows))
    if timer is not None and timer.error_text:
        how = AS_IT_WAS_SET if timer.set_by else GAVE_UP
        words = {"option": timer.set_by} if timer.set_by else {}
        rows.append(("then", message(how, seconds=f"{timer.seconds:g}", error=timer.error_text, **words)))
    return tuple(rows)


FRAMES_OF_FLOW = ("first_frame", "last_frame", "established_frame", "progress_frame")
FRAMES_OF_SIDE = tuple(name for name in HALF.names if name.endswith("_frame"))


def frames_known(flow: Flow) -> set[int]:
    """Frames that are certainly of a flow: those kept in detail, and those that it remembers."""
    known = {packet.frame_number for packet in flow.packets}
    known |= {getattr(flow, name) for name in FRAMES_OF_FLOW}
    return known | {getattr(half, name) for half in flow.halves for name in FRAMES_OF_SIDE}
