"""How a run stands at some moments of every recipe, as the status line would be told it: by each client and each resolv.conf.

After a change that was meant: NETANALYZE_GOLDEN=write pytest tests/unit/diagnosis/test_status_of_recipes.py, and read the diff.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from captures.recipes import Conversation, Timeline
from netanalyze.analyzer import Analyzer
from netanalyze.capture.batch import FrameBatch
from netanalyze.capture.recording import read_run
from netanalyze.capture.source import open_source
from netanalyze.clients.trace import parse_trace
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.processes import CERTAIN, INFERRED, Processes, SocketOwner
from netanalyze.result import RunFacts, run_facts
from netanalyze.units import NEVER_NS, SECOND_NS
from tests.rules.results import RECIPES, compare, written

GOLDEN = Path(__file__).parent / "golden" / "status"
NAMES = {f"{folder.parent.name}.{folder.name}": folder for folder in RECIPES}
PARTS = (0.9, 0.1, 0.3, 0.6)
"""Of a recipe's time, when it is asked; at the last also under each client."""
CLIENTS = ("go", "git", "curl", "generic")
RESOLVERS = ("192.0.2.53", "192.0.2.54", "192.0.2.55", "192.0.2.56")


def fed(path, until_ns=None):
    """``(analyzer, when the frames begin and end, the run they were recorded of)`` of a capture, up to a moment."""
    diagnostics, engine = Diagnostics(), Engine(mode="plain")
    analyzer = Analyzer(engine=engine, diagnostics=diagnostics)
    with open_source([str(path)], diagnostics, engine) as source:
        batches = list(source.batches())
        times = np.concatenate([batch.frames[:, 3] for batch in batches])
        for batch in batches:
            count = len(batch) if until_ns is None else int(np.searchsorted(batch.frames[:, 3], until_ns, "right"))
            if count:
                frames = FrameBatch(batch.buffer, batch.frames[:count], batch.first_frame_number)
                analyzer.feed(frames, source.interfaces)
        recorded = read_run(source.comments)
    analyzer.processes = recorded.processes if recorded is not None else None
    run = replace(run_facts(recorded), end_ns=NEVER_NS, exit_code=None) if recorded is not None else None
    return analyzer, (int(times[0]), int(times[-1])), run


def line(status, start_ns):
    """How a run stands, in one line."""

    def after(ns):
        return None if ns is None else f"{(ns - start_ns) / SECOND_NS:.3f}"

    told = {"moved": after(max(status.moved_ns, start_ns)), "note": status.note, "resting": status.resting}
    if status.wait is not None:
        wait = status.wait
        told["wait"] = f"{wait.waiting_for.value} from {after(wait.start_ns)} {wait.host} {wait.address} {wait.port}"
        told |= {"gives up": after(wait.gives_up_ns), "again": wait.again, "flow": wait.flow_id, "url": wait.url}
        told["wanted"] = wait.wanted
    if status.finding is not None:
        told["finding"] = f"{status.finding.cause} {status.finding.confidence:.3g}"
        told |= {"rivals": list(status.rivals), "open until": after(status.open_until_ns)}
    return written(told)


@pytest.mark.parametrize("name", NAMES)
def test_how_a_run_stands_meanwhile(name):
    path = NAMES[name] / "hit.pcapng"
    analyzer, (start, end), run = fed(path)
    lines = [
        f"{later} s after its end: {line(analyzer.run_status(end + later * SECOND_NS, run), start)}" for later in (0, 1)
    ]
    for part in PARTS:
        now = start + round(part * (end - start))
        analyzer, _, run = fed(path, now)
        usual = line(analyzer.run_status(now, run), start)
        lines.append(f"at {part}: {usual}")
        for client in CLIENTS if run is None and part == PARTS[-1] else ():
            for count in range(len(RESOLVERS) + 1) if name.startswith("dns.") else (0,):
                environment = {"resolvers": RESOLVERS[:count]}
                facts = RunFacts((client, "x"), start_ns=start, client=client, environment=environment)
                stands = line(analyzer.run_status(now, facts), start)
                if stands != usual:
                    lines.append(f"at {part}, of {client}, {count} resolvers: {stands}")
    compare("\n".join(lines) + "\n", GOLDEN / f"{name}.txt")


@pytest.mark.parametrize("stamp", ["2024-01-01T00:00:05Z ", ""])
def test_what_the_command_says_is_open_is_waited_for_where_something_was_said_last(stamp, tmp_path):
    """On a connection that rests, from its stamp on; without one nobody knows since when."""
    talks = [Conversation(client=f"192.0.2.10:{51000 + n}", start=f"2024-01-01T00:00:0{at}Z").opens().fetches() for n, at in
             enumerate((0, 2, 1))]  # fmt: skip
    path = tmp_path / "open.pcapng"
    path.write_bytes(Timeline(*talks).octets())
    analyzer, (_, end), _ = fed(path)
    assert analyzer.run_status(end + SECOND_NS).wait is None
    trace = parse_trace(f"{stamp}# get https://proxy.golang.org/x/@v/list\n", "go")
    wait = analyzer.run_status(end + SECOND_NS, None, trace).wait
    assert (wait.url if wait is not None else None) == (trace.requests[0].url if stamp else None)
    assert wait is None or wait.flow_id == 2, "the connection that was heard of last"


@pytest.mark.parametrize(("owned", "since", "cause"), [
    (CERTAIN, 2.0, "capture/no-traffic"), (CERTAIN, 1.9, None), (INFERRED, 2.0, None),
])  # fmt: skip
def test_that_nothing_is_captured_is_said_once_a_socket_is_there_for_so_long(owned, since, cause):
    analyzer = Analyzer(engine=Engine(mode="plain"))
    start = 1_700_000_000 * SECOND_NS
    now = start + 9 * SECOND_NS
    first = now - round(since * SECOND_NS)
    socket = SocketOwner(6, "192.0.2.10", 51000, "198.51.100.5", 443, first, now, 7, owned)
    analyzer.processes = Processes(7, sockets=(socket,))
    status = analyzer.run_status(now, RunFacts(("go", "x"), start_ns=start, client="go"))
    assert (status.finding.cause if status.finding is not None else None) == cause
