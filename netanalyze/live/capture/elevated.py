"""Packet sockets opened by sudo and handed back: only this needs root, the command and the analysis stay the user's.

``ask`` starts this very module under sudo; it opens the sockets, sends their descriptors (unix(7), SCM_RIGHTS) through
its standard input, and ends. sudo asks for the password on the terminal, if it asks at all.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence

from netanalyze.descriptors import keep_from_others
from netanalyze.errors import LiveError, NetanalyzeError
from netanalyze.live.capture.raw import RawSniffer
from netanalyze.numerals import integer

PROMPT = "[netanalyze] password for %p, to open the capture and nothing else: "
MOST_SOCKETS = 250
"""The kernel passes at most 253 descriptors in one message (SCM_MAX_FD)."""
PATIENCE_S = 120.0
"""How long a person may take to type a password."""
END_S = 5.0
REFUSED = b"\0"
CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


def ask(names: Sequence[str], expression: str, snap_length: int) -> RawSniffer | None:
    """An armed sniffer whose sockets sudo opened; None where there is no sudo, or it is refused.

    Without a terminal sudo is tried, but cannot ask.

    Raises:
        LiveError: the interface is down, or the filter is none; in the words of who tried.
    """
    sudo = shutil.which("sudo")
    if sudo is None or os.geteuid() == 0 or len(names) > MOST_SOCKETS:
        return None
    asks = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with ours:
        with theirs:
            command = [sudo, *(["-p", PROMPT] if asks else ["-n"]), sys.executable, "-I", "-m", __name__]
            try:
                helper = subprocess.Popen(
                    [*command, str(snap_length), expression, *names], stdin=theirs.fileno(), stdout=subprocess.DEVNULL,
                    stderr=None if asks else subprocess.DEVNULL,
                )  # fmt: skip
            except OSError:
                return None
        ours.settimeout(PATIENCE_S)
        try:
            # not for the command: without the flag every process that we start would inherit them
            word, descriptors, _, _ = socket.recv_fds(ours, 4_096, MOST_SOCKETS, CLOSE_ON_EXEC)
        except OSError:
            word, descriptors = b"", []
    # what asked in vain ends at the closed socket, or when sudo is done with asking: we may not end what is root's
    with contextlib.suppress(subprocess.TimeoutExpired):
        helper.wait(END_S)
    if word.startswith(REFUSED):
        raise LiveError(word[1:].decode("utf-8", "replace"))
    if len(descriptors) != len(names):
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    keep_from_others()  # the command is the same user's, who may not have these
    sniffer = RawSniffer(list(names), expression, snap_length)
    sniffer.adopt([socket.socket(fileno=descriptor) for descriptor in descriptors])
    return sniffer


def main(arguments: Sequence[str]) -> int:
    """Open the sockets and send them; what is refused is sent as text."""
    snap_length, expression, *names = arguments
    with socket.socket(fileno=os.dup(0)) as channel:
        sniffer = RawSniffer(names, expression, integer(snap_length) or 0)
        try:
            sniffer.arm()
        except NetanalyzeError as error:
            channel.sendall(REFUSED + str(error).encode())
            return 1
        try:
            socket.send_fds(channel, [b"+"], [sock.fileno() for sock in sniffer.sockets])
        except OSError:
            return 1  # whoever asked has gone
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
