"""Capture by Wireshark's dumpcap: works without root for those who may run it.

Armed means: dumpcap has described every interface in the pcapng it writes (it does so after it has opened them and set
the filter), it has said ``File:``, and the kernel lists a running packet socket more than before for each of them.
"""

import fcntl
import shutil
import time
from collections import Counter
from pathlib import Path

from netanalyze.errors import LiveError, MissingProgram, NotPermitted
from netanalyze.live.capture.blocks import BlockStream
from netanalyze.live.capture.bpf import counted_once, without_copies
from netanalyze.live.capture.frames import CapturedFrame, Counted
from netanalyze.live.capture.links import Link, index_of, losses
from netanalyze.live.capture.program import ARMED_LIMIT_S, CaptureProgram, wind_up
from netanalyze.live.capture.rights import remedy
from netanalyze.numerals import integer
from netanalyze.wording import Text, Verbatim, joined, message

SOCKETS = Path("/proc/net/packet")
PIPE_OCTETS = 1024 * 1024
BUFFER_MIB = 32
JOIN = "sudo usermod -aG wireshark $USER, and log in again"
GRANT = "sudo setcap cap_net_raw,cap_net_admin+eip $(readlink -f $(command -v dumpcap))"
"""What lets every user who may run dumpcap capture with it."""


def running_sockets() -> Counter[int] | None:
    """How many packet sockets run on each interface index (0: all of them); None if the kernel does not say."""
    try:
        rows = [line.split() for line in SOCKETS.read_text().splitlines()[1:]]
        return Counter(integer(row[4]) or 0 for row in rows if row[5] == "1")
    except (OSError, IndexError):
        return None


class DumpcapSniffer:
    """Frames as dumpcap writes them to a pipe."""

    backend = "dumpcap"
    latency_ns = 300_000_000  # libpcap hands a block over after 250 ms at the latest

    def __init__(self, names: list[str], expression: str = "", snap_length: int = 262_144):
        self._names, self._filter, self._snap = names, expression, snap_length
        self._stream = BlockStream()
        self._program: CaptureProgram | None = None
        self._early: list[CapturedFrame] = []
        self._bound = {name: index_of(name) for name in names}
        self.losses: list[Text] = []

    @property
    def links(self) -> list[Link]:
        """The interfaces as dumpcap describes them."""
        return self._stream.links

    def arm(self) -> None:
        """Start dumpcap and wait until it captures.

        Raises:
            MissingProgram: it is not installed.
            NotPermitted: it may not capture; carries the command that grants it.
            LiveError: it ended or did not begin; carries its own words.
        """
        program = shutil.which("dumpcap")
        if program is None:
            raise MissingProgram("--backend dumpcap", "dumpcap", "apt-get install wireshark-common")
        before = running_sockets()
        argv = [program, "-q", "-p", "-n", "-B", str(BUFFER_MIB), "-N", "1000000", "-C", str(256 * 1024 * 1024)]
        for name in self._names:
            expression = without_copies(name, self._filter)
            argv += ["-i", name, "-s", str(self._snap)] + (["-f", expression] if expression else [])
        try:
            self._program = dumpcap = CaptureProgram([*argv, "-w", "-"], self._stream)
        except PermissionError as error:
            raise NotPermitted(message("run {program}", program="dumpcap"), remedy("CAP_NET_RAW", JOIN)) from error
        _widen(dumpcap.fileno())
        deadline = time.monotonic() + ARMED_LIMIT_S
        try:
            while not self._armed(dumpcap, before):
                self._early += dumpcap.take()
                if dumpcap.has_ended() and not self._armed(dumpcap, before):
                    raise self._refusal(dumpcap)
                if time.monotonic() > deadline:
                    said = dumpcap.words()
                    raise LiveError(message(
                        "{program} did not begin to capture within {seconds} s: {words}",
                        program="dumpcap", seconds=f"{ARMED_LIMIT_S:.0f}", words=Verbatim(said),
                    ))  # fmt: skip
                time.sleep(0.002)
        except BaseException:
            self._end()
            raise

    def _armed(self, dumpcap: CaptureProgram, before: Counter[int] | None) -> bool:
        if len(self.links) < len(self._names) or "File: " not in dumpcap.words():
            return False
        now = running_sockets()
        if now is None or before is None:
            return True
        return all(now[index] > before[index] for index in map(index_of, self._names))

    def _refusal(self, dumpcap: CaptureProgram) -> LiveError:
        said = dumpcap.words()
        if dumpcap.is_denied():
            return NotPermitted(
                message("capture on {interfaces} with {program}", interfaces=", ".join(self._names), program="dumpcap"),
                remedy("CAP_NET_RAW", message("{command}, or run it with sudo", command=GRANT)),
            )
        if "filter" in said.lower():
            return LiveError(
                message("-f {filter} is no capture filter: {why}", filter=repr(self._filter), why=Verbatim(said))
            )
        return LiveError(message("{program} ended at once: {words}", program="dumpcap", words=Verbatim(said)))

    def fileno(self) -> int:
        """The pipe; readable for ever once dumpcap has ended."""
        assert self._program, "not armed"
        return self._program.fileno()

    def read(self) -> list[CapturedFrame]:
        """What dumpcap has written.

        Raises:
            LiveError: dumpcap has ended by itself.
        """
        frames, self._early = self._early, []
        if self._program is None:
            return frames
        frames += self._program.take()
        if not frames and self._program.has_ended():
            ended = message("{program} ended: {words}", program="dumpcap", words=Verbatim(self._program.words()))
            raise LiveError(joined(losses(self._bound)) or ended)
        return frames

    def statistics(self) -> list[Counted]:
        """dumpcap's own counters; it tells them when it ends."""
        counted = [Counted(*self._stream.counted.get(number, (None, None))) for number in range(len(self.links))]
        return [counted_once(link.name, self._filter, one) for link, one in zip(self.links, counted)]

    def stop(self, at_once: bool = False) -> list[CapturedFrame]:
        """Tell dumpcap to end, and take what it still writes."""
        if self._program is None:
            return []
        frames, self._early = self._early, []
        frames += self._program.take() if at_once else wind_up([self._program])
        self._end()
        return frames

    def _end(self) -> None:
        if self._program is not None:
            self._program.kill()
        self._program = None


def _widen(descriptor: int) -> None:
    """Let the pipe hold more, so that dumpcap is not kept waiting while we analyse."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_OCTETS)
    except (OSError, AttributeError):  # a Mac cannot
        pass
