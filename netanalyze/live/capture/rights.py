"""What grants a right that is missing: to root, who needs no sudo, the capability is named that this root lacks."""

import os


def remedy(capability: str, otherwise: str) -> str:
    """What to say to whoever was refused for want of a capability of capabilities(7).

    Args:
        capability: ``CAP_NET_RAW``.
        otherwise: what those are told who are not root.
    """
    if os.geteuid() != 0:
        return otherwise
    return f"{capability}, which root lacks here (a container: --cap-add {capability.removeprefix('CAP_')})"
