"""Figures of a whole analysis: the waterfall of its lookups and flows, and the ledger of its time."""

from collections.abc import Iterable
from typing import Any

from matplotlib.patches import Patch

from netanalyze.notebook.html import PHASES
from netanalyze.notebook.style import BLAME, INK, SOFT, axes, plain
from netanalyze.report.facts import total_ns
from netanalyze.report.waterfall import Lane, waterfall
from netanalyze.result import Result
from netanalyze.result.ledger import LedgerRow
from netanalyze.units import NEVER_NS, SECOND_NS, duration

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
    chart, root, zero = waterfall(result, rows), result.root, _origin_ns(result)
    shaded = (
        [(ns - zero) / SECOND_NS for ns in (root.start_ns, root.end_ns)] if root and root.end_ns > root.start_ns else []
    )
    with axes(9.6, 1.5 + 0.30 * max(len(chart.lanes), 2), ax) as drawn:
        if root is not None and shaded:
            drawn.axvspan(*shaded, color=BLAME, alpha=0.07, linewidth=0)
            text = f"{root.cause}, {duration(root.end_ns - root.start_ns)}"
            drawn.annotate(text, (sum(shaded) / 2, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3),
                           textcoords="offset points", ha="center", va="bottom", fontsize=8.5, color=BLAME)  # fmt: skip
        left, right = _extent(result, chart.lanes, zero)
        for place, lane in enumerate(chart.lanes):
            _lane(drawn, place, lane, zero, (right - left) / 450)
            if lane.blamed and shaded:
                drawn.barh(place, shaded[1] - shaded[0], left=shaded[0], height=0.74, facecolor="none", edgecolor=BLAME,
                           linewidth=1.6)  # fmt: skip
        drawn.set_xlim(left, right)
        drawn.set_yticks(range(len(chart.lanes)), [plain(_label(lane)) for lane in chart.lanes])
        for tick, lane in zip(drawn.get_yticklabels(), chart.lanes):
            tick.set_color(BLAME if lane.blamed else INK if lane.judged else SOFT)
            tick.set_fontweight("bold" if lane.blamed else "normal")
        drawn.set_ylim(len(chart.lanes) - 0.4, -0.6)
        drawn.grid(axis="y", visible=False)
        drawn.tick_params(axis="y", length=0)
        drawn.set_xlabel("time since the start of the capture, s")
        drawn.set_title("Lookups and flows" + (f" ({chart.left_out} more are not drawn)" if chart.left_out else ""),
                        pad=12 if root is None else 20)  # fmt: skip
        spans = [span for lane in chart.lanes for span in lane.spans if span.phase]
        phases = {span.phase for span in spans}
        handles = [Patch(color=PHASES[phase], label=NAMES[phase]) for phase in PHASES if phase in phases]
        if any(span.never for span in spans):
            handles.append(Patch(facecolor="white", edgecolor=INK, hatch=HATCH, linewidth=0.6, label="never came"))
        if handles:
            drawn.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
        return drawn.figure


def _origin_ns(result: Result) -> int:
    """The moment that figures count seconds from: the capture's first frame."""
    return result.capture.start_ns if result.capture.start_ns != NEVER_NS else 0


def _label(lane: Lane) -> str:
    return lane.label if lane.lookup else f"{lane.label}, flow {lane.flow_id}"


def _extent(result: Result, lanes: Iterable[Lane], zero: int) -> tuple[float, float]:
    """The time shown, seconds: all lanes, and the ledger's run."""
    drawn: list[Lane | LedgerRow] = [*lanes, *result.ledger]
    shown = [(ns - zero) / SECOND_NS for one in drawn for ns in (one.start_ns, one.end_ns)]
    left, right = min(shown, default=0.0), max(shown, default=0.0)
    room = max(right - left, 1e-6)
    return left - room * 0.004, right + room * 0.01


def _lane(drawn: Any, place: int, lane: Lane, zero: int, least: float) -> None:
    """Draw one lane, nothing narrower than ``least`` seconds."""
    for span in lane.spans:
        if span.phase:
            look = {"hatch": HATCH, "edgecolor": "white"} if span.never else {}
            drawn.barh(place, max((span.end_ns - span.start_ns) / SECOND_NS, least), left=(span.start_ns - zero) / SECOND_NS,
                       height=0.26 if span.phase == "data" else 0.58, color=PHASES[span.phase],
                       alpha=1.0 if lane.judged or lane.blamed else 0.45, linewidth=0.0, **look)  # fmt: skip


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
    zero = min((row.start_ns for row in result.ledger), default=_origin_ns(result))
    with axes(9.6, 1.35 + 0.36 * max(len(ordered), 2), ax) as drawn:
        for place, ((phase, cause), rows) in enumerate(ordered):
            spent = sum(row.ns for row in rows)
            spans = [((row.start_ns - zero) / SECOND_NS, row.ns / SECOND_NS) for row in rows]
            drawn.axhline(place, color="#EEF0F3", linewidth=12, zorder=0, solid_capstyle="butt")
            drawn.broken_barh(spans, (place - 0.32, 0.64), facecolors=BLAME if cause else PHASES.get(phase, SOFT),
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
