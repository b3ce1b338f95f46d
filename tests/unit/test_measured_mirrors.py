"""What doctor --probe measured is advised for some hours, and only where nobody else can have written it."""

import json
import os

import pytest

from netanalyze import measured_mirrors
from netanalyze.diagnosis.advice import advice
from netanalyze.findings import Culprit
from netanalyze.measured_mirrors import HOLDS, keep_mirrors, read_mirrors
from tests.users import own_folder

NOW = 10**18
A, B, C = "https://mirror.a.dev", "https://mirror.b.dev/goproxy", "https://goproxy.cn"


@pytest.fixture
def state(monkeypatch):
    with own_folder(os.geteuid()) as folder:
        path = folder / "state" / "netanalyze"
        monkeypatch.setattr(measured_mirrors, "place_of_kept_runs", lambda: str(path))
        yield path


def kept(works=(A,), fails=()):
    keep_mirrors({"go": {"works": works, "fails": fails}}, NOW)


def test_what_was_kept_is_read_again_by_nobody_but_us(state):
    kept((A, B), (C,))
    assert read_mirrors(NOW + 1) == {"go": {"works": [A, B], "fails": [C]}}
    assert (state / measured_mirrors.FILE).stat().st_mode & 0o777 == 0o600


def test_what_is_older_than_some_hours_or_of_the_future_is_not_read(state):
    kept()
    assert read_mirrors(NOW + HOLDS.ns)
    assert read_mirrors(NOW + HOLDS.ns + 1) == {} == read_mirrors(NOW - 1)


def test_a_url_with_a_secret_and_one_that_is_nobodys_are_left_out(state):
    kept(("https://me:hunter2@mirror.a.dev", "https://mirror.test", A))
    assert read_mirrors(NOW)["go"]["works"] == [A]


def test_where_nothing_is_left_nothing_is_written(state):
    kept(("https://mirror.test",))
    assert not (state / measured_mirrors.FILE).exists()


def test_what_nobody_advises_is_not_kept_and_leaves_what_is(state):
    remote = {"works": ["https://git.corp.dev/secret/project.git"], "fails": []}
    kept((A,))
    keep_mirrors({"git": remote}, NOW + 1)
    assert read_mirrors(NOW + 1) == {"go": {"works": [A], "fails": []}}
    keep_mirrors({"git": remote, "go": {"works": [B], "fails": []}}, NOW + 2)
    assert read_mirrors(NOW + 2) == {"go": {"works": [B], "fails": []}}
    assert "corp.dev" not in (state / measured_mirrors.FILE).read_text()


def test_what_an_older_version_kept_of_others_is_not_read(state):
    kept((A,))
    path = state / measured_mirrors.FILE
    path.write_text(path.read_text().replace('"go"', '"git"'))
    assert read_mirrors(NOW) == {}


def test_a_file_that_others_may_write_to_is_not_read(state):
    kept()
    (state / measured_mirrors.FILE).chmod(0o666)
    assert read_mirrors(NOW) == {}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"measured_ns": "x"}', json.dumps({"measured_ns": NOW, "clients": [1]})]
    + [f'{{"measured_ns": {one}, "clients": {{}}}}' for one in ("Infinity", "1e999")],
)
def test_a_file_that_says_something_else_is_none(state, text):
    kept()
    (state / measured_mirrors.FILE).write_text(text)
    assert read_mirrors(NOW) == {}


def fix(works, fails=(), goproxy=""):
    measured = {"mirrors": {"go": {"works": list(works), "fails": list(fails)}}, "go_env": {"GOPROXY": goproxy}}
    culprit = Culprit("module-proxy", "proxy.golang.org")
    return advice("tls/client-hello-dropped", culprit, "go", environment=measured).fix[0].command


def test_a_mirror_that_worked_is_advised_before_one_of_the_list():
    assert fix([A]) == f"GOPROXY={A},direct go mod download"
    assert fix([]) == f"GOPROXY={C},direct go mod download"


def test_one_that_failed_is_not_advised_nor_the_culprit_though_it_worked_then():
    assert fix([], [C]) == "GOPROXY=https://goproxy.io,direct go mod download"
    assert fix(["https://proxy.golang.org", A]) == f"GOPROXY={A},direct go mod download"


def test_the_users_own_next_mirror_comes_first_all_the_same():
    assert fix([A], goproxy=f"https://proxy.golang.org,{B}") == f"GOPROXY={B},direct go mod download"


def test_what_is_not_safe_to_paste_is_not_advised():
    assert fix(["https://x.dev/$(id)", "https://x.dev;id"]) == f"GOPROXY={C},direct go mod download"
