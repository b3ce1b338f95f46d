"""System calls in which a process can wait, by number, and what their arguments lead to (proc_pid_syscall(5))."""

import os
import platform
import struct
from typing import NamedTuple

from netanalyze.live.processes import proc
from netanalyze.numerals import hexadecimal, integer

# arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h
_X86_64 = {
    0: "read", 1: "write", 7: "poll", 17: "pread64", 18: "pwrite64", 19: "readv", 20: "writev", 23: "select", 34: "pause",
    35: "nanosleep", 42: "connect", 43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg",
    56: "clone", 58: "vfork", 59: "execve", 61: "wait4", 72: "fcntl", 73: "flock", 74: "fsync", 75: "fdatasync",
    162: "sync", 202: "futex", 230: "clock_nanosleep",
    232: "epoll_wait", 247: "waitid", 257: "openat", 270: "pselect6", 271: "ppoll", 281: "epoll_pwait", 288: "accept4",
    435: "clone3", 441: "epoll_pwait2",
}  # fmt: skip
_GENERIC = {
    22: "epoll_pwait", 25: "fcntl", 32: "flock", 56: "openat", 63: "read", 64: "write", 65: "readv", 66: "writev",
    67: "pread64", 68: "pwrite64", 72: "pselect6", 73: "ppoll", 81: "sync", 82: "fsync", 83: "fdatasync", 95: "waitid",
    98: "futex", 101: "nanosleep", 115: "clock_nanosleep", 202: "accept", 203: "connect", 206: "sendto", 207: "recvfrom",
    211: "sendmsg", 212: "recvmsg", 220: "clone", 221: "execve", 242: "accept4", 260: "wait4", 435: "clone3", 441: "epoll_pwait2",
}  # fmt: skip
TABLES = {"x86_64": _X86_64, "aarch64": _GENERIC, "riscv64": _GENERIC}
"""By the machine's name, as uname(2) has it."""
NAMES = TABLES.get(platform.machine(), {})

WITH_DESCRIPTOR = {
    "read", "write", "pread64", "pwrite64", "readv", "writev", "connect", "accept", "accept4", "sendto", "recvfrom",
    "sendmsg", "recvmsg", "fcntl", "flock", "fsync", "fdatasync",
}  # fmt: skip
"""Their first argument is a descriptor."""
ON_SEVERAL = {"poll", "ppoll", "select", "pselect6"}
SLEEPS = {"nanosleep", "clock_nanosleep", "pause"}
WAITS_FOR_CHILD = {"wait4", "waitid"}
FORKS = {"clone", "clone3", "vfork"}
"""Until the child runs a program, a parent that used vfork(2) sleeps like one in the disk."""
LOCKING = {6, 7, 37, 38}
"""fcntl(2): F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW."""
MOST_DESCRIPTORS = 64


class Call(NamedTuple):
    """A system call under way: its name (``syscall_n`` where unknown), its arguments."""

    name: str
    arguments: tuple[int, ...]


def call(pid: int, thread: int) -> Call | None:
    """What a thread waits in; None if it runs, or may not be looked at."""
    words = proc.read(f"/proc/{pid}/task/{thread}/syscall", 512).split()
    if len(words) < 7:
        return None
    number = integer(words[0])
    if number is None:  # -1: blocked outside of any call, in a page fault or a stop
        return None
    return Call(NAMES.get(number, f"syscall_{number}"), tuple(hexadecimal(word, 2**64 - 1) or 0 for word in words[1:7]))


def descriptors_of(pid: int, call: Call) -> list[int]:
    """The descriptors a call waits on; of poll and select those asked for reading, read from the process' memory."""
    if call.name in WITH_DESCRIPTOR:
        return [call.arguments[0] & 0xFFFFFFFF]
    if call.name in ("poll", "ppoll"):
        count = min(call.arguments[1], MOST_DESCRIPTORS)
        octets = memory(pid, call.arguments[0], 8 * count)
        return [
            n for n, events, _ in struct.iter_unpack("=ihh", octets[: len(octets) // 8 * 8]) if n >= 0 and events & 1
        ]
    if call.name in ("select", "pselect6") and call.arguments[1]:
        octets = memory(pid, call.arguments[1], 8 * ((min(call.arguments[0], 1_024) + 63) // 64))
        bits = int.from_bytes(octets, "little")
        return [n for n in range(min(call.arguments[0], 8 * len(octets))) if bits >> n & 1][:MOST_DESCRIPTORS]
    return []


def memory(pid: int, address: int, length: int) -> bytes:
    """Some octets of a process' memory; empty where they may not be read."""
    try:
        descriptor = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        return proc.asked("memory", f"{pid} {address} {length}") or b""
    except OSError:
        return b""
    try:
        return os.pread(descriptor, length, address)
    except (OSError, OverflowError):
        return b""
    finally:
        os.close(descriptor)
