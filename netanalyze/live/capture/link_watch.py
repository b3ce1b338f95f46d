"""Whether the interfaces that carried when the command began still do: cables, Wi-Fi, tunnels."""

import sys
import time

from netanalyze.live.capture import links
from netanalyze.processes import DownLink

LOOPBACK = "lo"
MOST = 1_000
"""Times that are kept of one run; a cable that is loose may go many times."""


class LinkWatch:
    """Looks at the interfaces of this network namespace whenever asked to."""

    def __init__(self) -> None:
        names = links.interface_names() if sys.platform.startswith("linux") else []
        self._names = [name for name in names if name != LOOPBACK and links.carries(name)]
        self._down: dict[str, DownLink] = {}
        self._done: list[DownLink] = []

    def look(self) -> None:
        """See which of them carry nothing."""
        now = time.time_ns()
        for name in self._names:
            first = self._down.get(name)
            if not links.carries(name):
                self._down[name] = DownLink(name, first.start_ns if first else now, now)
            elif first is not None and len(self._done) < MOST:
                self._done.append(DownLink(name, self._down.pop(name).start_ns, now))

    def rows(self) -> list[DownLink]:
        """Every time that one did not, those under way up to the last look."""
        return [*self._done, *self._down.values()]
