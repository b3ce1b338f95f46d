"""What a rule is: a table and key of the policy, what may stand there, how a run is held to it, and what a good run teaches."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from netanalyze.policy.observed import ObservedRun, Row
from netanalyze.wording import Message


class ValueKind(Enum):
    """What may stand behind a key; the value is how a complaint says it."""

    PATTERNS = 'a list of names, patterns and addresses, as ["*.example.com", "192.0.2.0/24"]'
    VERSIONS = 'a list of TLS versions, as ["TLS 1.2", "TLS 1.3"]'
    NAMES = 'a list of names and patterns, as ["*.example.com"]'
    SECONDS = "a number of seconds above 0, as 1.5"
    COUNT = "a whole number, 0 or more"
    FLAG = "true or false"
    BY_NAME = 'lines such as "pattern" = ["host", "192.0.2.0/24"]'


class Breach(NamedTuple):
    """Something that a rule does not allow: whom or what it is about, the sentence, the frames and flows that show it."""

    subject: str
    message: Message
    frames: tuple[int, ...]
    flow_ids: tuple[int, ...]


Checks = Callable[[ObservedRun, Any], Iterator[Breach]]


@dataclass(frozen=True)
class PolicyRule:
    """One rule of a policy.

    Attributes:
        table, key: where it stands; without a key the whole table is its value.
        meaning: one line, which stands above it in a policy that was learnt.
        check: what of a run breaks it, given its value.
        learn: the value that runs which are good all keep; None: they say nothing of it.
        visible: whether a run shows what it is about; where not, ``unseen`` says what is missing.
    """

    table: str
    key: str
    kind: ValueKind
    meaning: str
    check: Checks
    learn: Callable[[Sequence[ObservedRun]], Any]
    visible: Callable[[ObservedRun], bool] = lambda _: True
    unseen: Message | None = None

    @property
    def name(self) -> str:
        """As a report names it: ``hosts.allowed``."""
        return f"{self.table}.{self.key}" if self.key else self.table


def breach(
    subject: str, sentence: Message, run: ObservedRun, flows: Iterable[Row | int | None], frames: Iterable[int] = ()
) -> Breach:
    """A breach on flows (rows or numbers); its frames are those given, else the first of each flow."""
    numbers = [flow["flow_id"] if isinstance(flow, dict) else flow for flow in flows]
    flow_ids = tuple(dict.fromkeys(number for number in numbers if number is not None and number >= 0))
    shown = [frame for frame in frames if frame] or [run.first_frame(number) for number in flow_ids]
    return Breach(subject, sentence, tuple(sorted({frame for frame in shown if frame})), flow_ids)
