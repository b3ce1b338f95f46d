"""Each fault that is planted is found, with a command; where that can be run here it is, and the fault is gone."""

import fcntl
import subprocess
import sys

import pytest
from faults import ALL, hashed, listening
from patients import Patient

CLIENTS = ("go", "git", "pip", "npm", "cargo", "docker")


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
        ("export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.proxy GIT_CONFIG_VALUE_0={url}", "unset GIT_CONFIG_COUNT"),
    ],
    ids=[
        "of the repository",
        "of an included file",
        "of a second file of the user's",
        "of the user's only file",
        "of a variable",
    ],
)
def test_a_setting_of_git_is_taken_away_where_it_stands(patient, where, option):
    patient.sh(where.format(url="http://127.0.0.1:1"))
    line = patient.examine("git")["git/proxy-nobody-listens"]
    assert option in line.mend
    patient.sh(line.mend)
    assert "git/proxy-nobody-listens" not in patient.examine("git")
