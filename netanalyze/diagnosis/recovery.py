"""Whether a run got on in spite of a failure: what worked after it, asked of all flows once they are in order."""

import functools
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from netanalyze.causes.case import Case
from netanalyze.causes.cause import cause_of
from netanalyze.causes.errors import fits, has_causes
from netanalyze.diagnosis.group import SIGNIFICANT
from netanalyze.findings import Finding, Threshold
from netanalyze.flows.endings import words_of_refusal
from netanalyze.flows.flow import Flow
from netanalyze.flows.hello import handshake_complete
from netanalyze.flows.network.others import Greatest, Latest
from netanalyze.flows.screen import odd, plain
from netanalyze.units import NEVER_NS

FRESH_NS = 50_000_000
"""A connection that begins no sooner than this before a failure's end was made because of it."""
AT_END_NS = 100_000_000
"""What ends so close to the run's end lasted to it."""

ONE_COMMAND = Threshold(
    4, "addresses",
    source="go help environment, GOPROXY and GOSUMDB: a module proxy, where it redirects to, a checksum database; and a resolver",
    why="one command speaks to so few; a page calls on 27 others (HTTP Archive, Web Almanac 2024, third parties: the median)",
)  # fmt: skip


class Recovery:
    """Asked of each fatal finding of a run."""

    def __init__(self, case: Case):
        self._seen = case
        self._error = case.final_error

    def instead_until(self, failures: list[Finding]) -> int:
        """When the last flow was heard that began right after an earlier one of the same failures, and took over its work;
        ``NEVER_NS`` where none did."""
        first = min(failures, key=lambda f: f.end_ns)
        # nobody dials in place of a name before the answer is there
        fresh = 0 if cause_of(first.cause).phase == "dns" else FRESH_NS
        return self._complete.since(first.end_ns - fresh, _flows_of(failures))

    def recovered(self, finding: Finding, instead_until_ns: int = NEVER_NS) -> bool:
        """Whether the run got on in spite of a fatal finding: something else worked after it, and nothing failed at the
        end."""
        case, error = self._seen, self._error
        if error is not None:
            return has_causes(error.kind) and not fits(finding.cause, error.kind)
        if case.ended_well:
            return True
        if instead_until_ns >= finding.end_ns:
            return True
        if finding.end_ns >= case.end_ns - AT_END_NS and finding.end_ns - finding.start_ns > SIGNIFICANT.ns:
            return False
        target = finding.quantities.get("target")
        if target is not None:
            return target in self._done and self._done[target].but(finding.flow_id) >= finding.end_ns
        if cause_of(finding.cause).phase == "dns":
            return self._went_on_without(finding.quantities.get("name"), finding.end_ns)
        mine = _flows_of([finding])
        if self._good.since(finding.end_ns - FRESH_NS, mine) >= finding.end_ns and not self._told_no_of_few(finding):
            return True
        if any(self._good_at[name].since(finding.start_ns, mine) >= finding.end_ns for name in self._worked(mine)):
            return True
        culprit = finding.culprit
        there = self._good_at.get(culprit.host or (culprit.address, culprit.port))
        return there is not None and there.since(finding.start_ns, mine) >= finding.end_ns

    def _worked(self, flows: set[int | None]) -> set[str]:
        """Which names of some flows something worked at."""
        if not self._good_names:
            return set()
        there = (self._seen.index.flows.get(id_) for id_ in flows)
        return set().union(*(self._good_names.intersection(flow.names) for flow in there if flow is not None))

    @functools.cached_property
    def _good_names(self) -> set[str]:
        return {place for place in self._good_at if isinstance(place, str)}

    def _told_no_of_few(self, finding: Finding) -> bool:
        """Whether somebody said no in traffic of no known command, among so few places that each of them may be what was wanted:
        that another one worked later shows nothing then, it may be another program's."""
        case = self._seen
        if case.command_known or case.client.name != "generic" or not cause_of(finding.cause).answered:
            return False
        return len({flow.server.address for flow in case.flows}) <= ONE_COMMAND.value

    def _went_on_without(self, name: Any, end_ns: int) -> bool:
        """Whether a name was found in the end, or the run went on with others: a command that was told no ends; where others
        are looked up later, this name was not what it lived by."""
        if self._resolved.of(name) >= end_ns:
            return True
        since = end_ns + SIGNIFICANT.ns
        return self._seen.index.asked.but(name) >= since or self._begun_without(name) >= since

    @functools.cache  # noqa: B019 (lives as long as one verdict is made)
    def _begun_without(self, name: Any) -> int:
        """When the last flow began that carried something and does not go to a name; ``NEVER_NS`` where none does."""
        return next((flow.first_ns for flow in self._latest_first if name not in flow.names), NEVER_NS)

    @functools.cached_property
    def _latest_first(self) -> list[Flow]:
        return sorted((f for f in self._seen.flows if f.server.sent_data), key=lambda f: f.first_ns, reverse=True)

    @functools.cached_property
    def _resolved(self) -> Greatest[Any]:
        ones = [(one.name, one.start_ns) for one in odd(self._seen.lookups) if one.addresses]
        return Greatest([*ones, *plain(self._seen.lookups).last_begun()])

    @functools.cached_property
    def _done(self) -> dict[str | None, Greatest[int | None]]:
        """By target, when each flow brought a response to it that says that all is well."""
        found: dict[str | None, list[tuple[int | None, int]]] = defaultdict(list)
        for flow in self._seen.flows:
            for exchange in flow.http.exchanges if flow.http else ():
                if 200 <= exchange.status < 300:
                    found[exchange.target].append((flow.id, exchange.response_ns))
        return {target: Greatest(ones) for target, ones in found.items()}

    @functools.cached_property
    def _complete(self) -> Latest:
        return _latest(flow for flow in self._seen.flows if handshake_complete(flow))

    @functools.cached_property
    def _good_flows(self) -> list[Flow]:
        """The flows that worked: data came, and no reset ended them."""
        return [
            flow for flow in self._seen.flows
            if flow.server.sent_data and not flow_failed(flow) and (handshake_complete(flow) or _answered(flow))
        ]  # fmt: skip

    @functools.cached_property
    def _unread_flows(self) -> list[Flow]:
        """Those of protocols that are not read, on which the server spoke and all that was sent arrived, to the end; or is open
        and the last word the server's, who had heard the client before."""
        return [
            flow for flow in self._seen.flows
            if flow.server.sent_data and flow.tls is None and flow.http is None and not flow_failed(flow)
            and not flow.client.unacked and words_of_refusal(flow) is None
            and (over[0] == "fin" if (over := flow.ended()) is not None else flow.client.sent_data and flow.data_direction == 1)
        ]  # fmt: skip

    @functools.cached_property
    def _good(self) -> Latest:
        return _latest(self._good_flows)

    @functools.cached_property
    def _good_at(self) -> dict[str | tuple[str | None, int | None], Latest]:
        """By host, and by address and port, of which a finding that knows no name tells."""
        by_place: dict[str | tuple[str | None, int | None], list[Flow]] = defaultdict(list)
        for flow in [*self._good_flows, *self._unread_flows]:
            by_place[flow.server.address, flow.server.port].append(flow)
            for name in filter(None, {flow.host, *flow.names}):
                by_place[name].append(flow)
        return {place: _latest(flows) for place, flows in by_place.items()}


def _latest(flows: Iterable[Flow]) -> Latest:
    """Of flows, by their beginning, when their servers were heard last."""
    return Latest((flow.first_ns, flow.server.last_data_ns, flow.id) for flow in flows)


def _answered(flow: Flow) -> bool:
    """Whether a request on a flow was answered by whom it was meant for: a proxy's refusal to go there is no answer of its."""
    answered = [e for e in flow.http.exchanges if e.response_frame] if flow.http else []
    return any(e.method != "CONNECT" or 200 <= e.status < 300 for e in answered)


def _flows_of(findings: list[Finding]) -> set[int | None]:
    return {flow for finding in findings for flow in (finding.flow_id, *finding.also_flows)}


def flow_failed(flow: Flow) -> bool:
    """Whether a flow ended in a reset by its server."""
    return bool(flow.server.rst_count) and (not flow.client.fin_frame or flow.server.rst_frame < flow.client.fin_frame)
