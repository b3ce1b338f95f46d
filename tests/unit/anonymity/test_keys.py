"""What stands for what: alike everywhere, never two for one, as long as it was."""

import itertools
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.anonymity.keys import Key

KEY = Key(b"sixteen octets..")
IPV4 = st.integers(0, 2**32 - 1).map(lambda n: n.to_bytes(4, "big"))
IPV6 = st.integers(0, 2**128 - 1).map(lambda n: n.to_bytes(16, "big"))


def common(one, other):
    """How many parts two begin alike with."""
    return len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other))))


@given(one=IPV4, other=IPV4, cut=st.integers(0, 4))
def test_ipv4_addresses_keep_common_octets_and_are_as_long_as_text(one, other, cut):
    other = one[:cut] + other[cut:]
    assert common(KEY.ipv4(one), KEY.ipv4(other)) == common(one, other)
    assert len(str(ip_address(KEY.ipv4(one)))) == len(str(ip_address(one)))


@given(one=IPV6, other=IPV6, cut=st.integers(0, 32))
def test_ipv6_addresses_keep_common_digits_and_kinds(one, other, cut):
    if one[:2] in (b"\0\0", b"\0\x64") or other[:2] in (b"\0\0", b"\0\x64"):
        return
    other = bytes.fromhex(one.hex()[:cut] + other.hex()[cut:])
    if 0xFF in (one[0], other[0]):
        return
    assert common(KEY.ipv6(one).hex(), KEY.ipv6(other).hex()) == common(one.hex(), other.hex())


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "224.0.0.251", "255.255.255.255", "0.0.0.0", "::1", "::", "ff02::1", "ff02::fb"]
)
def test_what_has_a_meaning_stays(address):
    packed = ip_address(address).packed
    assert (KEY.ipv4 if len(packed) == 4 else KEY.ipv6)(packed) == packed


@pytest.mark.parametrize("network", ["10.", "192.168.", "169.254.", "172.20.", "198.18.", "100.64."])
def test_private_and_shared_addresses_stay_such(network):
    address = network + ".".join(["7"] * (4 - network.count(".")))
    assert str(ip_address(KEY.ipv4(ip_address(address).packed))).startswith(network)


@given(address=IPV4)
def test_no_other_address_becomes_one_with_a_meaning(address):
    before, after = ip_address(address), ip_address(KEY.ipv4(address))
    assert (before.is_loopback, before.is_link_local, before.is_multicast) == (
        after.is_loopback, after.is_link_local, after.is_multicast)  # fmt: skip


WORD = st.text("abcdefghijklmnopqrstuvwxyzABC0123456789", min_size=1, max_size=12)


@given(one=WORD, other=WORD)
def test_words_are_as_long_and_two_stay_two(one, other):
    assert len(KEY.word(one)) == len(one)
    assert (KEY.word(one).lower() == KEY.word(other).lower()) == (one.lower() == other.lower())
    assert KEY.word(one).lower() == KEY.word(one.lower()), "case is the writer's own (0x20)"


def test_names_keep_public_services_and_suffixes():
    assert KEY.name("proxy.golang.org") == "proxy.golang.org"
    walked = KEY.name("proxy.golang.org.berlin.acme.com")
    assert walked.startswith("proxy.golang.org.")
    assert walked.endswith(".com")
    assert "berlin" not in walked
    own = KEY.name("db.acme.com")
    assert KEY.name("db.acme.com.cluster.local").startswith(own + ".")
    assert KEY.name("goproxy.acme.de").startswith("goproxy.")
    assert "acme" not in KEY.name("goproxy.acme.de")
    assert KEY.name("www.acme.de").split(".")[1:] == KEY.name("mail.acme.de").split(".")[1:]


def test_another_key_gives_other_names():
    assert Key(b"another secret..").name("acme.example") != KEY.name("acme.example")


def test_cards_stay_one_s_own_or_a_group_s():
    assert KEY.mac(b"\xff" * 6) == b"\xff" * 6
    assert KEY.mac(b"\x01\x00\x5e\x00\x00\xfb") == b"\x01\x00\x5e\x00\x00\xfb"
    assert KEY.mac(b"\x02abcde")[0] & 3 == 2
