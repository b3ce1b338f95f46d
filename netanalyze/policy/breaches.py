"""Runs held to a policy, and a policy learnt from runs that are good."""

from collections.abc import Sequence
from typing import NamedTuple

from netanalyze.policy.observed import ObservedRun
from netanalyze.policy.policy_file import Policy, Setting
from netanalyze.policy.rule import Breach
from netanalyze.policy.rules import RULES
from netanalyze.wording import Message, message

FILTER_FRAMES = 40
"""Frames that a display filter lists, where there is no stream to name."""


class Violation(NamedTuple):
    """What a rule does not allow, and what shows it.

    Attributes:
        rule: its name, as ``hosts.allowed``.
        filter: the display filter by which Wireshark shows it; '' where only the command's words do.
    """

    rule: str
    breach: Breach
    filter: str


class CheckedRule(NamedTuple):
    """A rule of the policy in one run: what breaks it; ``unseen`` says why it could not be looked at, where it could not."""

    rule: str
    violations: tuple[Violation, ...]
    unseen: Message | None


class CheckedRun(NamedTuple):
    """A run held to a policy. ``flows``: how many were looked at."""

    name: str
    status: str | None
    flows: int
    rules: tuple[CheckedRule, ...]

    @property
    def violations(self) -> list[Violation]:
        """Of all rules."""
        return [violation for rule in self.rules for violation in rule.violations]


UNREADABLE = message("the file could not be analysed")
UNUSABLE = message("the capture cannot carry a verdict: what it does not show was not looked at")
NO_FLOWS = message("the capture has no flow")
OF_ALL_RULES = (UNREADABLE, UNUSABLE, NO_FLOWS)
"""Reasons that hold for whatever is asked of a run."""


def checked(run: ObservedRun, policy: Policy) -> CheckedRun:
    """Hold a run to a policy."""
    rules = [_checked(run, setting) for setting in policy.settings]
    return CheckedRun(run.name, run.status, len(run.flows), tuple(rules))


def _checked(run: ObservedRun, setting: Setting) -> CheckedRule:
    rule = setting.rule
    broken = [Violation(rule.name, one, display_filter(run, one)) for one in rule.check(run, setting.value)]
    unseen = None
    if not broken:
        unseen = (
            UNREADABLE if run.status is None else UNUSABLE if run.status == "unusable"
            else NO_FLOWS if not run.flows else None if rule.visible(run) else rule.unseen
        )  # fmt: skip
    return CheckedRule(rule.name, tuple(broken), unseen)


def learnt(runs: Sequence[ObservedRun]) -> list[Setting]:
    """What all these runs keep, of each rule that they say something of."""
    values = [Setting(rule, rule.learn(runs)) for rule in RULES]
    return [setting for setting in values if setting.value is not None]


def display_filter(run: ObservedRun, breach: Breach) -> str:
    """The streams of a breach, as Wireshark numbers them; where it numbers none, the frames."""
    tcp, udp = set(), set()
    for number in breach.flow_ids:
        flow = run.by_number.get(number)
        if flow is None:
            continue
        if flow["tcp_stream"] is not None:
            tcp.add(flow["tcp_stream"])
        elif flow["udp_stream"] is not None:
            udp.add(flow["udp_stream"])
        else:
            tcp, udp = set(), set()
            break
    parts = [_among("tcp.stream", sorted(tcp)), _among("udp.stream", sorted(udp))]
    return " || ".join(filter(None, parts)) or _among("frame.number", breach.frames[:FILTER_FRAMES])


def _among(field: str, numbers: Sequence[int]) -> str:
    """A field that is one of some numbers; '' for none.

    >>> _among("tcp.stream", [3]), _among("tcp.stream", [3, 5])
    ('tcp.stream == 3', 'tcp.stream in {3,5}')
    """
    if len(numbers) < 2:
        return f"{field} == {numbers[0]}" if numbers else ""
    return f"{field} in {{{','.join(map(str, numbers))}}}"
