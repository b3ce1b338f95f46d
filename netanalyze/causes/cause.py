"""What the program knows of one cause, beside the rule that finds it: its words, and how it behaves.

Each file of this package that finds a cause has one ``Cause``; reports, ledger and verdict ask it, and name no cause
themselves. Adding a cause is adding its file.
"""

import contextlib
import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType, ModuleType
from typing import Any

from netanalyze.causes.advice.form import Page
from netanalyze.findings import Culprit, Evidence, Finding
from netanalyze.flows.flow import Flow
from netanalyze.waiting import Waiting
from netanalyze.wording import Text

PHASES = ("capture", "local", "dns", "tcp", "quic", "tls", "http", "go")
"""The packages of causes, in the order in which pages and tables list them."""


class When(Enum):
    """In which case a cause has another headline; where several hold, the last in this order is said."""

    ANSWERED_ON_LINK = "something near at hand answers in the far host's name, which proves nothing of that host"
    BEHIND_PROXY = "TCP ends at a proxy: what it acknowledged, the far host may never have got"
    ONLY_LIKELY = "it is only likely"
    FROM_THERE = "it is the other side's packets that suffer"
    ANSWERS_OTHERS = "who is blamed answered other questions"
    BEHIND_RECORDER = "what was lost had been recorded"
    SOCKET_FELL_SILENT = "a socket alone tells: it had received something, and does not tell what"
    SEVERAL_LOST = "more than one packet was lost"
    COME_TWICE = "packets were doubled on the way"
    AT_SERVER = "it is the server's packets that suffer, and the capture was taken beside it"
    OUT_OF_TLS = "a redirect leads from https to http"
    OTHER_PORT = "the same host answers at another port"
    NOT_ANSWERED = "nothing of what was owed had come"
    NOT_GREETED = "the server, who speaks first, had not spoken"
    CALLED_BACK = "it is a connection that a server opens to its client: the data of active FTP"

    def holds(self, finding: Finding) -> bool:
        """Whether it is so with a finding, by its attributes and quantities."""
        return _HOLDS[self](finding)


_HOLDS: dict[When, Callable[[Finding], bool]] = {
    When.ANSWERED_ON_LINK: lambda finding: finding.attributes.get("acknowledged_by") == "on-link",
    When.BEHIND_PROXY: lambda finding: finding.attributes.get("acknowledged_by") == "proxy",
    When.ONLY_LIKELY: lambda finding: finding.attributes.get("sure") == "no",
    When.FROM_THERE: lambda finding: finding.attributes.get("direction") == "down",
    When.ANSWERS_OTHERS: lambda finding: bool(finding.quantities.get("answers_others")),
    When.BEHIND_RECORDER: lambda finding: bool(finding.attributes.get("behind_recorder")),
    When.SOCKET_FELL_SILENT: lambda finding: bool(finding.attributes.get("silent_after")),
    When.SEVERAL_LOST: lambda finding: finding.quantities.get("lost", 0) > 1,
    When.COME_TWICE: lambda finding: finding.attributes.get("kind") == "twice",
    When.AT_SERVER: lambda finding: finding.attributes.get("taken_at") == "server",
    When.OTHER_PORT: lambda finding: bool(finding.attributes.get("at_port")),
    When.NOT_ANSWERED: lambda finding: finding.attributes.get("owed") == "answer",
    When.NOT_GREETED: lambda finding: finding.attributes.get("owed") == "greeting",
    When.CALLED_BACK: lambda finding: bool(finding.attributes.get("called_back_by")),
    When.OUT_OF_TLS: lambda finding: finding.attributes.get("redirect") == "insecure",
}


class Precedence(Enum):
    """When a cause is looked at in the choice of the root."""

    BEFORE_ALL = "what it undermines cannot be judged at all"
    ORDINARY = "by what it failed, and by what it cost"
    AFTER_FAILURES = "only where nothing failed the run"
    LAST = "only where nothing else is worth a word"


@dataclass(frozen=True)
class Cause:
    """One cause.

    Attributes:
        id: ``phase/what-is-wrong``, the path of its file; the public contract, never renamed.
        meaning: what is meant by it in one sentence (docs/causes.md is made of these).
        headline: what a verdict begins with; ``{place}`` is who or where, ``{name}`` the name looked up, ``{number}`` how
            many were lost, any other word an attribute of the finding. None: the finding's own message.
        variants: the headlines of particular cases.
        unnamed: what is said for a word of the headline that the finding does not know.
        guarded_by: the phase of the client's timer that ends the wait it makes (``clients.client.PHASES``); None: no wait.
        waiting: what is waited for, where that may be known from the finding alone, as requests went side by side.
        answered: it ends an attempt by an answer: the command was told no, and did not hang.
        paces: it slows down everything that moves: more than the waits that are its own, and how much no packet shows.
        silent: nothing comes back, and the local link itself may be why.
        spans_hosts: it lies before all hosts, so that what it costs is added up over them.
        never_root: it tells how a run spent its time or how a command works; slow but steady is healthy.
        particular: more particular than others that cost alike: a name, a version, before a bare rejection.
        misleads: it sends the client to an address that is not the host's.
        explains_connect: what fails to connect on the same flow is its doing.
        led_to_by: causes that only led to it, and are no rivals.
        own_time: it owns time in which the packets show nobody owing anything; the ledger's phase of what was waited for.
        owns_retries: it owns even the moments in which the client tried again.
        owns_repairs_only: it goes on beside the exchange, and owns only those waits in which segments were missing.
        without_packets: its time is one in which the command sends nothing.
        owns_lookups: lookups that wait, wait for it.
        other_address: what it is, should another address of the same name answer.
        spares_link: it is no alternative where the next hop is known to be silent.
        told_when_heavy: it is worth a word whatever it cost, where it is proved over a bulk of segments.
        told_by_keep_alive: until a keep-alive is answered or not, nobody can tell it from a silent server.
        precedence: when it is looked at in the choice of the root.
        fits: kinds of errors (``clients.messages``) that it can be the reason of.
        fits_subkind: the subkind of an error that names this very cause.
        undermined_by: diagnostics (``diagnostics.KINDS``) that lower its confidence.
        misses: the sides (0 client, 1 server) of whose silence it tells: what they said since it began and the capture lacks
            refutes it.
    """

    id: str
    meaning: str
    headline: str | None = None
    variants: Mapping[When, str] = field(default_factory=dict)
    unnamed: Mapping[str, str] = field(default_factory=dict)
    guarded_by: str | None = None
    waiting: Waiting | None = None
    answered: bool = False
    paces: bool = False
    silent: bool = False
    spans_hosts: bool = False
    never_root: bool = False
    particular: bool = False
    misleads: bool = False
    explains_connect: bool = False
    led_to_by: tuple[str, ...] = ()
    own_time: str | None = None
    owns_retries: bool = False
    owns_repairs_only: bool = False
    without_packets: bool = False
    owns_lookups: bool = False
    other_address: str | None = None
    spares_link: bool = False
    told_when_heavy: bool = False
    told_by_keep_alive: bool = False
    precedence: Precedence = Precedence.ORDINARY
    fits: tuple[str, ...] = ()
    fits_subkind: str | None = None
    undermined_by: tuple[str, ...] = ()
    misses: tuple[int, ...] = ()

    @property
    def phase(self) -> str:
        """The package it lives in, one of ``PHASES``."""
        return self.id.partition("/")[0]

    @property
    def about_capture(self) -> bool:
        """Whether it is the capture's fault, and not the network's."""
        return self.phase == "capture"

    @property
    def about_client(self) -> bool:
        """Whether it only tells how the command works, beside a cause."""
        return self.phase == "go"

    @property
    def shows_no_packets(self) -> bool:
        """Whether its time is one in which the command sends nothing."""
        return self.phase == "local" or self.without_packets

    @property
    def holds_up_lookups(self) -> bool:
        """Whether lookups that wait, wait for it."""
        return self.phase == "dns" or self.owns_lookups

    def finding(
        self,
        culprit: Culprit,
        span: tuple[int, int],
        sentence: Text,
        evidence: tuple[Evidence, ...],
        confidence: float,
        flow: Flow | None = None,
        **more: Any,
    ) -> Finding:
        """This cause seen at work.

        Args:
            span: from when to when, ns.
            sentence: the measured sentence.
            flow: the flow it was seen on, if it was one.
            more: any other member of ``Finding``.
        """
        id_ = None if flow is None else flow.id
        return Finding(self.id, culprit, *span, sentence, evidence, confidence, flow_id=id_, **more)

    def template(self, finding: Finding) -> str | None:
        """The headline in the form that fits a finding, its words not yet filled in."""
        fitting = [self.variants[when] for when in When if when in self.variants and when.holds(finding)]
        return fitting[-1] if fitting else self.headline


_TRIED: ContextVar[Mapping[str, Any]] = ContextVar("tried", default=MappingProxyType({}))


@contextlib.contextmanager
def trying(module: Any) -> Iterator[None]:
    """While it lasts, a cause that is no file of this package is asked like all others: to try one that is being written.

    Args:
        module: what a cause's file has, as attributes: ``CAUSE``, ``check``, ``__doc__``, and ``ADVICE`` where there is any.
            One of a known identifier stands in for that.

    Raises:
        ValueError: its identifier is of no phase.
    """
    if module.CAUSE.phase not in PHASES:
        raise ValueError(f"{module.CAUSE.id!r} begins with none of {', '.join(PHASES)}")
    before = _TRIED.set({**_TRIED.get(), module.CAUSE.id: module})
    try:
        yield
    finally:
        _TRIED.reset(before)


def cause_modules() -> Mapping[str, ModuleType]:
    """Every cause's module by its id, and what is being tried."""
    tried = _TRIED.get()
    return {**_installed(), **tried} if tried else _installed()


@functools.cache
def _installed() -> dict[str, ModuleType]:
    """The modules found by walking the packages of the phases."""
    found: dict[str, ModuleType] = {}
    for phase in PHASES:
        package = importlib.import_module(f"netanalyze.causes.{phase}")
        for entry in pkgutil.iter_modules(package.__path__):
            if not entry.name.startswith("_"):
                module = importlib.import_module(f"{package.__name__}.{entry.name}")
                found[f"{phase}/{entry.name.replace('_', '-')}"] = module
    return found


def cause_of(id_: str) -> Cause:
    """The cause of an identifier, read from its file alone.

    Raises:
        KeyError: there is no such cause.
    """
    tried = _TRIED.get().get(id_)
    return _installed_cause(id_) if tried is None else tried.CAUSE


@functools.cache
def _installed_cause(id_: str) -> Cause:
    phase, _, name = id_.partition("/")
    if phase not in PHASES or not name.replace("-", "").isalnum():
        raise KeyError(id_)
    module_name = f"netanalyze.causes.{phase}.{name.replace('-', '_')}"
    try:
        cause = importlib.import_module(module_name).CAUSE
    except ModuleNotFoundError as error:
        if error.name == module_name:
            raise KeyError(id_) from error
        raise
    assert isinstance(cause, Cause)
    return cause


@functools.cache
def socket_judges() -> tuple[Callable[..., Finding | None], ...]:
    """What each cause tells of a socket alone, of those that tell anything (``from_socket``)."""
    written = (getattr(module, "from_socket", None) for module in cause_modules().values())
    return tuple(judge for judge in written if judge is not None)


def causes() -> dict[str, Cause]:
    """Every cause by its id, in the order of the phases."""
    return {id_: cause_of(id_) for id_ in cause_modules()}


def advice_page(id_: str) -> Page | None:
    """What there is to advise about a cause; None where there is nothing: no such cause, or only a habit of the command's."""
    page = getattr(cause_modules().get(id_), "ADVICE", None)
    assert page is None or isinstance(page, Page)
    return page
