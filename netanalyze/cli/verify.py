"""``netanalyze verify FILE``: our reading of a capture beside tshark's."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from netanalyze.cli import completers
from netanalyze.cli.sections import Sectioned

if TYPE_CHECKING:
    from netanalyze.interop.tshark import Reading
    from netanalyze.result import Result

SHOWN = 5
"""Frames named of each mark that differs."""


@click.command("verify", cls=Sectioned, examples="netanalyze verify hang.pcapng")
@click.argument("file", metavar="FILE", shell_complete=completers.files)
@click.option("--all", "everything", is_flag=True, help="Name every frame that differs, not the first few.")
def command(file: str, everything: bool) -> int:
    """Read a capture with tshark, too, and say where it differs from us.

    Compares frames, flows, each TCP mark (Wireshark's tcp.analysis.*), TLS
    hellos and DNS answers. Exit status: 0 where all agree, 1 where
    something differs. Needs tshark.
    """
    from netanalyze.api import analyze
    from netanalyze.interop import tshark

    if file == "-":
        raise click.UsageError("the capture is read twice; save standard input to a file first")
    tshark.find_tshark("netanalyze verify")
    result = analyze([file])
    theirs = tshark.read(file)
    lines, differences = compared(result, theirs, None if everything else SHOWN)
    click.echo("\n".join(lines))
    return 1 if differences else 0


def compared(result: "Result", reading: "Reading", shown: int | None = SHOWN) -> tuple[list[str], int]:
    """The comparison as lines, and how many of them differ."""
    from netanalyze.tracking.marks import NAMES

    rows: list[tuple[str, int, int, int, str]] = [_counted("frames", result.capture.packets, reading.frames)]
    transports = Counter(result.flows.transport.tolist())
    if len(result.flows) == result.capture.total_flows:
        rows += [_counted(f"{kind} flows", transports[kind], reading.streams[kind]) for kind in ("tcp", "udp")]
    table = result.tcp_marks
    ours: dict[str, set[Any]] = {}
    for frame, mark in zip(table.frame_number.tolist(), table.mark.tolist()):
        ours.setdefault(mark, set()).add(frame)
    for mark in NAMES:
        rows.append(_sets(mark, ours.get(mark, set()), {frame for frame, name in reading.marks if name == mark}, shown))
    tls = result.tls
    hello = tls.where((tls.kind == "tls") & (tls.client_hello_frame > 0)) if len(tls) else tls
    rows.append(_multisets("ClientHello names", Counter(name or "" for name in hello.sni), reading.server_names))
    served = int(((tls.kind == "tls") & (tls.server_hello_frame > 0)).sum()) if len(tls) else 0
    rows.append(_counted("ServerHellos", served, reading.server_hellos))
    answers = {
        (row["dns_id"], (row["qname"] or "").lower().rstrip("."), row["qtype"], row["rcode"])
        for row in result.dns.rows()
        if row["kind"] == "dns" and row["response_frame"] is not None and row["qtype"] is not None
    }
    rows.append(_sets("DNS answers", answers, reading.answers, shown))
    lines = [f"{'':24}{'netanalyze':>11}{'tshark':>9}{'agree':>9}"]
    differences = 0
    for name, mine, other, both, where in rows:
        differs = mine != both or other != both
        differences += differs
        if mine or other:
            lines.append(f"{name.replace('_', ' '):24}{mine:>11,}{other:>9,}{both:>9,}{'  differs' if differs else ''}")
            lines += [f"    {line}" for line in where.splitlines()]
    if reading.truncated:
        lines.append(f"tshark stopped early: {reading.truncated}")
    verdict = f"{differences} of {len(rows)} differ" if differences else "all agree"
    return [*lines, f"{verdict} (tshark {reading.version})"], differences


def _counted(name: str, ours: int, other: int) -> tuple[str, int, int, int, str]:
    return name, ours, other, min(ours, other), ""


def _sets(name: str, ours: set[Any], other: set[Any], shown: int | None) -> tuple[str, int, int, int, str]:
    where = [
        f"only {who}: {_listed(only, shown)}"
        for who, only in (("netanalyze", ours - other), ("tshark", other - ours))
        if only
    ]
    return name, len(ours), len(other), len(ours & other), "\n".join(where)


def _multisets(name: str, ours: Counter, other: Counter) -> tuple[str, int, int, int, str]:
    where = [
        f"only {who}: {', '.join(only)}"
        for who, only in (("netanalyze", sorted(ours - other)), ("tshark", sorted(other - ours)))
        if only
    ]
    return name, ours.total(), other.total(), (ours & other).total(), "\n".join(where)


def _listed(items: set[Any], shown: int | None) -> str:
    from netanalyze.report.sheet import clean

    ordered = sorted(items, key=str) if any(isinstance(item, tuple) for item in items) else sorted(items)
    named = [clean(" ".join(map(str, item))) if isinstance(item, tuple) else f"#{item}" for item in ordered[:shown]]
    more = len(ordered) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
