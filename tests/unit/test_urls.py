"""URLs are read from any text, and where programs would disagree about the host there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.urls import LONGEST, Url, host_in, is_address, split


def test_parts_are_those_of_rfc_3986():
    assert split("foo://example.test:8042/over/there?name=ferret#nose") == Url(
        "foo", None, "example.test", 8042, "/over/there", "name=ferret", "nose"
    )
    assert split("urn:example:animal:nose") == Url("urn", None, None, None, "example:animal:nose", None, None)
    assert split("//cdn.example.test/x") == Url("", None, "cdn.example.test", None, "/x", None, None)
    assert split("../up?") == Url("", None, None, None, "../up", "", None)


def test_user_information_reaches_to_the_last_at_sign():
    assert split("https://me:a@b@proxy.test:3128/").userinfo == "me:a@b"
    assert split("https://me:a@b@proxy.test:3128/").host == "proxy.test"
    assert split("https://good.test/@evil.test").host == "good.test"


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("http://[2001:DB8:0::1]/", "2001:db8::1"),
        ("http://[fe80::1%25eth0]:80/", "fe80::1%eth0"),
        ("http://[::ffff:192.0.2.1]/", None),  # however it is written
        ("http://b\u00fccher.example/", "b\u00fccher.example"),
        ("http://EXAMPLE.test:/", "example.test"),
        ("http:///only/a/path", None),
    ],
)
def test_hosts(text, host):
    assert split(text) is not None
    assert split(text).host == host or host is None


@pytest.mark.parametrize(
    "text",
    [
        "http://[x/", "http://[x]/", "http://]x[/", "http://[::1", "http://[::1]x/", "http://[::1%]/", "http://[v1.a]/",
        "http://2001:db8::1/", "http://h:99999/", "http://h:\u00b2/", "http://h:\u0663/", "http://h:-1/", "http://h:1_0/",
        "http://h:" + "0" * 5000 + "80/", "http://h:" + "9" * 5000, "http://\u2100.test/", "http://evil.test\uff0fgood.test",
        "http://good.test\\@evil.test/", "http://a b/", "http://a\x00b/", "http://" + "a" * 254 + "/", "x" * (LONGEST + 1),
    ],
)  # fmt: skip
def test_what_programs_disagree_about_is_no_url(text):
    assert split(text) is None
    assert host_in(text) is None


PIECES = st.sampled_from(
    [
        "http",
        "://",
        "//",
        "/",
        "?",
        "#",
        "@",
        ":",
        "[",
        "]",
        "::1",
        "%25",
        "%",
        "\u00b2",
        "\u2100",
        "\ud800",
        "80",
        "a",
        " ",
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "go.dev",
        "192.0.2.1:443",
        "[2001:db8::1]",
        "192.0.2.1%eth0",
        "fe80::1%",
        "fe80::1%a/b",
        "fe80::1%" + 65 * "x",
        "1",
    ],
)
def test_what_has_more_or_less_than_an_address_is_none(text):
    assert not is_address(text)


@given(st.text() | st.lists(PIECES).map("".join))
def test_no_text_raises(text):
    is_address(text)
    found = split(text)
    if found is not None:
        assert found.port is None or 0 <= found.port <= 65_535
        assert found.host is None or not set(found.host) & set("/?#@[]\\ ")
    host_in(text)


@given(
    st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9}){0,3}", fullmatch=True),
    st.none() | st.integers(0, 65_535),
    st.none() | st.from_regex(r"[a-z:@]{0,9}", fullmatch=True),
    st.from_regex(r"(/[a-z:@]{0,9}){0,3}", fullmatch=True),
)
def test_what_was_put_together_is_taken_apart(host, port, user, path):
    text = (
        "https://" + (f"{user}@" if user is not None else "") + host + (f":{port}" if port is not None else "") + path
    )
    assert split(text) == Url("https", user, host, port, path, None, None)
