"""A TCP flow over time: round trips, octets a second, octets under way and the window (Wireshark: TCP Stream Graphs)."""

from typing import Any

import numpy as np
from matplotlib.ticker import FuncFormatter

from netanalyze.notebook.segments import Segments
from netanalyze.notebook.stretches import Stretches, shade
from netanalyze.notebook.style import ACK, DATA, INK, RESENT, WINDOW, axes
from netanalyze.tracking import marks
from netanalyze.tracking.sequence import NO_OFFSET
from netanalyze.units import SECOND_NS, counted, duration, size
from netanalyze.wire.layers import FIN, RST, SYN

SIDES = (("client", DATA), ("server", ACK))
"""Who sent, and in which colour."""
SHORTEST_S = 0.001
"""The least time a figure shows."""
BINS = 120
STEPS_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600)
"""Widths of what octets are counted in, s; the first that needs no more than BINS is taken."""
WIDE = 20.0
"""Round trips that differ by more than this factor are drawn on a logarithmic scale."""
SPARE = 1.12
HIGHER = 3
"""A window of more than so many times the octets under way is not drawn in their scale, but told."""


def round_trips(segments: Segments, direction: int) -> tuple[np.ndarray, np.ndarray]:
    """Round trips of one side's octets: when the acknowledgment came, and how long after the octets it covers.

    Karn's rule (RFC 6298 section 3): octets that were sent more than once give none. An acknowledgment of several segments
    counts for the last of them, which was not kept waiting for others.

    Returns:
        ``i8 (n,)`` ns each: the moment, the round trip.
    """
    outstanding: list[tuple[int, int, int, bool]] = []  # begin, end, when sent, whether sent once
    moments: list[int] = []
    spans: list[int] = []
    reached = -1
    opens = (segments.flags & SYN) != 0  # whose own place is 0, before that of its payload
    ends = segments.start + segments.length + np.where(segments.flags & FIN, 1, 0)
    begins = np.where(opens, 0, segments.start)
    columns = (segments.direction, segments.time_ns, begins, ends, segments.ack, segments.flags, segments.marks)
    for side, now, begin, end, ack, flags, marked in zip(*(column.tolist() for column in columns)):
        if side == direction:
            if end <= begin or flags & RST:
                continue
            again = bool(marked & (marks.RESENT | marks.KEEP_ALIVE)) or begin < reached
            if again:
                outstanding = [(b, e, sent, once and not (b < end and begin < e)) for b, e, sent, once in outstanding]
            outstanding.append((begin, end, now, not again))
            reached = max(reached, end)
        elif ack != NO_OFFSET and not flags & RST:
            covered = [one for one in outstanding if one[1] <= ack]
            if covered:
                outstanding = [one for one in outstanding if one[1] > ack]
                if covered[-1][3]:
                    moments.append(now)
                    spans.append(now - covered[-1][2])
    return np.array(moments, np.int64), np.array(spans, np.int64)


def rtt_figure(segments: Segments, title: str, stalls: Stretches | None = None, ax: Any = None) -> Any:
    """Round trips over time, of both sides' octets, as the recorder saw octets and acknowledgments pass.

    What is measured is the way from the recorder to the other end and back: at the client the server's octets come back at
    once, and at the server the client's.
    """
    zero, whole = _extent(segments, stalls)
    with axes(9.6, 4.0, ax) as drawn:
        shade(drawn, stalls or [], zero, whole)
        measured = []
        for direction, (who, colour) in enumerate(SIDES):
            moments, spans = round_trips(segments, direction)
            if len(spans):
                measured.append(spans)
                half = duration(int(np.median(spans)))
                drawn.plot((moments - zero) / SECOND_NS, spans / 1e6, ".-", color=colour, markersize=5, linewidth=0.7,
                           label=f"octets from the {who}:\n{counted(len(spans), 'round trip')}, median {half}")  # fmt: skip
        every = np.concatenate(measured) if measured else np.zeros(0)
        if len(every) and every.max() > WIDE * max(every.min(), 1):
            drawn.set_yscale("log")
            drawn.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        else:
            drawn.set_ylim(0, max(every.max() / 1e6 * SPARE, 0.001) if len(every) else 1)
        if not len(every):
            _nothing(drawn, "no octets were sent once and acknowledged")
        return _finished(drawn, f"{title}: round trips", "octets to their acknowledgment, ms", whole)


def throughput_figure(segments: Segments, title: str, stalls: Stretches | None = None, ax: Any = None) -> Any:
    """Payload a second over time, of each side; upwards the server's, downwards the client's, octets sent again on top."""
    zero, whole = _extent(segments, stalls)
    width = next((step for step in STEPS_S if whole / step <= BINS), whole / BINS)
    edges = np.arange(0, whole + width, width)
    at = (segments.time_ns - zero) / SECOND_NS
    resent = (segments.marks & marks.RESENT) != 0
    highest = 0.0
    with axes(9.6, 4.0, ax) as drawn:
        shade(drawn, stalls or [], zero, whole)
        for direction, (who, colour) in enumerate(SIDES):
            mine, sign = segments.direction == direction, 1 if direction else -1
            rates = [
                np.histogram(at[rows], edges, weights=segments.length[rows])[0] / width
                for rows in (mine & ~resent, mine & resent)
            ]
            new, every = sign * rates[0], sign * (rates[0] + rates[1])
            highest = max(highest, float(np.abs(every).max()))
            octets = size(int(segments.length[mine].sum()))
            drawn.stairs(
                new, edges, fill=True, color=colour, alpha=0.75, linewidth=0, label=f"from the {who}: {octets}"
            )
            if rates[1].any():
                drawn.stairs(every, edges, baseline=new, fill=True, color=RESENT, linewidth=0,
                             label=f"sent again by the {who}: {size(int(segments.length[mine & resent].sum()))}")  # fmt: skip
        drawn.axhline(0, color=INK, linewidth=0.6)
        drawn.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{size(abs(value))}/s"))
        if not highest:
            _nothing(drawn, "no octets were sent")
        step = duration(round(width * SECOND_NS))
        return _finished(drawn, f"{title}: octets a second", f"payload a second, in steps of {step}", whole)


def window_figure(
    segments: Segments, title: str, direction: int, scale: int = 0, stalls: Stretches | None = None, ax: Any = None
) -> Any:
    """Octets of one side sent and not yet acknowledged, and how many more the other side's window allowed.

    Args:
        direction: whose octets, 0 the client's.
        scale: shift of the other side's window field.
    """
    zero, whole = _extent(segments, stalls)
    at = (segments.time_ns - zero) / SECOND_NS
    theirs = (segments.direction != direction) & (segments.ack != NO_OFFSET) & ((segments.flags & RST) == 0)
    sent = (segments.direction == direction) & ((segments.flags & RST) == 0)
    top = np.maximum.accumulate(np.where(sent, segments.start + segments.length, 0)) if len(segments) else at
    acked = np.maximum.accumulate(np.where(theirs, segments.ack, 0)) if len(segments) else at
    under_way = np.maximum(top - np.maximum(acked, 1), 0)
    who, other = (SIDES[direction][0], SIDES[1 - direction][0])
    with axes(9.6, 4.0, ax) as drawn:
        shade(drawn, stalls or [], zero, whole)
        most = int(under_way.max()) if len(under_way) else 0
        if most:
            drawn.step(np.append(at, whole), np.append(under_way, under_way[-1]), where="post", color=DATA, linewidth=1.3,
                       label=f"under way: {size(most)} at most")  # fmt: skip
        allowed = theirs | ((segments.direction != direction) & ((segments.flags & SYN) != 0))
        shift = np.where(segments.flags & SYN, 0, max(scale, 0))  # that of a SYN is never scaled (RFC 7323 section 2.2)
        windows = segments.window[allowed] << shift[allowed]
        if allowed.any():
            least, largest = int(windows.min()), int(windows.max())
            told = f"{other}'s window: {size(least)}" + (f" to {size(largest)}" if largest > least else "")
            told += ",\nabove what is shown" if most and least > HIGHER * most else ""
            drawn.step(np.append(at[allowed], whole), np.append(windows, windows[-1]), where="post", color=WINDOW,
                       linewidth=1.1, linestyle=(0, (4, 2)), label=told)  # fmt: skip
            shut = windows == 0
            if shut.any():
                drawn.scatter(
                    at[allowed][shut], windows[shut], marker="X", s=34, color=RESENT, zorder=4, label="window shut"
                )
        ceiling = max(most, min(int(windows.max(initial=0)), HIGHER * most if most else int(windows.max(initial=0))), 1)
        drawn.set_ylim(-0.04 * ceiling, ceiling * SPARE)
        drawn.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size(max(value, 0))))
        return _finished(drawn, f"{title}: octets from the {who} under way", "not yet acknowledged", whole)


def _extent(segments: Segments, stalls: Stretches | None) -> tuple[int, float]:
    """The flow's first moment, ns, and how long the figure is, s."""
    zero = int(segments.time_ns[0]) if len(segments) else 0
    last = [int(segments.time_ns[-1])] if len(segments) else []
    ends = [end for _, end, *_ in stalls or ()]
    return zero, max([(end - zero) / SECOND_NS for end in (*last, *ends)] + [SHORTEST_S])


def _nothing(drawn: Any, why: str) -> None:
    drawn.annotate(why, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=INK)


def _finished(drawn: Any, title: str, unit: str, whole: float) -> Any:
    drawn.set_xlim(-0.02 * whole, whole * 1.02)
    drawn.set_title(title)
    drawn.set_xlabel("time since the flow's first frame, s")
    drawn.set_ylabel(unit)
    if drawn.get_legend_handles_labels()[1]:
        drawn.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    return drawn.figure
