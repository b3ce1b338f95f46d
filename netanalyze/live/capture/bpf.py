"""Filters for packet sockets: capture filters (pcap-filter(7)) as libpcap compiles them, and the loopback shown once.

The kernel gives a packet socket every packet of the loopback twice, when it is sent and when it arrives. Who throws the
first away after it was read counts it all the same, and its counters of what passed and of what was dropped are about
twice the truth. Here the kernel itself leaves it out, before it counts.
"""

import ctypes
import ctypes.util
import socket
import struct
import sys

from netanalyze.errors import LiveError, MissingProgram
from netanalyze.live.capture.frames import Counted
from netanalyze.live.capture.links import ANY, LINK_ETHERNET, LOOPBACK, hardware
from netanalyze.wording import Verbatim, message

ATTACH_FILTER = 26  # SO_ATTACH_FILTER
DLT_ETHERNET, DLT_RAW, DLT_COOKED = 1, 12, 276
ANY_NETMASK = 0xFFFFFFFF
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ, BPF_RET
ANCILLARY, PACKET_TYPE, HARDWARE_TYPE = 0xFFFFF000, 4, 28  # SKF_AD_OFF, SKF_AD_PKTTYPE, SKF_AD_HATYPE
OUTGOING = 4  # PACKET_OUTGOING
_INSTRUCTION = struct.Struct("=HBBI")  # struct sock_filter: code, jump if true, if false, operand
ONCE = (
    (LOAD, 0, 0, ANCILLARY + HARDWARE_TYPE),
    (JUMP_IF_EQUAL, 0, 3, LOOPBACK),
    (LOAD, 0, 0, ANCILLARY + PACKET_TYPE),
    (JUMP_IF_EQUAL, 0, 1, OUTGOING),
    (RETURN, 0, 0, 0),
)
"""What goes on behind it is every packet, but of the loopback only when it arrives."""
ALL = (RETURN, 0, 0, 0xFFFFFFFF)


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint), ("instructions", ctypes.c_void_p)]


class _SocketProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def attach(sock: socket.socket, expression: str, link_type: int, snap_length: int) -> None:
    """Let only what ``expression`` describes into a packet socket, cut to ``snap_length`` octets; empty: everything.

    A cooked socket's filter sees packets from the IP header on, as one of raw IP does.

    Raises:
        LiveError: the expression does not compile; carries libpcap's words.
        MissingProgram: there is no libpcap.
    """
    kind = DLT_ETHERNET if link_type == LINK_ETHERNET else DLT_RAW
    rest = _compiled(expression, kind, snap_length) if expression else _INSTRUCTION.pack(*ALL)
    instructions = b"".join(_INSTRUCTION.pack(*one) for one in ONCE) + rest
    held = ctypes.create_string_buffer(instructions, len(instructions))
    program = _SocketProgram(len(instructions) // _INSTRUCTION.size, ctypes.addressof(held))
    sock.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, bytes(program))


def without_copies(name: str, expression: str) -> str:
    """The capture filter that makes libpcap see and count packets of the loopback once, where there is such a one.

    That is with all interfaces at once, whose frames tell where they are from. On the loopback itself libpcap would throw
    away, by ``inbound``, the packets that come before its filter is in the kernel.
    """
    if name != ANY or not sys.platform.startswith("linux"):
        return expression
    try:
        _compiled("ifindex 1", DLT_COOKED, 64)
    except (LiveError, MissingProgram):  # libpcap before 1.10
        return expression
    loopback = next((index for index, one in socket.if_nameindex() if hardware(one) == LOOPBACK), 0)
    once = f"(inbound or not ifindex {loopback})"
    return f"{once} and ({expression})" if expression else once


def counted_once(name: str, expression: str, counted: Counted, captured: int | None = None) -> Counted:
    """libpcap's counters of one interface, without the copies that it counts of the loopback's packets.

    Args:
        captured: frames that came of it, where ``counted.received`` is the kernel's own figure, with both copies and the
            dropped ones: then what was dropped is known exactly, else as half of both copies.
    """
    twice = sys.platform.startswith("linux") and name != ANY and hardware(name) == LOOPBACK
    if not twice or "bound" in expression or counted.received is None or counted.dropped is None:
        return counted  # inbound, outbound: one of the copies
    half = (counted.dropped + 1) // 2
    if captured is None:
        return Counted(counted.received, half)
    received = (counted.received + 1) // 2
    return Counted(received, min(counted.dropped, max(received - captured, 0)))


def _compiled(expression: str, kind: int, snap_length: int) -> bytes:
    """What libpcap makes of an expression for frames of one DLT."""
    name = ctypes.util.find_library("pcap")
    if name is None:
        raise MissingProgram("a capture filter (-f)", "libpcap", "apt-get install libpcap0.8")
    pcap = ctypes.CDLL(name)
    pcap.pcap_open_dead.restype = ctypes.c_void_p
    pcap.pcap_geterr.restype = ctypes.c_char_p
    for function in (pcap.pcap_geterr, pcap.pcap_close):
        function.argtypes = [ctypes.c_void_p]
    pcap.pcap_compile.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint32]
    pcap.pcap_freecode.argtypes = [ctypes.c_void_p]
    handle = pcap.pcap_open_dead(kind, snap_length)
    program = _Program()
    try:
        if pcap.pcap_compile(handle, ctypes.byref(program), expression.encode(), 1, ANY_NETMASK):
            said = pcap.pcap_geterr(handle).decode("utf-8", "replace")
            words = "-f {filter} is no capture filter: {why} (see man pcap-filter)"
            raise LiveError(message(words, filter=repr(expression), why=Verbatim(said)))
        octets = ctypes.string_at(program.instructions, program.length * _INSTRUCTION.size)
        pcap.pcap_freecode(ctypes.byref(program))
        return octets
    finally:
        pcap.pcap_close(handle)
