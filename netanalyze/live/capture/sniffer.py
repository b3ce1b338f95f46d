"""Choose a capture backend and arm it: dumpcap where it is installed and may capture, else packet sockets.

A Mac has no packet sockets; there it is tcpdump, which is always installed.
"""

import shutil
import sys

from netanalyze.errors import LiveError, MissingProgram, NotPermitted
from netanalyze.live.capture.dumpcap import GRANT, DumpcapSniffer
from netanalyze.live.capture.frames import Sniffer
from netanalyze.live.capture.links import ANY, check, interface_names
from netanalyze.live.capture.raw import RawSniffer
from netanalyze.live.capture.rights import remedy
from netanalyze.live.capture.tcpdump import TcpdumpSniffer
from netanalyze.live.darwin import CAPTURED
from netanalyze.wording import Text, message

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
        backend: auto, dumpcap, raw or tcpdump.
        prefer_raw: with ``auto``: packet sockets first (a caller of sudo needs nothing else installed).

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
        grant: Text = "sudo netanalyze live …"
        if DumpcapSniffer in kinds:
            grant = message("{command}, or run it with sudo", command=GRANT)
        raise NotPermitted(
            message("capture on {interfaces}", interfaces=", ".join(names)), remedy("CAP_NET_RAW", grant)
        )
    raise next(error for error in refusals if not isinstance(error, NotPermitted))
