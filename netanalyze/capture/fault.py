"""Why a stream of octets ended before its end."""

from typing import NamedTuple

from netanalyze.errors import CaptureError


class Fault(NamedTuple):
    """A kind of diagnostic (``netanalyze.diagnostics``), and the error that says where and what to do."""

    kind: str
    error: CaptureError
