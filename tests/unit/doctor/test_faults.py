"""Each fault that is planted is found, with a command; where that can be run here it is, and the fault is gone."""

import fcntl
import subprocess
import sys

import pytest
from faults import ALL, hashed, listening
from patients import Patient

from netanalyze.doctor import CLIENTS


@pytest.fixture
def patient(tmp_path):
    return Patient(tmp_path)


def test_a_healthy_machine_has_nothing_wrong(patient):
    found = patient.examine(*CLIENTS)
    bad = {id for id, line in found.items() if line.level != "ok" and not id.startswith(("docker/no-daemon", "route/"))}
    assert not bad
    assert len(found) > 20


def test_forty_faults_and_more_are_planted():
    assert len({fault.id for fault in ALL}) >= 40


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.id)
def test_a_planted_fault_is_found_and_its_command_mends_it(fault, patient):
    fault.plant(patient)
    found = patient.examine(fault.client)
    assert fault.id in found, {id: line for id, line in found.items() if line.level != "ok"}
    line = found[fault.id]
    assert line.level == fault.level
    if fault.runs:
        done = patient.sh(line.mend)
        after = patient.examine(fault.client)
        assert fault.id not in after, (line.mend, done.stderr)
        new = {id for id, one in after.items() if one.level == "wrong"} - set(found)
        assert not new, "what mends one thing breaks no other"


def test_a_lock_of_the_module_cache_is_told_with_its_holder(patient):
    path = patient.home / "go/pkg/mod/cache/lock"
    path.parent.mkdir(parents=True)
    path.touch()
    script = (
        "import fcntl,sys; f=open(sys.argv[1],'w'); fcntl.flock(f,fcntl.LOCK_EX); print(1,flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as one:
        one.stdout.readline()
        line = patient.examine("go")["go-cache/lock-held"]
        assert str(one.pid) in line.mend
        patient.sh(line.mend)
        one.wait(5)
    assert "go-cache/lock-held" not in patient.examine("go")
    with open(path) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_proxy_on_this_machine_that_listens_is_fine(patient):
    with listening() as one:
        patient.set(https_proxy=f"http://127.0.0.1:{one.getsockname()[1]}")
        assert not {id for id, line in patient.examine("go").items() if id.startswith("proxy/") and line.level != "ok"}


def test_a_known_host_is_fine_hashed_or_not(patient):
    patient.sh("git init -q .; git remote add origin git@git.test:a/b; git remote add other ssh://git@git.test:29418/x")
    patient.file("home/.ssh/known_hosts", hashed("git.test") + "[git.test]:29418 ssh-rsa AAAA\n")
    patient.file("home/.ssh/id_rsa", "x", 0o600)
    assert patient.examine("git")["ssh/hosts"].level == "ok"


@pytest.mark.parametrize(
    ("where", "option"),
    [
        ("git init -q .; git config http.proxy {url}", "--local"),
        ("git config --file extra http.proxy {url}; git config --global include.path $PWD/extra", "--file"),
        (
            "mkdir -p ~/.config/git; git config --file ~/.config/git/config http.proxy {url}; touch ~/.gitconfig",
            "--file",
        ),
        ("mkdir -p ~/.config/git; git config --file ~/.config/git/config http.proxy {url}", "--global"),
        (
            "export GIT_CONFIG_NOSYSTEM=0 GIT_CONFIG_SYSTEM=$PWD/etc; git config --system include.path $PWD/extra;"
            "git config --file extra http.proxy {url}",
            "sudo git config --file",
        ),
        ("export GIT_CONFIG_NOSYSTEM=0 GIT_CONFIG_SYSTEM=$PWD/etc; git config --system http.proxy {url}", "--system"),
        ("git init -q .; git config include.path more; git config --file .git/more http.proxy {url}", "--file"),
        ("export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.proxy GIT_CONFIG_VALUE_0={url}", "unset GIT_CONFIG_COUNT"),
    ],
    ids=[
        "of the repository",
        "of an included file",
        "of a second file of the user's",
        "of the user's only file",
        "of a file that the system's includes",
        "of the system",
        "of a file that the repository's includes",
        "of a variable",
    ],
)
@pytest.mark.parametrize("below", ["", "a/b"], ids=["at the top", "in a folder below"])
def test_a_setting_of_git_is_taken_away_where_it_stands(patient, where, option, below):
    patient.sh(where.format(url="http://127.0.0.1:1"))
    patient.below = below
    patient.project.mkdir(parents=True, exist_ok=True)
    line = patient.examine("git")["git/proxy-nobody-listens"]
    assert option in line.mend
    patient.sh(line.mend)
    assert "git/proxy-nobody-listens" not in patient.examine("git")


@pytest.mark.parametrize(
    ("name", "bad", "good", "id"),
    [
        ("http.proxy", "http://127.0.0.1:1", "http://proxy.test:3128", "git/proxy-nobody-listens"),
        ("http.sslverify", "false", "true", "git/unchecked"),
        ("http.sslcainfo", "/none.pem", "", "git/authorities-missing"),
        ("core.askpass", "/none/askpass", "/bin/true", "git/program-missing"),
        ("core.sshcommand", "/none/ssh -v", "/bin/true", "git/program-missing"),
    ],
)
def test_of_several_values_the_last_alone_is_judged_and_taken_away(patient, name, bad, good, id):
    patient.sh(f"git config --global --add {name} '{bad}'; git config --global --add {name} '{good}'")
    assert patient.examine("git").get(id) is None
    patient.sh(f"git config --global --unset-all {name}")
    patient.sh(f"git config --global --add {name} '{good}'; git config --global --add {name} '{bad}'")
    patient.sh(patient.examine("git")[id].mend)
    assert id not in patient.examine("git")
    assert patient.sh(f"git config --global --get-all {name}").stdout.splitlines() == [good]


def test_a_helper_of_one_host_is_taken_away_under_its_own_name(patient):
    name = "credential.https://forge.test.helper"
    patient.sh(f"git config --global {name} of-old; git config --global credential.helper '!true'")
    line = patient.examine("git")["git/helper-missing"]
    assert line.about == name
    patient.sh(line.mend)
    assert "git/helper-missing" not in patient.examine("git")
    assert patient.sh("git config --global credential.helper").stdout == "!true\n"


def test_a_program_in_the_home_folder_is_the_caller_s(patient, monkeypatch):
    monkeypatch.setenv("HOME", "/none")
    patient.file("home/askpass", "#!/bin/sh\n", 0o755)
    patient.sh("git config --global core.askpass '~/askpass'")
    assert "git/program-missing" not in patient.examine("git")
