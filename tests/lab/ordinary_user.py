"""An ordinary user with a sudo that asks nothing, in a mount namespace that ends with the last process in it."""

import os
import shlex
import shutil
import sys
from pathlib import Path

USER, UID = "nobody", 65534
SETUP = """
set -e
mount -t tmpfs -o mode=755 tmpfs /etc/sudoers.d
echo '{user} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/tests
chmod 440 /etc/sudoers.d/tests
{reachable}
exec "$@"
"""
HAS_ALL = all(map(shutil.which, ("unshare", "setpriv", "sudo", "mount")))


def _reachable() -> str:
    """Shell lines that open the way to this Python where it lies in a folder that is root's alone."""
    shut = [path for path in Path(sys.executable).resolve().parents if not path.stat().st_mode & 0o001]
    if not shut:
        return ":"
    folder, python = shut[-1], Path(sys.base_prefix)
    below = python.relative_to(folder)
    lines = [
        "held=$(mktemp -d)",
        f"mount --bind {shlex.quote(str(python))} $held",
        f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(folder))}",
        f"mkdir -p {shlex.quote(str(folder / below))}",
        f"mount --move $held {shlex.quote(str(python))} || mount --bind $held {shlex.quote(str(python))}",
    ]
    return "\n".join(lines)


def machine(*argv: str) -> list[str]:
    """``argv`` as root where that user exists as told above."""
    setup = SETUP.format(user=USER, reachable=_reachable())
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", setup, "sh", *argv]


def as_user(*argv: str) -> list[str]:
    """``argv`` as that user, who has no right of root's."""
    return machine("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "env", f"HOME={os.sep}tmp", *argv)


def by_sudo(*argv: str) -> list[str]:
    """``argv`` as root, because that user called sudo."""
    return as_user("sudo", "-n", *argv)
