"""How sure words alone can be of a cause: one function, with its reasons.

Words are what a program chose to print about its last try. What the far side or this kernel itself said, and the program
only repeats, is as good as a witness; what a timer ended names a phase, and several causes are silent in one phase; of
several addresses programs print one, ssh, curl and git the last, go that of the first family (net/dial.go).
"""

from collections.abc import Mapping
from typing import Any

from netanalyze.causes.confidence import Basis, Proved

HEARD = Proved(
    0.8, "the far side's or this kernel's own answer (errno, alert, status, RST_STREAM), repeated by the program", Basis.COMMAND,
    "who said it on the way, no word tells: a box between gives the same answer",
)  # fmt: skip
TIMED = Proved(
    0.7, "the client's own timer ended the wait for a name or address", Basis.COMMAND,
    "the phase is known, and in each phase two or three causes are silent alike",
)  # fmt: skip
SYSTEM_SAYS = Proved(
    0.7, "the system's own resolver library says that there is no such name", Basis.COMMAND,
    "macOS and Windows say the same where no resolver answers at all",
)  # fmt: skip
LAST_TRY = Proved(
    0.5, "the error of one address: curl, git, ssh and wget print the last one's, go that of the first family", Basis.COMMAND,
    "what befell the other addresses may be the reason",
)  # fmt: skip
VAGUE = Proved(
    0.4, "a message that gives no reason, or names nobody", Basis.COMMAND, "two causes at least print the very same"
)

_HEARD = frozenset((
    "dns-refused", "dns-no-such-host", "dns-server-misbehaving", "tls-alert", "tls-version", "tls-not-tls", "certificate",
    "connection-refused", "not-permitted", "stream-error", "goaway", "redirect-loop", "redirect-refused", "http-status",
    "module-not-found", "unexpected-eof", "service-declined",
))  # fmt: skip
_UNSAID = frozenset(("dns-unresolved", "connect-failed"))
_ONE_OF_SEVERAL = frozenset(
    ("dial-timeout", "git-connect-timeout", "connection-refused", "no-route", "network-unreachable", "connect-failed")
)

ONE_ADDRESS = "this is the error of one address; what befell the others is not printed"
GIVES_NO_REASON = "the message is the same for several reasons"
NAMES_NOBODY = "the message names neither host nor address"
BY_THE_SYSTEM = "some systems say the same where no resolver answers"
NO_PACKETS = "no packets were seen: a box on the way may have said it"


def certainty(kind: str, facts: Mapping[str, Any], several: bool) -> tuple[Proved, str]:
    """How sure a cause is by an error of this kind alone, and what speaks against more.

    Args:
        facts: of the error (clients/messages.py); of a proxy's the inner ones.
        several: whether the host may have had other addresses, whose errors were not printed.
    """
    inner = str(facts.get("reason")) if kind == "connect-proxy" else kind
    if inner in _UNSAID or facts.get("phase") == "unsaid":
        return VAGUE, GIVES_NO_REASON
    if not any(facts.get(name) for name in ("host", "address", "name", "url", "server", "module")):
        return VAGUE, NAMES_NOBODY
    if facts.get("phase") == "tls-too" or (several and inner in _ONE_OF_SEVERAL):
        return LAST_TRY, ONE_ADDRESS
    if inner == "dns-no-such-host" and not (facts.get("server") or facts.get("answered")):
        return SYSTEM_SAYS, BY_THE_SYSTEM
    if inner in _HEARD or inner == "status":
        return HEARD, NO_PACKETS
    return TIMED, NO_PACKETS
