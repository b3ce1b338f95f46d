"""Whose host key ssh turned down: by the lines before its last, as far as they say so."""

import pytest

from netanalyze.api import analyze

FAILED = "Host key verification failed.\nfatal: Could not read from remote repository.\n"
UNKNOWN = "No ED25519 host key is known for git.example.org and you have requested strict checking.\n"
CHANGED = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
OTHER = "Host key for git.example.org has changed and you have requested strict checking.\n"


@pytest.mark.parametrize(
    ("before", "host", "changed"),
    [
        ("", None, None),
        (UNKNOWN, "git.example.org", None),
        (CHANGED + OTHER, "git.example.org", "yes"),
        (CHANGED, None, "yes"),
    ],
)
def test_the_host_and_whether_its_key_is_another_one(before, host, changed):
    verdict = analyze(trace=before + FAILED, client="git").verdict
    assert (verdict.cause, verdict.culprit.host) == ("local/host-key-unknown", host)
    assert verdict.attributes.get("changed") == changed
    assert "Host key verification failed" in str(verdict.proof[0][1])
