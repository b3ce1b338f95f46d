"""What a policy looks at of one capture: rows of its tables, of an analysis or of a dataset alike."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any, NamedTuple, TypeVar

from netanalyze.clients.packages import DIRECT, package_of
from netanalyze.redaction import redacted
from netanalyze.result import Result
from netanalyze.result.modules import requests_of_packages
from netanalyze.result.rows import finding_rows
from netanalyze.tracking.addresses import is_group
from netanalyze.units import NEVER_NS
from netanalyze.urls import host_in

Row = dict[str, Any]
Kind = TypeVar("Kind", bound=Hashable)
LOOKUP_SERVICES, LOOKUP_PORTS = ("dns", "dot", "doq"), (53, 853)
"""DNS in clear (RFC 1035), over TLS (RFC 7858) and QUIC (RFC 9250): whoever is spoken to there is a resolver. DNS over HTTPS is a
connection to a host."""
CONFIGURATION_PORTS = (67, 547)
"""DHCP's servers (RFC 2131, RFC 8415): the machine's business, not the run's."""


class Fetch(NamedTuple):
    """A request for a module or package: its name, from whom, and whether that is its own host and no proxy."""

    name: str
    host: str
    direct: bool
    frame: int
    flow_id: int


@dataclass(frozen=True)
class ObservedRun:
    """The rows of one capture; columns as in the tables (``syn_ns``), unknown is None.

    Attributes:
        name: of the file.
        words: requests for modules that only the command told of, no flow being known to have carried them.
        end_ns: the last moment of the run.
        status: of its verdict.
    """

    name: str
    flows: list[Row]
    dns: list[Row]
    tls: list[Row]
    http: list[Row]
    findings: list[Row]
    words: list[Fetch]
    end_ns: int
    status: str | None

    @cached_property
    def by_number(self) -> dict[int, Row]:
        """The flows by their number."""
        return {row["flow_id"]: row for row in self.flows}

    @cached_property
    def lookups(self) -> list[Row]:
        """Transactions with a resolver; what asks the neighbours (mDNS, LLMNR) asks none. Somebody else's are left out."""
        return [row for row in self.dns if row["kind"] == "dns" and not self._others(row["flow_id"])]

    @cached_property
    def to_resolvers(self) -> list[Row]:
        """Flows to resolvers, whatever goes over them."""
        return [row for row in self.flows if _of_lookups(row) and not _others(row) and not _to_many(row)]

    @cached_property
    def contacts(self) -> list[Row]:
        """Flows to hosts: all but those to resolvers, to groups, to DHCP, and somebody else's than the command's."""
        return [
            row
            for row in self.flows
            if not (_of_lookups(row) or _others(row) or _to_many(row))
            and not (row["transport"] == "udp" and row["resp_port"] in CONFIGURATION_PORTS)
        ]

    @cached_property
    def connections(self) -> list[Row]:
        """Of the contacts those that TCP or QUIC opened, in the order of their first frames."""
        opened = [row for row in self.contacts if row["syn_ns"] is not None or row["service"] == "quic"]
        return sorted(opened, key=lambda row: row["first_frame"] or 0)

    @cached_property
    def requests(self) -> list[Row]:
        """HTTP requests, as read in clear or told by the command."""
        return [row for row in self.http if not self._others(row["flow_id"])]

    @cached_property
    def hellos(self) -> list[Row]:
        """Exchanges of hellos, also over QUIC."""
        return [row for row in self.tls if not self._others(row["flow_id"])]

    @cached_property
    def fetches(self) -> list[Fetch]:
        """Requests for modules and packages, as far as they are known."""
        made = []
        for row in self.requests:
            target, host = row["target"] or "", row["host"] or ""
            package = package_of(target if "://" in target else f"https://{host}{target}")
            if package is not None and row["method"] != "CONNECT":
                frame = row["request_frame"] or self.first_frame(row["flow_id"])
                made.append(Fetch(package.name, without_port(host), package.source == DIRECT, frame, row["flow_id"]))
        return made + self.words

    def first_frame(self, flow_id: int | None) -> int:
        """Of a flow; 0 where there is none."""
        row = self.by_number.get(-1 if flow_id is None else flow_id)
        return 0 if row is None else row["first_frame"] or 0

    def _others(self, flow_id: int | None) -> bool:
        row = self.by_number.get(-1 if flow_id is None else flow_id)
        return row is not None and _others(row)


def observed_result(result: Result, name: str) -> ObservedRun:
    """What a policy looks at of an analysis."""
    words = [
        Fetch(package.name, without_port((timing.request or {}).get("host") or ""), package.source == DIRECT, 0, -1)
        for package, timing in requests_of_packages(result, result.told)
        if timing.flow is None
    ]
    return ObservedRun(
        name, list(result.flows.rows()), list(result.dns.rows()), list(result.tls.rows()), list(result.http.rows()),
        finding_rows(result), words, result.capture.end_ns, result.verdict.status,
    )  # fmt: skip


def observed_dataset(folder: str | PathLike[str]) -> Iterator[ObservedRun]:
    """What a policy looks at of each capture of a dataset; one that could not be analysed has no status.

    Raises:
        NotADataset, BadPart, MissingProgram: as of ``captures_of``.
    """
    from netanalyze.fleet.reading import captures_of

    for run, tables in captures_of(folder):
        end = NEVER_NS if run["end"] is None else run["end"]
        yield ObservedRun(
            redacted(run["file"] or ""), tables["flows"], tables["dns"], tables["tls"], tables["http"], tables["findings"], [],
            end, run["status"],
        )  # fmt: skip


def host_of(flow: Row) -> str:
    """The name that a flow was meant for, else its address."""
    return (flow["host"] or flow["resp_address"] or "").rstrip(".").lower()


def grouped(rows: Iterable[Row], key: Callable[[Row], Kind]) -> dict[Kind, list[Row]]:
    """Rows by what ``key`` says of them, in the order in which they first came."""
    groups: dict[Kind, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def without_port(host: str) -> str:
    """A host as a request names it, without its port and brackets; what names none stays as it is.

    >>> without_port("Proxy.example.:3128"), without_port("[2001:db8::1]:443"), without_port("2001:db8::1"), without_port("")
    ('proxy.example', '2001:db8::1', '2001:db8::1', '')
    """
    return (host_in(host) or host.lower()).rstrip(".")


def _of_lookups(flow: Row) -> bool:
    return flow["service"] in LOOKUP_SERVICES or flow["resp_port"] in LOOKUP_PORTS


def _others(flow: Row) -> bool:
    return bool(flow["owned"] == "other")


def _to_many(flow: Row) -> bool:
    """Whether it goes to a group or to all on the link."""
    return bool(flow["resp_address"]) and is_group(flow["resp_address"])
