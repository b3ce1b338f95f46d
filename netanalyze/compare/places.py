"""Where on a path something happened, and what it was: the answer to one question about one wait."""

from dataclasses import dataclass

from netanalyze.wording import Text, message

HOW = ("lost", "late", "injected", "altered", "silent", "slow", "sent", "own")
"""What happened at a place: it was lost there; held up; made; altered; the point did not answer; it answered late; it sent
what ended the run; the client's own time."""


@dataclass(frozen=True, order=True)
class PathPlace:
    """A point of the path by its number (0 the client's), or what lies ``beyond`` it, before the next one."""

    point: int
    beyond: bool = False

    def name(self, names: list[str]) -> Text:
        """What prose calls it."""
        if not self.beyond:
            return point_name(names[self.point])
        return message(
            "between {one} and {other}", one=point_name(names[self.point]), other=point_name(names[self.point + 1])
        )

    def key(self, names: list[str]) -> str:
        """How JSON calls it: ``server``, ``client > gateway``."""
        return f"{names[self.point]} > {names[self.point + 1]}" if self.beyond else names[self.point]


def point_name(name: str) -> Text:
    """A point as prose calls it: the client, the server, or by its name."""
    if name == "client":
        return message("the client")
    if name == "server":
        return message("the server")
    return name


@dataclass(frozen=True)
class WayStep:
    """One moment of an itinerary: what was seen, at which point, in which of its frames, when on the client's clock."""

    what: Text
    point: int
    frame: int
    ns: int
    error_ns: float
    sent: bool


@dataclass(frozen=True)
class PathAnswer:
    """Where a wait was lost.

    Attributes:
        how: one of HOW.
        what: the packet, or the message, that it was about.
        seconds: how much of the wait passed there.
        flow: the client's flow; None where several.
        copies: how many were lost there before one came, or in all.
        steps: the moments that show it, in order.
        direction: 0 on the way to the server, 1 on the way back, None at a point.
        certainty: 0 to 1; ``doubts`` say what lowers it.
        came: it came at last.
        error_s: how wrong moments of other points may be, by the clocks.
        from_point, to_point: where it was last seen, and where it was next to be.
        shown: the moment at which it was last seen.
    """

    place: PathPlace
    how: str
    what: Text
    seconds: float
    flow: int | None
    steps: tuple[WayStep, ...] = ()
    copies: int = 0
    direction: int | None = None
    certainty: float = 0.99
    doubts: tuple[Text, ...] = ()
    came: bool = False
    error_s: float = 0.0
    from_point: int = 0
    to_point: int = 0
    shown: WayStep | None = None
