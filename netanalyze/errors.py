"""Everything netanalyze raises.

NetanalyzeError
├── CaptureError            this input cannot be analysed
│   ├── NotACapture         its first octets are no capture format we know
│   └── CorruptCapture      it stops making sense at an octet offset
├── MessageError            these octets are not the message they claim to be
├── LiveError
│   ├── NoSuchInterface     carries the names that do exist
│   ├── NotPermitted        carries the command that grants it
│   └── CommandNotFound     the command to run is not on the PATH, or cannot be run
├── NothingSelected         --host or --between leaves nothing of the capture to judge
├── OutputRefused           a file is not written: something is there, or the folder is none to write into
└── MissingProgram          a program or package that this feature needs is not installed

Trouble *inside* a capture (lost frames, one direction only, an unknown link type) is no
error: it is a row in the diagnostics (netanalyze.diagnostics).
"""


class NetanalyzeError(Exception):
    """Base of all errors of this package."""


class CaptureError(NetanalyzeError):
    """This input cannot be analysed. ``path`` names it."""

    def __init__(self, path: str, message: str):
        super().__init__(path, message)
        self.path, self.message = path, message

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class NotACapture(CaptureError):
    """The first octets, ``found``, are those of no capture format we know."""

    def __init__(self, path: str, octets: bytes):
        super().__init__(path, "not a capture")
        self.found = octets

    def __str__(self) -> str:
        if not self.found:
            return f"{self.path}: the file is empty; a capture begins with a header of 24 octets or more"
        seen = self.found[:8].hex(" ")
        return (
            f"{self.path}: octet 0: {seen} is the beginning of no capture format we know "
            f"(pcap, pcapng, snoop; gzip, zstd or lz4 of these). Was it written by tcpdump -w, dumpcap or Wireshark?"
        )


class CorruptCapture(CaptureError):
    """The capture stops making sense at ``offset``; what came before it has been analysed."""

    def __init__(self, path: str, offset: int, needed: int, available: int, limit: str):
        super().__init__(path, "corrupt")
        self.offset, self.needed, self.available, self.limit = offset, needed, available, limit

    def __str__(self) -> str:
        return (
            f"{self.path}: octet {self.offset}: {self.needed} octets needed, "
            f"{self.available} left according to the {self.limit}"
        )


class MessageError(NetanalyzeError):
    """A message needs ``needed`` octets at ``offset`` and ``limit`` leaves ``available`` of them.

    ``needed`` is 0 where no number of further octets would help: the octets contradict the format.
    """

    def __init__(self, what: str, offset: int, needed: int = 0, available: int = 0, limit: str = "end of data"):
        super().__init__(what, offset, needed, available, limit)
        self.what, self.offset, self.needed, self.available, self.limit = what, offset, needed, available, limit

    def __str__(self) -> str:
        if self.needed:
            return f"{self.what}: octet {self.offset}: {self.needed} needed, {self.available} before the {self.limit}"
        return f"{self.what}: octet {self.offset}: not valid"


class LiveError(NetanalyzeError):
    """A live capture, or the command under it, cannot be started."""


class NoSuchInterface(LiveError):
    """There is no interface ``name``; ``known`` are the ones there are."""

    def __init__(self, name: str, names: list[str]):
        super().__init__(name, names)
        self.name, self.known = name, names

    def __str__(self) -> str:
        return f"no interface {self.name!r} here; there are: {', '.join(self.known)} (or any, for all of them)"


class NotPermitted(LiveError):
    """The kernel refused ``what``; ``remedy`` is the command that grants it."""

    def __init__(self, what: str, remedy: str):
        super().__init__(what, remedy)
        self.what, self.remedy = what, remedy

    def __str__(self) -> str:
        return f"not permitted to {self.what}; this grants it: {self.remedy}"


class CommandNotFound(LiveError):
    """The command cannot be run: ``status`` is the shell's, 127 not found, 126 not executable."""

    def __init__(self, command: str, status: int = 127):
        super().__init__(command, status)
        self.command, self.status = command, status

    def __str__(self) -> str:
        why = "not found on the PATH" if self.status == 127 else "found, but it is not executable"
        if self.status == 127 and any(sign in self.command for sign in " |&;<>$"):
            import shlex

            why += (
                f"; a line with a pipe, a variable or several words is a shell's: -- sh -c {shlex.quote(self.command)}"
            )
        return f"{self.command}: {why}"


class NothingSelected(NetanalyzeError):
    """What was asked for, ``wanted``, selects nothing of the capture; ``there`` says what it has."""

    def __init__(self, wanted: str, there: str):
        super().__init__(wanted, there)
        self.wanted, self.there = wanted, there

    def __str__(self) -> str:
        return f"nothing in the capture is {self.wanted}; there is {self.there}"


class OutputRefused(NetanalyzeError):
    """Nothing is written to ``path``: ``why`` says what is in the way, ``remedy`` what to do."""

    def __init__(self, path: str, why: str, remedy: str):
        super().__init__(path, why, remedy)
        self.path, self.why, self.remedy = path, why, remedy

    def __str__(self) -> str:
        return f"{self.path}: {self.why}; {self.remedy}"


class MissingProgram(NetanalyzeError):
    """``feature`` needs ``program``; ``remedy`` is the command that installs it."""

    def __init__(self, feature: str, program: str, remedy: str):
        super().__init__(feature, program, remedy)
        self.feature, self.program, self.remedy = feature, program, remedy

    def __str__(self) -> str:
        return f"{self.feature} needs {self.program}, which is not installed here; try: {self.remedy}"
