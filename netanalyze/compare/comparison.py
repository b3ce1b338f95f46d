"""Comparison: all that several points say together, and its JSON (docs/compare.md)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from netanalyze.compare.clocks import DRIFT_KNOWN, PointClock
from netanalyze.compare.places import WayStep
from netanalyze.compare.points import read_points
from netanalyze.compare.sentences import headline
from netanalyze.compare.spans import Fate, Span, spans
from netanalyze.compare.tls_ends import TlsEnd, tls_ends
from netanalyze.compare.trails import PointPath, Trail, follow
from netanalyze.compare.verdict import PathVerdict, decide
from netanalyze.units import SECOND_NS, rfc3339
from netanalyze.version import __version__
from netanalyze.wording import Text, english

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Comparison:
    """What several captures of one path say together.

    Attributes:
        path: the points, the client's connections from point to point, and the clocks.
        spans: what became of packets between neighbouring points.
        tls_ends: connections whose TLS something on the path ends.
        verdict: the one verdict.
    """

    path: PointPath
    spans: list[Span]
    tls_ends: list[TlsEnd]
    verdict: PathVerdict

    @cached_property
    def names(self) -> list[str]:
        """The points as they are called."""
        return [point.name for point in self.path.points]

    @property
    def start_ns(self) -> int:
        """When the client's run began, or its capture: all moments count from here, on the client's clock."""
        return self.path.points[0].result.capture.start_ns

    @cached_property
    def headline(self) -> Text:
        """The verdict in one sentence."""
        return headline(self.verdict, self.names, self.start_ns, self.path.points[0].result.verdict.summary)

    def to_json(self) -> dict[str, Any]:
        """The JSON object; moments are seconds from the client's start, on its clock."""
        verdict, answer = self.verdict, self.verdict.answer
        start = self.start_ns
        return {
            "schema_version": SCHEMA_VERSION,
            "netanalyze": __version__,
            "start": rfc3339(start),
            "points": [
                {"name": p.name, "file": p.shown, "packets": p.result.capture.packets, **_clock(self.path.clock(n), start)}
                for n, p in enumerate(self.path.points)
            ],
            "verdict": {
                "status": verdict.status,
                "cause": verdict.cause,
                "summary": english(self.headline),
                "place": None if answer is None else answer.place.key(self.names),
                "how": None if answer is None else answer.how,
                "seconds": round(verdict.seconds, 3),
                "certainty": round(verdict.certainty, 3),
                "doubts": english(list(verdict.doubts)),
                "flow": None if answer is None else answer.flow,
                "copies_lost": 0 if answer is None else answer.copies,
                "steps": [] if answer is None else [self._step(step) for step in answer.steps],
            },
            "spans": [_span(span, self.names) for span in self.spans],
            "connections": [_trail(trail, self.names) for trail in self.path.trails if len(trail.sightings) > 1],
            "not_seen_elsewhere": [c.sightings[0].flow for c in self.path.trails if len(c.sightings) == 1],
            "tls_ends": [
                {
                    "flow": one.flow, "name": one.name, "place": one.place.key(self.names), "ja4_before": one.before,
                    "ja4_after": one.after, "issuer_before": one.issuers[0], "issuer_after": one.issuers[1],
                }
                for one in self.tls_ends
            ],
        }  # fmt: skip

    def _step(self, step: WayStep) -> dict[str, Any]:
        return {
            "what": english(step.what), "point": self.names[step.point], "frame": step.frame,
            "at": round((step.ns - self.start_ns) / SECOND_NS, 6), "error": _finite(step.error_ns / SECOND_NS),
        }  # fmt: skip


def compare(
    paths: Sequence[str],
    progress: Callable[[int, int | None], None] | None = None,
    kernels: str = "auto",
    trace: str | None = None,
) -> Comparison:
    """Compare captures of one path, given in its order: the client's, those between, the server's.

    Args:
        progress: called with octets read and octets in all (None unknown).
        kernels: auto, plain or compiled.
        trace: what the client's command printed, as text.

    Raises:
        CaptureError: one of them cannot be analysed, or has nothing in common with the one before it.
        ValueError: fewer than two.
    """
    if len(paths) < 2:
        raise ValueError("a comparison needs two captures at least: the client's and the server's")
    path = follow(read_points(paths, progress, kernels, trace))
    found = spans(path)
    return Comparison(path, found, tls_ends(path), decide(path, found))


def _finite(value: float) -> float | None:
    return None if value == float("inf") else round(value, 9)


def _clock(clock: PointClock | None, start_ns: int) -> dict[str, Any]:
    """A point's clock against the client's, at the client's start."""
    if clock is None:
        return dict.fromkeys(("clock_ahead", "clock_error", "clock_at", "drift_ppm", "drift_error_ppm"))
    known = clock.drift_error <= DRIFT_KNOWN.value
    return {
        "clock_ahead": round(clock.ahead_ns(clock.at_ns) / SECOND_NS, 9),
        "clock_error": _finite(clock.error_ns / SECOND_NS),
        "clock_at": round((clock.at_ns - start_ns) / SECOND_NS, 6) if clock.at_ns else 0.0,
        "drift_ppm": round(clock.drift * 1e6, 3) if known else None,
        "drift_error_ppm": round(clock.drift_error * 1e6, 3),
    }


def _span(span: Span, names: list[str]) -> dict[str, Any]:
    return {
        "between": [names[span.number], names[span.number + 1]],
        "connections": span.connections,
        "relayed": span.relayed,
        "readdressed": span.readdressed,
        "renumbered": span.renumbered,
        "options": {name: list(values) for name, values in span.options.items()},
        "hops": span.hops,
        "up": _fate(span.up),
        "down": _fate(span.down),
    }


def _fate(fate: Fate) -> dict[str, Any]:
    transits = {name: fate.transit(q) for name, q in (("least", 0.0), ("median", 0.5), ("p95", 0.95), ("most", 1.0))}
    return {
        "sent": fate.sent, "lost": fate.lost, "untold": fate.untold, "doubled": fate.doubled, "injected": fate.injected,
        "injected_kinds": sorted(set(fate.injected_kinds)), "altered_octets": fate.altered, "split": fate.split,
        "merged": fate.merged, "lost_frames": [frame for _, frame in fate.lost_frames[:FRAMES_MOST]],
        "injected_frames": [frame for _, frame in fate.injected_frames[:FRAMES_MOST]],
        "transit": {name: None if ns is None else round(ns / SECOND_NS, 9) for name, ns in transits.items()},
    }  # fmt: skip


FRAMES_MOST = 100
"""Frames that are listed of each kind."""


def _trail(trail: Trail, names: list[str]) -> dict[str, Any]:
    return {
        "seen": [
            {"point": names[one.number], "flow": one.flow, "client": one.client_address, "server": one.server_address}
            for one in trail.sightings
        ],
        "joined_by": [link.by for link in trail.links],
        "one_connection": all(link.one_connection for link in trail.links),
    }
