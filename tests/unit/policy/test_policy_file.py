"""A policy is read with what is wrong named by its line, and what is written is read as what it was."""

import pytest

from netanalyze.policy.policy_file import BadPolicy, Setting, parsed, read_policy, written
from netanalyze.policy.rule import ValueKind
from netanalyze.policy.rules import RULES

WRONG = {
    "no TOML": ("[hosts]\nallowed = = 3\n", "not TOML: Invalid value (at line 2, column 11)"),
    "a table": ("# ours\n[host]\nallowed = []\n", "policy.toml, line 2: unknown table [host]; did you mean hosts?"),
    "a table like none": ("[q]\n", "line 1: unknown table [q]; there are hosts, resolvers, "),
    "a key": ("[tls]\nversion = []\n", "line 2: unknown key version in [tls]; did you mean versions?"),
    "a dotted key": ("tls.version = []\n", "line 1: unknown key version in [tls]; did you mean versions?"),
    "a table that is none": ("hosts = []\n", "line 1: hosts is a table: write [hosts]"),
    "a text for a list": ('[hosts]\nallowed = "a.example"\n', 'line 2: hosts.allowed must be a list of names, patterns'),
    "a number in a list": ("[http]\n\nclear = [1]\n", "line 3: http.clear must be a list"),
    "a version": ('[tls]\nversions = ["1.3"]\n', 'of SSL 2.0, SSL 3.0, TLS 1.0, TLS 1.1, TLS 1.2, TLS 1.3, and is ["1.3"]'),
    "no time": ("[times]\nlookup = 0\n", "line 2: times.lookup must be a number of seconds above 0, as 1.5, and is 0"),
    "not a number": ("[times]\nconnect = nan\n", "line 2: times.connect must be"),
    "yes for a number": ("[times]\nconnect = true\n", "line 2: times.connect must be"),
    "half a connection": ("[connections]\nmost = 1.5\n", "line 2: connections.most must be a whole number"),
    "fewer than none": ("[connections]\nmost = -1\n", "line 2: connections.most must be"),
    "a number for yes": ("[direct]\nallowed = 1\n", "line 2: direct.allowed must be true or false, and is 1"),
    "a program's hosts": ('[processes]\ngo = "x"\n', 'line 2: [processes] has lines such as "pattern" = ["host"'),
    "nothing": ("# nothing\n", "it says nothing; there are [hosts], [resolvers]"),
    "an empty table": ("[hosts]\n", "it says nothing"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named(name):
    text, complaint = WRONG[name]
    with pytest.raises(BadPolicy) as raised:
        parsed(text, "policy.toml")
    assert complaint in str(raised.value)


def test_what_is_no_text_and_what_has_no_end_are_refused(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_bytes(b"[hosts]\nallowed = ['\xff']\n")
    with pytest.raises(BadPolicy, match="line 2: not UTF-8"):
        read_policy(path)
    path.write_bytes(b"#" * (1 << 21))
    with pytest.raises(BadPolicy, match="larger than"):
        read_policy(path)
    path.write_text("hosts = " + "[" * 100_000)
    with pytest.raises(BadPolicy, match="not TOML"):
        read_policy(path)


STRANGE = ["plain.example", 'a"b\\c', "two\nlines", "\x7f\x1b[2J", "中文.example", "\udcff"]
VALUES = {
    ValueKind.PATTERNS: STRANGE[:5],
    ValueKind.NAMES: [],
    ValueKind.VERSIONS: ["TLS 1.2", "TLS 1.3"],
    ValueKind.SECONDS: 0.9,
    ValueKind.COUNT: 12,
    ValueKind.FLAG: False,
    ValueKind.BY_NAME: {"go": ["a.example"], "a b": [], 'q"': ["*"], "*": []},
}


def test_what_is_written_is_read_as_what_it_was():
    settings = tuple(Setting(rule, VALUES[rule.kind]) for rule in RULES)
    assert parsed(written(settings, ["two\nlines"]), "p").settings == settings


def test_what_is_no_unicode_is_escaped():
    hosts = next(rule for rule in RULES if rule.name == "hosts.allowed")
    text = written([Setting(hosts, STRANGE)])
    text.encode("utf-8")
    assert parsed(text, "p").settings[0].value[-1] == "\\udcff"


def test_every_rule_has_its_section_in_the_documents():
    from pathlib import Path

    text = (Path(__file__).parents[3] / "docs" / "check.md").read_text()
    for rule in RULES:
        assert f"### `{rule.name}`" in text
        assert rule.meaning.rstrip(".") in text
