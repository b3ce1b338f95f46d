"""What was measured, judged: which mirror works, how fast, why one does not, and the setting to write."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from netanalyze.doctor.places import safe, word
from netanalyze.doctor.probe.exchange import Answer, Visited
from netanalyze.doctor.probe.mirrors import Mirror
from netanalyze.findings import Threshold
from netanalyze.measured_mirrors import FAILS, WORKS
from netanalyze.redaction import redacted
from netanalyze.wording import Text, message

FAULTS: Mapping[str, Text] = {
    "dns": message("its name has no address here"),
    "dns-timeout": message("nobody told its address in time"),
    "connect-timeout": message("no answer to the connection"),
    "refused": message("the connection is refused"),
    "unreachable": message("it cannot be reached"),
    "tls-timeout": message("no answer to the ClientHello"),
    "tls-reset": message("the connection is cut after the ClientHello"),
    "tls-alert": message("it refuses the handshake"),
    "certificate": message("its certificate is not accepted"),
    "answer-timeout": message("no whole answer to the request in time"),
    "answer-reset": message("the connection is cut within the request"),
    "answer-broken": message("what it answers is no HTTP"),
    "status": message("it answers with an error"),
    "not-asked-for": message("what it answers is not what was asked for: a login page, or another server"),
    "redirect": message("it redirects to what is no address"),
    "proxy-closed": message("the proxy hangs up"),
    "proxy-refuses": message("the proxy refuses to connect"),
    "too-many": message("it wants more connections than are made here"),
    "time-up": message("the time for all of them was up"),
    "lost": message("asking it ended before it was done"),
}
"""What each fault of a visit is called."""


@dataclass(frozen=True)
class Ranked:
    """A mirror with its visits; the client's own way is the first.

    Attributes:
        place: in the settings, from 0.
        cause: of netanalyze rules, by our own capture of the visit; None where none was captured, or none is at fault.
    """

    mirror: Mirror
    visits: tuple[Visited, ...]
    cause: str | None = None
    place: int = 0

    @property
    def best(self) -> Visited:
        """The client's own way where it works; else the one that does."""
        return min(self.visits, key=lambda visit: (not works(visit), self.visits.index(visit)))

    @property
    def works(self) -> bool:
        """Whether the client's whole work can be done, by whichever way."""
        return works(self.best)

    @property
    def share(self) -> float:
        """How much of the work could be done."""
        needed = [answer for answer in self.best.answers if not answer.optional]
        done = sum(not answer.fault for answer in needed)
        return done / max(sum(not errand.optional for errand in self.mirror.errands()), 1)

    @property
    def seconds(self) -> float:
        """What the work took, name and connection included."""
        visit = self.best
        return visit.dns_s + visit.connect_s + visit.tls_s + sum(answer.whole_s for answer in visit.answers)

    @property
    def fault(self) -> tuple[Text, str]:
        """What hindered it first, and what its server or the system says of that."""
        visit = self.visits[0] if not self.works else self.best
        first = next((a for a in visit.answers if a.fault and not a.optional), Answer("", visit.fault, visit.detail))
        chosen = (visit.fault, visit.detail) if visit.fault else (first.fault, first.detail)
        return FAULTS.get(chosen[0], FAULTS["unreachable"]), chosen[1]


def works(visit: Visited) -> bool:
    """Whether all that its client needs was done by this way."""
    return not visit.fault and bool(visit.answers) and not any(a.fault for a in visit.answers if not a.optional)


def ranked(
    asked: Sequence[Mirror], visits: Sequence[Visited], cause_of: Callable[[Visited], str | None] = lambda visit: None
) -> list[Ranked]:
    """The mirrors, client by client, the best first: what works by the client's own way, by its seconds; what works by
    the other way; what works in part; what fails.

    Args:
        asked: in the order in which they are configured.
        cause_of: gives the cause of a visit by our own capture of it.
    """
    listed = []
    for place, mirror in enumerate(asked):
        own = tuple(v for v in visits if (v.client, v.url) == (mirror.client, mirror.url))
        own = own or (Visited(mirror.client, mirror.url, "direct", "lost"),)
        one = Ranked(mirror, own, place=place)
        listed.append(one if one.works else replace(one, cause=cause_of(own[0])))
    order = {client: place for place, client in enumerate(dict.fromkeys(mirror.client for mirror in asked))}
    return sorted(
        listed, key=lambda r: (order[r.mirror.client], not works(r.visits[0]), not r.works, -r.share, r.seconds)
    )


def is_served(listed: Sequence[Ranked]) -> bool:
    """Whether each client has a mirror in its settings that works."""
    clients = {one.mirror.client for one in listed if one.mirror.configured}
    return clients <= {one.mirror.client for one in listed if one.mirror.configured and one.works}


WORTH = Threshold(2, "times", source="measured: one mirror asked ten times by the same line took 0.6 to 1.7 of its median",
                  why="what is less may be another the next time")  # fmt: skip
KEPT = 3
"""Proxies of GOPROXY that are written."""


def setting(client: str, listed: Sequence[Ranked]) -> str:
    """The command that makes a client ask the best first; empty where that is no gain, or none works."""
    own = [one for one in listed if one.mirror.client == client]
    good = [one for one in own if works(one.visits[0])]
    before = [one for one in sorted(own, key=lambda one: one.place) if one.mirror.configured]
    if (
        not good
        or good[0] in before[:1]
        or (before and before[0] in good and before[0].seconds < WORTH.value * good[0].seconds)
    ):
        return ""
    best = good[0].mirror.url
    variable = next((one.mirror.variable for one in before if one.mirror.variable), "")
    if client == "go":
        best = ",".join([*(one.mirror.url for one in good[:KEPT]), "direct"])
    if variable:
        return safe(f"export {variable}={word(best)}", "")
    commands = {
        "go": f"go env -w GOPROXY={word(best)}",
        "pip": f"pip config set global.index-url {word(best)}",
        "npm": f"npm config set registry {word(best)}",
    }
    if client == "cargo":
        text = f'[source.crates-io]\\nreplace-with = "mirror"\\n[source.mirror]\\nregistry = "{best}"\\n'
        return safe(f"mkdir -p ~/.cargo && printf {word(text)} >> ~/.cargo/config.toml", "")
    return safe(commands.get(client, ""), "")


def measured(listed: Sequence[Ranked]) -> dict[str, dict[str, list[str]]]:
    """By client, the mirrors that work by its own way, the best first, and those that do not work at all."""
    found: dict[str, dict[str, list[str]]] = {}
    for one in listed:
        lists = found.setdefault(one.mirror.client, {WORKS: [], FAILS: []})
        if works(one.visits[0]) or not one.works:
            lists[WORKS if one.works else FAILS].append(one.mirror.url)
    return found


def visits_of(text: str) -> list[Visited]:
    """What the process that asked has written; none for any other text."""
    try:
        rows = json.loads(text)
        return [_visited(row) for row in rows]
    except (ValueError, TypeError, KeyError):
        return []


def _visited(row: Mapping[str, Any]) -> Visited:
    answers = [Answer(**answer) for answer in row["answers"]]
    return Visited(**{**row, "answers": answers})


def as_json(listed: Sequence[Ranked], captured: bool) -> dict[str, Any]:
    """The ranking as a JSON object; sentences are English."""
    clients = list(dict.fromkeys(one.mirror.client for one in listed))
    return {
        "captured": captured,
        "mirrors": [
            {
                "client": one.mirror.client,
                "url": one.mirror.shown,
                "configured": one.mirror.configured,
                "works": one.works,
                "seconds": round(one.seconds, 3),
                "cause": one.cause,
                "why": None if one.works else str(one.fault[0]),
                "visits": [_clean({**visit.to_json(), "url": one.mirror.shown}) for visit in one.visits],
            }
            for one in listed
        ],
        "settings": {client: command for client in clients if (command := setting(client, listed))},
    }


def _clean(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _clean(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_clean(member) for member in value]
    if isinstance(value, float):
        return round(value, 4)
    return redacted(value, one_word=True) if isinstance(value, str) else value
