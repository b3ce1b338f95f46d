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

from netanalyze.wording import Text, Verbatim, message


class NetanalyzeError(Exception):
    """Base of all errors of this package: what it says, ``sentence``, is English as text, and the command line translates it."""

    @property
    def sentence(self) -> Text:
        """What is said, in whatever language it is read."""
        first = self.args[0] if self.args else ""
        return first if isinstance(first, Text) else str(first)

    def __str__(self) -> str:
        return str(self.sentence)


class CaptureError(NetanalyzeError):
    """This input cannot be analysed. ``path`` names it, ``message`` says why."""

    def __init__(self, path: str, message: Text):
        super().__init__(path, message)
        self.path, self.message = path, str(message)

    @property
    def sentence(self) -> Text:
        """The file, and what is wrong with it."""
        return message("{path}: {what}", path=Verbatim(self.path), what=self.args[1])


class NotACapture(CaptureError):
    """The first octets, ``found``, are those of no capture format we know."""

    def __init__(self, path: str, octets: bytes):
        super().__init__(path, "not a capture")
        self.found = octets

    @property
    def sentence(self) -> Text:
        """How the file begins, and with what it ought to."""
        path = Verbatim(self.path)
        if not self.found:
            return message(
                "{path}: the file is empty; a capture begins with a header of {count} octets or more",
                path=path, count=24,
            )  # fmt: skip
        return message(
            "{path}: octet 0: {seen} is the beginning of no capture format we know (pcap, pcapng, snoop; gzip, zstd or lz4 of "
            "these). Was it written by tcpdump -w, dumpcap or Wireshark?",
            path=path, seen=self.found[:8].hex(" "),
        )  # fmt: skip


class CorruptCapture(CaptureError):
    """The capture stops making sense at ``offset``; what came before it has been analysed."""

    def __init__(self, path: str, offset: int, needed: int, available: int, limit: Text):
        super().__init__(path, "corrupt")
        self.offset, self.needed, self.available, self.limit = offset, needed, available, limit

    @property
    def sentence(self) -> Text:
        """Where, and how much is missing there."""
        return message(
            "{path}: octet {offset}: {needed} octets needed, {available} left according to the {limit}",
            path=Verbatim(self.path), offset=self.offset, needed=self.needed, available=self.available, limit=self.limit,
        )  # fmt: skip


class MessageError(NetanalyzeError):
    """A message needs ``needed`` octets at ``offset`` and ``limit`` leaves ``available`` of them.

    ``needed`` is 0 where no number of further octets would help: the octets contradict the format.
    """

    def __init__(self, what: str, offset: int, needed: int = 0, available: int = 0, limit: str = "end of data"):
        super().__init__(what, offset, needed, available, limit)
        self.what, self.offset, self.needed, self.available, self.limit = what, offset, needed, available, limit

    @property
    def sentence(self) -> Text:
        """Where it stops making sense: for programs, and not translated."""
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

    @property
    def sentence(self) -> Text:
        """The name, and those there are."""
        return message(
            "no interface {name} here; there are: {known} (or any, for all of them)",
            name=repr(self.name), known=Verbatim(", ".join(self.known)),
        )  # fmt: skip


class NotPermitted(LiveError):
    """The kernel refused ``what``; ``remedy`` is the command that grants it."""

    def __init__(self, what: Text, remedy: Text):
        super().__init__(what, remedy)
        self.what, self.remedy = what, remedy

    @property
    def sentence(self) -> Text:
        """What was refused, and what grants it."""
        return message("not permitted to {what}; this grants it: {remedy}", what=self.what, remedy=self.remedy)


class CommandNotFound(LiveError):
    """The command cannot be run: ``status`` is the shell's, 127 not found, 126 not executable."""

    def __init__(self, command: str, status: int = 127):
        super().__init__(command, status)
        self.command, self.status = command, status

    @property
    def sentence(self) -> Text:
        """Why it cannot, and how a shell's line is given."""
        why = message("not found on the PATH") if self.status == 127 else message("found, but it is not executable")
        if self.status == 127 and any(sign in self.command for sign in " |&;<>$"):
            import shlex

            why = message(
                "not found on the PATH; a line with a pipe, a variable or several words is a shell's: -- sh -c {line}",
                line=shlex.quote(self.command),
            )
        return message("{path}: {what}", path=Verbatim(self.command), what=why)


class NothingSelected(NetanalyzeError):
    """What was asked for, ``wanted``, selects nothing of the capture; ``there`` says what it has."""

    def __init__(self, wanted: Text, there: Text):
        super().__init__(wanted, there)
        self.wanted, self.there = wanted, there

    @property
    def sentence(self) -> Text:
        """What was asked for, and what there is."""
        return message("nothing in the capture is {wanted}; there is {there}", wanted=self.wanted, there=self.there)


class OutputRefused(NetanalyzeError):
    """Nothing is written to ``path``: ``why`` says what is in the way, ``remedy`` what to do."""

    def __init__(self, path: str, why: Text, remedy: Text):
        super().__init__(path, why, remedy)
        self.path, self.why, self.remedy = path, why, remedy

    @property
    def sentence(self) -> Text:
        """The file, what is in the way, and what to do."""
        return message("{path}: {what}; {remedy}", path=Verbatim(self.path), what=self.why, remedy=self.remedy)


class MissingProgram(NetanalyzeError):
    """``feature`` needs ``program``; ``remedy`` is the command that installs it."""

    def __init__(self, feature: Text, program: Text, remedy: str):
        super().__init__(feature, program, remedy)
        self.feature, self.program, self.remedy = feature, program, remedy

    @property
    def sentence(self) -> Text:
        """What is missing, for what, and the command that installs it."""
        return message(
            "{feature} needs {program}, which is not installed here; try: {remedy}",
            feature=self.feature, program=self.program, remedy=self.remedy,
        )  # fmt: skip
