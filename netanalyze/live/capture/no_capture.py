"""The sniffer for those who may not capture: no frame ever comes out of it, and the run goes on all the same."""

import os

from netanalyze.live.capture.frames import CapturedFrame, Counted
from netanalyze.live.capture.links import Link
from netanalyze.wording import Text


class NoCapture:
    """A Sniffer without interfaces. What is left to judge by are sockets, processes and the command's own words."""

    backend = "sockets"
    latency_ns = 0

    def __init__(self) -> None:
        self.links: list[Link] = []
        self.losses: list[Text] = []
        self._out, self._in = os.pipe()

    def arm(self) -> None:
        """Nothing to do."""

    def fileno(self) -> int:
        """A descriptor that never becomes readable."""
        return self._out

    def read(self) -> list[CapturedFrame]:
        """Nothing."""
        return []

    def statistics(self) -> list[Counted]:
        """Of no interface."""
        return []

    def stop(self, at_once: bool = False) -> list[CapturedFrame]:
        """Nothing is left."""
        if self._in >= 0:
            os.close(self._in)
            os.close(self._out)
            self._in = self._out = -1
        return []
