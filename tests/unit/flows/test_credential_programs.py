"""Which command lines are those of helpers that give credentials, and which only look like one."""

import pytest

from netanalyze.flows.credential_programs import gives_credentials, goauth_commands, runs, serves
from netanalyze.processes import Process

SITE = [["/opt/token", "--site", "corp"]]


@pytest.mark.parametrize(("line", "is_one"), [
    (("git-credential-store", "get"), True), (("/usr/lib/git-credential-libsecret",), True),
    (("git", "credential-cache", "get"), True), (("git", "credential-cache--daemon"), False), (("git", "fetch"), False),
    (("git",), False), ((), False), (("docker-credential-pass", "get"), True),
    (("/usr/bin/python3", "/opt/git-credential-corp"), True), (("python3", "git-credential-corp"), False),
    (("/opt/token", "--site", "corp"), True), (("/opt/token", "--site", "else"), False),
])  # fmt: skip
def test_a_helper_is_known_by_its_name_or_as_it_was_configured(line, is_one):
    assert gives_credentials(line, SITE) is is_one


@pytest.mark.parametrize(("parent", "line", "is_one"), [
    ("git", ("sh", "-c", "pass show git get"), True), ("git", ("bash", "-c", "x erase"), True),
    ("git", ("sh", "-c", "make"), False), ("git", ("sh", "-c"), False), ("git", ("sh", "-x", "x get"), False),
    ("make", ("sh", "-c", "x get"), False), ("git", ("perl", "-c", "x get"), False),
    ("go", ("/opt/token", "--site", "corp"), True), ("make", ("/opt/token", "--site", "corp"), False),
])  # fmt: skip
def test_a_shell_of_git_s_and_what_go_was_told_to_run_are_helpers(parent, line, is_one):
    assert serves(Process(7, 1, 0, argv=(parent,)), line, SITE) is is_one


@pytest.mark.parametrize(("line", "runs_it"), [
    (("/opt/token", "--site", "corp"), True), (("token", "--site", "corp"), False),
    (("python3", "/opt/token", "--site", "corp"), True), (("python3", "-I", "/opt/token", "--site", "corp"), True),
    (("env", "python3", "-I", "/opt/token", "--site", "corp"), False), (("/opt/token", "--site", "corp", "more"), True),
])  # fmt: skip
def test_an_interpreter_and_one_argument_of_it_may_stand_before_a_script(line, runs_it):
    assert runs(line, SITE[0]) is runs_it


@pytest.mark.parametrize(("setting", "commands"), [
    ("off", []), ("netrc; git /home/me", []), ("/opt/a 'b c'; off", [["/opt/a", "b c"]]), ("it's; /opt/a", [["/opt/a"]]),
    ("", []), (";", []),
])  # fmt: skip
def test_goauth_names_commands_beside_its_own_words(setting, commands):
    assert goauth_commands(setting) == commands
