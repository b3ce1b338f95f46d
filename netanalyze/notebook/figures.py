"""Figures of a whole analysis: the waterfall of its lookups and flows, and the ledger of its time."""

from typing import Any

from matplotlib.patches import Patch

from netanalyze.notebook.lanes import Lane, lanes, origin_ns, root_finding
from netanalyze.notebook.style import BLAME, COLOURS, INK, SOFT, axes, plain
from netanalyze.report.facts import total_ns
from netanalyze.result import LedgerRow, Result
from netanalyze.units import SECOND_NS, duration

WATERFALL_ROWS = 30
NAMES = {
    "dns": "DNS", "connect": "TCP connect", "tls": "TLS handshake", "request": "wait for a response",
    "transfer": "wait for octets", "data": "open, octets move", "idle": "idle", "others": "other wait",
    "local": "local", "unexplained": "unexplained", "response": "response",
}  # fmt: skip
LEDGER_NAMES = NAMES | {"request": "wait for a response", "transfer": "transfer", "tls": "TLS", "connect": "connect"}
HATCH = "////"
LEAST_SHARE = 0.001
"""Phases and causes that own less of the time than this are summed up below the ledger's figure."""


def waterfall_figure(result: Result, rows: int = WATERFALL_ROWS, ax: Any = None) -> Any:
    """Lookups and flows over time: DNS, connect, TLS, waits and transfer of each; the root finding's span is shaded.

    Args:
        rows: lanes at most; the blamed and the longest are taken.
        ax: draw here rather than in a figure of its own.
    """
    drawn_lanes, left_out = lanes(result, rows)
    root = root_finding(result)
    zero = origin_ns(result)
    with axes(9.6, 1.5 + 0.30 * max(len(drawn_lanes), 2), ax) as drawn:
        if root is not None and root.end_ns > root.start_ns:
            begin, end = ((ns - zero) / SECOND_NS for ns in (root.start_ns, root.end_ns))
            drawn.axvspan(begin, end, color=BLAME, alpha=0.07, linewidth=0)
            text = f"{root.cause}, {duration(root.end_ns - root.start_ns)}"
            drawn.annotate(text, ((begin + end) / 2, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3),
                           textcoords="offset points", ha="center", va="bottom", fontsize=8.5, color=BLAME)  # fmt: skip
        left, right = _extent(result, drawn_lanes, zero)
        least = (right - left) / 450
        phases, stalled = set(), False
        for place, lane in enumerate(drawn_lanes):
            used, hung = _lane(drawn, place, lane, least)
            phases |= used
            stalled |= hung
            if lane.blamed and root is not None and root.end_ns > root.start_ns:
                begin, end = ((ns - zero) / SECOND_NS for ns in (root.start_ns, root.end_ns))
                drawn.barh(
                    place, end - begin, left=begin, height=0.74, facecolor="none", edgecolor=BLAME, linewidth=1.6
                )
        drawn.set_xlim(left, right)
        drawn.set_yticks(range(len(drawn_lanes)), [plain(lane.label) for lane in drawn_lanes])
        for text, lane in zip(drawn.get_yticklabels(), drawn_lanes):
            text.set_color(BLAME if lane.blamed else INK if lane.judged else SOFT)
            text.set_fontweight("bold" if lane.blamed else "normal")
        drawn.set_ylim(len(drawn_lanes) - 0.4, -0.6)
        drawn.grid(axis="y", visible=False)
        drawn.tick_params(axis="y", length=0)
        drawn.set_xlabel("time since the start of the capture, s")
        drawn.set_title("Lookups and flows" + (f" ({left_out} more are not drawn)" if left_out else ""),
                        pad=12 if root is None else 20)  # fmt: skip
        handles = [Patch(color=COLOURS[phase], label=NAMES[phase]) for phase in COLOURS if phase in phases]
        if stalled:
            handles.append(Patch(facecolor="white", edgecolor=INK, hatch=HATCH, linewidth=0.6, label="never came"))
        if handles:
            drawn.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
        return drawn.figure


def _extent(result: Result, drawn_lanes: list[Lane], zero: int) -> tuple[float, float]:
    """The time shown, seconds: all lanes, and the ledger's run."""
    ends = [lane.end for lane in drawn_lanes] + [(row.end_ns - zero) / SECOND_NS for row in result.ledger]
    starts = [lane.start for lane in drawn_lanes] + [(row.start_ns - zero) / SECOND_NS for row in result.ledger]
    left, right = min(starts, default=0.0), max(ends, default=0.0)
    room = max(right - left, 1e-6)
    return left - room * 0.004, right + room * 0.01


def _lane(drawn: Any, place: int, lane: Lane, least: float) -> tuple[set[str], bool]:
    """Draw one lane, nothing narrower than ``least`` seconds; the phases that it shows, and whether one never ended."""
    phases, hung = set(), False
    for span in lane.spans:
        tall = 0.26 if span.phase == "data" else 0.58
        look = {"hatch": HATCH, "edgecolor": "white", "linewidth": 0.0} if span.stalled else {"linewidth": 0.0}
        drawn.barh(place, max(span.end - span.start, least), left=span.start, height=tall, color=COLOURS[span.phase],
                   alpha=1.0 if lane.judged or lane.blamed else 0.45, **look)  # fmt: skip
        phases.add(span.phase)
        hung |= span.stalled
    return phases, hung


def ledger_figure(result: Result, ax: Any = None) -> Any:
    """Who owned the time: each phase, and each cause within it, with its seconds, where in the run they lie, its share.

    Args:
        ax: draw here rather than in a figure of its own.
    """
    groups: dict[tuple[str, str | None], list[LedgerRow]] = {}
    for row in result.ledger:
        if row.ns:
            groups.setdefault((row.phase, row.cause), []).append(row)
    whole = max(total_ns(result), 1)
    shares = {key: sum(row.ns for row in rows) / whole for key, rows in groups.items()}
    tiny = sum(sum(row.ns for row in rows) for key, rows in groups.items() if shares[key] < LEAST_SHARE)
    ordered = [(key, rows) for key, rows in groups.items() if shares[key] >= LEAST_SHARE]
    zero = min((row.start_ns for row in result.ledger), default=origin_ns(result))
    with axes(9.6, 1.35 + 0.36 * max(len(ordered), 2), ax) as drawn:
        for place, ((phase, cause), rows) in enumerate(ordered):
            spent = sum(row.ns for row in rows)
            spans = [((row.start_ns - zero) / SECOND_NS, row.ns / SECOND_NS) for row in rows]
            drawn.axhline(place, color="#EEF0F3", linewidth=12, zorder=0, solid_capstyle="butt")
            drawn.broken_barh(spans, (place - 0.32, 0.64), facecolors=BLAME if cause else COLOURS.get(phase, SOFT),
                              hatch=HATCH if cause else None, edgecolor="white", linewidth=0.3)  # fmt: skip
            drawn.annotate(f"{duration(spent)}, {100 * spent / whole:.1f} %", (1.0, place),
                           xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points", va="center",
                           color=BLAME if cause else INK, fontweight="bold" if cause else "normal")  # fmt: skip
        drawn.set_yticks(
            range(len(ordered)),
            [LEDGER_NAMES.get(phase, phase) + (f"\n{cause}" if cause else "") for (phase, cause), _ in ordered],
        )
        for text, ((_, cause), _) in zip(drawn.get_yticklabels(), ordered):
            text.set_color(BLAME if cause else INK)
        drawn.set_ylim(len(ordered) - 0.4, -0.6)
        drawn.set_xlim(0, whole / SECOND_NS)
        drawn.grid(axis="y", visible=False)
        drawn.tick_params(axis="y", length=0)
        drawn.set_xlabel(
            "time since the start, s" + (f" ({duration(tiny)} in shorter spans is not shown)" if tiny else "")
        )
        drawn.set_title(f"Where {duration(whole)} went: every instant has one owner")
        return drawn.figure
