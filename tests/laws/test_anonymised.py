"""A capture that may be shown: the same verdict, and not an octet of a name or an address of its own."""

import ipaddress
import re
from pathlib import Path

import pytest
from feeding import FUZZ
from hypothesis import given
from hypothesis import strategies as st

import netanalyze
from netanalyze.anonymity.file import anonymise
from netanalyze.anonymity.frames import FrameWalk, SentBy
from netanalyze.anonymity.keys import Key
from netanalyze.anonymity.streams import Payloads
from netanalyze.capture.batch import FRAME
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine

ROOT = Path(__file__).resolve().parents[2]
ALL = sorted((ROOT / "captures").rglob("*.pcap*"))
SAMPLE = ALL if FUZZ > 1 else [path for path in ALL if path.parent.name in (
    "certificate_expired", "redirect_blocked", "handshake_unanswered", "host_key_unknown", "mtu_signalled", "no_route",
    "ipv6_fallback", "search_list_walk", "bad_checksum", "body-stalled", "child_holds_pipe", "radius", "connect_unanswered",
)]  # fmt: skip
"""One of each kind of message: certificates, HTTP, QUIC, a recorded run, ICMP quotes, ARP, IPv6, names in names."""
SECRET = b"a key of some octets"
BEGINNINGS = [
    b"", b"\x16\x03\x01\x00\x30\x01\x00\x00\x2c\x03\x03", b"\x16\x03\x03\x01\x00\x0b\x00\x00\xfc\x00\x00\xf9\x00\x00\xf6\x30\x82",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"SSH-2.0-x\r\n",
]  # fmt: skip


def octets_of(path):
    """The octets of each frame."""
    with open_source([str(path)], Diagnostics(), Engine("auto")) as source:
        for batch in source.batches():
            for frame in batch.frames.tolist():
                start = frame[FRAME.START]
                yield batch.buffer[start : start + frame[FRAME.CAPTURED_LENGTH]].tobytes()


def addresses(result):
    columns = [result.flows.orig_address, result.flows.resp_address, result.dns.resolver, result.dns.answers]
    for value in (value for column in columns for value in column.tolist()):
        yield from filter(None, value if isinstance(value, list) else [value])


def names(result):
    columns = [
        result.dns.qname,
        result.dns.cnames,
        result.tls.sni,
        result.tls.certificate_names,
        result.http.host,
        result.flows.host,
    ]
    for value in (value for column in columns for value in column.tolist()):
        for name in filter(None, value if isinstance(value, list) else [value]):
            yield re.sub(r":\d+$", "", name.lower().rstrip("."))


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: str(path.relative_to(ROOT / "captures")))
def test_the_verdict_stays_and_no_name_and_no_address(path, tmp_path):
    out, key = tmp_path / "shown.pcapng", Key(SECRET)
    made = anonymise(str(path), str(out), SECRET)
    before, after = netanalyze.open(path).result, netanalyze.open(out).result
    assert made.same_verdict
    assert (after.verdict.status, after.verdict.cause) == (before.verdict.status, before.verdict.cause)
    assert role(after) == role(before)
    assert made.frames == before.capture.packets == after.capture.packets
    assert (after.capture.start_ns, after.capture.end_ns) == (before.capture.start_ns, before.capture.end_ns)
    octets = out.read_bytes().lower()
    for address in {text.partition("%")[0] for text in addresses(before)}:
        packed = ipaddress.ip_address(address).packed
        if (key.ipv4 if len(packed) == 4 else key.ipv6)(packed) != packed:
            assert packed not in octets, address
            assert address.encode() not in octets, address
    for name in set(names(before)):
        if key.name(name) != name and "." in name:
            assert name.encode("latin-1", "replace") not in octets, name
            labels = [label.encode("latin-1", "replace") for label in name.split(".")]
            assert b"".join(bytes([len(label)]) + label for label in labels) not in octets, name


def role(result):
    return None if result.verdict.culprit is None else result.verdict.culprit.role


def test_a_card_s_address_stands_nowhere(tmp_path):
    path = ROOT / "captures" / "tcp" / "no_route" / "hit.pcapng"
    anonymise(str(path), str(tmp_path / "shown.pcapng"), SECRET)
    frames, shown = list(octets_of(path)), list(octets_of(tmp_path / "shown.pcapng"))
    cards = {card for frame in frames for card in (frame[:6], frame[6:12]) if not card[0] & 1 and any(card)}
    assert cards
    assert not any(card in frame for card in cards for frame in shown)


@given(octets=st.binary(max_size=400), link_type=st.sampled_from([1, 101, 113, 276, 0]))
def test_any_octets_stay_as_many_and_raise_nothing(octets, link_type):
    payloads = Payloads(Key(SECRET))
    walk = FrameWalk(Key(SECRET), payloads.gather)
    assert len(walk.frame(link_type, octets)) == len(octets)
    again = FrameWalk(Key(SECRET), payloads.exchanged)
    assert len(again.frame(link_type, octets)) == len(octets)


@given(
    beginning=st.sampled_from(BEGINNINGS),
    pieces=st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=200)), max_size=6),
)
def test_any_stream_raises_nothing(beginning, pieces):
    """Segments in any order, with holes, again and other than before."""
    ends = SentBy(6, bytes(4), 40000, bytes([198, 51, 100, 1]), 80)
    payloads = Payloads(Key(SECRET))
    segments = [(7, beginning), *((7 + at, octets) for at, octets in pieces)]
    for sequence, octets in segments:
        payloads.gather(ends, octets, sequence)
    for sequence, octets in segments:
        assert len(payloads.exchanged(ends, octets, sequence)) == len(octets)


@given(octets=st.binary(max_size=300), port=st.sampled_from([53, 443, 5353, 67, 9999]))
def test_any_datagram_raises_nothing(octets, port):
    ends, payloads = SentBy(17, bytes(4), 40000, bytes([198, 51, 100, 1]), port), Payloads(Key(SECRET))
    payloads.gather(ends, octets, 0)
    assert len(payloads.exchanged(ends, octets, 0)) == len(octets)
