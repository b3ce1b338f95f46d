"""The request that a verdict is about, as a value."""

from dataclasses import dataclass

from netanalyze.units import NEVER_NS
from netanalyze.wording import Message, counted, message

FROM_FRAMES, FROM_TRACE = "frames", "trace"
"""Where it is known from: clear text in the packets, or what the command printed."""


@dataclass(frozen=True)
class AskedFor:
    """A request that hangs or failed.

    Attributes:
        url: whole, without secrets.
        source: FROM_FRAMES or FROM_TRACE.
        start_ns: when it was made, NEVER_NS unknown.
        frame: that carries it, 0 unknown.
        module: the Go module that it is of, ``example.com/m@v1.2.3``; None where it is of none.
        waiting: how many more requests wait for the same.
    """

    url: str
    method: str
    source: str
    start_ns: int = NEVER_NS
    frame: int = 0
    module: str | None = None
    waiting: int = 0

    @property
    def line(self) -> Message:
        """What a report says of it: ``GET https://…``, and how many more wait."""
        if not self.waiting:
            return message("{method} {url}", method=self.method, url=self.url)
        others = counted(self.waiting, "{number} more waits", "{number} more wait")
        return message("{method} {url}; {others}", method=self.method, url=self.url, others=others)
