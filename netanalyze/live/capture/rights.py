"""What grants a right that is missing: to root, who needs no sudo, the capability is named that this root lacks."""

import os

from netanalyze.wording import Text, message


def remedy(capability: str, otherwise: Text) -> Text:
    """What to say to whoever was refused for want of a capability of capabilities(7).

    Args:
        capability: ``CAP_NET_RAW``.
        otherwise: what those are told who are not root.
    """
    if os.geteuid() != 0:
        return otherwise
    return message(
        "{capability}, which root lacks here (a container: --cap-add {name})",
        capability=capability,
        name=capability.removeprefix("CAP_"),
    )
