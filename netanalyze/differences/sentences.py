"""The difference of two runs in one sentence: by how much, and whose seconds these are."""

from typing import TYPE_CHECKING

from netanalyze.wording import Message, Text, message, saying

if TYPE_CHECKING:
    from netanalyze.differences.difference import RunDifference
    from netanalyze.differences.run_facts import HostShare

SHOWN = 3
SHARE_LEAST = 0.05
"""Of the difference: what is less is not named."""
WHOSE = {
    "local": "{time} are this machine's own", "idle": "{time} in which nothing was asked",
    "unexplained": "{time} unexplained", "dns": "{time} are lookups of {who}", "connect": "{time} are connects to {who}",
    "tls": "{time} are TLS handshakes with {who}", "request": "{time} are {who}'s responses",
    "transfer": "{time} are transfers from {who}",
}  # fmt: skip
"""What seconds of a phase are; the phases are the ledger's."""


def headline(difference: "RunDifference") -> Text:
    """By how much the second run is slower, and what that is."""
    from netanalyze.differences.difference import NOTABLE

    total = difference.seconds
    statuses = (difference.a.result.verdict.status, difference.b.result.verdict.status)
    if abs(total) < NOTABLE.value:
        if statuses[0] != statuses[1]:
            return message("B takes as long as A, but is {b} where A is {a}", a=statuses[0], b=statuses[1])
        return message("B takes as long as A")
    notable = [one for one in difference.shares if abs(one[1]) >= SHARE_LEAST * abs(total)]
    parts = [whose(share, in_seconds(seconds)) for share, seconds in notable if seconds * total > 0][:SHOWN]
    back = [whose(share, _other_way(seconds)) for share, seconds in notable[:SHOWN] if seconds * total < 0]
    listed = _listed(parts)
    if parts and back:
        listed = message("{parts}, but {others}", parts=listed, others=_listed(back))
    say = saying(time=in_seconds(total), parts=listed)
    if total > 0:
        return say("B is {time} slower: {parts}" if parts else "B is {time} slower")
    return say("B is {time} faster: {parts}" if parts else "B is {time} faster")


def _listed(parts: list[Message]) -> Text:
    """Parts one after the other, with commas."""
    if not parts:
        return ""
    listed: Text = parts[0]
    for part in parts[1:]:
        listed = message("{first}, {then}", first=listed, then=part)
    return listed


def whose(share: "HostShare", time: Text) -> Message:
    """Whose seconds of a phase are."""
    return saying(time=time, who=share.who or message("somebody unknown"))(WHOSE[share.phase])


def _other_way(seconds: float) -> Message:
    """Of what goes the other way than the difference: what makes the rest more than all of it."""
    return message("{time} more" if seconds > 0 else "{time} less", time=in_seconds(seconds))


def in_seconds(seconds: float) -> str:
    """A difference as a person says it: ``41 s``, ``3.2 s``, ``80 ms``.

    >>> in_seconds(41.2), in_seconds(-3.21), in_seconds(0.08)
    ('41 s', '3.2 s', '80 ms')
    """
    size = abs(seconds)
    return f"{size:.0f} s" if size >= 9.95 else f"{size:.1f} s" if size >= 0.95 else f"{size * 1000:.0f} ms"


def signed(seconds: float) -> str:
    """The same with its sign: ``+41 s``."""
    return f"{'+' if seconds >= 0 else '-'}{in_seconds(seconds)}"
