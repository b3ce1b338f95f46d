"""The rooms of live lean on each other one way only."""

import pytest
from sources import imports, modules

ROOMS = ("sockets", "processes", "capture", "command", "")
"""From the ground up; the empty name is live itself: the session, and what it watches."""
LEAVES = {"netanalyze.live.darwin", "netanalyze.live.signals"}
"""Of live itself, and leaning on nothing in it: every room may ask them."""
LIVE = sorted(module for module in modules() if module.startswith("netanalyze.live."))


def room(module):
    """``capture`` of ``netanalyze.live.capture.raw``; empty for a module of live itself."""
    name = module.split(".")[2]
    return name if name in ROOMS else ""


def asked(module):
    """The modules of live that a module imports, at whatever level."""
    for source, name, _ in imports(modules()[module]):
        whole = f"{source}.{name}"
        found = whole if whole in modules() else source
        if found.startswith("netanalyze.live."):
            yield found


@pytest.mark.parametrize("module", LIVE)
def test_a_room_leans_on_those_below_it(module):
    floor = ROOMS.index(room(module))
    assert not [name for name in asked(module) if name not in LEAVES and ROOMS.index(room(name)) > floor]


@pytest.mark.parametrize("module", sorted(LEAVES))
def test_what_every_room_may_ask_asks_none(module):
    assert not list(asked(module))


def test_each_room_is_there():
    assert {room(module) for module in LIVE} == set(ROOMS)
