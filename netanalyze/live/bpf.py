"""Capture filters (pcap-filter(7)) for packet sockets, compiled by libpcap."""

import ctypes
import ctypes.util
import socket

from netanalyze.errors import LiveError, MissingProgram
from netanalyze.live.links import LINK_ETHERNET

ATTACH_FILTER = 26  # SO_ATTACH_FILTER
DLT_ETHERNET, DLT_RAW = 1, 12
ANY_NETMASK = 0xFFFFFFFF


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint), ("instructions", ctypes.c_void_p)]


class _SocketProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def attach(sock: socket.socket, expression: str, link_type: int, snap_length: int) -> None:
    """Let only what ``expression`` describes into a packet socket, cut to ``snap_length`` octets.

    A cooked socket's filter sees packets from the IP header on, as one of raw IP does.

    Raises:
        LiveError: the expression does not compile; carries libpcap's words.
        MissingProgram: there is no libpcap.
    """
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
    handle = pcap.pcap_open_dead(DLT_ETHERNET if link_type == LINK_ETHERNET else DLT_RAW, snap_length)
    program = _Program()
    try:
        if pcap.pcap_compile(handle, ctypes.byref(program), expression.encode(), 1, ANY_NETMASK):
            said = pcap.pcap_geterr(handle).decode("utf-8", "replace")
            raise LiveError(f"-f {expression!r} is no capture filter: {said} (see man pcap-filter)")
        attached = _SocketProgram(program.length, program.instructions)
        sock.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, bytes(attached))
        pcap.pcap_freecode(ctypes.byref(program))
    finally:
        pcap.pcap_close(handle)
