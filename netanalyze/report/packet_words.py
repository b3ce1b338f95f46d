"""What a packet is called beside its arrow in a ladder: the message it carries, else its flags."""

from collections.abc import Collection

import numpy as np

from netanalyze.columns import Table
from netanalyze.report.sheet import clean

FLAGS = ((2, "SYN"), (1, "FIN"), (4, "RST"), (16, "ACK"))
OPENS_OR_CLOSES = 7
"""FIN, SYN, RST: beside one of these but SYN nobody needs to hear of the ACK."""
SHOWN_AS = {
    "client_hello": "ClientHello",
    "server_hello": "ServerHello",
    "certificate": "Certificate",
    "alert": "alert",
    "request": "",
    "response": "HTTP",
    "dns_query": "DNS query",
    "dns_response": "DNS response",
}
"""What an event is called beside its packet; ``''``: its particulars say it."""


def packet_words(events: Table, frames: Collection[int] | np.ndarray) -> dict[int, str]:
    """The messages that frames carry, by frame number, several with commas; frames without one are left out.

    Args:
        events: ``Result.events``.
    """
    words: dict[int, str] = {}
    for row in events.where(np.isin(events.frame_number, np.asarray(frames))).rows():
        if row["kind"] in SHOWN_AS:
            name, frame = clean(" ".join(filter(None, (SHOWN_AS[row["kind"]], row["value"])))), row["frame_number"]
            words[frame] = f"{words[frame]}, {name}" if frame in words else name
    return words


def flag_names(flags: int) -> str:
    """TCP's flags as a ladder has them.

    >>> flag_names(18), flag_names(16), flag_names(17), flag_names(24)
    ('SYN ACK', 'ACK', 'FIN', 'ACK')
    """
    shown = (bit for bit, _ in FLAGS if flags & bit and (bit != 16 or not flags & OPENS_OR_CLOSES or flags & 2))
    return " ".join(dict(FLAGS)[bit] for bit in shown)
