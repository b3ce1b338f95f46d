"""Advice is for the command that hangs: what is told to one names only itself, and the programs it starts."""

import re

import pytest

from netanalyze.causes import causes
from netanalyze.clients import CLIENTS
from netanalyze.diagnosis.advice import advice
from netanalyze.findings import Culprit

WORDS = {
    "go": r"\bGO[A-Z]{2,}=|\bgo (?:env|mod|clean|list|get)\b|GODEBUG|GOSUMDB|GOPROXY",
    "git": r"\bgit (?!@)|GIT_[A-Z]",
    "pip": r"\bpip |PIP_",
    "npm": r"\bnpm |npm_",
    "node": r"NODE_",
    "cargo": r"\bcargo ",
    "wget": r"\bwget ",
}
"""Whose words these are, in commands and texts."""
RUNS = {"npm": ("node",), "generic": ("git",), "node": ("npm",)}
"""Beside its children: what a command is run by, or, where it is not known, may run."""
CULPRITS = (
    Culprit("server", "pypi.org", "198.51.100.5", 443),
    Culprit("server", "registry.npmjs.org", "198.51.100.5", 443),
    Culprit("vcs-host", "github.com", "198.51.100.5", 443),
    Culprit("http-proxy", "gateway.example", "192.0.2.8", 3128),
    Culprit("resolver", None, "192.0.2.53", 53),
    Culprit("path", None, "198.51.100.5", 443),
    Culprit("client-host"),
)


@pytest.mark.parametrize("client", CLIENTS)
def test_no_advice_names_another_commands_settings(client):
    allowed = {client, *CLIENTS[client].children, *RUNS.get(client, ())}
    for cause in causes():
        for culprit in CULPRITS:
            for attributes in ({}, {"status": 401}, {"status": 404}, {"status": 503}):
                told = advice(cause, culprit, client, attributes, {}, {"host": "pypi.org", "module": "x"})
                texts = [t for step in told.fix for t in (str(step.text), step.command or "")] + [
                    told.verify.command if told.verify else "",
                    *told.no_use,
                ]
                for text in texts:
                    for of, words in WORDS.items():
                        assert of in allowed or not re.search(words, text), (cause, culprit.role, text)


def steps(cause, client, **beside):
    return [s.command for s in advice(cause, CULPRITS[0], client, beside.pop("attributes", {}), {}, beside).fix]


def test_a_registry_that_fails_has_its_mirror_for_who_asks_it_and_no_one_else():
    assert any("PIP_INDEX_URL=" in (c or "") for c in steps("tcp/syn-unanswered", "pip"))
    assert not any("INDEX_URL" in (c or "") for c in steps("tcp/syn-unanswered", "curl"))
    private = advice("tcp/syn-unanswered", Culprit("server", "pypi.corp.example", "198.51.100.5", 443), "pip")
    assert not any("INDEX_URL" in (s.command or "") for s in private.fix)


def test_a_clone_is_not_repeated_by_a_fetch():
    cloned = advice(
        "tcp/reset", CULPRITS[2], "git", facts={"argv": ["git", "clone", "https://github.com/example/tool"]}
    )
    assert not any("git fetch" in (s.command or "") for s in cloned.fix)
    fetched = advice("tcp/reset", CULPRITS[2], "git", facts={"argv": ["git", "fetch", "--all", "--prune", "--tags"]})
    assert any("git fetch" in (s.command or "") for s in fetched.fix)


@pytest.mark.parametrize(
    ("client", "cause", "said"),
    [("npm", "tls/server-hello-missing", True), ("git", "tls/server-hello-missing", False),
     ("pip", "http/response-missing", False), ("npm", "http/response-missing", False), ("curl", "http/response-missing", True)],
)  # fmt: skip
def test_that_no_timer_will_end_it_is_said_only_where_there_is_none(client, cause, said):
    told = advice(cause, CULPRITS[0], client)
    assert ("waiting (no timer will end it)" in told.no_use) is said


def test_who_brings_its_own_authorities_is_not_sent_to_the_systems():
    npm = [s.command or "" for s in advice("tls/certificate-rejected", CULPRITS[1], "npm").fix]
    assert any("NODE_EXTRA_CA_CERTS" in c for c in npm)
    assert not any("update-ca-certificates" in c for c in npm)
    pip = [s.command or "" for s in advice("tls/certificate-rejected", CULPRITS[0], "pip").fix]
    assert any("PIP_CERT" in c for c in pip)
