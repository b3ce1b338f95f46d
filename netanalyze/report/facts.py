"""What all reports say alike: the time's shares, the chosen ledger rows, findings in order, frames and filters.

Nothing here judges; a report shows what is in the Result, and these are the ways of saying it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netanalyze.columns import distinct
from netanalyze.diagnostics import Diagnostic
from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.flows.streams import StreamNumber
from netanalyze.report.commands import client_told, run_facts
from netanalyze.result import Result
from netanalyze.result.ledger import Ledger
from netanalyze.units import NEVER_NS, SECOND_NS, duration, seconds
from netanalyze.urls import authority
from netanalyze.wording import Message, Text, counted, message

PHASE_NAMES = {
    "dns": "DNS",
    "connect": "connect",
    "tls": "TLS",
    "request": "response",
    "transfer": "transfer",
    "local": "local",
    "idle": "idle",
    "unexplained": "unexplained",
}
"""Phases of the ledger as people read them, in the order in which they are told."""

_WAITS = ("tls", "request", "connect", "dns")


def total_ns(result: Result) -> int:
    """Wall time that is accounted for: the ledger's, else the run's, else the capture's."""
    if result.ledger:
        return int(result.ledger.end_ns[-1] - result.ledger.start_ns[0])  # each row begins where the one before it ends
    run, capture = result.run, result.capture
    if run is not None and NEVER_NS not in (run.start_ns, run.end_ns):
        return run.end_ns - run.start_ns
    return 0 if NEVER_NS in (capture.start_ns, capture.end_ns) else capture.end_ns - capture.start_ns


def rounded_shares(parts_ns: Sequence[int], decimals: int) -> list[str]:
    """Durations as decimal seconds whose printed figures add up to the printed sum (largest remainders round up).

    >>> rounded_shares([333_333_333, 333_333_333, 333_333_334], 2)
    ['0.33', '0.33', '0.34']
    """
    unit = 10 ** (9 - decimals)
    floors = [part // unit for part in parts_ns]
    short = (sum(parts_ns) + unit // 2) // unit - sum(floors)
    for i in sorted(range(len(floors)), key=lambda i: (-(parts_ns[i] % unit), i))[: max(short, 0)]:
        floors[i] += 1
    return [f"{floor / 10**decimals:.{decimals}f}" for floor in floors]


def decimals_for(total: int) -> int:
    """Decimals of figures that stand beside a total, ns: ``10.0 of 10.1 s``, ``167 of 170 s``."""
    s = total / SECOND_NS
    return 2 if s < 9.995 else 1 if s < 99.95 else 0


def lost(result: Result) -> Text:
    """``10.0 of 10.1 s lost``, ``4 ms of 896 ms lost``."""
    total = total_ns(result)
    verdict = result.verdict
    if verdict.seconds <= 0:
        unknown = verdict.status == "hung" or (result.capture.start_ns == NEVER_NS and not result.capture.packets)
        if unknown:
            return "how much time it cost is not known"
        return "no time lost in waiting" if verdict.status == "failed" else "no time lost"
    total = max(total, round(verdict.seconds * SECOND_NS))
    decimals = decimals_for(total)
    word = "so far" if verdict.status == "hung" and verdict.attributes.get("not_network") else "lost"
    figures = {"spent": f"{verdict.seconds:.{decimals}f}", "total": f"{seconds(total):.{decimals}f}"}
    if not float(figures["spent"]):  # too little for seconds
        return message(
            f"{{time}} of {{whole}} {word}", time=duration(round(verdict.seconds * SECOND_NS)), whole=duration(total)
        )
    return message(f"{{spent}} of {{total}} s {word}", **figures)


def _words_alone(result: Result) -> bool:
    """Whether nothing is known but what the command printed, which has no clock."""
    return not result.capture.captured and result.capture.start_ns == NEVER_NS


def phase_sums(result: Result) -> list[tuple[str, str, int, bool]]:
    """(phase, name, ns, whether a cause owns most of it) in telling order; phases without time are left out."""
    sums = []
    by_words = result.ledger.spent()
    for phase, name in PHASE_NAMES.items():
        rows = {said: ns for said, ns in by_words.items() if said.phase == phase}
        spent = sum(rows.values())
        if spent:
            blamed = 2 * sum(ns for said, ns in rows.items() if said.cause) > spent
            sums.append((phase, f"{name} wait" if blamed and phase in _WAITS else name, spent, blamed))
    return sums


def time_line(result: Result, say: Callable[[Text], str] = str) -> str:
    """``DNS 0.01 + connect 0.04 + TLS wait 10.00 + local 0.05 = 10.10 s``; '' without a ledger.

    ``say`` puts the phases' names into the reader's language.
    """
    sums = phase_sums(result)
    decimals = 2 if total_ns(result) < 1000 * SECOND_NS else 1
    figures = rounded_shares([spent for _, _, spent, _ in sums], decimals)
    zero = f"{0:.{decimals}f}"
    shown = [f"{say(name)} {figure}" for (_, name, _, _), figure in zip(sums, figures) if figure != zero]
    if not shown:
        return ""
    return f"{' + '.join(shown)} = {seconds(total_ns(result)):.{decimals}f} s"


@dataclass(frozen=True)
class LedgerLine:
    """A line of the ledger as shown: one row, or ``count`` rows of one phase and cause; phase '' is all the others."""

    start_ns: int
    ns: int
    phase: str
    cause: str | None
    note: Text
    flow_id: int | None
    count: int = 1
    figure: str = ""

    @property
    def text(self) -> Text:
        """What its cause column says."""
        said = self.cause or self.note
        if self.count == 1:
            return said
        return (
            message("{what}, {count} spans", what=said, count=self.count)
            if said
            else message("{count} spans", count=self.count)
        )


def ledger_lines(result: Result, most: int = 12) -> list[LedgerLine]:
    """At most ``most`` lines in order of time, whose figures add up to the printed total.

    Where there are more rows than that, the long ones (a fiftieth of the whole) stand by themselves and the others are
    summed by phase and cause. A line whose figure would be 0.000 is left out.
    """
    ledger = result.ledger
    rows = np.flatnonzero(ledger.ns > 0)
    if len(rows) <= most:
        lines = [_line(ledger, rows[[at]]) for at in range(len(rows))]
    else:
        limit, ns = total_ns(result) // 50, ledger.ns
        groups: dict[tuple[str, str | None], int] = {}
        numbers = [groups.setdefault((one.phase, one.cause), len(groups)) for one in ledger.words]
        group = np.array(numbers)[ledger.code]
        longest = rows[np.argsort(-ns[rows], kind="stable")[:most]]
        alone = longest[ns[longest] >= limit].tolist()
        left = np.bincount(group[rows], minlength=len(groups))
        left -= np.bincount(group[alone], minlength=len(groups)) if alone else 0
        while alone and len(alone) + np.count_nonzero(left) > most:
            left[group[alone.pop()]] += 1
        rest = rows[~np.isin(rows, alone)]
        together = [rest[group[rest] == number] for number in distinct(group[rest]).tolist()]
        together.sort(key=lambda ones: int(ones[0]))
        lines = [_line(ledger, np.array([at])) for at in alone] + [_line(ledger, ones) for ones in together]
        if len(lines) > most:
            lines.sort(key=lambda line: (-line.ns, line.start_ns))
            others = lines[most - 1 :]
            spent, count = sum(line.ns for line in others), sum(line.count for line in others)
            last = LedgerLine(max(line.start_ns for line in others), spent, "", None, "", None, count)
            lines = [*lines[: most - 1], last]
        lines.sort(key=lambda line: (not line.phase, line.start_ns))
    figures = rounded_shares([line.ns for line in lines], ledger_decimals(result))
    return [replace(line, figure=figure) for line, figure in zip(lines, figures) if figure.strip("0.")]


def _line(ledger: Ledger, rows: np.ndarray) -> LedgerLine:
    first, flows = ledger[int(rows[0])], distinct(ledger.flow[rows])
    return LedgerLine(
        first.start_ns, int(ledger.ns[rows].sum()), first.phase, first.cause,
        first.note if len(rows) == 1 else "", first.flow_id if len(flows) == 1 else None, len(rows),
    )  # fmt: skip


def ledger_decimals(result: Result) -> int:
    """Decimals of the ledger's seconds."""
    return 3 if total_ns(result) < 100 * SECOND_NS else 2


@dataclass(frozen=True)
class Placed:
    """A finding in its place: ``depth`` 0, or more where it follows from the one above; ``root`` the verdict's own."""

    index: int
    finding: Finding
    depth: int
    root: bool
    stream: StreamNumber | None = None

    @property
    def flow(self) -> list[Text]:
        """The flow that it was seen on, by its number and by Wireshark's; empty where there is none."""
        number = self.finding.flow_id
        named: list[Text] = [] if number is None else [message("flow {number}", number=number)]
        return named if self.stream is None else [*named, f"{self.stream.transport}.stream {self.stream.number}"]

    @property
    def frames(self) -> list[Evidence]:
        """The frames that show it."""
        return [e for e in self.finding.evidence if e.kind == "frame"]


def placed_findings(result: Result) -> list[Placed]:
    """All findings, consequences under what they follow from, the verdict's own first."""
    parents = [
        parent if parent is not None and 0 <= parent < len(result.findings) and parent != i else None
        for i, parent in enumerate(result.consequences)
    ]
    parents += [None] * (len(result.findings) - len(parents))
    children: dict[int | None, list[int]] = {}
    for index, parent in enumerate(parents):
        children.setdefault(parent, []).append(index)
    root = result.verdict.finding
    placed: list[Placed] = []
    seen: set[int] = set()

    def place(index: int, depth: int) -> None:
        waiting = [(index, depth)]
        while waiting:
            index, depth = waiting.pop()
            if index not in seen:
                seen.add(index)
                finding = result.findings[index]
                placed.append(Placed(index, finding, depth, index == root, result.streams.of(finding.flow_id)))
                waiting.extend((child, depth + 1) for child in reversed(children.get(index, [])))

    if root is not None and 0 <= root < len(result.findings):
        place(root, 0)
    for index in children.get(None, []):
        place(index, 0)
    for index in range(len(parents)):  # a circle of consequences is shown, too
        place(index, 0)
    return placed


def endpoint(address: object, port: object) -> str:
    """``192.0.2.1:443``, ``[2001:db8::1]:443``."""
    return authority(str(address), port if isinstance(port, int) and port != -1 else None)


def culprit_text(culprit: Culprit) -> Text:
    """``module-proxy proxy.golang.org (142.250.66.81:443), through http-proxy 10.0.0.1:3128``."""
    role = {"client-host": "this machine", "client": "the command itself"}.get(culprit.role, culprit.role)
    where = endpoint(culprit.address, culprit.port) if culprit.address else ""
    if culprit.host:
        where = culprit.host + (f" ({where})" if where else f":{culprit.port}" if culprit.port else "")
    text: Text = role
    if where:
        place = {"path": "path to {where}", "this machine": "this machine, towards {where}"}.get(role, "{role} {where}")
        text = message(place, role=role, where=where)
    return message("{who}, through {via}", who=text, via=culprit_text(culprit.via)) if culprit.via else text


def culprit_named(result: Result) -> bool:
    """Whether the verdict's own sentences already name the culprit by host or address."""
    culprit, verdict = result.verdict.culprit, result.verdict
    names = [name for name in (culprit.host, culprit.address) if name] if culprit else []
    return not names or any(_names(text, name) for name in names for text in (verdict.summary, verdict.where))


def _names(text: Any, name: str) -> bool:
    """Whether one of the words that a sentence is made of is, or holds, a name."""
    if isinstance(text, Message):
        return any(_names(word, name) for word in text.words.values())
    return isinstance(text, str) and name in text


def diagnostic_text(row: Diagnostic) -> Text:
    """``serious: frames the capturing machine dropped …; 12 times, first #18``."""
    words = {"severity": str(row.severity), "meaning": row.meaning, "count": f"{row.count:,}", "frame": row.first_frame}
    text = "{severity}: {meaning}"
    if row.count > 1:
        text += "; {count} times, first #{frame}" if row.first_frame else "; {count} times"
    elif row.first_frame:
        text += "; first #{frame}"
    return message(text, **words)


def capture_facts(result: Result) -> list[Text]:
    """Packets, length, what was judged, where the recorder stood."""
    capture = result.capture
    if _words_alone(result):
        return ["none: this rests on what the command printed, and packets would show whether it is so"]
    if not capture.captured:
        return ["none: this rests on what the kernel says of sockets; packets would name what they do not tell apart"]
    facts: list[Text] = [counted(capture.packets, "{number} packet", "{number} packets")]
    if NEVER_NS not in (capture.start_ns, capture.end_ns):
        facts.append(duration(capture.end_ns - capture.start_ns))
    judged = f"{capture.judged_flows:,}"
    facts.append(
        counted(
            capture.total_flows, "judged {judged} of {number} flow", "judged {judged} of {number} flows", judged=judged
        )
    )
    if capture.vantage:
        facts.append(message("seen from the {vantage}", vantage=capture.vantage))
    if result.run is not None and client_told(result.run) and not run_facts(result):
        facts.append(message("client {client}", client=client_told(result.run)))
    return facts
