"""Capture by tcpdump, one for each interface: what a Mac has without installing anything.

Armed means: each tcpdump has said ``listening on`` and has written the header of its pcap.
"""

import selectors
import shutil
import struct
import time
from collections.abc import Callable

from netanalyze.capture.detect import MICROSECONDS, NANOSECONDS
from netanalyze.capture.linktypes import link_type
from netanalyze.errors import LiveError, MissingProgram, NotPermitted
from netanalyze.live.capture.bpf import counted_once, without_copies
from netanalyze.live.capture.frames import CapturedFrame, Counted
from netanalyze.live.capture.links import Link, index_of, losses
from netanalyze.live.capture.program import ARMED_LIMIT_S, CaptureProgram, wind_up
from netanalyze.live.capture.rights import remedy
from netanalyze.numerals import integer
from netanalyze.patterns import lazy_pattern
from netanalyze.wording import Text, Verbatim, joined, message

BUFFER_KIB = 32 * 1024
LONGEST = 16 * 1024 * 1024
"""Captured octets beyond which a record is taken for garbage."""
FILE_HEADER, RECORD_HEADER = 24, 16
REMEDY = "sudo netanalyze live …, or Wireshark's ChmodBPF (macOS)"
_COUNTED = lazy_pattern(r"([0-9]+) packets? (received by filter|dropped by kernel)")


class PcapStream:
    """pcap as it arrives on a pipe, in any pieces: frames out as soon as they are whole.

    Attributes:
        link_type: LINKTYPE, once the header has come.
        count: frames so far.
    """

    def __init__(self, interface: int):
        self._interface, self._rest = interface, b""
        self._record = struct.Struct("=IIII")
        self._per_unit = 1_000
        self.link_type: int | None = None
        self.count = 0

    def push(self, octets: bytes) -> list[CapturedFrame]:
        """The frames that ``octets`` make whole.

        Raises:
            LiveError: this is no pcap.
        """
        data, at = self._rest + octets, 0
        if self.link_type is None:
            if len(data) < FILE_HEADER:
                self._rest = data
                return []
            self._begin(data)
            at = FILE_HEADER
        frames = []
        while len(data) - at >= RECORD_HEADER:
            seconds, part, captured, original = self._record.unpack_from(data, at)
            if captured > LONGEST:
                raise LiveError(
                    message("the capture program wrote no pcap: a record of {count} octets", count=captured)
                )
            end = at + RECORD_HEADER + captured
            if end > len(data):
                break
            time_ns = seconds * 1_000_000_000 + part * self._per_unit
            frames.append(CapturedFrame(self._interface, time_ns, data[at + RECORD_HEADER : end], original))
            at = end
        self._rest = data[at:]
        self.count += len(frames)
        return frames

    def _begin(self, data: bytes) -> None:
        for order in "<>":
            magic = struct.unpack_from(order + "I", data)[0]
            if magic in (MICROSECONDS, NANOSECONDS):
                self._record = struct.Struct(order + "IIII")
                self._per_unit = 1 if magic == NANOSECONDS else 1_000
                self.link_type = link_type(struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF)
                return
        raise LiveError(message("the capture program wrote no pcap: it begins with {octets}", octets=data[:4].hex(" ")))


class _Program:
    """One tcpdump."""

    def __init__(self, number: int, name: str, expression: str, snap_length: int):
        self.name, self._filter = name, expression
        self.stream = PcapStream(number)
        argv = ["tcpdump", "-n", "-p", "-U", "--immediate-mode", "-B", str(BUFFER_KIB), "-i", name]
        once = without_copies(name, expression)
        argv += ["-s", str(snap_length), "-w", "-", *([once] if once else [])]
        self.program = CaptureProgram(argv, self.stream)

    def armed(self) -> bool:
        return self.stream.link_type is not None and "listening on" in self.program.words()

    def refusal(self) -> LiveError:
        """Why it has ended."""
        said = self.program.words()
        if self.program.is_denied():
            return NotPermitted(
                message("capture on {interfaces} with {program}", interfaces=self.name, program="tcpdump"),
                remedy("CAP_NET_RAW", REMEDY),
            )
        if self._filter and ("syntax" in said.lower() or "filter" in said.lower() or "parse" in said.lower()):
            return LiveError(
                message("-f {filter} is no capture filter: {why}", filter=repr(self._filter), why=Verbatim(said))
            )
        return LiveError(message("{program} ended at once: {words}", program="tcpdump", words=Verbatim(said)))


class TcpdumpSniffer:
    """Frames as one tcpdump for each interface writes them to a pipe."""

    backend = "tcpdump"
    latency_ns = 200_000_000

    def __init__(self, names: list[str], expression: str = "", snap_length: int = 262_144):
        self._names, self._filter, self._snap = names, expression, snap_length
        self._programs: list[_Program] = []
        self._pipes = selectors.DefaultSelector()
        self._early: list[CapturedFrame] = []
        self._counted: list[Counted] = []
        self._bound = {name: index_of(name) for name in names}
        self.losses: list[Text] = []

    @property
    def links(self) -> list[Link]:
        """The interfaces, with the link types tcpdump wrote."""
        return [Link(p.name, p.stream.link_type) for p in self._programs if p.stream.link_type is not None]

    def arm(self) -> None:
        """Start them, and wait until all capture.

        Raises:
            MissingProgram: tcpdump is not installed.
            NotPermitted: it may not capture.
            LiveError: it ended or did not begin; carries its own words.
        """
        if shutil.which("tcpdump") is None:
            raise MissingProgram("--backend tcpdump", "tcpdump", "apt-get install tcpdump")
        deadline = time.monotonic() + ARMED_LIMIT_S
        try:
            for number, name in enumerate(self._names):
                self._programs.append(_Program(number, name, self._filter, self._snap))
                self._pipes.register(self._programs[-1].program.fileno(), selectors.EVENT_READ)
            for one in self._programs:
                while not one.armed():
                    self._early += one.program.take()
                    if one.program.has_ended() and not one.armed():
                        raise one.refusal()
                    if time.monotonic() > deadline:
                        raise LiveError(message(
                            "{program} did not begin to capture within {seconds} s: {words}",
                            program="tcpdump", seconds=f"{ARMED_LIMIT_S:.0f}", words=Verbatim(one.program.words()),
                        ))  # fmt: skip
                    time.sleep(0.002)
        except BaseException:
            self._end()
            raise

    def fileno(self) -> int:
        """A descriptor (epoll's or kqueue's) that is readable when one of the pipes is."""
        found: Callable[[], int] | None = getattr(self._pipes, "fileno", None)
        return found() if found is not None else self._programs[0].program.fileno()

    def read(self) -> list[CapturedFrame]:
        """What they have written, by time.

        Raises:
            LiveError: one has ended by itself.
        """
        frames, self._early = self._early, []
        for one in self._programs:
            frames += one.program.take()
            if not frames and one.program.has_ended():
                raise LiveError(
                    joined(losses(self._bound))
                    or message("{program} ended: {words}", program="tcpdump", words=Verbatim(one.program.words()))
                )
        return sorted(frames, key=lambda frame: frame.time_ns)

    def statistics(self) -> list[Counted]:
        """tcpdump's own counters; it tells them when it ends."""
        return self._counted or [Counted(None, None) for _ in self._programs]

    def stop(self, at_once: bool = False) -> list[CapturedFrame]:
        """Tell them to end, and take what they still write."""
        frames, self._early = self._early, []
        programs = [one.program for one in self._programs]
        frames += [frame for one in programs for frame in one.take()] if at_once else wind_up(programs)
        self._counted = self._counted or [
            counted_once(one.name, self._filter, _counted(one.program.words()), one.stream.count)
            for one in self._programs
        ]
        self._end()
        return sorted(frames, key=lambda frame: frame.time_ns)

    def _end(self) -> None:
        self._pipes.close()
        for one in self._programs:
            one.program.kill()
        self._programs = []


def _counted(words: str) -> Counted:
    """The counters in tcpdump's last words.

    >>> _counted("7 packets captured 9 packets received by filter 2 packets dropped by kernel")
    Counted(received=9, dropped=2)
    """
    found = {what: integer(number) for number, what in _COUNTED.findall(words)}
    return Counted(found.get("received by filter"), found.get("dropped by kernel"))
