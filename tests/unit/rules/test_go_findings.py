"""Findings about how go works: they stand beside the cause, are made of go's own lines, and are never the root."""

import pytest

from captures.recipes import Conversation
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from netanalyze.clients.packages import module_of
from netanalyze.result import RunFacts

PROXY = "https://proxy.golang.org/"


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """A download in which nothing is wrong."""
    talk = Conversation(server="198.51.100.5:443").dns("proxy.golang.org", "198.51.100.5")
    talk.handshake().opens().fetches("1200 B", "9 kB").exits()
    path = tmp_path_factory.mktemp("go") / "healthy.pcapng"
    path.write_bytes(Timeline(talk).octets())
    return path


def found(capture, *lines):
    """The go/ findings for what go printed, by cause; nothing of it may be the verdict's cause."""
    result = analyze([capture], trace="\n".join(lines) + "\n")
    assert not (result.verdict.cause or "").startswith("go/")
    return {f.cause: f for f in result.findings if f.cause.startswith("go/")}


def got(path, status="200 OK"):
    """The two lines of a request."""
    return f"# get {PROXY}{path}", f"# get {PROXY}{path}: {status} (0.020s)"


def test_404_and_then_git_is_a_fall_back_to_the_repository(healthy):
    lines = (*got("github.com/example/tool/@v/v1.0.0.mod", "404 Not Found"),
             "cd /cache/vcs/1; git ls-remote -q --end-of-options https://github.com/example/tool")  # fmt: skip
    finding = found(healthy, *lines)["go/direct-fallback"]
    assert finding.culprit.host == "github.com"
    assert finding.quantities["module"] == "github.com/example/tool"


def test_git_for_another_host_is_none(healthy):
    lines = (*got("github.com/example/tool/@v/v1.0.0.mod", "404 Not Found"),
             "cd /cache/vcs/1; git ls-remote -q --end-of-options https://git.example.org/other")  # fmt: skip
    assert "go/direct-fallback" not in found(healthy, *lines)


def test_the_whole_history_is_told_from_one_commit(healthy):
    place = "cd /cache/vcs/1; git -c protocol.version=2 fetch -f "
    one, all_of_it = (
        "--depth=1 --end-of-options origin refs/tags/v1",
        "https://github.com/e/t refs/heads/*:refs/heads/*",
    )
    assert "go/huge-history-fetch" not in found(healthy, place + one)
    assert "go/huge-history-fetch" in found(healthy, place + all_of_it)


def test_a_zip_that_comes_twice_is_a_cache_that_is_not_kept(healthy):
    zip_file, mod = got("example.com/m/@v/v1.0.0.zip"), got("example.com/m/@v/v1.0.0.mod")
    assert "go/refetched" not in found(healthy, *zip_file, *mod, *mod)
    assert found(healthy, *zip_file, *zip_file)["go/refetched"].quantities == {"versions": 1, "most": 2}


@pytest.mark.parametrize(("module", "private"), [("git.corp.internal/team/tool", True), ("github.com/o/tool", False)])
def test_an_internal_name_asked_of_a_public_proxy_is_told(healthy, module, private):
    lines = got(f"{module}/@v/v1.0.0.info", "404 Not Found")
    assert ("go/private-module-through-proxy" in found(healthy, *lines)) is private


def test_credentials_for_what_the_proxy_does_not_have_are_told(healthy):
    lines = (*got("github.com/o/tool/@v/v1.0.0.info", "404 Not Found"),
             "go: github.com/o/tool@v1.0.0: invalid version: git ls-remote -q origin in /c: exit status 128:",
             "\tfatal: could not read Username for 'https://github.com': terminal prompts disabled")  # fmt: skip
    assert "go/private-module-through-proxy" in found(healthy, *lines)


@pytest.mark.parametrize(
    ("goproxy", "told"),
    [
        ("https://proxy.golang.org,https://goproxy.cn,direct", True),
        ("https://proxy.golang.org", False),
        ("https://proxy.golang.org|direct", False),
    ],
)
def test_a_comma_is_blamed_only_where_goproxy_has_one(healthy, goproxy, told):
    from netanalyze.analyzer import Analyzer
    from netanalyze.capture.source import open_source
    from netanalyze.clients.trace import parse_trace

    error = (
        f'go: example.com/m@v1.0.0: Get "{PROXY}example.com/m/@v/v1.0.0.mod": dial tcp 198.51.100.5:443: i/o timeout'
    )
    lines = [f"# get {PROXY}example.com/m/@v/v1.0.0.mod", error]
    analyzer = Analyzer()
    with open_source([str(healthy)], analyzer.diagnostics, analyzer.engine) as source:
        for batch in source.batches():
            analyzer.feed(batch, source.interfaces)
    run = RunFacts(argv=("go", "mod", "download"), exit_code=1, environment={"go_env": {"GOPROXY": goproxy}})
    result = analyzer.finish(run=run, trace=parse_trace("\n".join(lines)))
    assert any(f.cause == "go/no-fallback" for f in result.findings) is told


def test_the_path_of_a_module_is_read_from_a_proxys_url():
    assert module_of(PROXY + "github.com/!data!dog/zstd/@v/v1.0.0.zip") == "github.com/DataDog/zstd"
    assert module_of("https://mirrors.aliyun.com/goproxy/example.com/m/@latest") == "example.com/m"
    assert module_of(PROXY + "sumdb/sum.golang.org/lookup/example.com/m@v1.0.0") is None
