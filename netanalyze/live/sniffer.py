"""Choose a capture backend and arm it: dumpcap where it is installed and may capture, else packet sockets.

A Mac has no packet sockets; there it is tcpdump, which is always installed.
"""

import shutil
import sys

from netanalyze.errors import LiveError, MissingProgram, NotPermitted
from netanalyze.live.darwin import CAPTURED
from netanalyze.live.dumpcap import GRANT, DumpcapSniffer
from netanalyze.live.frames import Sniffer
from netanalyze.live.links import ANY, check, interface_names
from netanalyze.live.raw import RawSniffer
from netanalyze.live.tcpdump import TcpdumpSniffer

BACKENDS = ("auto", "dumpcap", "raw", "tcpdump")
Kind = type[RawSniffer] | type[DumpcapSniffer] | type[TcpdumpSniffer]
KINDS: dict[str, Kind] = {"dumpcap": DumpcapSniffer, "raw": RawSniffer, "tcpdump": TcpdumpSniffer}
SNAP_LENGTH = 262_144
"""Octets kept of a frame unless asked otherwise: any frame whole."""


def open_sniffer(
    names: list[str],
    expression: str = "",
    snap_length: int = SNAP_LENGTH,
    backend: str = "auto",
    prefer_raw: bool = False,
) -> Sniffer:
    """A sniffer on these interfaces, armed: whatever passes them after this returns is captured.

    Args:
        names: interfaces; ``any`` among them stands for all.
        expression: a capture filter, pcap-filter(7); empty takes everything.
        snap_length: octets kept of a frame.
        backend: one of BACKENDS.
        prefer_raw: with ``auto``: packet sockets first (they survive giving up root, dumpcap could not be ended).

    Raises:
        NoSuchInterface, NotPermitted, LiveError: see their words; each says what to do.
        MissingProgram: the backend that was asked for is not installed.
    """
    check(names)
    names = [ANY] if ANY in names else list(dict.fromkeys(names))
    mac = sys.platform == "darwin"
    if mac and names == [ANY]:
        names = [name for name in interface_names() if CAPTURED.match(name)]
    if backend == "auto":
        kinds: list[Kind] = [DumpcapSniffer, TcpdumpSniffer if mac else RawSniffer]
        if prefer_raw and not mac:
            kinds.reverse()
        if shutil.which("dumpcap") is None:
            kinds.remove(DumpcapSniffer)
    else:
        kinds = [KINDS[backend]]
    refusals: list[LiveError | MissingProgram] = []
    for kind in kinds:
        sniffer: Sniffer = kind(names, expression, snap_length)
        try:
            sniffer.arm()
            return sniffer
        except (LiveError, MissingProgram) as error:
            refusals.append(error)
    if all(isinstance(error, NotPermitted) for error in refusals):
        remedy = GRANT if DumpcapSniffer in kinds else "sudo netanalyze live …"
        raise NotPermitted(
            f"capture on {', '.join(names)}", remedy + (", or run it with sudo" if "setcap" in remedy else "")
        )
    raise next(error for error in refusals if not isinstance(error, NotPermitted))
