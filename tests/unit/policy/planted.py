"""Runs of go that keep a policy, and the same with one thing in them that breaks it."""

from captures.recipes import Conversation, Run, Script, Timeline
from captures.recipes.certificates import chain

PROXY, SUMS = ("proxy.golang.org", "198.51.100.5"), ("sum.golang.org", "203.0.113.7")
OTHER = "203.0.113.99"
GO = ("go", "mod", "download", "-x")
GIT = ("git", "fetch", "https://code.example/m")


def opened(host, address, port=51000, start=None, chained=None, after="4 ms", asked=True, lost_syns=0, sni=None):
    """A lookup, a connection and its handshake."""
    begun = {} if start is None else {"start": start}
    talk = Conversation(client=f"192.0.2.10:{port}", server=f"{address}:443", **begun)
    if asked:
        talk.dns(host, address, after=after)
    talk.handshake(lost_syns=lost_syns).opens(sni=sni or host, chain=chained)
    return talk


def good(bodies=2, sums=True, pause="1 ms", after="4 ms", port=51000, extra=(), lines=(), by=None, **first):
    """A run of go: modules from the proxy, sums from the checksum database; what else there is comes after them."""
    talk = opened(*PROXY, port=port, after=after, **first)
    talk.fetches(*["3 KiB"] * bodies).passes(pause)
    talks = [talk]
    if sums:
        other = opened(*SUMS, port=port + 2, start=talk.now, after=after)
        talks.append(other.fetches())
    made = [piece for make in extra for piece in make(talks[-1].now)]
    if len(talks) + len(made) > 1:
        talk.joins(*talks[1:], *made)
    talk.exits()
    told = Run(*GO)
    for one in talks:
        told.has(one)
    told.forks(4712, *GIT, at="1 ms")
    for one in made:
        if isinstance(one, Conversation):
            told.has(one, pid=(by or {}).get(one.server.address))
    told.prints("5 ms", "# get https://proxy.golang.org/example.com/m/@v/v1.0.0.mod")
    told.prints("30 ms", "# get https://proxy.golang.org/example.com/m/@v/v1.0.0.mod: 200 OK (0.025s)")
    for number, line in enumerate(lines):
        told.prints(f"{40 + number} ms", line)
    told.ends("60 s", 0)
    return Timeline(*talks, *made, run=told)


GOOD = {
    "the same": {},
    "more modules": {"bodies": 6},
    "other ports": {"port": 42000},
    "a slower resolver": {"after": "60 ms"},
    "a pause": {"pause": "3 s"},
    "no sums": {"sums": False},
}
"""Six runs as good as the first."""


def session(host, address, port=52000, **how):
    """One more connection, which ends."""

    def make(start):
        talk = opened(host, address, port, start, **how)
        talk.fetches().exits()
        return [talk]

    return make


def clear(host, address, path="/", named=None, port=52010):
    """One more connection, in the clear."""

    def make(start):
        talk = Conversation(client=f"192.0.2.10:{port}", server=f"{address}:80", start=start)
        talk.handshake().get(path, named or host)
        talk.replies("200 OK", b"hello\n").passes("1 ms").both_close()
        return [talk]

    return make


def bare(address, port, silent=False):
    """A connection on which nobody says what it is for; or that nobody answers."""

    def make(start):
        talk = Conversation(client="192.0.2.10:52020", server=f"{address}:{port}", start=start)
        if silent:
            talk.syns(3)
            talk.passes("5 s")
        else:
            talk.handshake().passes("2 ms").both_close()
        return [talk]

    return make


def lookup(name, resolver="192.0.2.53", after="4 ms", answered=True):
    """One more lookup."""

    def make(start):
        script = Script(start=start, resolver=resolver)
        if answered:
            script.dns(name, "198.51.100.5", after=after)
        else:
            script.asks_both(name)
            script.passes("8 s").link_is_alive()
        return [script]

    return make


def tunnel(host, proxy, port=52600):
    """TLS to a host through a proxy that is asked to CONNECT."""

    def make(start):
        talk = Conversation(client=f"192.0.2.10:{port}", server=f"{proxy}:3128", start=start)
        talk.handshake().connect_request(f"{host}:443")
        talk.streams(b"HTTP/1.1 200 Connection established\r\n\r\n")
        talk.opens(sni=host).fetches().exits()
        return [talk]

    return make


def many(number, address_of, name_of):
    """Many more connections."""
    return [session(name_of(n), address_of(n), 54000 + 2 * n, asked=False) for n in range(number)]


PLANTED = {
    "a host that is new": (
        {"extra": [session("cdn.example", OTHER)]}, {"hosts.allowed", "resolvers.names", "tls.names", "processes"},
    ),
    "an address without a name": ({"extra": [bare(OTHER, 8443)]}, {"hosts.allowed", "processes"}),
    "another resolver": ({"extra": [lookup(PROXY[0], "198.51.100.8")]}, {"resolvers.allowed"}),
    "something beside DNS on its port": ({"extra": [bare(OTHER, 53)]}, {"resolvers.allowed"}),
    "a resolver over TLS": ({"extra": [bare(OTHER, 853)]}, {"resolvers.allowed"}),
    "a name that is new": ({"extra": [lookup("telemetry.example")]}, {"resolvers.names"}),
    "data in a name": ({"extra": [lookup("6b6579.a1b2c3d4e5f6.exfil.example")]}, {"resolvers.names"}),
    "a module's own host": (
        {"lines": ["# get https://code.example/m?go-get=1", "# get https://code.example/m?go-get=1: 200 OK (0.010s)"]},
        {"direct.allowed", "modules"},
    ),
    "a fallback": (
        {"lines": [
            "# get https://proxy.golang.org/code.example/m/@v/list",
            "# get https://proxy.golang.org/code.example/m/@v/list: 404 Not Found (0.010s)",
            "cd /tmp/vcs; git ls-remote -q --end-of-options https://code.example/m"]},
        {"direct.allowed"},
    ),
    "HTTP in the clear": ({"extra": [clear(*PROXY)]}, {"http.clear"}),
    "HTTP in the clear to another": (
        {"extra": [clear("plain.example", OTHER)]}, {"hosts.allowed", "http.clear", "processes"},
    ),
    "HTTP through a proxy": (
        {"extra": [clear("cache.example", OTHER, "http://plain.example/x", "plain.example")]},
        {"hosts.allowed", "http.clear", "processes", "proxies.allowed"},
    ),
    "a tunnel through a proxy to where the run may go": ({"extra": [tunnel(PROXY[0], OTHER)]}, {"proxies.allowed"}),
    "TLS 1.2": ({"chained": chain("proxy.golang.org")}, {"tls.versions"}),
    "another's certificate": (
        {"chained": chain("*.portal.example")}, {"tls.versions", "tls.certificates_match"},
    ),
    "a name that its address does not have": (
        {"extra": [session("front.example", PROXY[1], asked=False)]}, {"hosts.allowed", "tls.names", "processes"},
    ),
    "a slow lookup": ({"extra": [lookup(PROXY[0], after="2 s")]}, {"times.lookup"}),
    "a lookup without an answer": ({"extra": [lookup(PROXY[0], answered=False)]}, {"times.lookup"}),
    "a slow connect": ({"lost_syns": 1}, {"times.connect"}),
    "a connect without an answer": ({"extra": [bare(PROXY[1], 443, silent=True)]}, {"times.connect"}),
    "connections to one host": (
        {"extra": many(5, lambda n: PROXY[1], lambda n: PROXY[0])},
        {"connections.most", "connections.most_per_host"},
    ),
    "connections to all hosts": (
        {"extra": many(4, lambda n: (PROXY, SUMS)[n % 2][1], lambda n: (PROXY, SUMS)[n % 2][0])}, {"connections.most"},
    ),
    "a program that is new": ({"extra": [session(*SUMS, asked=False)], "by": {SUMS[1]: 4712}}, {"processes"}),
    "a module from elsewhere": (
        {"lines": ["# get https://mirror.example/example.com/n/@v/v1.0.0.zip",
                   "# get https://mirror.example/example.com/n/@v/v1.0.0.zip: 200 OK (0.010s)"]},
        {"modules"},
    ),
    "a module that the proxy gave from elsewhere as well": (
        {"lines": ["# get https://mirror.example/example.com/m/@v/v1.0.0.zip",
                   "# get https://mirror.example/example.com/m/@v/v1.0.0.zip: 200 OK (0.010s)"]},
        {"modules"},
    ),
    "a module's own host beside the proxy's list": (
        {"lines": [
            "# get https://proxy.golang.org/code.example/m/@v/list",
            "# get https://proxy.golang.org/code.example/m/@v/list: 200 OK (0.010s)",
            "# get https://code.example/m?go-get=1", "# get https://code.example/m?go-get=1: 200 OK (0.010s)"]},
        {"direct.allowed", "modules"},
    ),
}  # fmt: skip
"""What is planted, and the rules that it breaks: those and no other."""
