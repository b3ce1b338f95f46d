"""How sure a verdict is that names no cause, and what lessens one that does: each figure with what it rests on, and why.

The form is that of the causes (``causes.confidence``).
"""

from typing import Any

from netanalyze.causes.confidence import Basis, Missing, Proved
from netanalyze.result import Verdict
from netanalyze.wording import Text

USED_NO_NETWORK = Proved(
    0.9, "the command ended well, its sockets were watched, and none was its own", Basis.COMMAND,
    "a socket that lived between two looks goes unseen",
)  # fmt: skip
NO_NETWORK_SEEN = Proved(
    0.75, "the command ended well, and nothing of it was seen on the network", Basis.COMMAND,
    "where rights are few, or a daemon does its work, that is no proof that it used none",
)  # fmt: skip
FAILED_BY_ITSELF = Proved(
    0.95,
    "it failed, every socket was watched, and none was its own",
    Basis.COMMAND,
    "its own last words are all there is",
)
FAILED_UNSEEN = Proved(
    0.85, "it failed, its sockets were looked at, and nothing of it is in the capture", Basis.COMMAND,
    "a socket that lived between two looks goes unseen",
)  # fmt: skip
FAILED_WITHOUT_PACKETS = Proved(
    0.7,
    "it failed, its sockets were looked at, and there is no capture",
    Basis.COMMAND,
    "two looks, and nothing to hold them to",
)
OWED_NOTHING = Proved(
    0.7, "it failed, and when it ended nobody on the network owed it anything", Basis.FRAMES,
    "what it had been told in encrypted words, no frame shows",
)  # fmt: skip
NOT_ENDED = Proved(0.8, "it used no network, and had not ended", Basis.COMMAND, "what it waited for was not seen")
WAITED_HERE = Proved(
    0.8, "the kernel says what its processes wait for, and it is on this machine", Basis.COMMAND,
    "the program behind it may itself wait for the network",
)  # fmt: skip
NOBODY_OWED = Proved(
    0.6, "for ten seconds or longer nobody owed it anything, and it had not ended", Basis.FRAMES,
    "packets do not show what a program does meanwhile",
)  # fmt: skip
NO_SOCKET_OPEN = Proved(
    0.6, "it has no connection open and looks nothing up", Basis.COMMAND, "what it does instead was not seen"
)
CHILD_NOT_BACK = Proved(
    0.55, "its last line is of a program that it started, and nobody owes it anything", Basis.COMMAND,
    "the line tells when the program began, and not that it still runs",
)  # fmt: skip
MAY_REST = Proved(
    0.4, "nobody owes it anything, for no longer than it rests between two tries", Basis.COMMAND,
    "whether it rests or hangs is told when the rest is over",
)  # fmt: skip
UNEXPLAINED = Proved(
    0.3,
    "it failed or hangs, and nothing that was seen accounts for it",
    Basis.FRAMES,
    "there is a cause, and it is not named",
)
LEFT_OPEN = Proved(
    0.5, "a move that was owed never came, and no finding tells of it", Basis.FRAMES,
    "what was open is in the frames; whether somebody waited for it they do not say",
)  # fmt: skip
NOT_CAPTURED = Missing(
    "most connections cannot be judged: cut by the snap length, or joined when all had been said", Basis.FRAMES,
    "what went wrong in them would not show", at_most=0.5,
)  # fmt: skip
ERROR_FITS = Proved(
    0.97, "the command's last error fits the cause", Basis.COMMAND,
    "two witnesses agree: a third of the doubt is gone, and never all of it",
)  # fmt: skip
ERROR_OF_OTHERS = Missing(
    "the command's last error is known, and does not fit the cause", Basis.COMMAND,
    "it may tell of another failure beside", share=0.7,
)  # fmt: skip
RIVAL = Missing(
    "another cause failed something too, and cost half as much or more", Basis.FRAMES, "either may be the root", share=0.85
)  # fmt: skip
ASIDE = Missing(
    "it was asked in clear in the midst of a handshake of the same client's, which went on after it", Basis.FRAMES,
    "it may be a list of revoked certificates, and the client may do without it", at_most=0.6,
)  # fmt: skip


def unexplained(status: str, summary: Text, ground: Proved = UNEXPLAINED, **more: Any) -> Verdict:
    """The verdict that something is wrong, and that nothing seen accounts for it; ``more``: any other member."""
    return Verdict(status, summary, confidence=ground.confidence, attributes={"unexplained": True}, **more)


def not_network(status: str, summary: Text, ground: Proved, **more: Any) -> Verdict:
    """The verdict that it is not the network; ``more``: any other member."""
    return Verdict(status, summary, confidence=ground.confidence, attributes={"not_network": True}, **more)
