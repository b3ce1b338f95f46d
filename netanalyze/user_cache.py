"""Where this user's caches are: compiled kernels, bytecode. What is there can be deleted at any time."""

import os
from pathlib import Path


def user_cache(name: str) -> Path | None:
    """A directory of this user alone that can be written: in the user's cache, else a temporary one, else None.

    ``NETANALYZE_CACHE`` names another place; ``XDG_CACHE_HOME`` is honoured. Never raises.
    """
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    base = os.environ.get("NETANALYZE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    for place in (base or os.path.expanduser("~/.cache"), None):
        if place is not None:
            path = Path(place) / "netanalyze" / name
        else:
            import tempfile  # seldom needed, and slow to import

            path = Path(tempfile.gettempdir()) / f"netanalyze-{user}" / name
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if hasattr(os, "getuid") and path.parent.stat().st_uid != os.getuid():
                continue  # somebody else made it: code is not loaded from there
        except (OSError, RuntimeError):
            continue
        if os.access(path, os.W_OK | os.X_OK):
            return path
    return None
