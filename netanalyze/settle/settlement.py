"""What was sent, what came, and what is settled: the result of a run of probes, without a word of prose."""

from dataclasses import dataclass, field

from netanalyze.settle.decide import Settled
from netanalyze.settle.hello import HelloForm
from netanalyze.settle.hop_question import Boundary
from netanalyze.settle.local_rules import NO_DROPS, LocalDrops
from netanalyze.settle.names import QueryForm
from netanalyze.settle.target import SettleTarget

CONNECTIONS, HOP_CONNECTIONS, QUERIES, SECONDS = 12, 12, 21, 60.0
"""The most that is sent: connections for what dies, connections for where, questions to resolvers; and the time for all."""
ADDRESSES_ASKED = 4


@dataclass(frozen=True)
class SentRow:
    """One thing that was sent, and what came of it.

    Attributes:
        kind: ``query``, ``dial``, ``hello``, ``pair`` (two requests), or, for the hops, ``trace``, ``segment``, ``syn``,
            ``datagram``.
        form: what was sent, for a query or a hello.
        ttl: hops it was allowed; None for as many as ever.
        control: it is the one beside which the other is held.
        manner, detail: what came, as ``Came`` and ``ResolverReply`` have it; of hops ``hop``, ``nothing``, ``reset`` or
            ``target``.
        acked: octets acknowledged; -1 where that is not known.
        offender: who answered by ICMP.
    """

    number: int
    kind: str
    address: str
    port: int
    manner: str
    form: HelloForm | QueryForm | None = None
    ttl: int | None = None
    control: bool = False
    detail: str = ""
    octets: int = 0
    segments: int = 0
    acked: int = -1
    seconds: float = 0.0
    offender: str | None = None


@dataclass(frozen=True)
class Place:
    """Where on the path it dies: the boundary, who its hops are where they are known, or who says so himself.

    ``local`` is what of this machine dropped it, and not its control.
    """

    boundary: Boundary | None
    after_address: str | None = None
    before_address: str | None = None
    said_by: str | None = None
    local: LocalDrops = NO_DROPS


@dataclass
class Settlement:
    """All of it.

    Attributes:
        bit: what dies: a rival's name of netanalyze/settle/rivals.py, ``port``, ``address``, ``family``, ``resolver``,
            ``edns``, ``dns-udp``, ``dns-name``, ``idle``; ``none`` where nothing dies, '' where it is not settled.
        address, port: where.
        hello: what the hellos settled, where hellos were sent.
        mss: octets of a full segment there; 0 where no connection stood.
        others: further bits, with their address.
    """

    target: SettleTarget
    addresses: list[str] = field(default_factory=list)
    rows: list[SentRow] = field(default_factory=list)
    bit: str = ""
    address: str | None = None
    port: int = 0
    hello: Settled | None = None
    mss: int = 0
    others: list[tuple[str, str]] = field(default_factory=list)
    place: Place | None = None
    looked_for_place: bool = False
    seconds: float = 0.0
    no_address: bool = False

    @property
    def named(self) -> bool:
        """Whether one thing is named that dies."""
        return self.bit not in ("", "none")
