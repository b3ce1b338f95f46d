"""Hellos of TLS; the fingerprints expected are those of real clients."""

import pytest

from netanalyze.errors import MessageError
from netanalyze.wire.message import tls
from netanalyze.wire.message.tls_names import TLS12, TLS13, version_name

RANDOM = bytes(range(32))
GREASE = 0x5A5A


def block(width: int, octets: bytes) -> bytes:
    return len(octets).to_bytes(width, "big") + octets


def pairs(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(2, "big") for number in numbers)


def share(group: int, length: int) -> bytes:
    return pairs(group) + block(2, bytes(length))


def extensions(*found: tuple[int, bytes]) -> bytes:
    return block(2, b"".join(pairs(kind) + block(2, data) for kind, data in found))


def client_hello(suites: bytes, *found: tuple[int, bytes], version: int = TLS12) -> bytes:
    return pairs(version) + RANDOM + block(1, bytes(32)) + block(2, suites) + b"\1\0" + extensions(*found)


NAME = (0, block(2, b"\0" + block(2, b"proxy.golang.org")))
PROTOCOLS = (16, block(2, block(1, b"h2") + block(1, b"http/1.1")))
GO_SUITES = pairs(
    0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC009, 0xC013, 0xC00A, 0xC014, 0x1301, 0x1302, 0x1303
)
GO_ALGORITHMS = pairs(0x804, 0x403, 0x807, 0x805, 0x806, 0x401, 0x501, 0x601, 0x503, 0x603)


def go_1_25() -> bytes:
    """What go 1.25.5 sends to proxy.golang.org."""
    return client_hello(
        GO_SUITES,
        NAME,
        (11, b"\1\0"),
        (65281, b"\0"),
        (23, b""),
        (18, b""),
        (5, b"\1\0\0\0\0"),
        (10, block(2, pairs(4588, 29, 23, 24, 25))),
        (13, block(2, GO_ALGORITHMS)),
        (50, block(2, GO_ALGORITHMS + pairs(0x201, 0x203))),
        PROTOCOLS,
        (43, block(1, pairs(TLS13, TLS12))),
        (51, block(2, share(4588, 1216) + share(29, 32))),
    )


def test_the_hello_of_go_has_its_length_and_both_fingerprints():
    body = go_1_25()
    hello = tls.parse_client_hello(body)
    assert len(body) + 9 == 1522
    assert hello.ja3 == "e69402f870ecf542b4f017b0ed32936a"
    assert hello.ja4 == "t13d1312h2_f57a46bbacb6_ab7e3b40a677"


def test_a_client_hello_says_what_is_offered():
    hello = tls.parse_client_hello(go_1_25())
    assert hello.sni == "proxy.golang.org"
    assert hello.alpn == ("h2", "http/1.1")
    assert hello.supported_versions == (TLS13, TLS12)
    assert hello.offered_version == TLS13
    assert hello.groups == (4588, 29, 23, 24, 25)
    assert hello.key_share_groups == (4588, 29)
    assert hello.ec_point_formats == (0,)
    assert len(hello.signature_algorithms) == 10
    assert not hello.has_ech
    assert not hello.has_pre_shared_key
    assert not hello.malformed_extensions


def test_grease_is_in_the_lists_but_in_no_fingerprint():
    plain = client_hello(pairs(0x1301), (10, block(2, pairs(29))), (43, block(1, pairs(TLS13))))
    greased = client_hello(
        pairs(GREASE, 0x1301), (GREASE, b""), (10, block(2, pairs(GREASE, 29))), (43, block(1, pairs(GREASE, TLS13)))
    )
    one, other = tls.parse_client_hello(plain), tls.parse_client_hello(greased)
    assert other.cipher_suites == (GREASE, 0x1301)
    assert other.ja3_text == one.ja3_text == "771,4865,10-43,29,"
    assert other.ja4 == one.ja4
    assert other.offered_version == TLS13


def test_a_hello_without_extensions_has_empty_fields_in_ja3():
    hello = tls.parse_client_hello(client_hello(pairs(0x2F), version=0x0300)[:-2])
    assert hello.ja3_text == "768,47,,,"
    assert hello.ja4 == "ts3i010000_" + hello.ja4.split("_")[1] + "_000000000000"
    assert hello.sni is None


@pytest.mark.parametrize(
    ("protocol", "ends"), [(b"h2", "h2"), (b"x", "xx"), (b"\xab\xcd", "ad"), (b"0\xab", "3b"), (b"http/1.1", "h1")]
)
def test_ja4_shows_the_ends_of_the_first_protocol(protocol, ends):
    hello = tls.parse_client_hello(client_hello(pairs(0x1301), (16, block(2, block(1, protocol)))))
    assert hello.ja4.split("_")[0] == f"t12i0101{ends}"


def test_the_final_version_stands_above_its_drafts():
    hello = tls.parse_client_hello(client_hello(pairs(0x1301), (43, block(1, pairs(0x7F1C, TLS13, TLS12)))))
    assert hello.offered_version == TLS13
    assert version_name(0x7F1C) == "TLS 1.3 draft 28"


def test_an_extension_that_contradicts_its_format_is_named_and_the_rest_is_read():
    hello = tls.parse_client_hello(client_hello(pairs(0x1301), (0, b"\0\x09"), PROTOCOLS, (0xFE0D, b""), (41, b"")))
    assert hello.malformed_extensions == (0,)
    assert hello.alpn == ("h2", "http/1.1")
    assert hello.has_ech
    assert hello.has_pre_shared_key


def test_every_cut_of_a_hello_is_an_error_but_the_one_before_the_extensions():
    body = client_hello(pairs(0x1301), NAME)
    for cut in range(len(body)):
        if cut == 2 + 32 + 33 + 4 + 2:
            assert tls.parse_client_hello(body[:cut]).extension_types == ()
            continue
        with pytest.raises(MessageError) as caught:
            tls.parse_client_hello(body[:cut])
        assert caught.value.needed


def test_a_hello_in_an_sslv2_record_is_read():
    body = b"\1\3\1" + pairs(6, 0, 16) + b"\0\0\x2f\7\0\xc0" + bytes(16)
    hello = tls.parse_sslv2_client_hello(bytes([0x80, len(body)]) + body)
    assert hello.is_sslv2
    assert hello.cipher_suites == (0x2F, 0x0700C0)
    assert hello.offered_version == 0x0301
    assert hello.ja3 is hello.ja4 is None
    with pytest.raises(MessageError):
        tls.parse_sslv2_client_hello(bytes([0x80, len(body) - 1]) + body)


def server_hello(*found: tuple[int, bytes], random: bytes = RANDOM, version: int = TLS12) -> bytes:
    return pairs(version) + random + b"\0" + pairs(0x1301) + b"\0" + extensions(*found)


def test_the_supported_versions_of_a_server_hello_win():
    hello = tls.parse_server_hello(server_hello((43, pairs(TLS13)), (51, share(29, 32))))
    assert (hello.legacy_version, hello.version) == (TLS12, TLS13)
    assert hello.cipher_suite == 0x1301
    assert hello.key_share_group == 29
    assert not hello.is_hello_retry_request
    assert hello.ja3s_text == "771,4865,43-51"


def test_a_special_random_asks_for_another_hello():
    hello = tls.parse_server_hello(server_hello((43, pairs(TLS13)), (51, pairs(24)), random=tls.RETRY_RANDOM))
    assert hello.is_hello_retry_request
    assert hello.key_share_group == 24


def test_tls_1_2_says_its_protocol_in_clear():
    hello = tls.parse_server_hello(server_hello((16, block(2, block(1, b"h2")))))
    assert (hello.version, hello.alpn) == (TLS12, "h2")


def test_early_drafts_of_tls_1_3_had_shorter_hellos():
    hello = tls.parse_server_hello(pairs(0x7F10) + RANDOM + pairs(0x1302) + extensions((40, share(29, 32))))
    assert (hello.version, hello.cipher_suite, hello.key_share_group) == (0x7F10, 0x1302, 29)
    retry = tls.parse_draft_hello_retry_request(pairs(0x7F10) + extensions((40, pairs(23))))
    assert retry.is_hello_retry_request
    assert (retry.key_share_group, retry.cipher_suite) == (23, None)


def test_numbers_have_names():
    assert tls.alert_name(42) == "bad_certificate"
    assert tls.alert_name(200) == "alert 200"
    assert tls.group_name(4588) == "X25519MLKEM768"
    assert tls.cipher_suite_name(0x1301) == "TLS_AES_128_GCM_SHA256"
    assert version_name(0x0301) == "TLS 1.0"
    assert version_name(0x0999) == "0x0999"
