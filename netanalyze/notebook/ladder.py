"""The ladder of a flow: its packets between client and server, downwards in order (Wireshark: Flow Graph)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from netanalyze.notebook.style import BLAME, DATA, INK, RESENT, SOFT, axes, plain
from netanalyze.report.packet_words import flag_names, packet_words
from netanalyze.result.display_filter import proof_frames
from netanalyze.tracking import marks
from netanalyze.units import MILLISECOND_NS, SECOND_NS, duration

if TYPE_CHECKING:
    from netanalyze.notebook.flow import FlowView

ROWS = 60
SILENCE_NS = 500 * MILLISECOND_NS
"""A pause that long is drawn between its packets."""
INCH, PAUSE = 0.24, 1.5
"""Height of a packet; a pause takes so many."""


@dataclass(frozen=True)
class Rung:
    """One packet: its frame, moment (ns), direction (0 from the client), what it is, its marks, whether it is evidence."""

    frame: int
    time_ns: int
    direction: int
    words: str
    marked: str
    proof: bool


def rungs(flow: "FlowView") -> list[Rung]:
    """The packets of a flow, in the order of frames.

    Raises:
        CaptureError: the capture cannot be read again.
    """
    result = flow.result
    proof = set(proof_frames(result.verdict))
    if flow.facts["transport"] == "tcp":
        segments = flow.segments
        names = packet_words(result.events, segments.frame_number)
        blocks: dict[int, list[str]] = {}
        for row, left, right in segments.sacks:
            blocks.setdefault(row, []).append(f"{left:,}–{right:,}")
        columns = (segments.frame_number, segments.time_ns, segments.direction, segments.flags, segments.length,
                   segments.ack, segments.marks)  # fmt: skip
        packets = []
        for row, (frame, ns, way, flags, length, ack, marked) in enumerate(zip(*(c.tolist() for c in columns))):
            words = names.get(frame) or _segment(flags, length, ack)
            words += f" · SACK {sacked(blocks[row])}" if row in blocks else ""
            shown = ", ".join(name.replace("_", " ") for name in marks.names(marked & marks.ALL))
            packets.append(Rung(frame, ns, way, words, shown, frame in proof))
        return packets
    table = flow.packets
    frames = table["frame_number"].to_numpy(np.int64)
    names = packet_words(result.events, frames)
    moments = table["time"].astype("int64").tolist()
    rows = zip(frames.tolist(), moments, table["direction"].tolist(), table["payload_length"].tolist())
    return [
        Rung(frame, ns, int(way), " · ".join(filter(None, (names.get(frame, ""), f"{length:,} B"))), "", frame in proof)
        for frame, ns, way, length in rows
    ]


def _segment(flags: int, length: int, ack: int) -> str:
    """A segment that carries no message of its own: its octets, or what it acknowledges, else its flags."""
    name = flag_names(flags)
    if length:
        return f"{length:,} B" if name == "ACK" else f"{name} · {length:,} B"
    return f"{name} {ack:,}" if name == "ACK" and ack > 0 else name


def sacked(blocks: Sequence[str]) -> str:
    """SACK blocks as a ladder has room for them.

    >>> sacked(["5–9", "2–3", "0–1"])
    '5–9 and 2 more'
    """
    return blocks[0] if len(blocks) == 1 else f"{blocks[0]} and {len(blocks) - 1} more"


def ladder_figure(packets: Sequence[Rung], title: str, rows: int = ROWS, ax: Any = None) -> Any:
    """The ladder: evidence in red, marked packets in orange, pauses of half a second and more between them.

    Args:
        rows: packets at most; the evidence, the first and the last are taken.
        ax: draw here rather than in a figure of its own.
    """
    shown = _chosen(packets, rows)
    height = sum(1 + (PAUSE if pause else 0) for pause in _pauses(packets, shown)) + 1
    zero = packets[0].time_ns if packets else 0
    with axes(9.6, 0.9 + INCH * max(height, 4), ax) as drawn:
        y = 0.6
        for at, pause in zip(shown, _pauses(packets, shown)):
            if pause:
                drawn.axhspan(y - 0.45, y + PAUSE - 0.75, 0.235, 0.765, color=SOFT, alpha=0.10, linewidth=0)
                drawn.text(0.5, y + PAUSE / 2 - 0.6, pause, ha="center", va="center", fontsize=8.5, color=SOFT)
                y += PAUSE
            _rung(drawn, packets[at], y, zero)
            y += 1
        for x, name in ((0.24, "client"), (0.76, "server")):
            drawn.plot([x, x], [-0.2, y - 0.3], color=SOFT, linewidth=1.0, zorder=1)
            drawn.text(x, -0.55, name, ha="center", va="center", fontweight="bold")
        drawn.set_xlim(0, 1)
        drawn.set_ylim(max(y, 2.5), -1.0)
        drawn.set_axis_off()
        drawn.set_title(title + (", the evidence in bold" if any(packets[at].proof for at in shown) else ""))
        return drawn.figure


def _rung(drawn: Any, packet: Rung, y: float, zero: int) -> None:
    colour = BLAME if packet.proof else RESENT if packet.marked else DATA
    ends = (0.24, 0.76) if packet.direction == 0 else (0.76, 0.24)
    drawn.annotate("", (ends[1], y), (ends[0], y), zorder=2, arrowprops={
        "arrowstyle": "-|>", "color": colour, "linewidth": 1.6 if packet.proof else 1.0, "shrinkA": 0, "shrinkB": 0})  # fmt: skip
    weight = "bold" if packet.proof else "normal"
    drawn.text(0.5, y - 0.1, plain(packet.words, 60), ha="center", va="bottom", fontsize=8, fontweight=weight)
    since = f"{(packet.time_ns - zero) / SECOND_NS:.4f} s"
    drawn.text(0.0, y, f"#{packet.frame}", ha="left", va="center", fontsize=8, color=INK, fontweight=weight)
    drawn.text(0.225, y, since, ha="right", va="center", fontsize=8, color=SOFT)
    drawn.text(0.775, y, plain(packet.marked, 40), ha="left", va="center", fontsize=8, color=RESENT)


def _chosen(packets: Sequence[Rung], rows: int) -> list[int]:
    """Which packets are drawn: all, or the evidence and what is beside it, then the first and the last."""
    if len(packets) <= rows:
        return list(range(len(packets)))
    evidence = [at for at, packet in enumerate(packets) if packet.proof][:rows]
    chosen = set(evidence)
    beside = (near for at in evidence for near in (at - 1, at + 1) if 0 <= near < len(packets))
    from_both_ends = (at for n in range(len(packets)) for at in (n, len(packets) - 1 - n))
    for wanted, share in ((beside, (rows + len(evidence)) // 2), (from_both_ends, rows)):
        for at in wanted:
            if len(chosen) >= share:
                break
            chosen.add(at)
    return sorted(chosen)


def _pauses(packets: Sequence[Rung], shown: Iterable[int]) -> list[str]:
    """What is drawn before each packet: that packets are left out, or that nobody said anything for so long."""
    pauses, before = [], -1
    for at in shown:
        left_out = at - before - 1
        span = packets[at].time_ns - packets[max(before, 0)].time_ns
        if left_out:
            pauses.append(f"{left_out:,} packet{'' if left_out == 1 else 's'} in {duration(span)} not drawn")
        else:
            pauses.append(f"nothing for {duration(span)}" if before >= 0 and span >= SILENCE_NS else "")
        before = at
    return pauses
