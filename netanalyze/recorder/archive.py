"""What the recorder's archive says of a run, beside its packets: as a live recording would have it.

The archive is made by the parts in netanalyze/recorder and opened by netanalyze.capture.archive. Its texts came from another
machine and anybody may have written them: nothing here raises for them, and what cannot be read is left out.
"""

import ipaddress
import json
import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from netanalyze.capture.recording import RecordedRun, clipped_trace
from netanalyze.clients import client_of
from netanalyze.numerals import integer
from netanalyze.patterns import lazy_pattern
from netanalyze.processes import CERTAIN, Processes, SocketOwner
from netanalyze.recorder.proc_text import Witnessed, witnessed
from netanalyze.recorder.ss import Ages, Row, is_ss, looks, nanoseconds_of, rows_of
from netanalyze.redaction import redacted_environment, redacted_line
from netanalyze.sockets import TCP, Key, SocketHistories, SocketHistory
from netanalyze.units import SECOND_NS

FORM = "netanalyze-record 1"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")
INTERRUPT_NS = 5 * SECOND_NS
"""A command that ends within so long after a signal was ended by it (as netanalyze.live.session)."""
_ANSWER = lazy_pattern(r"([0-9]+(?:\.[0-9]+)?) # get \S+: [1-5][0-9]{2} ")
"""A request of go's that was answered, after its time."""
MEANS = "proc each second"
EXIT_MOST, MTU_MOST, TICKS_MOST = 999, 9_999_999, 99_999
"""Beyond these no exit status, MTU or number of clock ticks in a second (sysconf(3)) is one."""
Look = tuple[int, list[Row]]
"""When, and every socket there was."""
SOCKETS_MOST = 20_000


def is_record(texts: Mapping[str, bytes]) -> bool:
    """Whether these are the texts of an archive of the recorder, in the form that is read here."""
    return texts.get("about.txt", b"").startswith(FORM.encode())


def recorded_run(texts: Mapping[str, bytes]) -> RecordedRun | None:
    """The run that an archive was made of; None if it is of another form."""
    if not is_record(texts):
        return None
    about = _about(texts)
    argv = redacted_line(_text(texts, "command.txt").rstrip("\t").split("\t"))
    start, end = nanoseconds_of(about.get("start", "")), nanoseconds_of(about.get("end", ""))
    settings = _go_settings(texts)
    name = client_of(argv).name if argv and argv[0] else "generic"
    version = settings.get("GOVERSION", "").removeprefix("go")
    by_hand = about.get("ended-by") in ("interrupt", "patience")
    seen = _witnessed(texts, about, end)
    trace = _text(texts, "stderr.txt")
    every = _looks(texts, seen)
    if not is_ss(_text(texts, "sockets.txt").partition("\n")[2]):
        every = _answered(every, trace)
    # where packets were captured they say all of it and more
    packets = about.get("packets") == "tcpdump"
    return RecordedRun(
        argv=argv if argv[0] else None,
        exit_code=None if by_hand else integer(about.get("exit", ""), most=EXIT_MOST),
        start_ns=start,
        end_ns=end,
        client=None if name == "generic" else f"{name} {version}".strip(),
        environment=redacted_environment(_environment(texts, about, settings)),
        trace=clipped_trace(trace) if trace else None,
        processes=_processes(seen, every),
        sockets=None if packets or "sockets.txt" not in texts else _sockets(every, seen),
    )


def kernel_drops(texts: Mapping[str, bytes]) -> int:
    """Packets that tcpdump says the kernel dropped."""
    match = re.search(r"^([0-9]{1,15}) packets? dropped by kernel", _text(texts, "tcpdump.txt"), re.MULTILINE)
    return (integer(match[1]) or 0) if match else 0


def _text(texts: Mapping[str, bytes], name: str) -> str:
    return texts.get(name, b"").decode("utf-8", "replace")


def _about(texts: Mapping[str, bytes]) -> dict[str, str]:
    pairs = (line.partition(" ") for line in _text(texts, "about.txt").split("\n"))
    return {name: value.strip() for name, _, value in pairs}


def _go_settings(texts: Mapping[str, bytes]) -> dict[str, str]:
    """go env, with what the environment sets beside it."""
    try:
        found: Any = json.loads(_text(texts, "go-env.json") or "{}")
    except (ValueError, RecursionError):
        found = {}
    settings = {str(k): v for k, v in found.items() if isinstance(v, str) and v} if isinstance(found, dict) else {}
    if settings:
        given = dict(_variables(texts))
        settings.pop("GOTOOLCHAIN", None)  # it was asked for with GOTOOLCHAIN=local
        settings |= {name: value for name, value in given.items() if name.lower() not in PROXIES and value}
        if "saved GOTOOLCHAIN" in settings:
            settings.setdefault("GOTOOLCHAIN", settings.pop("saved GOTOOLCHAIN"))
    return settings


def _variables(texts: Mapping[str, bytes]) -> list[tuple[str, str]]:
    pairs = (line.partition("=") for line in _text(texts, "environment.txt").split("\n"))
    return [(name, value) for name, _, value in pairs if name]


def _environment(texts: Mapping[str, bytes], about: dict[str, str], settings: dict[str, str]) -> dict[str, Any]:
    """As netanalyze.live.command.environment.run_environment gives it."""
    found: dict[str, list[str]] = {"nameserver": [], "search": [], "options": []}
    for line in _text(texts, "resolv.conf").split("\n"):
        words = re.split(r"[#;]", line)[0].split()
        if words[:1] == ["nameserver"]:
            found["nameserver"] += words[1:2]
        elif words[:1] in (["search"], ["domain"]):
            found["search"] = words[1:]
        elif words[:1] == ["options"]:
            found["options"] += words[1:]
    route = next((r for r in _text(texts, "routes.txt").split("\n") if r.startswith(("default ", "0.0.0.0 "))), None)
    return {
        "go_env": settings,
        "proxies": {name: value for name, value in _variables(texts) if name.lower() in PROXIES},
        "resolvers": found["nameserver"],
        "search": found["search"],
        "resolver_options": found["options"],
        "route": " ".join(route.split()) if route else None,
        "mtu": _mtu(texts, route),
        "interfaces": [about["interface"]] if about.get("packets") == "tcpdump" and about.get("interface") else [],
        "backend": "tcpdump" if about.get("packets") == "tcpdump" else "sockets",
    }


def _mtu(texts: Mapping[str, bytes], route: str | None) -> int | None:
    """The smallest MTU of the interfaces the default route leaves by; failing a route, of all but the loopback."""
    sizes = {}
    for line in _text(texts, "mtu.txt").split("\n"):
        name, _, size = line.partition(" ")
        octets = integer(size, most=MTU_MOST)
        if octets is not None and not name.startswith("lo"):
            sizes[name] = octets
    leaves = [size for name, size in sizes.items() if route and name in route.split()]
    return min(leaves or sizes.values(), default=None)


def _witnessed(texts: Mapping[str, bytes], about: dict[str, str], end_ns: int | None) -> Witnessed | None:
    """What was seen of processes; None where nobody looked."""
    text = _text(texts, "processes.txt")
    now, up = nanoseconds_of(about.get("now", "")), nanoseconds_of(about.get("uptime", "").partition(" ")[0])
    ticks = integer(about.get("ticks", "100"), most=TICKS_MOST, least=1)
    if not text or now is None or up is None or end_ns is None or ticks is None:
        return None
    return witnessed(text, about.get("machine", ""), now - up, ticks, end_ns)


def _processes(witnessed: Witnessed | None, every: list[Look]) -> Processes | None:
    own = [p for p in witnessed.processes if p.own] if witnessed is not None else []
    if witnessed is None or not own:
        return None
    pids = {p.pid for p in own}
    owners: dict[tuple[Key, int], SocketOwner] = {}
    for time_ns, rows in every:
        for key, pid, _ in rows:
            if pid in pids and len(owners) < SOCKETS_MOST:
                first = owners[key, pid].first_ns if (key, pid) in owners else time_ns
                transport, local, port, remote, far_port = key
                owners[key, pid] = SocketOwner(transport, local, port, remote, far_port, first, time_ns, pid, CERTAIN)
    # what lived between two looks was not met: so sockets name processes, and choose no flows
    return Processes(
        own[0].pid, tuple(witnessed.processes), tuple(owners.values()), tuple(witnessed.waits), means=MEANS
    )


def _looks(texts: Mapping[str, bytes], witnessed: Witnessed | None) -> list[Look]:
    """Every look at the sockets."""
    ages, owners = Ages(), witnessed.owners if witnessed else {}
    return [
        (time_ns, rows_of(part, time_ns, owners, ages)) for time_ns, part in looks(_text(texts, "sockets.txt"))
    ]  # fmt: skip


def _answered(every: list[Look], trace: str) -> list[Look]:
    """The looks, where /proc does not say what was received and go does: its requests were answered by then.

    Only where all connections lead to one place, so that nothing else can have answered.
    """
    answers = (_ANSWER.match(line) for line in trace.split("\n"))
    times = sorted(ns for line in answers if line and (ns := nanoseconds_of(line[1])))
    places = {key[3:] for _, rows in every for key, _, _ in rows if key[0] == TCP and not _is_loopback(key[3])}
    if not times or len(places) != 1:
        return every
    first: dict[Key, int] = {}
    out = []
    for time_ns, rows in every:
        shown = []
        for key, pid, sample in rows:
            begun = first.setdefault(key, time_ns) - SECOND_NS  # it may have been there before the first look
            at = bisect_left(times, begun)
            if key[0] == TCP and not sample.received and at < len(times) and times[at] <= time_ns:
                sample = replace(sample, received=1)
            shown.append((key, pid, sample))
        out.append((time_ns, shown))
    return out


def _sockets(every: list[Look], witnessed: Witnessed | None) -> tuple[SocketHistory, ...]:
    """The histories of the command's sockets; of all, where no look could tell whose any socket was."""
    own = {p.pid for p in witnessed.processes if p.own} if witnessed else set()
    known = any(pid in own for _, rows in every for _, pid, _ in rows)
    histories = SocketHistories()
    kept: set[Key] = set()
    for _, rows in every:
        kept |= {key for key, pid, _ in rows if pid in own}
        histories.look(
            (key, 0, pid, sample)
            for key, pid, sample in rows
            # one that was shut has no process any more
            if key in kept or (not known and not pid and not _is_loopback(key[3]))
        )
    return tuple(histories)


@lru_cache(maxsize=4096)
def _is_loopback(address: str) -> bool:
    return bool(address) and ipaddress.ip_address(address).is_loopback
