"""A captured frame, and what every capture backend must be able to do."""

from typing import NamedTuple, Protocol

from netanalyze.live.capture.links import Link
from netanalyze.wording import Text


class CapturedFrame(NamedTuple):
    """One frame: interface (index into the sniffer's links), ns since the epoch, its octets, length on the wire."""

    interface: int
    time_ns: int
    octets: bytes
    original_length: int


class Counted(NamedTuple):
    """What the kernel counted of one interface; None where it does not say."""

    received: int | None
    dropped: int | None


class Sniffer(Protocol):
    """Frames of one or several interfaces, undissected, outgoing and incoming, those of ``lo`` once.

    Attributes:
        backend: ``dumpcap`` or ``raw``.
        links: the interfaces, in the order of their ids; complete once armed.
        latency_ns: a frame may come out of ``read`` so much later than it was on the interface.
        losses: what has ended before its time while the rest captures on, for people.
    """

    backend: str
    latency_ns: int
    losses: list[Text]

    @property
    def links(self) -> list[Link]:
        """See above."""

    def arm(self) -> None:
        """Begin. When this returns, whatever passes the interfaces from now on will be captured.

        Raises:
            LiveError: NotPermitted, NoSuchInterface, or with the backend's own words.
        """

    def fileno(self) -> int:
        """A descriptor that can be read when ``read`` has something."""

    def read(self) -> list[CapturedFrame]:
        """What has come since, by time as far as known; empty at once if nothing has."""

    def statistics(self) -> list[Counted]:
        """The kernel's counters, one for each interface."""

    def stop(self, at_once: bool = False) -> list[CapturedFrame]:
        """End, and give the last frames; statistics can still be asked for.

        Args:
            at_once: nothing that is still on its way matters, nor how much was dropped.
        """
