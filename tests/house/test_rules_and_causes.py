"""Every rule has its page, sourced thresholds and captures; every cause is in the public table."""

import ast
import re

import pytest
from sources import PACKAGE, ROOT, modules

from netanalyze.diagnosis.vocabulary import CAUSES, GO_FINDINGS
from netanalyze.diagnostics import KINDS
from netanalyze.findings import ROLES, Threshold
from netanalyze.rules import PHASES, page, rule_ids, rule_modules

REQUIRED = (
    "dns/resolver-unanswered",
    "dns/first-resolver-dead",
    "dns/one-family-unanswered",
    "dns/answer-slow",
    "dns/server-failure",
    "dns/name-not-found",
    "dns/truncated-tcp-blocked",
    "tcp/syn-unanswered",
    "tcp/refused",
    "tcp/rejected-by-icmp",
    "tcp/loss",
    "tcp/path-death",
    "tcp/reset",
    "tcp/mtu-black-hole",
    "tcp/ipv6-fallback",
    "tls/client-hello-dropped",
    "tls/large-client-hello-dropped",
    "tls/server-hello-missing",
    "tls/server-hello-late",
    "tls/reset-after-client-hello",
    "tls/closed-after-client-hello",
    "tls/alert",
    "tls/not-tls",
    "tls/name-mismatch",
    "tls/certificate-rejected",
    "http/connect-unanswered",
    "http/response-missing",
    "http/body-stalled",
)
SECTIONS = ("What it finds", "Why a program hangs", "What to do", "Look-alikes", "Known false alarms", "References")
LONGEST_RULE = 200

rules = pytest.mark.parametrize("cause", rule_ids())


def thresholds(cause):
    """The thresholds of a rule's module, by name."""
    return {name: value for name, value in vars(rule_modules()[cause]).items() if isinstance(value, Threshold)}


def tree_of(cause):
    """The syntax tree of a rule's module."""
    return modules()[rule_modules()[cause].__name__]


@rules
def test_the_page_has_its_sections_in_order(cause):
    lines = page(cause).splitlines()
    assert lines[0].endswith("."), "the first line says it in one sentence"
    headings = [line for line in lines if line and line in SECTIONS]
    assert headings == list(SECTIONS), f"{cause}: please write {', '.join(s for s in SECTIONS if s not in headings)}"
    for heading in SECTIONS:
        body = lines[lines.index(heading) + 1 :]
        assert body, f"{cause}: {heading} is empty"
        assert body[0].startswith("    "), f"{cause}: {heading} is empty"


@rules
def test_the_page_fits_a_terminal_of_120_columns(cause):
    assert max(map(len, page(cause).splitlines())) <= 120


@rules
def test_references_refer(cause):
    """To an RFC, a source file, a manual or a measurement; a reader must be able to look it up."""
    lines = page(cause).splitlines()
    assert "References" in lines, f"{cause}: no references"
    text = " ".join(lines[lines.index("References") + 1 :])
    assert re.search(r"RFC \d+|net/http|src/|Go \d|Linux|\w\(\d\w*\)|draft-|https?://|measured|lab/", text), text


@rules
def test_thresholds_have_a_source_that_says_where(cause):
    for name, threshold in thresholds(cause).items():
        assert len(threshold.source) >= 8, f"{cause}: {name}: {threshold.source!r}"
        assert len(threshold.why) >= 12, f"{cause}: {name}: {threshold.why!r}"


@rules
def test_no_time_is_written_as_a_bare_number(cause):
    """Two seconds are a Threshold, or nobody will know why two; converting is for netanalyze.units."""
    for node in ast.walk(tree_of(cause)):
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Constant) and isinstance(inner.value, (int, float)):
                    large = abs(inner.value) >= 100_000
                    assert not large, (
                        f"{cause}, line {inner.lineno}: {inner.value} wants a Threshold with its source, or units.seconds"
                    )
                power = isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Pow)
                assert not power, f"{cause}, line {inner.lineno}: a power wants a Threshold with its source"


@rules
def test_a_rule_raises_the_cause_of_its_path(cause):
    named = {
        keyword.value.value
        for node in ast.walk(tree_of(cause))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding"
        for keyword in node.keywords
        if keyword.arg == "cause" and isinstance(keyword.value, ast.Constant)
    }
    assert named <= {cause}


@rules
def test_a_rule_is_one_short_file_of_one_check(cause):
    path = PACKAGE / "rules" / (cause.replace("-", "_") + ".py")
    assert path.is_file()
    assert len(path.read_text().splitlines()) <= LONGEST_RULE
    public = [n.name for n in tree_of(cause).body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]
    assert public == ["check"]


@rules
def test_what_undermines_a_rule_is_a_diagnostic(cause):
    assert set(getattr(rule_modules()[cause], "UNDERMINED_BY", ())) <= set(KINDS)


@rules
def test_the_cause_of_a_rule_is_in_the_vocabulary(cause):
    assert cause in CAUSES or cause in GO_FINDINGS
    assert cause.split("/")[0] in PHASES


@pytest.mark.parametrize("cause", REQUIRED)
def test_a_required_cause_has_its_rule_and_its_two_captures(cause):
    assert cause in rule_ids()
    folder = ROOT / "captures" / cause.replace("-", "_")
    for file in ("recipe.py", "hit.pcapng", "near_miss.pcapng", "expect.toml"):
        assert (folder / file).exists(), f"{cause}: please add {folder / file}; see CONTRIBUTING.md"


def test_all_required_causes_are_listed():
    assert len(set(REQUIRED)) == 28


def public_tables():
    """The tables of docs/causes.md: what stands first in a row -> what it means."""
    return dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", (ROOT / "docs" / "causes.md").read_text(), re.MULTILINE))


def test_the_public_table_of_causes_is_the_vocabulary():
    table = {name: meaning for name, meaning in public_tables().items() if "/" in name}
    expected = {cause.id: cause.meaning for cause in CAUSES.values()} | GO_FINDINGS
    assert table == expected, "docs/causes.md and netanalyze/diagnosis/vocabulary.py must say the same"


def test_the_public_table_of_roles_has_every_role():
    assert {name for name in public_tables() if "/" not in name} == set(ROLES)


def test_causes_are_named_alike():
    for cause in (*CAUSES, *GO_FINDINGS):
        assert re.fullmatch(r"[a-z]+/[a-z0-9]+(-[a-z0-9]+)*", cause)
