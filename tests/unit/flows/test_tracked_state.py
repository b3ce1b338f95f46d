"""What is remembered of each flow of the recipes: every counter of both halves, the gaps, the packets kept, the transfers.

After a change that was meant: NETANALYZE_GOLDEN=write pytest tests/unit/flows/test_tracked_state.py, and read the diff.
"""

from pathlib import Path

import pytest

from netanalyze.flows.transfers.transfers import transfers
from netanalyze.tracking.marks import NAMES
from netanalyze.tracking.state import BOTH, HALF
from netanalyze.units import NEVER_NS
from tests.rules.results import RECIPES, compare, judged

NAMES_OF_HALVES = HALF.names[:12] + BOTH + HALF.names[12:]
COUNTERS = [field for field in NAMES_OF_HALVES if not field.startswith("recent")]  # those are hashes
GOLDEN = Path(__file__).parent / "golden"
MOST = 30
"""So many gaps and packets of a flow are compared."""


def relative(name, value, start):
    """A time as nanoseconds after the flow's beginning; a first sequence number, a hash or an address as nothing."""
    return value - start if name.endswith("_ns") and value > start // 2 else value


def fields(pairs, start):
    """``name=value`` of what is there."""
    shown = ((name, relative(name, value, start)) for name, value in pairs)
    return " ".join(f"{name}={value}" for name, value in shown if value not in (0, NEVER_NS))


def lines(flow):
    """All that is remembered of a flow."""
    start = flow.first_ns
    yield f"flow {flow.id} {flow.history} closed={flow.closed} duplicates={flow.duplicates} ended={flow.ended() is not None}"
    for name, half in (("client", flow.client), ("server", flow.server)):
        yield f"  {name} {fields([(field, getattr(half, field)) for field in COUNTERS], start)} holes={half.holes}"
    for gap in flow.gaps[:MOST]:
        yield f"  gap {fields(zip(gap._fields, gap), start)}"
    for packet in flow.packets[:MOST]:
        marks = " ".join(name for bit, name in enumerate(NAMES) if packet.marks >> bit & 1)
        yield f"  packet {fields(zip(packet._fields, packet), start)} {marks}"
    for record in flow.records[:MOST]:
        yield f"  record {fields(zip(record._fields, record), start)}"
    for one in transfers(flow):
        spans = " ".join(f"{span.limit}:{span.ns}" for span in one.spans[:MOST])
        counts = fields([(name, getattr(one, name)) for name in vars(one) if name != "spans"], start)
        yield f"  transfer {one.limit} {counts} {spans}"


@pytest.mark.parametrize("kind", ["hit", "near_miss"])
@pytest.mark.parametrize("folder", [f for f in RECIPES if f.parent.name == "tcp"], ids=lambda folder: folder.name)
def test_what_is_remembered_of_the_flows_of_a_recipe(folder, kind):
    case = judged(folder, kind)[1]
    text = "\n".join(line for flow in case.flows if flow.is_tcp for line in lines(flow)) + "\n"
    compare(text, GOLDEN / f"{folder.name}.{kind}.txt")
