"""Whose a file is to be, and whose are trusted: ours, root's, and those of the person behind sudo."""

import os

from netanalyze.numerals import integer

LARGEST = 2**32 - 2
"""Of a user's or group's number; chown(2) takes the next one for "leave it as it is"."""


def sudo_ids() -> tuple[int, int] | None:
    """User and group of the person who called sudo; None where we are not root, nobody did, or it was root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    uid, gid = (integer(os.environ.get(name, ""), LARGEST) for name in ("SUDO_UID", "SUDO_GID"))
    return (uid, gid) if uid and gid is not None else None


def trusted_users() -> set[int]:
    """Users whose links and pipes we follow: root, ourselves, the person behind sudo."""
    ours = {os.geteuid()} if hasattr(os, "geteuid") else set()
    caller = sudo_ids()
    return {0, *ours, *([caller[0]] if caller else ())}


def hand_over(descriptor: int) -> None:
    """Give a file that we have just made to the person behind sudo, if there is one.

    Raises:
        OSError: the file system keeps no owners.
    """
    caller = sudo_ids()
    if caller is not None:
        os.fchown(descriptor, *caller)
