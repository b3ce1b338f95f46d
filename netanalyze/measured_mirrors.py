"""Which mirrors work from here, as ``netanalyze doctor --probe`` found them last: kept for some hours, for advice elsewhere.

One small file in the user's state directory (``netanalyze.kept_runs``), under the same guard: only we or root can have written
the folder and the file, else nothing is kept and nothing read. URLs with a name or password in them are left out, and so are
all clients whose mirrors nobody advises: what is kept goes into recordings, and a remote of git's is nobody else's business.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from netanalyze.findings import Threshold
from netanalyze.folders import open_guarded_folder
from netanalyze.kept_runs import place_of_kept_runs
from netanalyze.output_files import write_in_folder
from netanalyze.urls import split

FILE = "mirrors.measured"
HOLDS = Threshold(12, "h", source="what a mirror does from one line differs more by the day than by the hour",
                  why="a night between a measurement and the advice is enough for it to be another line")  # fmt: skip
MOST, MOST_OCTETS = 8, 16 * 1024
"""URLs of a client; octets of the file."""
CLIENTS = ("go",)
"""Whose mirrors are advised (``netanalyze.diagnosis.advice.situation``), and so kept."""
WORKS, FAILS = "works", "fails"
NOBODYS = ("test", "example", "invalid", "localhost")
"""Ends of names that are no mirror's (RFC 6761)."""


def keep_mirrors(mirrors: Mapping[str, Mapping[str, Sequence[str]]], now_ns: int) -> None:
    """Keep what was found, by client ``works`` (the best first) and ``fails``; where that cannot be, nothing. Never raises.

    Args:
        mirrors: where ``CLIENTS`` have none in them, what was kept before stays.
    """
    told = {one: {how: _plain(urls) for how, urls in mirrors[one].items()} for one in CLIENTS if one in mirrors}
    if not any(urls for lists in told.values() for urls in lists.values()):
        return
    text = json.dumps({"measured_ns": now_ns, "clients": told})
    place = place_of_kept_runs()
    folder = open_guarded_folder(place, True) if place else None
    if folder is None:
        return
    try:
        write_in_folder(folder, FILE, text.encode())
    except OSError:
        pass  # advice has its constant list then
    finally:
        folder.close()


def read_mirrors(now_ns: int) -> dict[str, dict[str, list[str]]]:
    """What was found in the last hours, as it was kept; nothing where somebody else could have written it. Never raises."""
    place = place_of_kept_runs()
    folder = open_guarded_folder(place, False) if place else None
    if folder is None:
        return {}
    try:
        octets = folder.read_own(FILE)
    finally:
        folder.close()
    try:
        read = json.loads(octets) if octets is not None and len(octets) <= MOST_OCTETS else {}
        measured_ns = read["measured_ns"]
        if type(measured_ns) is not int or not 0 <= now_ns - measured_ns <= HOLDS.ns:
            return {}
        return {client: {how: _plain(lists.get(how, ())) for how in (WORKS, FAILS)}
                for client, lists in read["clients"].items() if client in CLIENTS}  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def _plain(urls: Any) -> list[str]:
    """The first URLs that have a host of somebody's, and no name or password."""
    parts = [(url, split(url)) for url in urls if isinstance(url, str)]
    named = [(url, part) for url, part in parts if part is not None and part.host and part.userinfo is None]
    return [url for url, part in named if (part.host or "").rpartition(".")[2] not in NOBODYS][:MOST]
