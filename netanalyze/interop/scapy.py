"""Frames as scapy's packets. scapy is under the GPL: this file is the only place of the analysis that imports it."""

from importlib import import_module
from typing import Any

from netanalyze.errors import MissingProgram


def packet(octets: bytes, link_type: int, time_ns: int, original_length: int) -> Any:
    """A frame as scapy dissects it; of a link type that scapy does not know, ``Raw``.

    Args:
        link_type: LINKTYPE number.
        time_ns: ns since the epoch; scapy's ``time`` is in seconds, to the nanosecond.
        original_length: on the wire, octets; scapy's ``wirelen``.

    Raises:
        MissingProgram: scapy is not installed.
    """
    try:
        import_module("scapy.layers.all")  # fills the table of link types
        from scapy.config import conf
        from scapy.packet import Raw
        from scapy.utils import EDecimal
    except ImportError as error:
        raise MissingProgram("Frame.scapy()", "scapy", "pip install scapy") from error
    known = conf.l2types.num2layer
    made = known[link_type](octets) if link_type in known else Raw(octets)
    made.time = EDecimal(time_ns) / 10**9
    made.wirelen = original_length
    return made
