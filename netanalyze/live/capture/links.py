"""The interfaces of this machine (of this network namespace), as the kernel describes them; see netdevice(7)."""

import fcntl
import socket
import struct
from typing import NamedTuple

from netanalyze.errors import NoSuchInterface
from netanalyze.wording import Text, Verbatim, message

ANY = "any"
"""The name for all interfaces at once."""

GET_FLAGS, GET_MTU, GET_HARDWARE = 0x8913, 0x8921, 0x8927  # SIOCGIFFLAGS, SIOCGIFMTU, SIOCGIFHWADDR
UP, RUNNING = 0x1, 0x40  # IFF_UP, IFF_RUNNING: the kernel may send, and there is a carrier
REQUEST = 40  # octets of struct ifreq
ETHERNET, LOOPBACK = 1, 772  # ARPHRD_*
RAW_IP = (519, 65_534, 768, 769, 776, 778, 823)
"""Interfaces whose frames begin with the IP header: rawip, none (tun, WireGuard), tunnels of IP in IP and GRE."""

LINK_ETHERNET, LINK_RAW, LINK_COOKED = 1, 101, 276
"""LINKTYPE numbers: Ethernet, raw IP, Linux cooked version 2."""


class Link(NamedTuple):
    """An interface as a recording describes it."""

    name: str
    link_type: int


def interface_names() -> list[str]:
    """Names of all interfaces, in the kernel's order."""
    return [name for _, name in socket.if_nameindex()]


def check(names: list[str]) -> None:
    """Let pass what exists.

    Raises:
        NoSuchInterface: one of ``names`` does not; it carries those that do.
    """
    known = interface_names()
    for name in names:
        if name != ANY and name not in known:
            raise NoSuchInterface(name, known)


def losses(indices: dict[str, int]) -> list[Text]:
    """What is to be said of interfaces that are no more what they were; of those that are, nothing.

    Args:
        indices: by name the index that it had; a new interface of an old name has another.
    """
    return [
        message("interface {name} is gone, and what would have passed it since is missing", name=Verbatim(name))
        for name, index in indices.items()
        if name != ANY and index_of(name) != index
    ]


def index_of(name: str) -> int:
    """The kernel's number for an interface, 0 for all of them together and for one that is not there."""
    try:
        return 0 if name == ANY else socket.if_nametoindex(name)
    except OSError:
        return 0


def _ask(name: str, what: int) -> bytes | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            return fcntl.ioctl(asking, what, struct.pack("16s24x", name.encode()[:15]))
        except OSError:
            return None


def carries(name: str) -> bool:
    """Whether an interface is up and has a carrier: a cable, an association, a tunnel's program; False if it is gone."""
    answer = _ask(name, GET_FLAGS)
    return answer is not None and struct.unpack_from("H", answer, 16)[0] & (UP | RUNNING) == UP | RUNNING


def hardware(name: str) -> int | None:
    """The ARPHRD number of an interface; None if it is gone."""
    answer = _ask(name, GET_HARDWARE)
    return None if answer is None else struct.unpack_from("H", answer, 16)[0]


def mtu(name: str) -> int | None:
    """The MTU of an interface, octets; None if it is gone or ``any``."""
    answer = _ask(name, GET_MTU)
    return None if answer is None else struct.unpack_from("i", answer, 16)[0]


def link_type(name: str) -> int:
    """LINKTYPE in which a packet socket can hand over the frames of this interface."""
    kind = None if name == ANY else hardware(name)
    if kind in (ETHERNET, LOOPBACK):
        return LINK_ETHERNET
    return LINK_RAW if kind in RAW_IP else LINK_COOKED
