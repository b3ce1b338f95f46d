"""bpf(2) by hand: maps, short programs, and their attachment to the root of cgroup v2, where they see the whole machine.

Needs CAP_BPF and CAP_NET_ADMIN (root) and Linux 5.7. What was attached goes when its descriptor is closed.
"""

import ctypes
import errno
import os
import platform
import struct
from pathlib import Path

from netanalyze.live.sockets.detached import detached, system

BPF_NUMBER = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "ppc64le": 361, "s390x": 351}
MAP_CREATE, MAP_LOOKUP, PROG_LOAD, MAP_TAKE_BATCH, LINK_CREATE = 0, 1, 5, 25, 28
LRU_HASH = 9
CALL, MOVE, ADD, CONSTANT, EXIT = 0x85, 0xBF, 0x07, 0xB7, 0x95
STORE_8, STORE_4, LOAD_4, JUMP_UNEQUAL, LOAD_MAP = 0x7B, 0x63, 0x61, 0x55, 0x18
GET_SOCKET_COOKIE, GET_CURRENT_PID_TGID, MAP_UPDATE_ELEM = 46, 14, 2

_ATTRIBUTE = 128
"""Octets of the attribute that bpf(2) is handed; what is not set must be zero."""


def instruction(code: int, destination: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> bytes:
    """One instruction (linux/bpf.h, struct bpf_insn)."""
    return struct.pack("=BBhi", code, source << 4 | destination, offset, value)


def update(map_descriptor: int, key: int, value: int) -> bytes:
    """Put what lies on the stack at ``value`` into a map, under what lies at ``key``."""
    return b"".join(
        (
            instruction(LOAD_MAP, 1, 1, 0, map_descriptor),  # r1 = the map, over two instructions
            instruction(0),
            instruction(MOVE, 2, 10),
            instruction(ADD, 2, value=key),
            instruction(MOVE, 3, 10),
            instruction(ADD, 3, value=value),
            instruction(CONSTANT, 4),
            instruction(CALL, value=MAP_UPDATE_ELEM),
        )
    )


def allow() -> bytes:
    """Return 1: what was asked may go on."""
    return instruction(CONSTANT, 0, value=1) + instruction(EXIT)


class Bpf:
    """Descriptors of bpf(2), closed together.

    Raises:
        OSError: bpf(2) has an unknown number on this machine.
    """

    def __init__(self) -> None:
        self._number = BPF_NUMBER.get(platform.machine(), 0)
        self._descriptors: list[int] = []
        if not self._number:
            raise OSError("bpf(2) has an unknown number on this machine")

    def _bpf(self, command: int, attribute: bytes) -> bytes:
        """The attribute as the kernel left it."""
        buffer = ctypes.create_string_buffer(attribute, _ATTRIBUTE)
        system(self._number, command, buffer, _ATTRIBUTE)
        return buffer.raw

    def _made(self, command: int, attribute: bytes) -> int:
        buffer = ctypes.create_string_buffer(attribute, _ATTRIBUTE)
        descriptor = system(self._number, command, buffer, _ATTRIBUTE)
        self._descriptors.append(descriptor)
        return descriptor

    def hash_map(self, key: int, value: int, entries: int) -> int:
        """A hash map of keys and values of so many octets; when it is full the oldest give way.

        Raises:
            OSError: not permitted.
        """
        return self._made(MAP_CREATE, struct.pack("=IIIII", LRU_HASH, key, value, entries, 0))

    def attach(self, instructions: bytes, program_type: int, attach_type: int) -> None:
        """Load a program and attach it to the root of cgroup v2.

        Raises:
            OSError: refused, or there is no cgroup v2.
        """
        code = ctypes.create_string_buffer(instructions, len(instructions))
        licence = ctypes.create_string_buffer(b"MIT")
        attribute = struct.pack(
            "=IIQQIIQII16sII", program_type, len(instructions) // 8, ctypes.addressof(code), ctypes.addressof(licence),
            0, 0, 0, 0, 0, b"netanalyze", 0, attach_type,
        )  # fmt: skip
        loaded = self._made(PROG_LOAD, attribute)
        group = self._cgroup_root()
        self._descriptors.append(group)
        self._made(LINK_CREATE, struct.pack("=IIII", loaded, group, attach_type, 0))

    def _cgroup_root(self) -> int:
        """A descriptor of the root of cgroup v2: where it is mounted, else mounted for us alone, without a place."""
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, place, kind, *_ = line.split()
            if kind == "cgroup2":
                return os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return detached(b"cgroup2")

    def value(self, map_descriptor: int, key: bytes, length: int) -> bytes | None:
        """What a map has under ``key``, None nothing.

        Raises:
            PermissionError: rights were given up, and this kernel wants them for a look as well.
        """
        under = ctypes.create_string_buffer(key, len(key))
        into = ctypes.create_string_buffer(length)
        attribute = struct.pack("=IIQQQ", map_descriptor, 0, ctypes.addressof(under), ctypes.addressof(into), 0)
        try:
            self._bpf(MAP_LOOKUP, attribute)
        except FileNotFoundError:
            return None
        return into.raw

    def take(self, map_descriptor: int, key: int, value: int, most: int) -> list[tuple[bytes, bytes]]:
        """Take up to ``most`` entries out of a map of keys and values of so many octets.

        Raises:
            OSError: not permitted any more.
        """
        keys, values = ctypes.create_string_buffer(key * most), ctypes.create_string_buffer(value * most)
        place = ctypes.create_string_buffer(8)
        attribute = ctypes.create_string_buffer(
            struct.pack(
                "=QQQQIIQQ", 0, ctypes.addressof(place), ctypes.addressof(keys), ctypes.addressof(values), most,
                map_descriptor, 0, 0,
            ),
            _ATTRIBUTE,
        )  # fmt: skip
        try:
            system(self._number, MAP_TAKE_BATCH, attribute, _ATTRIBUTE)
        except OSError as error:
            if error.errno != errno.ENOENT:  # ENOENT: these were all
                raise
        count = struct.unpack_from("=I", attribute.raw, 32)[0]
        return [(keys.raw[i * key :][:key], values.raw[i * value :][:value]) for i in range(min(count, most))]

    def close(self) -> None:
        """Detach, and give everything back."""
        for descriptor in reversed(self._descriptors):
            os.close(descriptor)
        self._descriptors = []
