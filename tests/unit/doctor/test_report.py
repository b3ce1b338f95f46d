"""What the doctor prints: terminal, JSON, exit status, Chinese; and that no secret stands in it."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from faults import ALL
from patients import Patient

import netanalyze
from netanalyze.doctor import CLIENTS
from netanalyze.doctor import examine as whole
from netanalyze.doctor.examine import Examination, examine
from netanalyze.doctor.machine import Machine
from netanalyze.doctor.remark import doubtful, ok, wrong
from netanalyze.doctor.report import as_json, render
from netanalyze.report.language import catalogue
from netanalyze.wording import message

ROOT = Path(netanalyze.__file__).parents[1]
SCHEMA = json.loads((ROOT / "docs" / "doctor.schema.json").read_text())
SOME = Examination(
    ("go",),
    (
        ok("go/gosumdb", "GOSUMDB", "sum.golang.org"),
        doubtful("go/x", "GOFLAGS", message("{path} is no folder", path="/a" * 60), "unset GOFLAGS"),
        wrong("go/y", "GOPROXY", message("certificates are not checked"), "go env -u GOPROXY"),
    ),
)


@pytest.fixture
def patient(tmp_path):
    return Patient(tmp_path)


def run(patient, *words):
    """The command itself."""
    return subprocess.run(
        [sys.executable, "-m", "netanalyze", "doctor", *words], cwd=patient.project, capture_output=True, text=True,
        env={**patient.environment, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_what_is_wrong_stands_first_and_what_is_ok_last():
    text = render(SOME)
    assert text.startswith("WRONG  1 wrong, 1 doubtful, 1 ok\n")
    assert text.index("GOPROXY") < text.index("GOFLAGS") < text.index("GOSUMDB")
    assert "          go env -u GOPROXY\n" in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lines_fit_their_columns(patient, language):
    from netanalyze.report.sheet import cells

    for fault in ALL[::7]:
        fault.plant(patient)
    found = examine(Machine(patient.environment, str(patient.project), str(patient.folder)), CLIENTS)
    commands = {line.mend for line in found.lines}
    for line in render(found, 80, language=language).splitlines():
        assert cells(line) <= 80 or line.strip() in commands


def test_colours_only_where_they_are_wished(patient):
    assert "\x1b[" in render(SOME, colour=True)
    assert "\x1b[" not in run(patient).stdout
    assert "\x1b[" in run(patient, "--color", "always").stdout


def test_the_json_has_its_documented_form(patient):
    for fault in ALL[::5]:
        fault.plant(patient)
    found = examine(Machine(patient.environment, str(patient.project), str(patient.folder)), CLIENTS)
    jsonschema.validate(as_json(found), SCHEMA)
    assert as_json(SOME)["counts"] == {"ok": 1, "doubtful": 1, "wrong": 1}
    assert as_json(SOME)["lines"][2]["mend"] == "go env -u GOPROXY"


def test_the_status_is_1_where_something_is_wrong(patient):
    patient.set(GOPROXY="goproxy")
    done = run(patient, "--json", "--client", "go")
    told = json.loads(done.stdout)
    assert (done.returncode, told["level"], told["clients"]) == (1, "wrong", ["go"])
    assert run(patient, "--client", "snail").returncode == 2


def test_a_client_that_was_asked_for_and_is_not_there_is_wrong(patient):
    patient.set(PATH=f"{patient.folder}/none")
    assert {patient.examine(client)[f"{client}/not-installed"].level for client in CLIENTS} == {"wrong"}
    assert not [id for id in patient.examine() if id.endswith("not-installed")]


def test_it_says_the_same_in_chinese(patient):
    patient.set(GOPROXY="goproxy")
    done = run(patient, "--lang", "zh")
    assert "GOPROXY：goproxy 既不是 URL" in re.sub(r"\n\s+", "", done.stdout)


def test_every_sentence_has_its_translation():
    said = set()
    for path in Path(whole.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("message", "counted"):
                said |= {
                    text.value for text in node.args if isinstance(text, ast.Constant) and isinstance(text.value, str)
                }
    missing = sorted(said - set(catalogue("zh")))
    assert len(said) > 100
    assert not missing, f"please add to netanalyze/doctor/zh.toml: {missing}"


SECRET = "hunter2hunter2"


def test_no_secret_is_printed(patient):
    url = f"http://me:{SECRET}@127.0.0.1:9"
    patient.set(GOPROXY=f"{url},http://me:{SECRET}@p.test,direct,https://me:{SECRET}@q.test", https_proxy=url,
                HTTPS_PROXY=url + "/", PIP_INDEX_URL=f"http://me:{SECRET}@pypi.test/",
                GIT_ASKPASS=f"/none/{os.getpid()} --password {SECRET}",
                GOFLAGS=f"-ldflags=-X=main.token={SECRET}")  # fmt: skip
    patient.file(
        "home/.npmrc", f"//npm.test/:_authToken={SECRET}\nregistry=http://me:{SECRET}@npm.test/\nproxy={url}\n"
    )
    patient.file("home/.netrc", f"machine a.test login b password {SECRET}\n")
    patient.file("home/.cargo/config.toml", f'[http]\nproxy = "{url}"\n[registries.x]\ntoken = "{SECRET}"\n')
    patient.sh(f"git config --global http.proxy {url}")
    patient.sh(f"git config --global url.https://me:{SECRET}@git.test/.insteadOf https://github.com/")
    patient.etc("docker/daemon.json", f'{{"registry-mirrors": ["https://me:{SECRET}@hub.test/x"]}}')
    found = examine(Machine(patient.environment, str(patient.project), str(patient.folder)), CLIENTS)
    assert sum(line.level == "wrong" for line in found.lines) > 6
    assert not [line.mend for line in found.lines if "xxxxx" in line.mend], (
        "a command with a part left out does another thing"
    )
    assert SECRET not in render(found) + json.dumps(as_json(found))
    for words in (("--json",), ()):
        assert SECRET not in "".join((run(patient, *words).stdout, run(patient, *words).stderr))
