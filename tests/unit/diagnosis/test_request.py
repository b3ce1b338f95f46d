"""The verdict says which request: the URL that hangs or failed, and its check asks for that very one."""

import pytest

from netanalyze.api import analyze
from netanalyze.diagnosis.advice.situation import situation
from netanalyze.findings import Culprit
from netanalyze.report import markdown, terminal
from tests.house.sources import ROOT

CAPTURES = ROOT / "captures"
RECORDED = CAPTURES / "recorded"
URL = "https://proxy.golang.org/example.com/lib02/@v/v1.0.0.mod"


def of(name, trace=None):
    """A recording beside what its command printed."""
    folder = RECORDED / name
    return analyze([str(folder / "capture.pcap")], trace=trace or (folder / "go.stderr.txt").read_text())


def test_a_trace_names_it():
    result = of("client-hello-dropped")
    request = result.verdict.request
    assert (request.url, request.method, request.source) == (URL, "GET", "trace")
    assert request.module == "example.com/lib02@v1.0.0"
    told = result.to_json()["verdict"]["request"]
    assert told["url"] == URL
    assert told["start"] is None, "these lines bear no times"
    assert result.verdict.verify.what == f"curl -sv --max-time 15 -4 {URL} -o /dev/null"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_the_second_line_of_the_report(language):
    result = of("client-hello-dropped")
    assert terminal.render(result, language=language).splitlines()[1].strip() == f"GET {URL}"
    assert f"`GET {URL}`" in markdown.render(result, language)


def test_without_words_or_clear_text_there_is_none():
    result = analyze([str(RECORDED / "client-hello-dropped" / "capture.pcap")])
    assert result.verdict.request is None
    assert result.to_json()["verdict"]["request"] is None
    assert result.verdict.verify.what == "curl -sv --max-time 15 https://proxy.golang.org/ -o /dev/null"


def test_clear_http_names_it_with_its_frame():
    result = analyze([str(CAPTURES / "http" / "filtered" / "hit.pcapng")])
    request = result.verdict.request
    assert request.url == "http://goproxy.example.test/cloud.example.com/blocked/@v/v1.0.0.mod"
    assert (request.source, request.module) == ("frames", "cloud.example.com/blocked@v1.0.0")
    row = next(row for row in result.http.rows() if row["request_frame"] == request.frame)
    assert row["target"] == "/cloud.example.com/blocked/@v/v1.0.0.mod"
    assert f" -4 {request.url} " in result.verdict.verify.what


def test_through_a_proxy_the_check_goes_through_it():
    verdict = of("connect-refused").verdict
    assert verdict.verify.what == f"curl -svm 15 -o /dev/null -x http://gateway.corp.test:3128 {URL}"


@pytest.mark.parametrize(
    ("hosts", "more", "said"),
    [
        (["a", "b", "c"], 2, "a.mod; 2 more wait"),
        (["a", "b"], 1, "a.mod; 1 more waits"),
        (["a"], 0, "a.mod"),
    ],
)
def test_of_several_the_first_and_how_many_wait(hosts, more, said):
    host = "https://proxy.golang.org/example.com"
    lines = [f"# get {host}/{name}/@v/v1.mod" for name in hosts]
    others = [
        "# get https://elsewhere.test/x",
        f"# get {host}/done/@v/v1.mod",
        f"# get {host}/done/@v/v1.mod: 200 OK (0.010s)",
    ]
    request = of("client-hello-dropped", "\n".join([*others, *lines])).verdict.request
    assert request.url == f"{host}/a/@v/v1.mod"
    assert request.waiting == more
    assert str(request.line).replace("@v/v1", "").replace("/.", ".").endswith(said)


@pytest.mark.parametrize(
    ("url", "module"),
    [
        ("https://proxy.golang.org/github.com/!azure/x/@v/v1.2.3.zip", "github.com/Azure/x@v1.2.3"),
        ("https://corp.test/goproxy/example.com/m/v2/@v/v2.0.0-rc.1.info", "example.com/m/v2@v2.0.0-rc.1"),
        ("https://proxy.golang.org/example.com/m/@latest", "example.com/m"),
        ("https://proxy.golang.org/example.com/m/@v/list", "example.com/m"),
        ("https://example.com/m?go-get=1", None),
    ],
)
def test_the_module_of_a_url(url, module):
    trace = f"# get {url}".replace("corp.test", "proxy.golang.org").replace(
        "https://example.com/", "https://proxy.golang.org/"
    )
    assert of("client-hello-dropped", trace).verdict.request.module == module


SERVER = Culprit("server", "h.test", "192.0.2.1", 443)


@pytest.mark.parametrize(
    ("facts", "fetch"),
    [
        ({}, "https://h.test/"),
        ({"request_url": "https://h.test/a"}, "https://h.test/a"),
        ({"request_url": "https://h.test/a", "family": "6", "http": "h2"}, "-6 --http2 https://h.test/a"),
        ({"request_url": "https://h.test/a", "family": "4", "http": "http/1.1"}, "-4 --http1.1 https://h.test/a"),
        ({"request_url": "https://h.test/a", "family": "4", "through": "p.test", "through_port": 3128},
         "-x http://p.test:3128 https://h.test/a"),
        ({"request_url": "https://h.test/a", "through": "$(reboot)", "through_port": 3128}, "https://h.test/a"),
        ({"request_url": "https://h.test/!b?x=1&y=2"}, "'https://h.test/!b?x=1&y=2'"),
        ({"request_url": "https://h.test/'$(reboot)'"}, "https://h.test/"),
        ({"request_url": "https://a;id;.h.test/a"}, "https://h.test/"),
        ({"request_url": "https://h.test/a b"}, "https://h.test/"),
        ({"request_url": "https://h.test/{a,b}"}, "https://h.test/"),
        ({"request_url": "https://h.test/a\n-o/etc/passwd"}, "https://h.test/"),
        ({"request_url": "https://me:xxxxx@h.test/a"}, "https://h.test/"),
        ({"request_url": "https://h.test/a?token=s3cret0123456789"}, "https://h.test/"),
        ({"request_url": "https://other.test/a"}, "https://h.test/"),
        ({"request_url": "file:///etc/passwd"}, "https://h.test/"),
    ],
)  # fmt: skip
def test_what_is_pasted_is_the_same_request_or_the_first_page(facts, fetch):
    _, values = situation(SERVER, "curl", {}, {}, facts)
    assert values["fetch"] == fetch


def test_the_live_line_says_what_it_waits_for():
    from netanalyze.diagnosis.status import OwedMove
    from netanalyze.live.sentences import waiting
    from netanalyze.result.asked_for import AskedFor
    from netanalyze.waiting import Waiting

    wanted = AskedFor(URL, "GET", "trace", waiting=3).line
    wait = OwedMove(Waiting.SERVER_HELLO, 0, "proxy.golang.org", "192.0.2.1", 443, wanted=wanted)
    assert str(waiting(wait, 6_200_000_000)).endswith(f"; GET {URL}; 3 more wait")
