"""What a notebook shows of an analysis, a verdict, a finding, a flow, a frame: small HTML with drawings inline.

Colours are written into each element, so that it looks the same where style sheets are taken away; text takes its colour
from the page, light or dark. Everything from the capture is escaped.
"""

import os
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

from netanalyze.causes.cause import causes
from netanalyze.diagnostics import Severity
from netanalyze.report import facts
from netanalyze.report.language import ENGLISH
from netanalyze.report.page import ReportPage
from netanalyze.report.sheet import clean
from netanalyze.report.waterfall import ledger_bar, waterfall
from netanalyze.result import Result
from netanalyze.units import NEVER_NS, duration, rfc3339, seconds
from netanalyze.wording import Text, english, message

if TYPE_CHECKING:
    from netanalyze.findings import Finding
    from netanalyze.notebook.flow import FlowView
    from netanalyze.notebook.frame import Frame

TONES = {"healthy": "#009E73", "degraded": "#B8860B", "hung": "#D55E00", "failed": "#D55E00", "unusable": "#8C6BB1"}
PHASES = {
    "dns": "#CC79A7", "connect": "#009E73", "tls": "#E69F00", "request": "#56B4E9", "transfer": "#0072B2",
    "data": "#9CC3DE", "wait": "#7FA7C4", "local": "#8C8C8C", "idle": "#C9C9C9", "unexplained": "#B8A57F",
    "others": "#B0B0B0", "stall": "#D55E00",
}  # fmt: skip
"""By the class names of the report's drawings; told apart by the colour-blind (Okabe and Ito)."""
SPAN_NAMES = {"dns": "lookup", "connect": "TCP connect", "tls": "TLS hello", "request": "request", "data": "open",
              "wait": "waiting", "stall": "nothing moved"}  # fmt: skip
LANES, LANE_HEIGHT, LABEL_WIDTH, WIDTH = 12, 20, 230, 900
SOFT = "opacity:.65"
CODE = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.92em"


def text(value: Any) -> str:
    """A value as safe HTML text: escaped, and without characters that turn the line around."""
    return escape(clean(str(value)))


def analysis_html(result: Result) -> str:
    """Verdict, ledger bar, waterfall."""
    parts = [verdict_body(result)]
    if any(row.ns for row in result.ledger):
        parts += [_heading("Where the time went"), _ledger_svg(result)]
    chart = _waterfall_svg(result)
    if chart:
        parts += [_heading("Lookups and flows"), chart]
    page, files = ReportPage(result), ", ".join(os.path.basename(name) for name in result.capture.files)
    parts.append(f'<p style="{SOFT};margin:.6em 0 0">{text(files)}: {text(ENGLISH.listed(page.capture))}</p>')
    serious = [row.text for row in page.trouble if row.severity is not Severity.NOTE]
    parts += [f'<p style="margin:.2em 0 0">{text(row)}</p>' for row in serious]
    return _box("".join(parts), TONES[result.verdict.status])


def verdict_html(result: Result) -> str:
    """The verdict alone."""
    return _box(verdict_body(result), TONES[result.verdict.status])


def verdict_body(result: Result) -> str:
    """Status, sentence, figures, proof, where, remedy."""
    page, verdict = ReportPage(result), result.verdict
    tone = TONES[verdict.status]
    badge = f"color:{tone};border:1.5px solid {tone};border-radius:99px;padding:0 .7em;font-weight:700;font-size:.85em"
    out = [
        f'<div style="font-size:1.15em;line-height:1.35"><span style="{badge}">{verdict.status.upper()}</span>'
        f" <b>{text(verdict.summary)}</b></div>"
    ]
    if page.request:
        out.append(f'<div style="margin:.35em 0"><code style="{CODE}">{text(page.request)}</code></div>')
    if page.cost is not None and verdict.cause:
        meanings = {cause.id: cause.meaning for cause in causes().values()}
        title = text(meanings.get(verdict.cause, ""))
        cause = f'<code title="{title}" style="{CODE};color:{tone};background:none">{text(verdict.cause)}</code>'
        out.append(f'<div style="margin:.35em 0">{text(page.cost.lost)}, {cause}, confidence {page.cost.sure}</div>')
    rows = page.proof
    rows += [(limit.figure, limit.what) for limit in verdict.limits]
    if verdict.where:
        rows.append(("Where", verdict.where))
    for other in verdict.alternatives:
        tell = (
            message("{cause}; to tell: {check}", cause=other.cause, check=other.check.what)
            if other.check
            else other.cause
        )
        rows.append(("Or else", tell))
    out.append(_pairs(rows))
    for number, step in enumerate(step for step in verdict.fix if step.command):
        out.append(_pairs([("Now" if number == 0 else "Or", step.command or "")], code=True, note=step.text))
    if verdict.verify:
        out.append(_pairs([("Check", verdict.verify.what)], code=True))
    return "".join(out)


def finding_html(finding: "Finding", result: Result) -> str:
    """A finding with its evidence and numbers."""
    start = result.capture.start_ns
    when = f"{duration(finding.end_ns - finding.start_ns)}"
    if NEVER_NS not in (start, finding.start_ns):
        when += f", at {seconds(finding.start_ns - start):.3f} s"
    flow = "" if finding.flow_id is None else f", flow {finding.flow_id}"
    head = (
        f'<div><code style="{CODE};color:{TONES["hung"]};background:none">{text(finding.cause)}</code>'
        f' <span style="{SOFT}">{text(when + flow)}, confidence {finding.confidence:.2f}</span></div>'
        f'<div style="margin:.3em 0">{text(finding.message)}</div>'
    )
    proof = [(f"#{english(e.ref)}" if e.kind == "frame" else english(e.ref), e.shows) for e in finding.evidence]
    rows: list[tuple[Text, Text]] = [
        ("Who", facts.culprit_text(finding.culprit)),
        *(("Against", line) for line in finding.counter_evidence),
    ]
    numbers = [f"{key} = {value}" for key, value in {**finding.quantities, **finding.attributes}.items()]
    if numbers:
        rows.append(("Figures", ", ".join(numbers)))
    return _box(head + _pairs(proof) + _pairs(rows), TONES["hung"])


def flow_html(flow: "FlowView") -> str:
    """A flow's facts."""
    return _box(f"<b>{text(flow.title)}</b>" + _pairs(flow.described()), PHASES["transfer"])


def frame_html(frame: "Frame") -> str:
    """A frame: its layers, each to be opened, and its octets."""
    flow = "" if frame.flow_id is None else f", flow {frame.flow_id}, from the {frame.direction}"
    marked = "".join(
        f' <span style="color:{TONES["hung"]};border:1px solid;border-radius:9px;padding:0 .5em;font-size:.85em">'
        f"{text(mark.replace('_', ' '))}</span>"
        for mark in frame.marks
    )
    cut = "" if len(frame.octets) == frame.original_length else f" ({len(frame.octets)} captured)"
    head = (
        f"<div><b>Frame {frame.number}</b>{marked}"
        f' <span style="{SOFT}">{text(rfc3339(frame.time_ns))}, {frame.original_length} octets{cut}{text(flow)}</span></div>'
    )
    last = len(frame.layers) - 1
    parts = [
        f"<details{' open' if place == last else ''}><summary><b>{text(layer.name)}</b> {text(layer.summary)}</summary>"
        f"{_pairs((key.replace('_', ' '), _shown(value)) for key, value in layer.fields.items())}</details>"
        for place, layer in enumerate(frame.layers)
    ]
    look = f"{CODE};line-height:1.25;margin:.2em 0 0 1em;max-height:24em;overflow:auto"
    dump = f'<pre style="{look}">{escape(frame.hexdump())}</pre>'
    parts.append(f"<details><summary><b>Octets</b> {len(frame.octets)}</summary>{dump}</details>")
    return _box(head + "".join(parts), PHASES["transfer"])


def _shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(str(member) for member in value)
    return str(value)


def _box(inside: str, tone: str) -> str:
    return (
        f'<div style="border:1px solid rgba(128,128,128,.35);border-left:5px solid {tone};border-radius:6px;'
        f'padding:.7em 1em;max-width:{WIDTH}px;line-height:1.45">{inside}</div>'
    )


def _heading(words: str) -> str:
    return f'<div style="font-weight:600;margin:.9em 0 .35em">{escape(words)}</div>'


def _pairs(rows: Iterable[tuple[Text, Text]], code: bool = False, note: Text = "") -> str:
    """Names and values side by side."""
    out = []
    for name, value in rows:
        shown = f'<code style="{CODE}">{text(value)}</code>' if code else text(value)
        if note:
            shown += f' <span style="{SOFT}">{text(note)}</span>'
        out.append(
            f'<div style="display:flex;gap:.8em"><div style="flex:0 0 8em;text-align:right;{SOFT}">{text(name)}</div>'
            f'<div style="flex:1;min-width:0;overflow-wrap:anywhere;text-align:left">{shown}</div></div>'
        )
    return "".join(out)


def _legend(items: Iterable[tuple[str, str]]) -> str:
    swatch = "display:inline-block;width:.75em;height:.75em;border-radius:2px;margin-right:.35em;vertical-align:-1px"
    label = "margin-right:1.1em;white-space:nowrap"
    spans = "".join(
        f'<span style="{label}"><i style="{swatch};background:{colour}"></i><span style="{SOFT}">{text(name)}</span></span>'
        for colour, name in items
    )
    return f'<div style="font-size:.88em;margin:.3em 0 0">{spans}</div>'


def _ledger_svg(result: Result) -> str:
    """The ledger as one bar with its legend."""
    shares = []
    for share in ledger_bar(result):
        colour = PHASES["stall"] if share.cause else PHASES.get(share.phase, PHASES["others"])
        left, width = share.left * WIDTH, share.width * WIDTH
        shares.append(
            f'<rect x="{left:.2f}" y="0" width="{max(width, 0.5):.2f}" height="28" fill="{colour}">'
            f"<title>{text(share.title)}</title></rect>"
        )
        words = f"{share.cause or facts.PHASE_NAMES.get(share.phase, share.phase)} {duration(share.ns)}"
        if width > 7.2 * len(words):
            shares.append(
                f'<text x="{left + width / 2:.1f}" y="18.5" text-anchor="middle" font-size="12.5" font-weight="600" '
                f'fill="{"#fff" if share.cause or share.phase == "transfer" else "#111"}">{text(words)}</text>'
            )
    legend = [
        (PHASES["stall"] if blamed else PHASES.get(phase, PHASES["others"]), f"{name} {duration(ns)}")
        for phase, name, ns, blamed in facts.phase_sums(result)
    ]
    return _svg(28, "".join(shares), facts.time_line(result)) + _legend(legend)


def _waterfall_svg(result: Result) -> str:
    """Lookups and flows as lanes; '' where there are none."""
    chart = waterfall(result, LANES)
    if not chart.lanes:
        return ""
    room, height = WIDTH - LABEL_WIDTH - 12, len(chart.lanes) * LANE_HEIGHT
    out, used = [], {}
    for at, words in chart.ticks:
        x = LABEL_WIDTH + at * room
        anchor = "end" if at > 0.97 else "middle"
        out.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}" stroke="currentColor" stroke-opacity=".13"/>'
            f'<text x="{x:.1f}" y="{height + 15}" text-anchor="{anchor}" font-size="11" fill="currentColor" '
            f'fill-opacity=".65">{text(words)}</text>'
        )
    for place, lane in enumerate(chart.lanes):
        top = place * LANE_HEIGHT
        name = lane.label if len(lane.label) <= 31 else lane.label[:30] + "…"
        number = "" if lane.flow_id is None else f"  {lane.flow_id}"
        look = f'fill="{PHASES["stall"]}" font-weight="700"' if lane.blamed else 'fill="currentColor"'
        faint = "" if lane.judged or lane.blamed else ' opacity=".45"'
        out.append(
            f'<g{faint}><text x="{LABEL_WIDTH - 8}" y="{top + 14}" text-anchor="end" font-size="11.5" {look}>'
            f"{text(name + number)}<title>{text(lane.title)}</title></text>"
        )
        for span in lane.spans:
            tall = 5 if span.kind == "data" else 12
            colour = PHASES.get(span.kind, PHASES["others"])
            used[span.kind] = colour
            out.append(
                f'<rect x="{LABEL_WIDTH + span.left * room:.2f}" y="{top + (LANE_HEIGHT - tall) / 2:.1f}" '
                f'width="{max(span.width * room, 1.5):.2f}" height="{tall}" rx="1.5" fill="{colour}">'
                f"<title>{text(span.title)}</title></rect>"
            )
        out.append("</g>")
    for at, words in chart.proof:
        x = LABEL_WIDTH + at * room
        out.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{height}" stroke="{PHASES["stall"]}" stroke-dasharray="2 3">'
            f"<title>{text(words)}</title></line>"
        )
    names = [(colour, SPAN_NAMES.get(kind, kind)) for kind, colour in used.items()]
    more = f"{chart.left_out} shorter not drawn" if chart.left_out else ""
    note = f'<span style="font-size:.88em;{SOFT}">{more}</span>' if more else ""
    return _svg(height + 20, "".join(out), "Lookups and flows over time") + _legend(names) + note


def _svg(height: float, inside: str, label: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="100%" role="img" aria-label="{text(label)}" '
        f'style="display:block;max-width:{WIDTH}px;font-family:system-ui,sans-serif">{inside}</svg>'
    )
