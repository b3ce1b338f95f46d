"""Which fixes may be tried by running a command again, and what becomes of them."""

import os
from dataclasses import replace
from types import SimpleNamespace

import pytest

from netanalyze.api import analyze
from netanalyze.errors import LiveError
from netanalyze.findings import Step
from netanalyze.live.command.plan import Options
from netanalyze.live.prove import changes, prove, table
from netanalyze.report.language import Language
from netanalyze.result import RunFacts
from tests.house.sources import ROOT

GO = ("go", "mod", "download")


@pytest.fixture(scope="module")
def hung():
    """The result of a run that hung."""
    (path,) = (ROOT / "captures" / "recorded" / "client-hello-dropped").glob("capture.pcap*")
    return analyze([path])


def offering(result, *commands):
    """The result with these commands as its fixes."""
    return replace(result, verdict=replace(result.verdict, fix=tuple(Step("do it", command) for command in commands)))


@pytest.mark.parametrize(
    ("command", "settings"),
    [
        ("GOPROXY=https://goproxy.cn,direct go mod download", {"GOPROXY": "https://goproxy.cn,direct"}),
        ("HTTPS_PROXY= https_proxy= go mod download", {"HTTPS_PROXY": "", "https_proxy": ""}),
        ("GODEBUG=tlsmlkem=0 go mod download", {"GODEBUG": "tlsmlkem=0"}),
        ("GOMODCACHE=$(mktemp -d) go mod download", {"GOMODCACHE": "$(mktemp-d)"}),
        ("GIT_SSH_COMMAND='ssh -o ControlMaster=no -o BatchMode=yes' go mod download",
         {"GIT_SSH_COMMAND": "ssh -o ControlMaster=no -o BatchMode=yes"}),
    ],
)  # fmt: skip
def test_variables_before_the_very_command_are_tried(hung, command, settings):
    assert [change.settings for change in changes(offering(hung, command), GO)] == [settings]


def test_a_command_too_long_for_advice_is_the_one_that_is_run_again(hung):
    watched = replace(hung, run=RunFacts(client="go"))
    long = ("go", "mod", "download", "-x", "-json", "example.test/module@latest")
    offered = offering(watched, "GOPROXY=direct go mod download", "GOPROXY=direct go mod tidy")
    (change,) = changes(offered, long)
    assert change.settings == {"GOPROXY": "direct"}
    assert change.command == "GOPROXY=direct go mod download -x -json example.test/module@latest"


@pytest.mark.parametrize(
    "command",
    [
        "go mod download",  # nothing is changed
        "GOPROXY=https://goproxy.cn,direct go mod tidy",  # another command
        "GOPROXY=https://goproxy.cn,direct go mod download; id",
        "go env -w GOPROXY=https://goproxy.cn,direct",  # it lasts
        "sudo sysctl -w net.ipv6.conf.all.disable_ipv6=1",
        "GOSUMDB=off go mod download",  # weaker checks
        "GONOSUMDB=* go mod download",
        "GOINSECURE=* go mod download",
        "GOPRIVATE=example.com go mod download",
        "GOFLAGS=-insecure go mod download",
        "GIT_SSH_COMMAND='ssh -o StrictHostKeyChecking=no' go mod download",
        "NODE_OPTIONS=--require=/tmp/x.js go mod download",
        "LD_PRELOAD=/tmp/x.so go mod download",
        "PATH=/tmp go mod download",
        "GODEBUG=x509sha1=1 go mod download",
        "GOAUTH=/tmp/helper go mod download",
        "GOPROXY=$(id) go mod download",
        "GOPROXY='`id`' go mod download",
        "GOPROXY='unclosed go mod download",
    ],
)
def test_nothing_else_is_tried(hung, command):
    assert list(changes(offering(hung, command), GO)) == []


def runs(*ends):
    """A way to run commands that ends as given, and the options it was called with."""
    called = []

    def run(options):
        called.append((options, sorted(os.listdir(os.path.dirname(options.path)))))
        end = ends[len(called) - 1]
        if isinstance(end, Exception):
            raise end
        return end

    return run, called


def ended(status, cause, seconds, exit_code=None):
    """The result of a run, as far as it is looked at; without an exit code it was ended by hand, or by its patience."""
    run = SimpleNamespace(wall=seconds, exit_code=exit_code)
    return SimpleNamespace(verdict=SimpleNamespace(status=status, cause=cause), run=run)


FIXES = tuple(f"GOPROXY=https://{name}.example,direct go mod download" for name in "abcd")


def test_it_stops_at_the_first_that_helps(hung):
    run, called = runs((ended("hung", "tcp/syn-unanswered", 60.0), 130), (ended("healthy", None, 1.5), 0))
    tried = prove(offering(hung, *FIXES), Options(argv=GO), run, lambda text: None)
    assert [(one.command, one.status, one.exit_code, one.helped) for one in tried] == [
        (FIXES[0], "hung", 130, False),
        (FIXES[1], "healthy", 0, True),
    ]
    assert len(called) == 2


def test_three_are_tried_at_the_most_and_a_healthy_end_with_a_bad_status_is_no_help(hung):
    run, called = runs(*[(ended("healthy", None, 1.0, 1), 1)] * 3)
    assert not any(one.helped for one in prove(offering(hung, *FIXES), Options(argv=GO), run, lambda text: None))
    assert len(called) == 3


def test_after_a_try_that_a_person_ended_no_other_is_made(hung):
    run, called = runs((ended("hung", "tcp/syn-unanswered", 3.0), 130), (ended("healthy", None, 1.0, 0), 0))
    tried = prove(offering(hung, *FIXES), Options(argv=GO), run, lambda text: None)
    assert [one.helped for one in tried] == [False]
    assert len(called) == 1


def test_each_try_has_caches_of_its_own_and_leaves_nothing(hung):
    run, called = runs(*[(ended("failed", None, 1.0, 1), 1)] * 2)
    prove(offering(hung, *FIXES[:2]), Options(argv=GO, path="/x/kept.pcapng", force=True), run, lambda text: None)
    folders = [os.path.dirname(options.path) for options, _ in called]
    assert len(set(folders)) == 2
    for (options, _), folder in zip(called, folders):
        assert {options.settings[name] for name in ("GOMODCACHE", "PIP_CACHE_DIR", "npm_config_cache")} == {
            f"{folder}/go", f"{folder}/pip", f"{folder}/npm"
        }  # fmt: skip
        assert not options.force
        assert options.patience_ns >= 60_000_000_000
        assert not os.path.exists(folder)


def test_a_cache_that_go_made_read_only_is_removed(hung):
    def run(options):
        module = os.path.join(os.path.dirname(options.path), "go", "m@v1")
        os.makedirs(module)
        os.chmod(module, 0o555)
        run.folder = os.path.dirname(options.path)
        return ended("failed", None, 1.0), 1

    prove(offering(hung, FIXES[0]), Options(argv=GO), run, lambda text: None)
    assert not os.path.exists(run.folder)


def test_a_try_that_cannot_be_made_is_told_and_the_next_one_made(hung):
    said = []
    run, _ = runs(LiveError("no right to capture"), (ended("healthy", None, 1.0), 0))
    tried = prove(offering(hung, *FIXES), Options(argv=GO), run, said.append)
    assert [one.command for one in tried] == [FIXES[1]]
    assert "it could not be tried: no right to capture" in map(str, said)


def test_before_and_after_stand_in_80_columns(hung):
    run, _ = runs((ended("hung", "tls/client-hello-dropped", 60.0), 130), (ended("healthy", None, 1.5), 0))
    shown = table(hung, 130, prove(offering(hung, *FIXES), Options(argv=GO), run, lambda text: None)).splitlines()
    assert [line.split() for line in shown[2:]] == [
        ["GOPROXY=https://a.example…", "HUNG", "tls/client-hello-dropped", "60.0", "130"],
        ["GOPROXY=https://b.example…", "HEALTHY", "-", "1.5", "0"],
        ["It", "helps:", *FIXES[1].split()],
    ]
    assert max(map(len, shown)) <= 80


def test_before_and_after_in_chinese(hung):
    run, _ = runs((ended("hung", "tls/client-hello-dropped", 60.0), 130), (ended("healthy", None, 1.5), 0))
    tried = prove(offering(hung, *FIXES), Options(argv=GO), run, lambda text: None)
    head, before, first, second, said = table(hung, 130, tried, Language("zh")).splitlines()
    assert head.split() == ["状态", "原因", "秒", "退出码"]
    assert (before.split()[0], before.split()[1], first.split()[1], second.split()[1]) == (
        "原样",
        "卡住",
        "卡住",
        "正常",
    )
    assert said == f"有效：{FIXES[1]}"


def test_the_json_has_what_was_tried_and_no_such_member_where_nothing_was(hung):
    run, _ = runs((ended("healthy", None, 1.5), 0))
    tried = prove(offering(hung, FIXES[0]), Options(argv=GO), run, lambda text: None)
    assert replace(hung, tried=tried).to_json()["tried"] == [
        {"command": FIXES[0], "status": "healthy", "cause": None, "seconds": 1.5, "exit_code": 0, "helped": True}
    ]
    assert "tried" not in hung.to_json()
