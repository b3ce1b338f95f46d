"""Trouble in the capture, as data: judge the capture before the network.

A diagnostic never stops the analysis. It is counted, remembers the first frame on which it
was seen, and lowers the confidence of the rules that name it in ``UNDERMINED_BY``.
"""

from dataclasses import dataclass
from enum import StrEnum

from netanalyze.wording import Text, message


class Severity(StrEnum):
    """What a diagnostic does to a verdict: nothing, lowers its confidence, or forbids it."""

    NOTE = "note"
    WARNING = "warning"
    SERIOUS = "serious"


KINDS: dict[str, tuple[Severity, str]] = {
    "cut_short": (Severity.WARNING, "the file ends in the middle of a record; what came before it is analysed"),
    "corrupt": (Severity.WARNING, "the file stops making sense here; what came before it is analysed"),
    "expands_too_far": (
        Severity.SERIOUS,
        "compressed octets that expand to more than any capture does; what came before is analysed",
    ),
    "unknown_link_type": (Severity.SERIOUS, "frames of a link type that is not decoded; they are counted only"),
    "unknown_interface": (Severity.WARNING, "records that name an interface the file does not describe"),
    "truncated_frames": (Severity.NOTE, "frames cut by the snap length; used as far as they go"),
    "kernel_drops": (Severity.SERIOUS, "frames the capturing machine dropped before they were recorded"),
    "acked_unseen": (Severity.WARNING, "segments acknowledged by the peer but not in the capture"),
    "capture_lossy": (
        Severity.SERIOUS,
        "segments the capture lacks were acknowledged again and again: the capture lost frames",
    ),
    "one_way_capture": (Severity.SERIOUS, "flows of which only one direction was captured"),
    "captured_midway": (Severity.NOTE, "flows whose beginning is not in the capture"),
    "offload_sized_segments": (
        Severity.NOTE,
        "segments larger than the wire carries: captured before segmentation offload",
    ),
    "duplicate_frames": (Severity.NOTE, "frames captured twice (several interfaces or a bridge); counted once"),
    "clock_step": (Severity.WARNING, "the capture clock runs backwards between two frames"),
    "clock_set_back": (
        Severity.WARNING,
        "the capture clock was set back by a second or more: how long anything took across that moment cannot be told",
    ),
    "clock_set_ahead": (
        Severity.WARNING,
        "the capture clock jumped ahead: by both ends' own clocks that time did not pass, so that a wait across it may be none",
    ),
    "coarse_clock": (Severity.WARNING, "time stamps of whole seconds: nothing shorter than two seconds can be timed"),
    "time_leap": (
        Severity.WARNING,
        "nothing for a day or longer: several captures put together, or a clock that was set; the time between is nobody's",
    ),
    "port_scan": (Severity.NOTE, "connections that a scan tried; nobody waits for any one of them, and none is judged"),
    "undecoded": (Severity.NOTE, "frames in which no IP packet was found"),
    "malformed": (Severity.NOTE, "headers that contradict themselves; decoded as far as they make sense"),
    "incomplete_fragments": (Severity.NOTE, "IP fragments whose datagram never became whole"),
    "unread_blocks": (Severity.NOTE, "pcapng blocks of a kind that is skipped"),
    "detail_limit": (Severity.NOTE, "more flows or packets than are kept in detail; counts stay exact"),
    "left_out": (Severity.NOTE, "more of a kind than one analysis looks at, so that its end costs no more than it may"),
    "answers_without_query": (Severity.NOTE, "DNS answers whose query is not in the capture"),
    "rule_failed": (Severity.WARNING, "a rule failed, an error of our own: what it would have found is missing"),
    "part_failed": (Severity.WARNING, "a part of the analysis failed, an error of our own: it is left out"),
    "capture_started_late": (Severity.NOTE, "the command was already running when the capture began"),
    "capture_ended_early": (
        Severity.WARNING,
        "the capture ended before the command did: what passed since is not in it",
    ),
    "not_redacted": (Severity.NOTE, "not redacted: secrets stand in this report as they were seen (--no-redact)"),
}
"""Every kind of diagnostic: how severe it is, and what it means."""


@dataclass(frozen=True)
class Diagnostic:
    """One kind of trouble: how often, where first (frame number, or None), and particulars."""

    kind: str
    count: int
    first_frame: int | None = None
    detail: Text = ""

    @property
    def severity(self) -> Severity:
        """How much it matters to a verdict."""
        return KINDS[self.kind][0]

    @property
    def meaning(self) -> Text:
        """One sentence for people, with the particulars."""
        meaning = KINDS[self.kind][1]
        return message("{meaning} ({detail})", meaning=meaning, detail=self.detail) if self.detail else meaning


class Diagnostics:
    """Counts of each kind of trouble seen so far."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, Text], list[int | None]] = {}

    def add(self, kind: str, count: int = 1, first_frame: int | None = None, detail: Text = "") -> None:
        """Count ``count`` more of ``kind``; frames are given in rising order, so the first one given stays."""
        if kind not in KINDS:
            raise KeyError(f"{kind!r} is no kind of diagnostic; netanalyze.diagnostics.KINDS declares them")
        if count <= 0:
            return
        entry = self._seen.setdefault((kind, detail), [0, first_frame])
        entry[0] = (entry[0] or 0) + count
        if entry[1] is None:
            entry[1] = first_frame

    def __contains__(self, kind: str) -> bool:
        return any(seen == kind for seen, _ in self._seen)

    def count(self, kind: str) -> int:
        """How often ``kind`` was seen, over all its particulars."""
        return sum(entry[0] or 0 for (seen, _), entry in self._seen.items() if seen == kind)

    def rows(self) -> list[Diagnostic]:
        """All diagnostics, the most severe first, then by name."""
        order = [Severity.SERIOUS, Severity.WARNING, Severity.NOTE]
        rows = [Diagnostic(kind, entry[0] or 0, entry[1], detail) for (kind, detail), entry in self._seen.items()]
        return sorted(rows, key=lambda row: (order.index(row.severity), row.kind, str(row.detail)))
