"""What each module or package cost: lookup, connect, handshake, waiting, transfer, octets, tries, and who gave it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from netanalyze.clients.packages import SUMS, Package, package_of
from netanalyze.clients.trace import REFUSED, Request
from netanalyze.columns import LIST, TEXT, Column, Table, time_column
from netanalyze.result.timings import Timing, request_timings
from netanalyze.units import NEVER_NS, SECOND_NS
from netanalyze.urls import split

if TYPE_CHECKING:
    from netanalyze.result import Result

NONE_NS = -1


def _span(name: str, meaning: str) -> Column:
    return Column(name, "i8", "ns", f"{meaning}, -1 none", "netanalyze", NONE_NS)


class ModuleTable(Table):
    """One row per module or package and version, in the order in which they were first asked for."""

    schema = (
        Column("ecosystem", TEXT, "", "go, pip, npm or cargo", "netanalyze"),
        Column("name", TEXT, "", "as its client writes it", "http.request.uri"),
        Column("version", TEXT, "", "none where only lists were asked for", "http.request.uri"),
        Column("source", TEXT, "", "proxy, direct, sumdb, index or files: who gave it at last", "netanalyze"),
        Column("host", TEXT, "", "who that is", "http.host"),
        Column("requests", "i4", "1", "made for it", "netanalyze"),
        Column("tries", "i4", "1", "for the one that was made most often", "netanalyze"),
        Column("failed", "i4", "1", "that were refused, or had no answer", "netanalyze"),
        Column("status", "i4", "1", "of the last answer, -1 none", "http.response.code", -1),
        time_column("start_ns", "when it was first asked for"),
        time_column("end_ns", "when the last answer to it was there"),
        _span("lookup_ns", "of the connections that were opened for it"),
        _span("connect_ns", "of these, to the end of the TCP handshake"),
        _span("tls_ns", "of these, from ClientHello to ServerHello"),
        _span("wait_ns", "from each request to the head of its answer"),
        _span("transfer_ns", "from there to the last octet"),
        Column("octets", "i8", "octets", "of bodies, -1 unknown; encrypted: about", "netanalyze", -1),
        Column("flow_ids", LIST, "", "flows that carried it", "netanalyze"),
    )


def module_table(result: "Result", by_words: Sequence[Request] = ()) -> ModuleTable:
    """The modules and packages of a run, as far as requests are known: read in clear, or told of by the command (go -x).

    What came from a cache was not asked for, and is not there. Requests side by side on one connection overlap, so that
    times of several rows may be more than the run's.

    Args:
        by_words: all that the command told of; of those whose flow is not known the command's own seconds are taken.
    """
    asked: dict[tuple[str, str], dict[str, list[tuple[Package, Timing]]]] = {}
    for package, timing in requests_of_packages(result, by_words):
        by_version = asked.setdefault((package.ecosystem, package.name), {})
        by_version.setdefault(package.version, []).append((package, timing))
    rows = [row for by_version in asked.values() for row in _rows(by_version)]
    return ModuleTable.from_rows(sorted(rows, key=lambda row: row["start_ns"]))


def requests_of_packages(result: "Result", by_words: Sequence[Request] = ()) -> Iterator[tuple[Package, Timing]]:
    """Each request for a module or package: those of known flows by time, then, without a flow, what the words alone tell."""
    made = sorted(request_timings(result, lambda row: package_of(_url(row)) is not None), key=lambda one: one.start_ns)
    for timing in [*made, *_by_words_alone(made, by_words)]:
        package = package_of(_url(timing.request or {}))
        if package is not None:
            yield package, timing


def _by_words_alone(made: Sequence[Timing], by_words: Sequence[Request]) -> Iterable[Timing]:
    """The requests that the command told of and no flow is known to have carried, in the order of its lines."""
    laid = Counter(map(_asked_for, made))
    for request in by_words:
        url = split(request.url)
        if url is None:
            continue
        row = {
            "target": url.target, "host": request.host, "status": request.status, "request_ns": request.time_ns,
            "response_ns": request.end_time_ns, "body_octets": None, "body_over_ns": None,
        }  # fmt: skip
        begun = request.time_ns if request.time_ns is not None else NEVER_NS
        wait = NONE_NS if request.seconds is None else round(request.seconds * SECOND_NS)
        timing = Timing(row, None, begun, NONE_NS, NONE_NS, NONE_NS, wait, NONE_NS)
        if laid[_asked_for(timing)]:
            laid[_asked_for(timing)] -= 1
        else:
            yield timing


def _rows(by_version: dict[str, list[tuple[Package, Timing]]]) -> Iterable[dict[str, Any]]:
    """A row for each version; what is of none (a list, an index) is the first version's, which was chosen by it."""
    general = by_version.pop("", [])
    if not by_version:
        yield _row(general)
    for place, asked in enumerate(by_version.values()):
        yield _row(general + asked if place == 0 else asked)


def _row(asked: list[tuple[Package, Timing]]) -> dict[str, Any]:
    given = [one for one in asked if one[0].source != SUMS] or asked
    package, last = given[-1]
    made = [timing for _, timing in asked]
    answered = [t.request["status"] for _, t in given if t.request is not None and t.request["status"] is not None]
    octets = [t.request["body_octets"] for t in made if t.request is not None and t.request["body_octets"] is not None]
    failed = sum(1 for t in made if t.request is not None and (t.request["status"] or REFUSED) >= REFUSED)
    return {
        "ecosystem": package.ecosystem, "name": package.name, "version": package.version or None,
        "source": package.source, "host": (last.request or {}).get("host"),
        "requests": len(made), "tries": max(Counter(map(_asked_for, made)).values()), "failed": failed,
        "status": answered[-1] if answered else -1,
        "start_ns": min(t.start_ns for t in made), "end_ns": max(map(_end, made)),
        "lookup_ns": _sum(t.lookup_ns for t in made), "connect_ns": _sum(t.connect_ns for t in made),
        "tls_ns": _sum(t.tls_ns for t in made), "wait_ns": _sum(t.wait_ns for t in made),
        "transfer_ns": _sum(t.transfer_ns for t in made), "octets": sum(octets) if octets else -1,
        "flow_ids": sorted({t.flow["flow_id"] for t in made if t.flow is not None}),
    }  # fmt: skip


def _asked_for(timing: Timing) -> tuple[str, str]:
    """Host and target, as the frames and the command's words both have them: neither tells scheme and port alike."""
    url = split(_url(timing.request or {}))
    return (url.host or "", url.target) if url is not None else ("", _url(timing.request or {}))


def _url(row: Mapping[str, Any]) -> str:
    """The URL of a request, its scheme aside."""
    target = row.get("target") or "/"
    return target if "://" in target else f"https://{row.get('host') or 'unknown'}{target}"


def _end(timing: Timing) -> int:
    row = timing.request or {}
    known = [row[name] for name in ("body_over_ns", "response_ns", "request_ns") if row.get(name) is not None]
    return int(known[0]) if known else NEVER_NS


def _sum(spans: Iterable[int]) -> int:
    """Of the spans that there are; NONE_NS where there is none."""
    known = [ns for ns in spans if ns >= 0]
    return sum(known) if known else NONE_NS
