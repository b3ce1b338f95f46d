"""The time-sequence graph of a flow, as tcptrace draws it (Wireshark: Statistics, TCP Stream Graphs)."""

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.ticker import FuncFormatter, MaxNLocator

from netanalyze.flows import marks
from netanalyze.flows.sequence import NO_OFFSET
from netanalyze.notebook.segments import Segments
from netanalyze.notebook.style import ACK, BLAME, DATA, INK, RESENT, SACK, SOFT, WINDOW, axes, plain
from netanalyze.units import SECOND_NS, duration
from netanalyze.wire.layers import FIN, RST, SYN

STALL_SHARE = 0.04
"""A stall shorter than this share of the time shown is not shaded."""


def sequence_figure(
    segments: Segments,
    title: str,
    direction: int,
    scale: int = 0,
    stalls: list[tuple[int, int, str]] | None = None,
    ax: Any = None,
) -> Any:
    """Octets of one side over time: when they were sent, sent again, acknowledged, SACKed, and what window allowed.

    Args:
        direction: whose octets, 0 the client's.
        scale: shift of the other side's window field.
        stalls: (start ns, end ns, what was owed), shaded.
        ax: draw here rather than in a figure of its own.
    """
    zero = int(segments.time_ns[0]) if len(segments) else 0
    at = (segments.time_ns - zero) / SECOND_NS
    sent = segments.direction == direction
    data = sent & (segments.length > 0)
    resent = data & ((segments.marks & marks.RESENT) != 0)
    late = data & ((segments.marks & (marks.OUT_OF_ORDER | marks.KEEP_ALIVE)) != 0) & ~resent
    acked = (segments.direction != direction) & (segments.ack != NO_OFFSET) & ((segments.flags & RST) == 0)
    with axes(9.6, 4.6, ax) as drawn:
        _shade(drawn, stalls or [], zero, float(at.max()) if len(at) else 0.0)
        _staircase(drawn, at[acked], segments.ack[acked], ACK, "acknowledged", 1.4)
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
        if segments.sacks:
            blocks = [(at[row], low, high) for row, low, high in segments.sacks if segments.direction[row] != direction]
            if blocks:
                moments, low, high = (np.array(column) for column in zip(*blocks))
                _bars(drawn, moments, low, high, SACK, "SACKed", 2.4)
        _points(drawn, segments, at, direction)
        _finish(drawn, segments, data, direction, title, at)
        return drawn.figure


def _shade(drawn: Any, stalls: list[tuple[int, int, str]], zero: int, whole: float) -> None:
    for start, end, what in stalls:
        begin, width = (start - zero) / SECOND_NS, (end - start) / SECOND_NS
        if width < STALL_SHARE * max(whole, 1e-9):
            continue
        drawn.axvspan(begin, begin + width, color=BLAME, alpha=0.08, linewidth=0)
        drawn.annotate(
            f"{plain(what)}: {duration(end - start)}", ((begin + begin + width) / 2, 0.985),
            xycoords=("data", "axes fraction"), ha="center", va="top", fontsize=8.5, color=BLAME,
        )  # fmt: skip


def _staircase(drawn: Any, at: Any, height: Any, colour: str, label: str, width: float, dashes: Any = "solid") -> None:
    if len(at):
        drawn.step(at, height, where="post", color=colour, linewidth=width, linestyle=dashes, label=label, zorder=2)


def _bars(drawn: Any, at: Any, low: Any, high: Any, colour: str, label: str, width: float = 1.6) -> None:
    """An upright stroke for each span of octets, with a dot at its end so that short ones are seen."""
    if not len(at):
        return
    strokes = np.stack([np.column_stack([at, low]), np.column_stack([at, high])], axis=1)
    many = len(at) > 4000
    drawn.add_collection(
        LineCollection(strokes, colors=colour, linewidths=width, label=label, zorder=3, rasterized=many), autolim=True
    )
    if not many:
        drawn.scatter(at, high, s=11, marker="^", color=colour, linewidths=0, zorder=3)
        drawn.scatter(at, low, s=11, marker="v", color=colour, linewidths=0, zorder=3)


def _points(drawn: Any, segments: Segments, at: Any, direction: int) -> None:
    """SYN, FIN and RST by name, where they were sent or received."""
    for flag, name, marker in ((SYN, "SYN", "o"), (FIN, "FIN", "s"), (RST, "RST", "X")):
        for mine, colour in ((True, INK), (False, ACK)):
            rows = np.flatnonzero(((segments.flags & flag) != 0) & ((segments.direction == direction) == mine))
            if not len(rows):
                continue
            own, other = segments.start[rows] + segments.length[rows], segments.ack[rows]
            height = own if mine else np.where(other == NO_OFFSET, 0, other)
            who = name if mine else f"{name}, other side"
            drawn.scatter(at[rows], height, marker=marker, s=34, facecolors="white", edgecolors=colour,
                          linewidths=1.2, zorder=4, label=who)  # fmt: skip


def _near(edge: np.ndarray, segments: Segments, data: np.ndarray) -> np.ndarray:
    """Where the window's edge is close enough to the octets to be drawn in their scale."""
    if not data.any():
        return np.zeros(len(edge), dtype=bool)
    top = int((segments.start[data] + segments.length[data]).max())
    return np.asarray(edge <= max(top * 3 // 2, top + 3000))


def _finish(drawn: Any, segments: Segments, data: Any, direction: int, title: str, at: Any) -> None:
    top = int((segments.start + segments.length)[data].max()) if data.any() else 2
    drawn.set_ylim(-0.04 * top, top * 1.14 + 1)
    whole = float(at.max()) if len(at) else 1.0
    drawn.set_xlim(-0.02 * whole - 1e-6, whole * 1.02 + 1e-6)
    who = ("client", "server")[direction]
    drawn.set_title(f"{title}: octets from the {who}")
    drawn.set_xlabel("time since the flow's first frame, s")
    drawn.set_ylabel("sequence number from the SYN, octets")
    drawn.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    drawn.yaxis.set_major_locator(MaxNLocator(integer=True))
    _, labels = drawn.get_legend_handles_labels()
    if labels:
        drawn.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
