"""What of this machine drops a probe: the rule of its firewall whose counter moves with it, and the kernel's own reason.

``iptables-save -c`` and ``nft list ruleset`` need root; without it, or without these programs, there is nothing to say. A rule
of nft counts only where it has a counter. Rules are read before and after the probe that dies, and after a control: what moves
with both is not it. So are the kernel's reasons (netanalyze.settle.kernel_drops), and, where nft was to trace it, the rules that
it names (netanalyze.settle.rule_trace).
"""

import functools
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from netanalyze.numerals import integer
from netanalyze.settle.kernel_drops import Drop, DropWatch, quietly_for
from netanalyze.settle.rule_trace import DroppingRule, RuleTrace

SAVES = {4: "iptables-save", 6: "ip6tables-save"}
TARGETS = ("DROP", "REJECT")
SEEN_TWICE = tuple(
    f"nft rule {family} {table} "
    for family in ("ip", "ip6")
    for table in ("filter", "mangle", "nat", "raw", "security")
)
"""Rules of the tables that iptables-nft(8) keeps its own in."""
READ_S = 3.0
CANDIDATES_MOST = 5
"""Rules without a counter that are named: of more, none is likelier than another."""

Counters = Mapping[str, int]
"""Packets by rule, as the rule is written."""


class NftRule(NamedTuple):
    """A rule of nft that drops or rejects, or a chain whose policy does: its place, and what it counted, or None."""

    place: str
    packets: int | None


def read_counters(ipv6: bool) -> dict[str, int]:
    """The packets that each rule which drops or rejects has counted; empty where that cannot be read."""
    if os.geteuid() != 0:
        return {}
    counted = {rule.place: rule.packets for rule in _ruleset() if rule.packets is not None}
    return saved_counters(_printed(SAVES[6 if ipv6 else 4], "-c")) | counted


def _ruleset() -> list[NftRule]:
    return nft_rules(_printed("nft", "-j", "list", "ruleset"))


def _printed(*argv: str) -> str:
    """What a program prints; nothing where it is missing or fails."""
    if shutil.which(argv[0]) is None:
        return ""
    try:
        return subprocess.run(argv, capture_output=True, text=True, timeout=READ_S).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def saved_counters(text: str) -> dict[str, int]:
    """Of what ``iptables-save -c`` prints.

    A chain's policy that drops counts as a rule of it.

    >>> saved_counters("*filter\\n[3:180] -A OUTPUT -p tcp -m tcp --dport 443 -j DROP\\n[9:900] -A INPUT -j ACCEPT\\n")
    {'iptables -A OUTPUT -p tcp -m tcp --dport 443 -j DROP': 3}
    """
    counters: dict[str, int] = {}
    table = ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = "" if line == "*filter" else f"-t {line[1:]} "
        if line.startswith(":"):
            chain, policy, counted = (*line[1:].split(" "), "", "")[:3]
            if policy == "DROP":
                counters[f"iptables {table}-P {chain} DROP"] = integer(counted.strip("[]").partition(":")[0]) or 0
        if not line.startswith("[") or not any(f"-j {target}" in line for target in TARGETS):
            continue
        count, _, rule = line[1:].partition("] ")
        counters[f"iptables {table}{rule}"] = integer(count.partition(":")[0]) or 0
    return counters


def nft_rules(text: str) -> list[NftRule]:
    """Of what ``nft -j list ruleset`` prints: rules and policies that drop; those that iptables made are left to iptables."""
    try:
        rows = json.loads(text)["nftables"] if text else []
    except (ValueError, KeyError, TypeError):
        return []
    found: list[NftRule] = []
    for row in rows:
        chain = row.get("chain") if isinstance(row, dict) else None
        if isinstance(chain, dict) and chain.get("policy") == "drop":
            place = f"nft chain {chain.get('family')} {chain.get('table')} {chain.get('name')}"
            found += [] if (place + " ").replace(" chain ", " rule ").startswith(SEEN_TWICE) else [NftRule(place, None)]
        rule = row.get("rule") if isinstance(row, dict) else None
        if not isinstance(rule, dict):
            continue
        parts = [part for part in rule.get("expr", ()) if isinstance(part, dict)]
        if not any("drop" in part or "reject" in part for part in parts) or any("xt" in part for part in parts):
            continue
        counted = next((part["counter"] for part in parts if isinstance(part.get("counter"), dict)), None)
        place = f"nft rule {rule.get('family')} {rule.get('table')} {rule.get('chain')} handle {rule.get('handle')}"
        packets = None if counted is None else integer(str(counted.get("packets"))) or 0
        found.append(NftRule(place, packets))
    return found


def moved(before: Counters, after: Counters) -> set[str]:
    """The rules that counted more."""
    return {rule for rule, count in after.items() if count > before.get(rule, 0)}


class LocalDrops(NamedTuple):
    """What of this machine drops a probe.

    Attributes:
        rules: of its firewall, those whose counters moved with the probe that dies and not with its control.
        reasons: that the kernel gave, with the probe that dies and not with its control.
        candidates: where the kernel named the firewall, no counter moved and nothing was traced, the rules that have none.
        traced: rules and policies of nft that dropped the probe that dies, and not its control.
        traceable: nft traced, where it was asked to; True where it was not.
    """

    rules: tuple[str, ...] = ()
    reasons: tuple[Drop, ...] = ()
    candidates: tuple[str, ...] = ()
    traced: tuple[DroppingRule, ...] = ()
    traceable: bool = True

    def __bool__(self) -> bool:
        return bool(self.rules or self.reasons or self.traced)

    @property
    def others(self) -> tuple[str, ...]:
        """The rules whose counters moved, without those that were traced as well."""
        return tuple(rule for rule in self.rules if rule not in {one.place for one in self.traced})


NO_DROPS = LocalDrops()


def local_drops(
    ipv6: bool, dies: Callable[[], object], lives: Callable[[], object] | None, where: tuple[str, int] | None = None
) -> LocalDrops:
    """Send what dies once more, and its control, and look at what this machine's firewall and kernel do with each.

    Args:
        where: address and port of both, where nft is to trace them; None for no trace.
    """
    watch, trace = DropWatch(), None
    try:
        trace = RuleTrace(*where) if where is not None else None
        traceable = trace is None or trace.works
        before = read_counters(ipv6)
        if not (before or watch.works or (trace is not None and trace.works)):
            return NO_DROPS._replace(traceable=traceable)
        dying = _observed(watch, trace, dies)
        between = read_counters(ipv6)
        reasons, traced, rules = set(dying.reasons), set(dying.traced), moved(before, between)
        if reasons or ((rules or traced) and lives is not None):
            living = _observed(watch, trace, lives or functools.partial(quietly_for, dying.seconds))
            reasons -= living.reasons
            traced -= living.traced
            rules -= moved(between, read_counters(ipv6)) if lives is not None else set()
    finally:
        watch.close()
        if trace is not None:
            trace.close()
    if any(rule.startswith("iptables") for rule in rules):  # nft lists and traces what iptables made as well
        rules = {rule for rule in rules if not rule.startswith(SEEN_TWICE)}
        traced = {rule for rule in traced if not (rule.place + " ").startswith(SEEN_TWICE)}
    candidates = [rule.place for rule in _ruleset() if rule.packets is None]
    if not (before or candidates or traced) and shutil.which("nft"):
        # another namespace of this kernel has the firewall
        reasons = {drop for drop in reasons if drop.kind != "firewall"}
    given = tuple(sorted(reasons))
    if rules or traced or all(drop.kind != "firewall" for drop in given):
        candidates = []
    return LocalDrops(
        tuple(sorted(rules)), given, tuple(candidates[:CANDIDATES_MOST]), tuple(sorted(traced, key=str)), traceable
    )


class _Observed(NamedTuple):
    """What was dropped while something was sent, by the kernel and by nft, and how long it took."""

    reasons: frozenset[Drop]
    traced: frozenset[DroppingRule]
    seconds: float


def _observed(watch: DropWatch, trace: RuleTrace | None, act: Callable[[], object]) -> _Observed:
    begun, traced = time.monotonic(), list[DroppingRule]()
    reasons = frozenset(watch.during(act if trace is None else lambda: traced.extend(trace.during(act))))
    return _Observed(reasons, frozenset(traced), time.monotonic() - begun)
