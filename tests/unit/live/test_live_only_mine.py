"""--only-mine leaves out what is certainly others', and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from captures.recipes import Conversation, Script
from netanalyze.live.capture.frames import CapturedFrame
from netanalyze.live.capture.headers import HeaderReader
from netanalyze.live.capture.links import LINK_ETHERNET, Link
from netanalyze.live.capture.only_mine import HOLD_NS, OnlyMine
from netanalyze.processes import CERTAIN, OTHER, SocketOwner

LINKS = [Link("eth0", LINK_ETHERNET)]
MINE, THEIRS, UNKNOWN = 51000, 52000, 53000


def owner(key):
    owned = {MINE: CERTAIN, THEIRS: OTHER}.get(key[2])
    return SocketOwner(*key, 0, 0, 9, owned) if owned else None


def frames(*ports, to=("198.51.100.5", "198.51.100.6", "198.51.100.7")):
    found = []
    for port, server in zip(ports, to):
        talk = Conversation(client=f"192.0.2.10:{port}", server=f"{server}:443").handshake()
        found += [CapturedFrame(0, at, octets, len(octets)) for at, octets in talk.frames]
    return sorted(found, key=lambda frame: frame.time_ns)


def ports_of(taken):
    keys = [headers.key for headers in HeaderReader(LINKS).read(taken)]
    return {key[2] if key[4] == 443 else key[4] for key in keys}


def test_others_frames_are_left_out_in_both_directions():
    gate, given_frames = OnlyMine(owner, LINKS), frames(MINE, THEIRS, UNKNOWN)
    assert ports_of(gate.take(given_frames, 0, final=True)) == {MINE, UNKNOWN}
    assert gate.left_out == len(given_frames) // 3


def test_frames_are_held_until_it_is_known_whose_they_are():
    gate, given_frames = OnlyMine(owner, LINKS), frames(MINE)
    last = given_frames[-1].time_ns
    assert gate.take(given_frames, last) == []
    assert gate.take([], last + HOLD_NS) == given_frames


def test_what_others_ask_where_the_command_asks_too_stays():
    gate, given_frames = OnlyMine(owner, LINKS), frames(MINE, THEIRS, to=["198.51.100.5"] * 2)
    assert gate.take(given_frames, 0, final=True) == given_frames
    gate = OnlyMine(owner, LINKS)
    early = frames(THEIRS)
    assert gate.take(early, 0, final=True) == []  # not before the command does


def test_what_has_no_owner_stays():
    script = Script()
    script.link_is_alive()
    kept = [CapturedFrame(0, at, octets, len(octets)) for at, octets in script.frames]
    assert OnlyMine(owner, LINKS).take(kept, 0, final=True) == kept


@given(st.lists(st.binary(max_size=120), max_size=4), st.sampled_from([1, 101, 276, 113]))
def test_any_octets_are_headers_or_none(octets, link_type):
    taken = [CapturedFrame(0, 0, frame, len(frame)) for frame in octets]
    found = HeaderReader([Link("eth0", link_type)]).read(taken)
    assert len(found) == len(taken)
    assert all(0 < h.payload_start <= h.payload_end <= len(f) for f, h in zip(octets, found, strict=True) if h)
