"""Who ends TLS: hellos are the same before and after a point that passes them on, and others behind one that ends them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from netanalyze.compare.hellos import client_hello, server_hello
from netanalyze.compare.places import PathPlace
from netanalyze.compare.sightings import Sighting
from netanalyze.compare.trails import PointPath, Trail


@dataclass(frozen=True)
class TlsEnd:
    """Where the client's TLS ends that does not end at the server.

    Attributes:
        place: who ends it.
        flow: the client's flow.
        name: the server name in the hello.
        before, after: JA4 of the client's hello, and of the one that was sent on; None unknown.
        issuers: who issued the certificates that were shown before and after, where that is visible.
    """

    place: PathPlace
    flow: int
    name: str | None
    before: str | None
    after: str | None
    issuers: tuple[str | None, str | None] = (None, None)


def tls_ends(path: PointPath) -> list[TlsEnd]:
    """All of the client's connections whose TLS something on the path ends, in the order of its flows."""
    return [found for trail in path.trails for found in _ends(trail)]


def _ends(trail: Trail) -> Iterator[TlsEnd]:
    for at, link in enumerate(trail.links):
        one, other = trail.sightings[at], trail.sightings[at + 1]
        mine, theirs = _randoms(one), _randoms(other)
        differ = any(a is not None and b is not None and a != b for a, b in zip(mine, theirs))
        if differ:
            place = PathPlace(one.number, beyond=not link.inside)
            before, after = _row(one), _row(other)
            yield TlsEnd(
                place, trail.sightings[0].flow, before.get("sni"), before.get("ja4"), after.get("ja4"),
                (before.get("certificate_issuer"), after.get("certificate_issuer")),
            )  # fmt: skip
            return


def _row(sighting: Sighting) -> dict[str, Any]:
    return sighting.point.handshakes.get(sighting.flow, {})


def _randoms(sighting: Sighting) -> tuple[bytes | None, bytes | None]:
    """The randoms of both hellos, where they were seen."""
    found: list[bytes | None] = []
    for side, read in ((0, client_hello), (1, server_hello)):
        said = sighting.side(side)
        hello = read(said.head) if said is not None else None
        found.append(None if hello is None else hello.random)
    return found[0], found[1]
