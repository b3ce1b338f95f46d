"""Every committed capture is what its recipe builds, octet for octet, and its checksums are right."""

import pathlib
import struct
import sys
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from captures import build  # noqa: E402  (the repository's root is no package's home)

IPV4, IPV6, ICMP, TCP, UDP, ICMPV6 = 0x0800, 0x86DD, 1, 6, 17, 58
ENHANCED_PACKET = 6


def folder_name(folder):
    """``tls/alert`` for the test's name."""
    return "/".join(folder.parts[-2:])


def frames(octets):
    """The whole frames of a little-endian pcapng file; those that were cut are left out."""
    at = 0
    while at < len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        if kind == ENHANCED_PACKET:
            captured, original = struct.unpack_from("<II", octets, at + 20)
            if captured == original:
                yield octets[at + 28 : at + 28 + captured]
        at += length


def sum_is_right(octets):
    """Whether a checksum over its own field comes out as it must (RFC 1071)."""
    padded = octets + b"\0" * (len(octets) % 2)
    return sum(struct.unpack(f">{len(padded) // 2}H", padded)) % 0xFFFF == 0


def checksums_are_right(frame):
    """IP header and what it carries."""
    kind = int.from_bytes(frame[12:14], "big")
    packet = frame[14:]
    if kind == IPV4:
        header, protocol = packet[: 4 * (packet[0] & 15)], packet[9]
        payload, addresses = packet[len(header) : int.from_bytes(packet[2:4], "big")], packet[12:20]
        if not sum_is_right(header):
            return False
    elif kind == IPV6:
        protocol, payload, addresses = packet[6], packet[40:], packet[8:40]
    else:
        return True
    pseudo = b"" if protocol == ICMP else addresses + struct.pack(">II", len(payload), protocol)
    return sum_is_right(pseudo + payload) if protocol in (ICMP, TCP, UDP, ICMPV6) else True


@pytest.fixture(scope="module", params=build.folders(), ids=folder_name)
def folder(request):
    """A folder with a recipe."""
    return request.param


def test_the_captures_are_what_the_recipe_builds(folder):
    for kind, octets in build.captures(folder).items():
        committed = folder / f"{kind}.pcapng"
        assert committed.exists(), f"please run python -m captures.build captures/{folder_name(folder)}"
        assert committed.read_bytes() == octets, (
            f"{folder_name(folder)}: {kind}.pcapng is not what recipe.py builds; "
            f"run python -m captures.build captures/{folder_name(folder)} and look at what changed"
        )


def test_the_checksums_are_right_unless_the_recipe_sets_others(folder):
    if ".checksum = " in (folder / "recipe.py").read_text():
        return
    for kind in build.KINDS:
        for number, frame in enumerate(frames((folder / f"{kind}.pcapng").read_bytes()), 1):
            assert checksums_are_right(frame), f"{folder_name(folder)}: {kind}.pcapng, whole frame {number}"


def test_hit_and_near_miss_differ_and_are_described(folder):
    hit, near_miss = ((folder / f"{kind}.pcapng").read_bytes() for kind in build.KINDS)
    assert hit != near_miss
    text = (folder / "recipe.py").read_text()
    for line in ("\nhit: ", "\nnear_miss: "):
        assert line in text, f"{folder_name(folder)}: please say in recipe.py what is peculiar about the {line.strip()}"


def test_the_expectation_names_the_folder_as_its_cause(folder):
    expected = tomllib.loads((folder / "expect.toml").read_text())
    assert expected["hit"]["cause"] == folder_name(folder).replace("_", "-")
    assert expected["near_miss"]["cause"] == ""
