"""The time-sequence graph of a flow, as tcptrace draws it (Wireshark: Statistics, TCP Stream Graphs)."""

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import FuncFormatter, MaxNLocator

from netanalyze.notebook.segments import Segments
from netanalyze.notebook.stretches import SHADED_SHARE, Stretches, shade
from netanalyze.notebook.style import ACK, DATA, INK, RESENT, SACK, SOFT, WINDOW, axes
from netanalyze.tracking import marks
from netanalyze.tracking.sequence import NO_OFFSET
from netanalyze.units import SECOND_NS
from netanalyze.wire.layers import FIN, RST, SYN

SHORTEST_S = 0.001
"""The least time a graph shows."""
BAND = 0.022
"""Height of the band of limits, as a part of the graph's."""
LIMITS = {"sender": "#E69F00", "receiver": "#CC79A7", "loss": "#D55E00", "reordering": "#D55E00", "path": "#0072B2",
          "latency": "#8C8C8C"}  # fmt: skip
"""A colour for each limit of a transfer (netanalyze.flows.transfers.transfers.LIMITS)."""
HEADS_MOST = 400
"""Strokes of one kind that are drawn with heads; more of them are a line anyway."""


def sequence_figure(
    segments: Segments,
    title: str,
    direction: int,
    scale: int = 0,
    stalls: Stretches | None = None,
    ax: Any = None,
    limits: list[tuple[int, int, str]] | None = None,
) -> Any:
    """Octets of one side over time: when they were sent, sent again, acknowledged, SACKed, and what window allowed.

    Args:
        direction: whose octets, 0 the client's.
        scale: shift of the other side's window field.
        stalls: (start ns, end ns, what was owed, whether a finding is about it), shaded.
        ax: draw here rather than in a figure of its own.
        limits: (start ns, end ns, what limited the transfer), a band along the bottom.
    """
    zero = int(segments.time_ns[0]) if len(segments) else 0
    at = (segments.time_ns - zero) / SECOND_NS
    sent = segments.direction == direction
    data = sent & (segments.length > 0)
    resent = data & ((segments.marks & marks.RESENT) != 0)
    late = data & ((segments.marks & (marks.OUT_OF_ORDER | marks.KEEP_ALIVE)) != 0) & ~resent
    acked = (segments.direction != direction) & (segments.ack != NO_OFFSET) & ((segments.flags & RST) == 0)
    with axes(9.6, 4.6, ax) as drawn:
        ends = [(end - zero) / SECOND_NS for _, end, *_ in stalls or ()]
        whole = max([*at.tolist(), *ends, SHORTEST_S])
        shade(drawn, stalls or [], zero, whole)
        if acked.any():
            heights = segments.ack[acked]
            _staircase(drawn, np.append(at[acked], whole), np.append(heights, heights[-1]), ACK, "acknowledged", 1.4)
        allowed = acked & ((segments.flags & SYN) == 0)
        if allowed.any():
            edge = segments.ack[allowed] + (segments.window[allowed] << max(scale, 0))
            shown = _near(edge, segments, data)
            if shown.any():
                _staircase(drawn, at[allowed][shown], edge[shown], WINDOW, "window allows", 0.9, (0, (4, 2)))
        for rows, colour, label in (
            (data & ~resent & ~late, DATA, "sent"),
            (late, SOFT, "out of order or probe"),
            (resent, RESENT, "sent again"),
        ):
            _bars(drawn, at[rows], segments.start[rows], segments.start[rows] + segments.length[rows], colour, label)
        fresh = _fresh_sacks(segments, direction)
        if fresh:
            rows, low, high = (np.array(column) for column in zip(*fresh))
            _bars(drawn, at[rows], low, high, SACK, "SACKed", 4.5, 2.5)
        _points(drawn, segments, at, direction)
        _band(drawn, limits or [], zero)
        _finish(drawn, segments, data, direction, title, whole)
        return drawn.figure


def _band(drawn: Any, limits: list[tuple[int, int, str]], zero: int) -> None:
    """What limited the transfer, along the bottom; each limit is named once, where it held longest, if there is room."""
    longest = {limit: (start, end) for start, end, limit in sorted(limits, key=lambda span: span[1] - span[0])}
    for start, end, limit in limits:
        begin, width = (start - zero) / SECOND_NS, (end - start) / SECOND_NS
        drawn.axvspan(begin, begin + width, 0, BAND, color=LIMITS[limit], alpha=0.8, linewidth=0, zorder=3)
    room = SHADED_SHARE * 2 * sum(end - start for start, end, _ in limits)
    for limit, (start, end) in longest.items():
        if end - start < room:
            continue
        drawn.annotate(
            limit, ((start + end) / 2 / SECOND_NS - zero / SECOND_NS, BAND + 0.01), xycoords=("data", "axes fraction"),
            ha="center", va="bottom", fontsize=8, color=INK, zorder=4,
        )  # fmt: skip


def _fresh_sacks(segments: Segments, direction: int) -> list[tuple[int, int, int]]:
    """(row, low, high) of octets when they were SACKed for the first time; acknowledgments repeat their blocks."""
    fresh: list[tuple[int, int, int]] = []
    covered: list[tuple[int, int]] = []
    for row, low, high in segments.sacks:
        if segments.direction[row] == direction or high <= low:
            continue
        at, apart, begin, end = max(low, int(segments.ack[row])), [], low, high
        for left, right in covered:
            if right < low or left > high:
                apart.append((left, right))
                continue
            if at < left:
                fresh.append((row, at, left))
            at, begin, end = max(at, right), min(begin, left), max(end, right)
        if at < high:
            fresh.append((row, at, high))
        covered = sorted([*apart, (begin, end)])
    return fresh


def _staircase(drawn: Any, at: Any, height: Any, colour: str, label: str, width: float, dashes: Any = "solid") -> None:
    if len(at):
        drawn.step(at, height, where="post", color=colour, linewidth=width, linestyle=dashes, label=label, zorder=2)


def _bars(
    drawn: Any, at: Any, low: Any, high: Any, colour: str, label: str, width: float = 1.6, level: float = 3
) -> None:
    """An upright stroke for each span of octets; where they are few, with heads so that short ones are seen."""
    if not len(at):
        return
    strokes: Any = np.stack([np.column_stack([at, low]), np.column_stack([at, high])], axis=1)
    many = len(at) > HEADS_MOST
    drawn.add_collection(
        LineCollection(strokes, colors=colour, linewidths=width, label=label, zorder=level, rasterized=many),
        autolim=True,
    )
    if not many:
        drawn.scatter(at, high, s=11, marker="^", color=colour, linewidths=0, zorder=level)
        drawn.scatter(at, low, s=11, marker="v", color=colour, linewidths=0, zorder=level)


def _points(drawn: Any, segments: Segments, at: Any, direction: int) -> None:
    """SYN, FIN and RST by name, where they were sent, or where the other side's acknowledgment stood."""
    trusted = (segments.direction != direction) & ((segments.flags & RST) == 0) & (segments.ack != NO_OFFSET)
    theirs = np.where(trusted, segments.ack, 0)
    highest = np.maximum.accumulate(theirs) if len(theirs) else theirs
    for flag, name, marker in ((SYN, "SYN", "o"), (FIN, "FIN", "s"), (RST, "RST", "X")):
        for mine, colour in ((True, INK), (False, ACK)):
            rows = np.flatnonzero(((segments.flags & flag) != 0) & ((segments.direction == direction) == mine))
            if not len(rows):
                continue
            own, other = segments.start[rows] + segments.length[rows], segments.ack[rows]
            height = own if mine else np.where(other == NO_OFFSET, highest[rows], other)
            who = name if mine else f"{name}, other side"
            drawn.scatter(at[rows], height, marker=marker, s=34, facecolors="white", edgecolors=colour,
                          linewidths=1.2, zorder=4, label=who)  # fmt: skip


def _near(edge: np.ndarray, segments: Segments, data: np.ndarray) -> np.ndarray:
    """Where the window's edge is close enough to the octets to be drawn in their scale."""
    if not data.any():
        return np.zeros(len(edge), dtype=bool)
    top = int((segments.start[data] + segments.length[data]).max())
    return np.asarray(edge <= max(top * 3 // 2, top + 3000))


def _finish(drawn: Any, segments: Segments, data: Any, direction: int, title: str, whole: float) -> None:
    top = int((segments.start + segments.length)[data].max()) if data.any() else 2
    drawn.set_ylim(-0.04 * top, top * 1.14 + 1)
    drawn.set_xlim(-0.02 * whole, whole * 1.02)
    who = ("client", "server")[direction]
    drawn.set_title(f"{title}: octets from the {who}")
    drawn.set_xlabel("time since the flow's first frame, s")
    drawn.set_ylabel("sequence number from the SYN, octets")
    drawn.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    drawn.yaxis.set_major_locator(MaxNLocator(integer=True))
    _, labels = drawn.get_legend_handles_labels()
    if labels:
        drawn.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
