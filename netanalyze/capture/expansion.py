"""How far compressed octets may expand: beyond what any capture does, they are taken for a decompression bomb.

Octets are cheap (zeros come out of zstd at gigabytes a second) and memory is bounded whatever comes; what costs is each
record and each member of a stream. So there are three bounds, and a file of n octets costs time in proportion to n:

- octets to octets: ``RATIO``;
- records to octets: a record of a true capture needs at least an octet of the compressed file;
- members (frames of lz4, members of gzip) to octets: a member holds something.

Measured: frames that differ in their sequence numbers alone, one each 10 µs, take 1.3 octets each in zstd, 4.6 in gzip, 9.3
in lz4; segments of 65,000 zeros expand 4,714 to 1 in zstd, 821 in gzip, 284 in lz4.
"""

import shlex
from typing import Any

from netanalyze.capture.detect import Format
from netanalyze.capture.fault import Fault
from netanalyze.errors import CaptureError
from netanalyze.wording import Text, Verbatim, message

RATIO = 10_000
"""Octets made of one at most. deflate cannot reach it (1,032), a zstd block of one repeated octet does (32,768)."""
OCTETS_FREE = 256 * 1024 * 1024
RECORDS_FREE = 100_000
MEMBERS_FREE = 10_000
"""So many are read of any file, however short."""
MEMBER_OCTETS = 1_024
"""Held by each member on the average of those beyond; bgzip's hold up to 65,280."""
LINES_FREE, LINES_EACH = 100_000, 2
"""Lines of one text in an archive: so many of any, and so many more for each octet. An hour of looks has some 150,000."""
PROGRAMS = {Format.GZIP: "gzip -dc", Format.ZSTD: "zstd -dc", Format.LZ4: "lz4 -dc"}


class Expansion:
    """What one compressed stream has become so far.

    Args:
        file: its compressed octets; has ``path`` and ``octets_read``.
    """

    def __init__(self, file: Any, kind: Format):
        self._file, self._kind = file, kind
        self.octets = self.members = self.records = 0

    @property
    def excess(self) -> Text:
        """What there is too much of, as a clause; empty while all is within bounds."""
        taken = self._file.octets_read
        if self.octets > max(OCTETS_FREE, RATIO * taken):
            return message("become {octets} octets", octets=f"{self.octets:,}")
        if self.records > RECORDS_FREE + taken:
            return message("hold {records} records", records=f"{self.records:,}")
        if self.members > MEMBERS_FREE + self.octets // MEMBER_OCTETS:
            said = "are {parts} parts that hold {octets} octets together"
            return message(said, parts=f"{self.members:,}", octets=f"{self.octets:,}")
        return ""

    @property
    def fault(self) -> Fault | None:
        """Why the stream must end here, or None: where, how much of what, and how to read it all the same."""
        if not (excess := self.excess):
            return None
        taken, path = self._file.octets_read, self._file.path
        whole = f"{PROGRAMS[self._kind]} {'' if path == '-' else shlex.quote(path) + ' '}| netanalyze analyze -"
        said = message(
            "before octet {offset}: so few octets of {format} {excess}, as in a decompression bomb; to read on all the same: "
            "{command}",
            offset=taken, format=str(self._kind), excess=excess, command=Verbatim(whole),
        )  # fmt: skip
        return Fault("expands_too_far", CaptureError(path, said))

    @property
    def lines(self) -> int:
        """How many lines are read of one text."""
        return LINES_FREE + LINES_EACH * int(self._file.octets_read)
