"""Texts of strangers in every place where one is read: a verdict comes, or an error that says what to do."""

import io
import json
import tarfile

from netanalyze.api import analyze
from netanalyze.errors import NetanalyzeError
from netanalyze.report import html, markdown, terminal
from tests.attack.register import attack

CAPTURE = "captures/http/redirect_blocked/hit.pcapng"
URLS = (
    "http://[x/", "http://[::1", "https://[fe80::1%25\u00e9]/", "http://h:99999/", "http://h:\u00b2/", "http://\u2100.test/",
    "http://" + "[" * 5000, "http://h:" + "9" * 5000, "//", "http://@@@/", "http://\ud800/", "http://a\\@b/", "\x00",
)  # fmt: skip
NUMBERS = ("\u00b2", "\u0663", "-1", "1e999", "9" * 5000, "nan", "1_0", "", ".", "99999999999999999999")
LINES = (
    "# get {url}", "# get {url}: 200 OK (0.1s)", 'go: m@v: Get "{url}": dial tcp: i/o timeout',
    "fatal: unable to access '{url}/': x",
    "curl: (6) Could not resolve host: {url}", "mkdir -p x # git3 {url}", "{number}s # cd x; git fetch", "{number} go: x",
    "error: HTTP/2 stream {number} was not closed cleanly", 'go: reading {url}: {number} Not Found',
)  # fmt: skip
ABOUT = (
    "netanalyze-record 1\nstart {number}\nend {number}\nexit {number}\npackets none\n"
    "ticks {number}\nuptime {number} 1\nnow {number}\n"
)


def held(*arguments, **named):
    """Whether an analysis and each report of it end as they should; any other exception is a fault."""
    try:
        result = analyze(*arguments, **named)
        terminal.render(result, 80, False, False, "en")
        html.render(result)
        markdown.render(result)
    except NetanalyzeError as error:
        return bool(str(error))
    except Exception:
        return False
    return not any(row.kind in ("rule_failed", "part_failed") for row in result.capture.diagnostics)


@attack("a URL or number that is none, in what a command printed")
def lines_of_the_trace():
    """Every kind of line with each of them, stamped and not."""
    for url, number in [*((url, "7") for url in URLS), *(("https://a.test/x", number) for number in NUMBERS)]:
        text = "\n".join(line.format(url=url, number=number) for line in LINES)
        stamped = "\n".join(f"1700000000.5 {line}" for line in text.split("\n"))
        yield ascii(f"{url} {number}"[:60]), held([CAPTURE], trace=f"{text}\n{stamped}\n")


@attack("a URL or number that is none, in a recorder's archive")
def texts_of_an_archive(folder):
    """Settings, proxies and counts that are none."""
    whole = ABOUT.format(number="1700000000")
    texts = [{"about.txt": ABOUT.format(number=number)} for number in NUMBERS]
    for url in URLS:
        settings = json.dumps({"GOPROXY": url, "GOVERSION": url})
        texts.append(
            {"about.txt": whole, "go-env.json": settings, "environment.txt": f"https_proxy={url}\nHTTP_PROXY={url}"}
        )
    texts.append({"about.txt": whole, "go-env.json": "[" * 100_000})
    for number, members in enumerate(texts):
        path = folder / f"{number}.tar"
        with tarfile.open(path, "w") as tar:
            for name, text in {"command.txt": "go\tmod\tdownload\t", **members}.items():
                octets = text.encode("utf-8", "replace")
                info = tarfile.TarInfo(f"netanalyze-record/{name}")
                info.size = len(octets)
                tar.addfile(info, io.BytesIO(octets))
        yield ascii(str(members)[:60]), held([path])
