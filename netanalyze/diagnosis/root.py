"""The root of a run: of what was seen at work, the one that failed it, else the one that cost it most."""

from collections import defaultdict
from typing import Any

from netanalyze.causes.case import Case
from netanalyze.causes.cause import Precedence, cause_of
from netanalyze.causes.client_errors import only_words
from netanalyze.causes.errors import fits
from netanalyze.diagnosis.group import BULK_SEGMENTS, SIGNIFICANT, Group, significant
from netanalyze.diagnosis.outcome import replayed, shorter_without, worth_telling
from netanalyze.diagnosis.recovery import Recovery
from netanalyze.findings import Finding
from netanalyze.units import NEVER_NS

HIDDEN = 5
"""So many causes are replayed before the root is chosen, those that lasted longest: one more would be no root either."""


def candidates(case: Case, findings: list[Finding], owned: dict[int, int], joined: dict[int, Finding]) -> list[Group]:
    """Every cause at every place that may be the root, with the time that it owns; a helper's silence counts as its
    upstream's (``joined``)."""
    return _upstream(_groups(case, findings, owned), joined)


def _place(finding: Finding) -> tuple:
    if cause_of(finding.cause).spans_hosts:
        return finding.cause, None
    return finding.cause, finding.culprit.name


def _longest(group: Group) -> int:
    """ns of the longest finding of a group."""
    return max(f.end_ns - f.start_ns for f in group.findings)


def _groups(case: Case, findings: list[Finding], owned: dict[int, int]) -> list[Group]:
    by_place: dict[tuple, list[Finding]] = defaultdict(list)
    for finding in findings:
        if not cause_of(finding.cause).never_root:
            by_place[_place(finding)].append(finding)
    groups, recovery = [], Recovery(case)
    for (cause, _), ones in by_place.items():
        total = sum(owned.get(id(f), 0) for f in ones)
        instead = recovery.instead_until(ones) if len(ones) > 1 else NEVER_NS
        fatal = any(f.fatal and (only_words(case) or not recovery.recovered(f, instead)) for f in ones)
        groups.append(Group(cause, ones, total, fatal))
    hidden = [g for g in groups if not g.fatal and g.owned_ns < SIGNIFICANT.ns <= _longest(g)]
    for group in sorted(hidden, key=_longest, reverse=True)[:HIDDEN]:
        # others had the time beside it in the ledger, and yet it may be what held the run up: where records cannot be followed,
        # gaps in a transfer whose pace it set look like the client's own time
        held_up = shorter_without(case, group.cause, group.findings)
        if held_up is None and cause_of(group.cause).paces:
            held_up = replayed(group.findings, "spent")
        group.owned_ns = max(group.owned_ns, held_up or 0)
    return groups


def _upstream(groups: list[Group], joined: dict[int, Finding]) -> list[Group]:
    """Without the groups that only tell of a helper's silence; what they cost goes to its upstream's."""
    kept = []
    of = {id(finding): group for group in groups for finding in group.findings}
    for group in groups:
        causes = [joined.get(id(finding)) for finding in group.findings]
        home = of.get(id(causes[0]))
        if home is None or home is group or None in causes:
            kept.append(group)
        else:
            home.owned_ns += group.owned_ns
            home.fatal = home.fatal or group.fatal
    return kept


def root_of(case: Case, groups: list[Group]) -> Group | None:
    """What failed the run, if anything did; else what cost most, if it cost enough."""
    by_precedence = {cause_of(g.cause).precedence: g for g in reversed(groups)}
    if Precedence.BEFORE_ALL in by_precedence:
        return by_precedence[Precedence.BEFORE_ALL]
    rest = _without_explained([g for g in groups if not cause_of(g.cause).about_capture])
    rest = [g for g in rest if worth_telling(case, g)]
    failed = _what_failed(case, rest)
    if failed is not None:
        return failed
    if Precedence.AFTER_FAILURES in by_precedence:
        return by_precedence[Precedence.AFTER_FAILURES]
    return _what_cost_most(case, rest) or by_precedence.get(Precedence.LAST)


def _what_failed(case: Case, groups: list[Group]) -> Group | None:
    """Of what fits the command's last error the one that it names most exactly; else of what ended attempts the dearest."""
    error = case.final_error
    fitting = [g for g in groups if error is not None and fits(g.cause, error.kind)]
    if not fitting:
        return max(
            (g for g in groups if g.fatal),
            key=lambda g: (g.owned_ns // 100_000_000, cause_of(g.cause).particular, g.lead.confidence, g.lead.end_ns),
            default=None,
        )
    named = [g for g in fitting if _is_subkind(g, error)] or [g for g in fitting if _names(g, error)] or fitting
    best = max(named, key=lambda g: (g.fatal, _shown(g), g.owned_ns, g.lead.confidence, g.lead.end_ns))
    return max((g for g in groups if _led_to(g, best)), key=lambda g: g.owned_ns, default=best)


def _what_cost_most(case: Case, groups: list[Group]) -> Group | None:
    """The dearest of what cost enough to be worth a word."""
    begun, ended = case.wall
    costly = [g for g in groups if significant(g.owned_ns, ended - begun) or _heavy(g)]
    return max(costly, key=lambda g: (g.owned_ns, g.lead.confidence), default=None)


def _without_explained(groups: list[Group]) -> list[Group]:
    """Leave out what another finding explains: a dial to an address that DNS gave wrongly."""
    wrong: dict[str, Group] = {}
    for group in groups:
        for finding in group.findings:
            for address in wrong_addresses(finding):
                wrong[address] = group
    pointed = {
        f: g
        for g in groups
        if cause_of(g.cause).explains_connect
        for x in g.findings
        for f in (x.flow_id, *x.also_flows)
    }
    kept = []
    for group in groups:
        pointing = pointed.get(group.lead.flow_id)
        if pointing is not None and pointing is not group and cause_of(group.cause).phase in ("tcp", "tls"):
            pointing.owned_ns += group.owned_ns
            continue
        explained = wrong.get(group.lead.culprit.address or "")
        if explained is not None and explained is not group and cause_of(group.cause).phase != "dns":
            explained.owned_ns += group.owned_ns
            explained.fatal = explained.fatal or group.fatal
            continue
        kept.append(group)
    return kept


def _led_to(group: Group, named: Group) -> bool:
    """Whether a failure of the same host before the one the command names is what cost the time."""
    return (
        any(f.fatal for f in group.findings)
        and group.lead.culprit.host is not None
        and group.lead.culprit.host == named.lead.culprit.host
        and group.lead.end_ns <= named.lead.start_ns + 100_000_000
        and group.owned_ns >= named.owned_ns + SIGNIFICANT.ns
    )


def _heavy(group: Group) -> bool:
    """Whether a loss is so heavy that it is worth a word whatever it cost."""
    lead = group.lead
    return (
        cause_of(group.cause).told_when_heavy
        and lead.confidence >= 0.9
        and lead.quantities.get("segments", 0) >= BULK_SEGMENTS
    )


def _is_subkind(group: Group, error: Any) -> bool:
    """Whether the command's error says in particular what a group's cause is."""
    subkind = cause_of(group.cause).fits_subkind
    return subkind is not None and subkind == error.facts.get("subkind")


def _shown(group: Group) -> bool:
    """Whether something was seen of it, and not only the command's words repeated."""
    return any(evidence.kind != "trace" for finding in group.findings for evidence in finding.evidence)


def _names(group: Group, error: Any) -> bool:
    """Whether the command's error names the host or address that a group blames."""
    host, address = error.facts.get("host"), error.facts.get("address")
    blamed = {group.lead.culprit.host, group.lead.culprit.address} - {None}
    return bool(blamed & {host, address})


def wrong_addresses(finding: Finding) -> set[str]:
    """The addresses to which a finding's cause sends the client wrongly."""
    if not cause_of(finding.cause).misleads:
        return set()
    return {*finding.quantities.get("first", ()), *finding.quantities.get("addresses", ())}
