"""How go works, told from its lines and from packets: each line gone, twice or of another kind, and what is said then.

After a change that was meant: NETANALYZE_GOLDEN=write pytest tests/unit/rules/test_go_varied.py, and read the diff.
"""

from pathlib import Path

import pytest

from captures.recipes import Conversation, Script
from tests.rules.results import compare, story, written

GOLDEN = Path(__file__).parent / "golden"
PROXY, SUMS = "https://proxy.golang.org/", "https://sum.golang.org/"
TOOL = "github.com/example/tool"


def got(url, status="200 OK"):
    """The two lines of a request."""
    return [f"# get {url}", f"# get {url}: {status} (0.020s)"]


SESSIONS = {
    "a repository is asked": [
        *got(f"{PROXY}{TOOL}/@v/v1.0.0.mod", "404 Not Found"),
        f"cd /cache/vcs/1; git ls-remote -q --end-of-options https://{TOOL}",
        "cd /cache/vcs/1; git -c protocol.version=2 fetch -f https://github.com/e/t refs/heads/*:refs/heads/*",
    ],
    "a vanity host is asked": [
        *got(f"{PROXY}rsc.example.org/quote/@v/list", "410 Gone"),
        *got("https://rsc.example.org/quote?go-get=1"),
    ],
    "a zip comes twice": 2 * got(f"{PROXY}example.com/m/@v/v1.0.0.zip") + got(f"{PROXY}example.com/n/@v/v1.0.0.zip"),
    "an internal module": got(f"{PROXY}git.corp.internal/team/tool/@v/v1.0.0.info", "404 Not Found"),
    "credentials are wanted": [
        *got(f"{PROXY}{TOOL}/@v/v1.0.0.info", "404 Not Found"),
        f"go: {TOOL}@v1.0.0: invalid version: git ls-remote -q origin in /c: exit status 128:",
        "\tfatal: could not read Username for 'https://github.com': terminal prompts disabled",
    ],
    "a checksum cannot be looked up": [
        *got(f"{PROXY}example.com/m/@v/v1.0.0.zip"),
        f"# get {SUMS}lookup/example.com/m@v1.0.0",
        f'# get {SUMS}lookup/example.com/m@v1.0.0: Get "{SUMS}lookup": dial tcp 198.51.100.9:443: i/o timeout (30.001s)',
    ],
    "a toolchain comes first": ["go: downloading go1.99.0 (linux/amd64)", "go: downloading example.com/m v1.0.0"],
    "a proxy is down": [
        f"# get {PROXY}example.com/m/@v/v1.0.0.mod",
        f'go: example.com/m@v1.0.0: Get "{PROXY}example.com/m/@v/v1.0.0.mod": dial tcp 198.51.100.5:443: i/o timeout',
    ],
    "a proxy says no": [
        f"# get {PROXY}example.com/m/@v/v1.0.0.mod",
        f"go: example.com/m@v1.0.0: reading {PROXY}example.com/m/@v/v1.0.0.mod: 404 Not Found",
    ],
}
CHANGES = {
    "404 Not Found": ("410 Gone", "403 Forbidden", "500 Internal Server Error", "200 OK"),
    "200 OK": ("404 Not Found", "304 Not Modified"),
    "proxy.golang.org": ("goproxy.corp.internal", "mirrors.example.net"),
    "github.com": ("git.example.org", "git.corp.internal"),
    "i/o timeout": ("connect: connection refused", "connect: network is unreachable", "connect: no route to host"),
    "refs/heads/*": ("refs/tags/v1",),
    ".zip": (".mod",),
    "go1.99.0": ("example.org/go",),
}
"""What a word of a session becomes in turn."""


def healthy(host="proxy.golang.org", address="198.51.100.5", port=51000, start="2024-01-01T00:00:00Z", ends=True):
    """A connection on which all is well."""
    talk = Conversation(client=f"192.0.2.10:{port}", server=f"{address}:443", start=start).dns(host, address)
    talk.handshake().opens(host).fetches("1200 B", "9 kB")
    return talk.exits() if ends else talk


def line(name, result):
    """What stands beside the cause, and the cause."""
    keys = ("cause", "culprit", "start", "end", "confidence", "message", "quantities", "attributes", "evidence")
    found = [{key: f[key] for key in keys} for f in result.to_json()["findings"] if f["cause"].startswith("go/")]
    return f"{name}: {result.verdict.status} {result.verdict.cause or ''} {written(found)}".strip()


@pytest.mark.parametrize("session", SESSIONS)
def test_what_a_session_with_a_change_says(session, tmp_path):
    usual, path = SESSIONS[session], tmp_path / "talk.pcapng"
    varied = {"as it is": usual}
    for index, text in enumerate(usual):
        varied[f"without line {index + 1}"] = usual[:index] + usual[index + 1 :]
        varied[f"line {index + 1} twice"] = [*usual[: index + 1], *usual[index:]]
        varied[f"line {index + 1} last"] = [*usual[:index], *usual[index + 1 :], text]
    for word, others in CHANGES.items():
        for other in others if any(word in text for text in usual) else ():
            varied[f"{other} for {word}"] = [text.replace(word, other) for text in usual]
    told = healthy()
    lines = [line(name, story(told, path, trace="\n".join(texts) + "\n")) for name, texts in varied.items()]
    lines += [line(f"by {c}", story(told, path, trace="\n".join(usual) + "\n", client=c)) for c in ("git", "curl")]
    compare("\n".join(lines) + "\n", GOLDEN / f"{session.replace(' ', '_')}.txt")


def dial(host, address, start, port, answered=False):
    """SYNs to a host for 30 s, or a whole exchange."""
    if answered:
        return healthy(host, address, port, start)
    talk = Conversation(client=f"192.0.2.10:{port}", server=f"{address}:443", start=start).dns(host, address)
    return talk.syns()


def database(way, port=51010, start="2024-01-01T00:00:02Z"):
    """A connection to the checksum database that goes wrong in some way."""
    host, address = "sum.golang.org", "198.51.100.9"
    talk = Conversation(client=f"192.0.2.10:{port}", server=f"{address}:443", start=start)
    if way == "no address":
        script = Script(start=start)
        script.answers(script.asks(host, edns=False), rcode="NXDOMAIN")
        return script
    talk.dns(host, address)
    if way == "no connection":
        return talk.syns()
    talk.handshake()
    if way == "no handshake":
        talk.client_hello(sni=host)
        return talk.passes("10 s").link_is_alive()
    talk.opens(host)
    if way == "answered":
        return talk.fetches("1200 B").exits()
    return talk.request(46).passes(way).link_is_alive()


def test_what_packets_of_several_hosts_say(tmp_path):
    path, code, proxy = tmp_path / "talk.pcapng", ("github.com", "198.51.100.20"), ("proxy.golang.org", "198.51.100.5")
    at = "2024-01-01T00:0{}:{:02}Z".format
    stories = {
        "proxy, then code host": [healthy(), healthy(*code, port=51001, start=at(0, 5))],
        "code host, then proxy": [healthy(*code, port=51001), healthy(start=at(0, 5))],
        "code host alone": [healthy(*code, port=51001)],
        "proxy, then another": [healthy(), healthy("files.example.org", "198.51.100.21", 51001, at(0, 5))],
    }
    for way in ("no address", "no connection", "no handshake", "4.9 s", "5.2 s", "answered"):
        stories[f"checksum database: {way}"] = [healthy(), database(way)]
        stories[f"checksum database first: {way}"] = [database(way, start=at(0, 0)), healthy(start=at(0, 40))]
        stories[f"checksum database alone: {way}"] = [database(way)]
        again = database("answered", port=51011, start=at(2, 0))
        stories[f"checksum database: {way}, answered later"] = [healthy(), database(way), again]
    for second in (at(0, 10), at(0, 29), at(0, 30), at(0, 31), at(1, 10)):
        dials = [dial(*proxy, at(0, 0), 51002), dial(*proxy, second, 51003)]
        stories[f"a dead proxy again at {second}"] = dials
        for then in (at(0, 1), at(0, 32), at(2, 0)):
            other = dial("goproxy.cn", "198.51.100.30", then, 51004, answered=True)
            stories[f"a dead proxy again at {second}, another answers at {then}"] = [*dials, other]
    lines = []
    for name, told in stories.items():
        for client in ("go", "curl"):
            lines.append(line(f"{name}, {client}", story(told, path, client=client)))
    compare("\n".join(lines) + "\n", GOLDEN / "hosts.txt")
