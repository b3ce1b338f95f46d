"""Secrets are taken out of command lines, texts and environments; what one reads them for stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.redaction import (
    Lines,
    hide_also,
    recorded_proxies,
    recorded_variables,
    redacted,
    redacted_line,
    redacted_value,
    redacts,
    show_secrets,
)
from netanalyze.redaction.variables import made_up_segments
from netanalyze.redaction.words import shell_words
from netanalyze.wording import english, message
from tests.unit.redaction.secret_corpus import CORPUS, leaks

short = {"ids": lambda value: str(value)[:60]}


@pytest.mark.parametrize("argv", CORPUS["command_lines"], **short)
def test_a_secret_of_a_command_line_is_hidden(argv):
    assert leaks(redacted_line(argv)) == []


@pytest.mark.parametrize("text", CORPUS["texts"], **short)
def test_a_secret_of_a_line_is_hidden(text):
    assert leaks(redacted(text)) == []


@pytest.mark.parametrize("argv", CORPUS["plain_command_lines"], **short)
def test_a_command_line_without_secrets_stays(argv):
    assert list(redacted_line(argv)) == argv


@pytest.mark.parametrize("text", CORPUS["plain_texts"], **short)
def test_a_line_without_secrets_stays(text):
    assert redacted(text) == text


@pytest.mark.parametrize("case", CORPUS["environments"], **short)
def test_of_an_environment_what_is_on_the_list_is_recorded(case):
    assert recorded_variables(case["given"]) | recorded_proxies(case["given"]) == case["recorded"]


def test_what_a_command_line_is_read_for_stays():
    line = (
        "curl",
        "-ume:pw",
        "-p",
        "22",
        "https://me:pw@host.test:8443/a/b?token=1&x=2",
        "-H",
        "Authorization: Basic a==",
    )
    shown = ("curl", "-uxxxxx", "-p", "22", "https://xxxxx@host.test:8443/a/b?token=xxxxx&x=2", "-H")
    assert redacted_line(line) == (*shown, "Authorization: Basic xxxxx")


def test_words_for_a_shell_are_hidden_one_by_one():
    script = "cd /src && TOKEN='a b' curl -u me:pw https://host.test/x > out; echo done"
    shown = "cd /src && TOKEN='xxxxx' curl -u xxxxx https://host.test/x > out; echo done"
    assert redacted_line(("sh", "-c", script)) == ("sh", "-c", shown)


def test_json_on_many_lines_is_read_as_one():
    assert leaks(redacted('{"password":\n  "S77SECRET",\n  "user": "me"}')) == []


def test_a_command_line_is_gone_through_until_nothing_changes():
    """A password joined to -p that has the beginning of a header in it: first a path, and then none."""
    once = redacted_line(("-passwordAuthorization: /",))
    assert redacted_line(once) == once


def test_a_private_key_over_many_lines_is_hidden():
    lines = Lines()
    key = ["a", "-----BEGIN OPENSSH PRIVATE KEY-----", "b3BlbnNz", "aC1rZXk", "-----END OPENSSH PRIVATE KEY-----", "b"]
    assert [lines.redacted(line) for line in key] == [key[0], key[1] + "xxxxx", "xxxxx", "xxxxx", key[4], key[5]]


def test_a_token_in_a_module_proxys_path_is_hidden_in_what_go_prints_too():
    hide_also(made_up_segments({"GOPROXY": "https://p.test/basic/K88TOKEN/go,direct", "GOFLAGS": "-x"}))
    line = "# get https://p.test/basic/K88TOKEN/go/a.test/m/@v/v1.0.0.mod"
    assert Lines().redacted(line) == line.replace("K88TOKEN", "xxxxx")
    assert redacted(line) == line.replace("K88TOKEN", "xxxxx")


def test_a_sentence_is_hidden_with_the_words_it_was_made_of():
    said = redacted_value(message("{host} points to {url}", host="a.test", url="https://me:pw@b.test/"))
    assert english(said) == "a.test points to https://xxxxx@b.test/"
    assert said.words["url"] == "https://xxxxx@b.test/"
    assert said.template == "{host} points to {url}"


def test_secrets_are_shown_where_somebody_asked_for_them():
    with show_secrets():
        assert not redacts()
        assert redacted("https://me:pw@a.test/") == "https://me:pw@a.test/"
        assert redacted_line(("x", "--token=1")) == ("x", "--token=1")
        assert recorded_variables({"GOAUTH": "tool --token 1", "OTHER": "1"}) == {"GOAUTH": "tool --token 1"}
    assert redacts()


PIECES = st.sampled_from(
    [*"@:/=&'\"\\ -,;|()[]{}<>#?%.\n\t", "://", "https://", "u:p@h", "password", "token=", "--secret", "-u", "-p1a",
     "Authorization: ", "Bearer ", "-----BEGIN PRIVATE KEY-----", "-----END", "ghp_" + "a" * 20, "eyJ", "xxxxx", "\ud800",
     "%3A%2F%2F", "%25", "%40", "curl", "-su", "name=\"token\" value=\"", "PASS ", "[", "=(", "GOPROXY=",
     "login a password b", "pass:", "<password>", "</", "x", "1", "ü"]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join)


@given(TEXTS, st.booleans())
def test_hiding_twice_hides_no_more_and_never_raises(text, one_word):
    once = redacted(text, one_word)
    assert redacted(once, one_word) == once
    assert len(once) <= 6 * len(text) + 6


@given(st.lists(TEXTS, max_size=6))
def test_a_command_line_keeps_its_number_of_words(argv):
    once = redacted_line(argv)
    assert len(once) == len(argv)
    assert redacted_line(once) == once


@given(TEXTS)
def test_the_words_of_a_shell_and_what_is_between_are_the_text(text):
    assert "".join(one.written for one in shell_words(text)) == text


PLACES = st.sampled_from(
    ["https://u:{}@h.test/x", "https://{}@h.test", "x --password {} y", "x --api-key={} y", "GH_TOKEN={} go", '{{"secret":"{}"}}',
     "> Authorization: Bearer {}", "< Set-Cookie: a={}; Path=/", "GET /x?access_token={}&y=1", "u:{}@proxy.test:3128",
     "get https://h.test/?X-Amz-Signature={}", "-u me:{}"]
)  # fmt: skip


@given(st.text("abcXYZ 0123/.,", max_size=30), PLACES, st.text("abcXYZ 0123.,", max_size=30))
def test_a_secret_is_hidden_wherever_it_stands(before, place, after):
    assert leaks(redacted(f"{before} {place.format('S77SECRET')} {after}")) == []


@pytest.mark.parametrize(
    "piece",
    ["a", "@", "a@", "u:p@", "=", "a=", "://", "a://", "&a", "key=&", "password='", "--token ", "eyJ", "sk-", "\\\"",
     "-----BEGIN ", "<a>", "login a password ", "Bearer ", "a.", ",a", "[", "/@", "https://a/b@",
     "%41", "%25", "%3A%2F%2F", "25", "curl -u", "login -p", "mysql -p", "a[", "name='", "<![CDATA["],
)  # fmt: skip
def test_a_long_line_of_one_piece_is_read_through(piece):
    """It takes a moment; where an expression looked back for each octet at all before it, it would take minutes."""
    text = piece * (50_000 // len(piece))
    once = redacted(text)
    assert redacted(once) == once
