"""Who is asked for credentials is told by how a program was started, where its command line no longer says it."""

import pytest

from captures.recipes import Run, Script, Timeline
from tests.rules.results import story

REMOTE, PROGRAM = 4713, 4714
GIT_INPUT, ANSWER, ERRORS, OWN_INPUT = "pipe:[1]", "pipe:[2]", "pipe:[3]", "pipe:[4]"
REMOTE_STREAMS = [GIT_INPUT, "pipe:[9]", ERRORS]
SLEEPS = ("sleep", "1000")
PROMPT, HELPER = "local/credential-prompt", "local/auth-helper-blocked"


@pytest.fixture
def verdict(tmp_path):
    """The verdict on a run among a neighbour's packets."""

    def judge(run):
        return story(
            Timeline(Script().until("20 s").link_is_alive(), run=run.ends("20 s")), tmp_path / "x.pcapng"
        ).to_json()["verdict"]

    return judge


def asked(*words, asker=("/usr/lib/git-core/git-remote-https", "origin"), asks=REMOTE_STREAMS, kind="pipe", **how):
    """git, in whose name ``asker`` waits for a program of these words, from 1 s to the end."""
    program = {key: how[key] for key in ("streams", "was") if key in how}
    variables = {"askpass": how["askpass"]} if "askpass" in how else {}
    started = {"streams": asks, **variables} if asks else variables
    run = Run("git", "ls-remote", "https://forge.example.test/private", client="git")
    run.forks(REMOTE, *asker, at="0.1 s", **started).forks(PROGRAM, *words, parent=REMOTE, at="1 s", **program)
    run.waits("child", "0.3 s", "19.9 s", holder=REMOTE)
    return run.waits(kind, "1 s", "19.9 s", ANSWER if kind == "pipe" else "", pid=REMOTE, holder=PROGRAM)


def with_goauth(*words, command=("mod", "download"), goauth="/opt/bin/token --fresh", **program):
    """go, of which a child of these words does not return."""
    run = Run("go", *command, client="go 1.27.3", environment={"go_env": {"GOAUTH": goauth}})
    run.forks(PROGRAM, *words, at="1 s", **program)
    return run.waits("child", "1 s", "19.9 s", holder=PROGRAM).waits("sleep", "1 s", "19.9 s", pid=PROGRAM)


def test_a_program_with_its_askers_input_is_an_askpass(verdict):
    found = verdict(asked(*SLEEPS, streams=[GIT_INPUT, ANSWER, ERRORS], askpass=["GIT_ASKPASS=ask-me"]))
    assert (found["cause"], found["status"]) == (PROMPT, "hung")
    assert found["alternatives"] == []
    assert any("GIT_ASKPASS=ask-me" in step["shows"] for step in found["proof"])


def test_a_program_with_an_input_of_its_own_is_a_helper(verdict):
    found = verdict(asked(*SLEEPS, streams=[OWN_INPUT, ANSWER, ERRORS], askpass=["GIT_ASKPASS=ask-me"]))
    assert found["cause"] == HELPER
    assert found["alternatives"] == []


def test_a_helper_that_is_told_what_to_store_and_never_ends_is_one_too(verdict):
    assert verdict(asked(*SLEEPS, streams=[OWN_INPUT, "/dev/null", ERRORS], kind="child"))["cause"] == HELPER


@pytest.mark.parametrize("given", [None, "/dev/null"], ids=["not seen", "turned elsewhere"])
def test_where_the_input_does_not_tell_both_are_named(verdict, given):
    streams = {"asks": None} if given is None else {"streams": [given, ANSWER, ERRORS]}
    found = verdict(asked(*SLEEPS, askpass=["SSH_ASKPASS=ask-me"], **streams))
    assert {found["cause"], *(a["cause"] for a in found["alternatives"])} == {PROMPT, HELPER}
    assert found["confidence"] < 0.7


def test_a_question_that_was_asked_before_exec_is_remembered(verdict):
    question = ["/bin/sh", "/opt/bin/ask-me", "Username for 'https://forge.example.test': "]
    found = verdict(asked(*SLEEPS, asks=None, was=[question]))
    assert found["cause"] == PROMPT
    assert any(question[-1] in step["shows"] for step in found["proof"])


def test_git_credential_has_others_ask(verdict):
    found = verdict(asked(*SLEEPS, asker=("git", "credential", "fill"), streams=[GIT_INPUT, ANSWER, ERRORS]))
    assert found["cause"] == PROMPT


def test_ssh_has_an_askpass_too(verdict):
    found = verdict(asked(*SLEEPS, asker=("ssh", "git@forge.example.test"), streams=[GIT_INPUT, ANSWER, ERRORS]))
    assert found["cause"] == PROMPT


TO_GIT, TO_GO = [GIT_INPUT, ANSWER, ERRORS], ["/dev/null", ANSWER, ERRORS]
OWN, SCREEN = [OWN_INPUT, ANSWER, ERRORS], ["/dev/null", "/dev/pts/1", "/dev/pts/1"]
NOT_CREDENTIALS = {
    "git's own child": (("git", "index-pack", "--stdin"), {"streams": TO_GIT}),
    "a hook": (("/repo/.git/hooks/post-checkout",), {"asker": ("git", "checkout"), "streams": TO_GIT}),
    "a filter of git-lfs": (("git-lfs", "filter-process"), {"asker": ("git", "checkout"), "streams": OWN}),
    "a download of git-lfs": (("git-lfs", "transfer"), {"asker": ("git-lfs", "pull"), "streams": TO_GIT}),
    "a pager": (("less",), {"asker": ("git", "log"), "streams": [OWN_INPUT, "/dev/pts/1", "/dev/pts/1"], "kind": "child"}),
    "a textconv": (("pdftotext",), {"asker": ("git", "diff"), "streams": TO_GIT}),
    "ssh's way through a proxy": (("nc", "bastion", "22"), {"asker": ("ssh", "h"), "streams": OWN}),
    "ssh's list of host keys": (("keys",), {"asker": ("ssh", "h"), "asks": ["/dev/null", "pipe:[9]", ERRORS], "streams": TO_GO}),
    "one that writes elsewhere": (SLEEPS, {"streams": [GIT_INPUT, "pipe:[8]", ERRORS]}),
}  # fmt: skip


@pytest.mark.parametrize("told", NOT_CREDENTIALS)
def test_what_is_started_for_something_else_asks_for_no_credentials(verdict, told):
    words, how = NOT_CREDENTIALS[told]
    found = verdict(asked(*words, **how))
    assert not {found["cause"], *(a["cause"] for a in found["alternatives"])} & {PROMPT, HELPER}


def test_ssh_that_reads_what_git_sends_waits_for_no_answer(verdict):
    run = Run("git", "fetch", client="git").forks(
        REMOTE, "ssh", "git@forge.example.test", at="0.1 s", streams=REMOTE_STREAMS
    )
    run.waits("pipe", "0.3 s", "19.9 s", "pipe:[9]", holder=REMOTE)
    found = verdict(run.waits("pipe", "1 s", "19.9 s", GIT_INPUT, pid=REMOTE, holder=4711))
    assert found["cause"] not in (PROMPT, HELPER)


def test_an_answer_that_comes_in_a_second_is_no_hang(verdict):
    run = Run("git", "fetch", client="git").forks(
        REMOTE, "git", "remote-https", "origin", at="0.1 s", streams=REMOTE_STREAMS
    )
    run.forks(PROGRAM, *SLEEPS, parent=REMOTE, at="1 s", ends="2 s", exit_code=0, streams=[GIT_INPUT, ANSWER, ERRORS])
    found = verdict(run.waits("pipe", "1 s", "2 s", ANSWER, pid=REMOTE, holder=PROGRAM))
    assert found["cause"] not in (PROMPT, HELPER)


def test_a_goauth_script_is_known_by_what_it_was(verdict):
    found = verdict(with_goauth(*SLEEPS, was=[["/bin/sh", "/opt/bin/token", "--fresh"]]))
    assert (found["cause"], found["confidence"]) == (HELPER, 0.9)
    assert "token" in found["summary"]


@pytest.mark.parametrize("goauth", ["token --fresh", "token"])
def test_a_goauth_script_that_is_found_on_the_path_is_known(verdict, goauth):
    was = [["/bin/sh", "/home/me/bin/token", *goauth.split()[1:]]]
    assert verdict(with_goauth(*SLEEPS, goauth=goauth, was=was))["cause"] == HELPER


def test_a_goauth_script_is_known_by_its_streams(verdict):
    found = verdict(with_goauth(*SLEEPS, streams=["/dev/null", ANSWER, ERRORS]))
    assert found["cause"] == HELPER
    assert "token" in found["summary"]


NOT_GOAUTH = {
    "GOAUTH names no command": (SLEEPS, {"goauth": "netrc", "streams": TO_GO}),
    "version control": (("hg", "pull"), {"streams": TO_GO}),
    "a script that stands in for git": (SLEEPS, {"was": [["/bin/sh", "/opt/bin/git", "fetch"]], "streams": TO_GO}),
    "a test": (("/tmp/go-build1/b001/m.test",), {"command": ("test",), "streams": ["/dev/null", ANSWER, ANSWER]}),
    "a compiler": (("/usr/bin/gcc", "-c"), {"command": ("build",), "streams": ["/dev/null", ANSWER, ANSWER]}),
    "the user's own program": (("/tmp/go-build1/exe/m",), {"command": ("run", "."), "streams": SCREEN}),
}  # fmt: skip


@pytest.mark.parametrize("told", NOT_GOAUTH)
def test_what_go_starts_for_something_else_is_no_helper(verdict, told):
    words, how = NOT_GOAUTH[told]
    assert verdict(with_goauth(*words, **how))["cause"] != HELPER
