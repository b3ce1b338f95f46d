"""Of ordinary sessions of many protocols (captures/ordinary) nothing is claimed, nor of what a bad recorder leaves of them.

A capture that begins late, ends early, has cut frames or lacks some is what people send; what is missing there is no fault
of the network's.
"""

import tomllib
from pathlib import Path

import dpkt
import pytest

import captures
from captures.recipes.pcapng import pcapng
from netanalyze.api import analyze
from netanalyze.lab.addresses import CLIENT_V4
from netanalyze.wire.layers import ACK, SYN

FOLDER = Path(captures.__file__).parent / "ordinary"
SESSIONS = {
    f"{path.parent.name}/{name}": declared
    for path in sorted(FOLDER.glob("*/session.toml"))
    for name, declared in tomllib.loads(path.read_text())["sessions"].items()
}
TEN, SNAP, SURE = 10, 96, 0.5
"""Each of so many frames is missing in turn; octets kept of a frame; above this confidence "unexplained" is a claim."""
LARGEST_OF_ALL = 1_500_000
CLIENT = bytes(map(int, CLIENT_V4.split(".")))
ETHERNET, SOURCE, DESTINATION = 14, slice(26, 30), slice(30, 34)
everything = pytest.mark.parametrize("name", SESSIONS)


def frames(name):
    """``(time_ns, octets)`` of a session's frames."""
    with (FOLDER / f"{name}.pcap").open("rb") as file:
        return [(round(float(moment) * 1e6) * 1000, octets) for moment, octets in dpkt.pcap.Reader(file)]


def is_syn(octets):
    """Whether a frame holds a client's SYN over IPv4."""
    flags = ETHERNET + (octets[ETHERNET] & 15) * 4 + 13
    return octets[12:14] == b"\x08\x00" and octets[23] == dpkt.ip.IP_PROTO_TCP and octets[flags] & (SYN | ACK) == SYN


def damaged(told):
    """``(what is wrong with the recording, frames, snap length)`` for each way in which one may be damaged."""
    first = next((at for at, (_, octets) in enumerate(told) if is_syn(octets)), None)
    if first is not None:
        yield "without the first SYN", told[:first] + told[first + 1 :], None
    for missing in (1, 2, 3, 5):
        yield f"without the last {missing}", told[:-missing], None
    yield "the first half", told[: len(told) // 2], None
    for part in (2, 3):
        yield f"from one part of {part} on", told[len(told) // part :], None
    yield "cut frames", told, SNAP
    for rest in range(TEN):
        yield f"without frame {rest + 1} of ten", [one for at, one in enumerate(told) if at % TEN != rest], None
    yield "only what was sent", [one for one in told if one[1][SOURCE] == CLIENT], None
    yield "only what came", [one for one in told if one[1][DESTINATION] == CLIENT], None


@everything
def test_an_ordinary_session_is_what_it_is_declared_to_be(name):
    for client in (None, "generic"):
        verdict = analyze([FOLDER / f"{name}.pcap"], client=client).verdict
        wanted = SESSIONS[name].get("status", "healthy"), SESSIONS[name].get("cause")
        assert (verdict.status, verdict.cause) == wanted, verdict.summary


@everything
def test_what_a_recording_lacks_is_no_fault_of_the_network(name, tmp_path):
    path, declared = tmp_path / "damaged.pcapng", SESSIONS[name].get("cause")
    for damage, left, snapshot in damaged(frames(name)):
        path.write_bytes(pcapng(left, snapshot=snapshot))
        verdict = analyze([path]).verdict
        shown = f"{damage}: {verdict.status}, {verdict.summary!s}"
        if verdict.cause is None:
            assert verdict.status in ("healthy", "unusable") or verdict.confidence <= SURE, shown
        else:
            assert verdict.cause in (declared, "capture/one-way"), shown
            assert verdict.culprit.role == "client-host" or verdict.culprit.address != CLIENT_V4, shown


def test_there_are_many_protocols_and_small_captures_of_each_session():
    kept = {f"{path.parent.name}/{path.stem}": path.stat().st_size for path in FOLDER.glob("*/*.pcap")}
    assert set(kept) == set(SESSIONS)
    assert sum(kept.values()) < LARGEST_OF_ALL
    assert len({name.partition("/")[0] for name in SESSIONS}) > 30


def test_each_names_the_programs_that_made_it():
    for path in FOLDER.glob("*/session.toml"):
        declared, made = tomllib.loads(path.read_text()), tomllib.loads((path.parent / "programs.toml").read_text())
        needed = [*declared.get("packages", ()), *declared.get("pip", ())]
        assert [program.split()[0] for program in made["programs"]] == needed, path.parent.name
