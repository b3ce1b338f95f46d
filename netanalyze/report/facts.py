"""What all reports say alike: the time's shares, the chosen ledger rows, findings in order, frames and filters.

Nothing here judges; a report shows what is in the Result, and these are the ways of saying it.
"""

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from netanalyze.diagnostics import KINDS, Diagnostic
from netanalyze.findings import Culprit, Finding
from netanalyze.result import LedgerRow, Result, Step
from netanalyze.units import NEVER_NS, SECOND_NS, duration, seconds
from netanalyze.wording import Message, counted, message

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
_FRAMES = re.compile(r"#?\d+([-–]#?\d+)?(, ?#?\d+([-–]#?\d+)?)*")
_COMMAND = re.compile(
    r"(?:[A-Z_][A-Z0-9_]*=\S* +)*(?:sudo +)?"
    r"(?:go|git|curl|openssl|dig|nc|mtr|ping|ip|ss|tcpdump|netanalyze|grep|env|timeout|resolvectl|tracepath|"
    r"traceroute|ssh|date|npm|pip|nslookup|getent|strace|lslocks|fuser|ethtool|sysctl|nft|iptables|export|df)(?: |$)"
)
_LIMIT = re.compile(r"(\d+(?:\.\d+)? (?:s|ms|min|h))[ ,:]+(?=\S)")
_SCOPES = (
    (re.compile(r",? (?:for )?this run$"), "this run only"),
    (re.compile(r",? (?:in|for) this shell$"), "in this shell"),
)


def total_ns(result: Result) -> int:
    """Wall time that is accounted for: the ledger's, else the run's, else the capture's."""
    if result.ledger:
        return sum(row.ns for row in result.ledger)
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


def lost(result: Result) -> str:
    """``10.0 of 10.1 s lost``."""
    total = total_ns(result)
    verdict = result.verdict
    if verdict.seconds <= 0:
        return "no time lost"
    total = max(total, round(verdict.seconds * SECOND_NS))
    decimals = decimals_for(total)
    word = "so far" if verdict.status == "hung" and verdict.attributes.get("not_network") else "lost"
    figures = {"spent": f"{verdict.seconds:.{decimals}f}", "total": f"{seconds(total):.{decimals}f}"}
    return message(f"{{spent}} of {{total}} s {word}", **figures)


def phase_sums(result: Result) -> list[tuple[str, str, int, bool]]:
    """(phase, name, ns, whether a cause owns most of it) in telling order; phases without time are left out."""
    sums = []
    for phase, name in PHASE_NAMES.items():
        rows = [row for row in result.ledger if row.phase == phase]
        spent = sum(row.ns for row in rows)
        if spent:
            blamed = 2 * sum(row.ns for row in rows if row.cause) > spent
            sums.append((phase, f"{name} wait" if blamed and phase in _WAITS else name, spent, blamed))
    return sums


def time_line(result: Result, say: Callable[[str], str] = str) -> str:
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
    note: str
    flow_id: int | None
    count: int = 1
    figure: str = ""

    @property
    def text(self) -> str:
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
    rows = [row for row in result.ledger if row.ns]
    if len(rows) <= most:
        lines = [_line([row]) for row in rows]
    else:
        by_length = sorted(range(len(rows)), key=lambda i: (-rows[i].ns, i))
        limit = total_ns(result) // 50
        for kept in range(min(most, sum(row.ns >= limit for row in rows)), -1, -1):
            alone = set(by_length[:kept])
            groups: dict[tuple[str, str | None], list[LedgerRow]] = {}
            for i, row in enumerate(rows):
                if i not in alone:
                    groups.setdefault((row.phase, row.cause), []).append(row)
            if len(alone) + len(groups) <= most:
                break
        lines = [_line([rows[i]]) for i in alone] + [_line(group) for group in groups.values()]
        if len(lines) > most:
            lines.sort(key=lambda line: (-line.ns, line.start_ns))
            rest = lines[most - 1 :]
            spent, count = sum(line.ns for line in rest), sum(line.count for line in rest)
            others = LedgerLine(max(line.start_ns for line in rest), spent, "", None, "", None, count)
            lines = [*lines[: most - 1], others]
        lines.sort(key=lambda line: (not line.phase, line.start_ns))
    figures = rounded_shares([line.ns for line in lines], ledger_decimals(result))
    return [replace(line, figure=figure) for line, figure in zip(lines, figures) if figure.strip("0.")]


def _line(rows: list[LedgerRow]) -> LedgerLine:
    first, flows = rows[0], {row.flow_id for row in rows}
    return LedgerLine(
        first.start_ns, sum(row.ns for row in rows), first.phase, first.cause,
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
                placed.append(Placed(index, result.findings[index], depth, index == root))
                waiting.extend((child, depth + 1) for child in reversed(children.get(index, [])))

    if root is not None and 0 <= root < len(result.findings):
        place(root, 0)
    for index in children.get(None, []):
        place(index, 0)
    for index in range(len(parents)):  # a circle of consequences is shown, too
        place(index, 0)
    return placed


def frame_label(frames: str) -> str:
    """Frames as the proof names them: ``13`` is ``#13``; anything that is not frame numbers stays as it is."""
    return f"#{frames.lstrip('#')}" if _FRAMES.fullmatch(frames) else frames


def frame_ranges(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Frame numbers in ``13``, ``#16-17``, ``3, 5`` as ranges, sorted, neighbours joined.

    >>> frame_ranges(["13", "16-17", "#18-24", "trace"])
    [(13, 13), (16, 24)]
    """
    found = []
    for text in texts:
        if _FRAMES.fullmatch(text):
            for part in text.replace("#", "").replace("–", "-").split(","):
                first, _, last = part.strip().partition("-")
                found.append((int(first), max(int(first), int(last or first))))
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(found):
        if joined and begin <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def wireshark_filter(result: Result, room: int = 71) -> str:
    """A display filter that shows the proof: its frames if that fits ``room``, else the flow's addresses and ports.

    With several files frame numbers count over all of them and Wireshark's do not, so the flow is named then, too.
    """
    ranges = frame_ranges([frames for frames, _ in result.verdict.proof])
    inside = ",".join(f"{first}" if first == last else f"{first}..{last}" for first, last in ranges)
    by_frames = f"frame.number in {{{inside}}}"
    if len(result.capture.files) < 2 and len(by_frames) <= room:
        if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
            return f"frame.number == {ranges[0][0]}"
        if ranges:
            return by_frames
    by_flow = _flow_filter(result)
    if by_flow or not ranges or len(result.capture.files) > 1:
        return by_flow
    return f"frame.number >= {ranges[0][0]} && frame.number <= {ranges[-1][1]}"


def _flow_filter(result: Result) -> str:
    index = result.verdict.finding
    if index is None or not 0 <= index < len(result.findings):
        return ""
    flow = flow_row(result, result.findings[index].flow_id)
    if flow is None or flow["transport"] not in ("tcp", "udp"):
        return ""
    address = "ipv6.addr" if flow["ip_version"] == 6 else "ip.addr"
    return f"{address} == {flow['resp_address']} && {flow['transport']}.port == {flow['orig_port']}"


def flow_row(result: Result, flow_id: int | None) -> dict[str, object] | None:
    """The row of a flow by its number, or None."""
    if flow_id is None or flow_id < 0:
        return None
    where = (result.flows.flow_id == flow_id).nonzero()[0]
    return result.flows.row(int(where[0])) if len(where) else None


def endpoint(address: object, port: object) -> str:
    """``192.0.2.1:443``, ``[2001:db8::1]:443``."""
    host = f"[{address}]" if ":" in str(address) else str(address)
    return f"{host}:{port}" if port not in (None, -1) else host


def culprit_text(culprit: Culprit) -> str:
    """``module-proxy proxy.golang.org (142.250.66.81:443), through http-proxy 10.0.0.1:3128``."""
    role = {"client-host": "this machine", "client": "the command itself"}.get(culprit.role, culprit.role)
    where = endpoint(culprit.address, culprit.port) if culprit.address else ""
    if culprit.host:
        where = culprit.host + (f" ({where})" if where else f":{culprit.port}" if culprit.port else "")
    text = role
    if where:
        place = {"path": "path to {where}", "this machine": "this machine, towards {where}"}.get(role, "{role} {where}")
        text = message(place, role=role, where=where)
    return message("{who}, through {via}", who=text, via=culprit_text(culprit.via)) if culprit.via else text


def culprit_named(result: Result) -> bool:
    """Whether the verdict's own sentences already name the culprit by host or address."""
    culprit, verdict = result.verdict.culprit, result.verdict
    names = [name for name in (culprit.host, culprit.address) if name] if culprit else []
    told = " ".join([verdict.summary, verdict.where])
    return not names or any(name in told for name in names)


def is_command(text: str) -> bool:
    """Whether a text is a command to paste, rather than prose.

    >>> is_command("GODEBUG=tlsmlkem=0 go mod download"), is_command("try another network")
    (True, False)
    """
    return _COMMAND.match(text) is not None


def limit_parts(limit: str) -> tuple[str, str]:
    """A limit that begins with its time, as that time and the rest: ``36.0 s: 200 requests`` and the like.

    >>> limit_parts("36.0 s  200 .info requests"), limit_parts("the sender is slow")
    (('36.0 s', '200 .info requests'), ('', 'the sender is slow'))
    """
    if isinstance(limit, Message) and "figure" in limit.words:
        return f"{limit.words['figure']} s", limit.words["what"]
    match = _LIMIT.match(limit.strip())
    return (match[1], limit.strip()[match.end() :]) if match else ("", limit.strip())


def step_note(step: Step, room: int) -> str:
    """What stands beside a step's command: its text if that fits ``room``, else how long it lasts, if that is all."""
    text = step.text.strip()
    if text[:1].isupper() and not text[1:2].isupper():
        text = text[:1].lower() + text[1:]
    if len(text) <= room or ":" in text or text.startswith(("if ", "or ")):
        return text
    for pattern, scope in _SCOPES:
        if pattern.search(text) and len(scope) <= room:
            return scope
    return text


def diagnostic_text(row: Diagnostic) -> str:
    """``serious: frames the capturing machine dropped …; 12 times, first #18``."""
    meaning: str = KINDS[row.kind][1] if row.kind in KINDS else row.meaning
    if row.detail:
        meaning = message("{meaning} ({detail})", meaning=meaning, detail=row.detail)
    words = {"severity": str(row.severity), "meaning": meaning, "count": f"{row.count:,}", "frame": row.first_frame}
    text = "{severity}: {meaning}"
    if row.count > 1:
        text += "; {count} times, first #{frame}" if row.first_frame else "; {count} times"
    elif row.first_frame:
        text += "; first #{frame}"
    return message(text, **words)


def capture_facts(result: Result) -> list[str]:
    """Packets, length, what was judged, where the recorder stood."""
    capture = result.capture
    if not capture.captured:
        return ["none: this rests on what the kernel says of sockets; packets would name what they do not tell apart"]
    facts: list[str] = [counted(capture.packets, "{number} packet", "{number} packets")]
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
    if result.run is not None and result.run.client and not run_facts(result):
        facts.append(message("client {client}", client=result.run.client))
    return facts


def run_facts(result: Result) -> list[str]:
    """The command, its exit status, its wall time; empty where none of them is known."""
    run = result.run
    if run is None or (run.argv is None and run.exit_code is None and run.wall is None):
        return []
    facts = [shlex.join(run.argv)] if run.argv else []
    if run.client:
        facts.append(run.client)
    if run.exit_code is not None:
        facts.append(message("exit status {code}", code=run.exit_code))
    if NEVER_NS not in (run.start_ns, run.end_ns):
        facts.append(message("{time} in all", time=duration(run.end_ns - run.start_ns)))
    return facts
