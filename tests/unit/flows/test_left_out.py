"""Of more lookups and flows than are judged, which ones are, and what is said of the others."""

import pytest

from captures.recipes import Conversation, Script
from netanalyze.flows.network import left_out
from netanalyze.tracking import memory


def unanswered(count, answered=0):
    """Names that are asked for in vain, a second apart, and names that are answered between them."""
    script = Script()
    for number in range(max(count, answered)):
        if number < count:
            script.asks(f"vain-{number}.example.org")
        if number < answered:
            script.passes("10 ms").dns(f"good-{number}.example.org", "198.51.100.5")
        script.passes("1 s")
    return script.passes("9 s").link_is_alive()


def left(result):
    """What was left out, in words."""
    return [str(row.detail) for row in result.capture.diagnostics if row.kind == "left_out"]


@pytest.mark.parametrize(("most", "said"), [
    (3, []), (2, ["the first 2 of 3 lookups are judged"]), (1, ["the first 1 of 3 lookups are judged"]),
])  # fmt: skip
def test_of_lookups_with_something_to_say_the_first_are_judged(monkeypatch, result, most, said):
    monkeypatch.setattr(left_out, "LOOKUPS_MOST", most)
    assert left(result(unanswered(3))) == said


@pytest.mark.parametrize("room", [6, 5, 2, 1])
@pytest.mark.parametrize("most", [50_000, 2])
def test_what_memory_has_no_room_for_is_left_out_as_well(monkeypatch, result, room, most):
    """Of both bounds the narrower one holds."""
    monkeypatch.setattr(left_out, "LOOKUPS_MOST", most)
    monkeypatch.setattr(memory.Memory, "rest", property(lambda _: room * left_out.JUDGED_LOOKUP_TAKES))
    kept = min(room, most)
    said = [f"the first {kept} of 6 lookups are judged"] if kept < 6 else []
    assert left(result(unanswered(3, answered=3))) == said


@pytest.mark.parametrize(("most", "said"), [(3, []), (2, ["the 2 of 3 flows with the most packets are judged"])])
def test_of_flows_those_with_the_most_packets_are_judged(monkeypatch, result, most, said):
    monkeypatch.setattr(left_out, "FLOWS_MOST", most)
    talks = [Conversation(client=f"192.0.2.10:{51000 + n}", server="198.51.100.5:443").syns(n + 3) for n in range(3)]
    found = result(*talks)
    assert left(found) == said
    assert {row["flow_id"] for row in found.to_json()["flows"] if row["judged"]} >= {1, 2}
