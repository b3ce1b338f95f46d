"""Which go commands are asked to talk, and which of their lines are hidden."""

import pytest

from netanalyze.live.command.go import Hider, is_go, saved_settings, settings, subcommand, with_trace
from netanalyze.redaction import recorded_variables

GET = "# get https://proxy.example/a.test/m/@v/v1.0.0.mod"


@pytest.mark.parametrize(
    "line", ["go mod download", "go mod tidy", "go -C x get a.test/m@latest", "go list -m all", "go build ./..."]
)
def test_what_fetches_is_traced(line):
    assert with_trace(tuple(line.split()), "") == "-x"


@pytest.mark.parametrize(
    "line",
    [
        "go",
        "go version",
        "go env",
        "go test ./...",
        "go run .",
        "go tool x",
        "go generate",
        "go mod why x",
        "go mod download -x",
    ],
)
def test_the_rest_is_left_alone(line):
    assert with_trace(tuple(line.split()), "") is None


def test_the_users_flags_stay():
    assert with_trace(("/usr/local/go/bin/go", "mod", "download"), "-mod=mod -modcacherw") == "-mod=mod -modcacherw -x"
    assert with_trace(("go", "mod", "download"), "-mod=mod -x") is None


def test_only_go_is_go():
    assert is_go(("/opt/go/bin/go", "version"))
    assert not is_go(("gofmt",))
    assert not is_go(())
    assert subcommand(("go",)) == ()


def test_a_go_that_does_not_answer_has_no_settings(tmp_path):
    silent = tmp_path / "go"
    silent.write_text("#!/bin/sh\necho not json\n")
    silent.chmod(0o755)
    assert settings(str(silent), {"PATH": "/bin:/usr/bin"}) == {}


def test_settings_are_asked_without_a_module_and_carry_no_secret(tmp_path):
    go = tmp_path / "go"
    go.write_text(
        '#!/bin/sh\ntest "$PWD" = / && test "$GOTOOLCHAIN" = local || exit 1\n'
        'echo \'{"GOPROXY": "https://me:secret@proxy.example", "GOENV": "\'$ENVFILE\'", "GOTOOLCHAIN": "local"}\'\n'
    )
    go.chmod(0o755)
    saved = tmp_path / "env"
    saved.write_text("GOTOOLCHAIN=go1.99+auto\n")
    found = settings(str(go), {"PATH": "/bin:/usr/bin", "ENVFILE": str(saved), "GODEBUG": "netdns=2"})
    assert recorded_variables(found)["GOPROXY"] == "https://xxxxx@proxy.example"
    assert found["GOTOOLCHAIN"] == "go1.99+auto"
    assert found["GODEBUG"] == "netdns=2"


HIDDEN = [
    GET,
    GET + ": 200 OK (0.050s)",
    "# lock /home/me/go/pkg/mod/cache/vcs/0a1b.lock",
    "mkdir -p /home/me/go/pkg/mod/cache/vcs # git3 https://git.example/x",
    "cd /home/me/go/pkg/mod/cache/vcs/0a1b; git ls-remote -q --end-of-options https://git.example/x",
    "0.063s # cd /home/me/go/pkg/mod/cache/vcs/0a1b; git ls-remote -q",
    "git ls-remote -q https://git.example/x",
]
SHOWN = [
    "go: downloading golang.org/x/text v0.3.0",
    'go: a.test/m@v1.0.0: Get "https://proxy.example/": dial tcp: i/o timeout',
    "# a.test/package",
    "./a.go:3:33: undefined: x",
    "fatal: unable to access",
    "",
    "a.test/m@v1: invalid version: git ls-remote -q: exit status 128:",
]


@pytest.mark.parametrize("line", HIDDEN)
def test_lines_of_x_are_hidden(line):
    assert Hider().hides(line)


@pytest.mark.parametrize("line", SHOWN)
@pytest.mark.parametrize("builds", [False, True])
def test_gos_own_words_are_shown(line, builds):
    assert not Hider(builds).hides(line)


def test_the_commands_of_a_build_are_hidden_and_its_errors_shown():
    said = """WORK=/tmp/go-build2025170919
mkdir -p $WORK/b001/
cat >/tmp/go-build2025170919/b001/importcfg << 'EOF' # internal
# import config
packagefile fmt=/tmp/go-build2025170919/b002/_pkg_.a
EOF
cd /home/me/project
/usr/lib/go/pkg/tool/linux_amd64/compile -o $WORK/b001/_pkg_.a -trimpath "$WORK/b001=>" -p main
go tool buildid -w $WORK/b002/_pkg_.a # internal
GOROOT='/usr/lib/go' /usr/lib/go/pkg/tool/linux_amd64/link -o $WORK/b001/exe/a.out
mv $WORK/b001/exe/a.out a
rm -rf $WORK/b001/
# x.test/a
./a.go:3:33: undefined: x"""
    hider = Hider(builds=True)
    assert [line for line in said.splitlines() if not hider.hides(line)] == ["# x.test/a", "./a.go:3:33: undefined: x"]


def test_what_go_env_has_saved_is_read_where_the_environment_says_nothing(tmp_path):
    (tmp_path / "home/.config/go").mkdir(parents=True)
    (tmp_path / "home/.config/go/env").write_text("GOAUTH=/opt/bin/token\nGOPROXY=https://me:secret@p.test\nGONE=1\n")
    found = saved_settings({"HOME": "/home", "GOSUMDB": "off"}, str(tmp_path))
    assert recorded_variables(found) == {
        "GOAUTH": "/opt/bin/token",
        "GOPROXY": "https://xxxxx@p.test",
        "GOSUMDB": "off",
    }


@pytest.mark.parametrize("environment", [{}, {"HOME": "/nowhere"}, {"GOENV": "off"}])
def test_without_the_file_nothing_was_saved(environment, tmp_path):
    assert saved_settings(environment, str(tmp_path)) == {}
