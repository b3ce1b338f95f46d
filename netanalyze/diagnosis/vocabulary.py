"""The causes a verdict, a finding and the ledger may name: identifiers (the public contract) and their meaning.

docs/causes.md is the same table for people. An identifier is ``phase/what-is-wrong``; new ones may come (say so in the
changelog), none is ever renamed. Findings of ``GO_FINDINGS`` tell how the go command works; they stand beside a cause and
are never one.
"""

from dataclasses import dataclass

PHASES = ("capture", "local", "dns", "tcp", "tls", "http")


@dataclass(frozen=True)
class Cause:
    """One cause: ``id``, what is meant by it in one sentence, and the phase it belongs to."""

    id: str
    meaning: str
    phase: str


def _causes(phase: str, meanings: dict[str, str]) -> dict[str, Cause]:
    return {f"{phase}/{name}": Cause(f"{phase}/{name}", meaning, phase) for name, meaning in meanings.items()}


CAUSES: dict[str, Cause] = {
    **_causes("capture", {
        "no-traffic": "The command used the network, and nothing of that was captured: another interface or namespace was.",
        "lossy": "The recorder itself missed so many frames that nothing safe can be said about loss on the network.",
        "one-way": "The capture shows one direction of the traffic only.",
    }),
    **_causes("local", {
        "cache-lock-held": "Another running program holds the lock of the module cache or of a repository in it.",
        "child-holds-pipe": "git or ssh has ended, but a background child of it still holds the pipe that the command reads.",
        "credential-prompt": "git, ssh or an askpass program waits for somebody to type.",
        "auth-helper-blocked": "A GOAUTH command or credential helper was started and does not come back.",
        "configuration": "The settings forbid the work or make it impossible before any packet is sent.",
        "egress-dropped": "The name was resolved and then no SYN left this machine: its own firewall drops what goes out.",
        "ingress-dropped": "What the other side sends reaches this machine and not its programs: its own firewall drops it.",
        "disk-full": "A healthy transfer was broken off by this machine, which had no room (or quota) to write it.",
        "busy": "This machine was occupied (processor, disk, virus scanner) or the program stopped; the network owed nothing.",
        "cache-corrupt": "What was downloaded, or lay in the cache, does not have the checksum it must have.",
        "serial-requests": "The client asks for one thing at a time, so that every gap is one round trip.",
    }),
    **_causes("dns", {
        "resolver-unanswered": "None of the resolvers that were asked answered.",
        "first-resolver-dead": "The resolver asked first is silent, a later one answers: every lookup pays a timeout.",
        "one-family-unanswered": "One of A and AAAA was answered, the other never, and the connection waited for both.",
        "edns-dropped": "Queries with an OPT record (EDNS) get lost, the same queries without it are answered.",
        "server-failure": "The resolver answers that it failed or does not understand (SERVFAIL, FORMERR, NOTIMP).",
        "refused": "The resolver refuses to answer this client or this question (REFUSED).",
        "name-not-found": "A name that was needed does not exist (NXDOMAIN).",
        "no-address": "The name exists, and has neither an A nor an AAAA record.",
        "truncated-tcp-blocked": "The answer does not fit a datagram (TC), and the resolver cannot be asked over TCP.",
        "conflicting-answers": "One query got two answers that differ: somebody on the way answers too.",
        "unroutable-answer": "A public name got an address that leads nowhere: loopback, 0.0.0.0, link-local, …",
        "answer-unusable": "Answers arrive, but not to what was asked (id, question, form): the client must ignore them.",
        "resolver-unreachable": "ICMP, or this machine itself, says that nobody listens at the resolver's address.",
        "search-list-walk": "The name was tried with one search suffix after the other before it was tried as it is.",
        "answer-lost": "A single query or answer got lost, and the repeated query was answered.",
        "answer-slow": "The answer came, but late.",
    }),
    **_causes("tcp", {
        "syn-unanswered": "Connection attempts (SYN) got no reply of any kind.",
        "syn-lost": "A SYN or its SYN-ACK was lost, and a repeated SYN got through.",
        "refused": "The SYN was answered by a reset: nothing listens on that port, or something answers in its name.",
        "rejected-by-icmp": "The SYN was answered by ICMP: unreachable or forbidden.",
        "no-route": "This machine knows no way to the address: it sent nothing, or got an error of its own.",
        "one-address-dead": "Some addresses of the name do not answer, another one did the work.",
        "ipv6-fallback": "IPv6 does not work here; IPv4 saved the connection, or would have.",
        "loss": "So many segments are lost that this limits the transfer.",
        "outage": "For some time nothing at all got through, and then everything again.",
        "path-death": "The path of an open connection died, and did not come back.",
        "mtu-black-hole": "Packets of full size disappear while small ones pass, and no ICMP tells the sender.",
        "mtu-signalled": "ICMP tells the sender that its packets are too big for the path.",
        "reset": "The connection was reset in the midst of a transfer.",
        "early-close": "The connection was closed (FIN) before all data had come.",
        "half-closed": "One side has closed, the other never does, and the command waits for it.",
        "receiver-window-closed": "This side stopped reading: its receive window is closed.",
        "peer-window-closed": "The other side stopped reading: its receive window is closed.",
        "reordering": "Segments overtake each other often enough to cost time.",
        "throttled": "A narrow link or a shaper lets the data through slowly but steadily: queues, pacing, drops.",
        "high-latency": "Each round trip is long, and the work needs many of them.",
        "idle-connection-dropped": "Something on the way forgot a connection that had been idle.",
    }),
    **_causes("tls", {
        "client-hello-dropped": "Not one octet of the ClientHello was ever acknowledged.",
        "large-client-hello-dropped": "A ClientHello of several segments: some are acknowledged or SACKed, the others never.",
        "server-hello-missing": "The ClientHello arrived in whole, and no ServerHello ever came.",
        "server-hello-late": "The ServerHello came, but late.",
        "server-flight-incomplete": "The server began its first flight and stopped within it, and no loss explains that.",
        "reset-after-client-hello": "A reset answered the ClientHello; attribute `origin`: `injected`, `peer` or `unknown`.",
        "closed-after-client-hello": "The ClientHello was answered by closing the connection (FIN).",
        "alert": "The handshake ended with a fatal alert; attribute `alert` has its name.",
        "certificate-rejected": "The client turned the server's certificate down (with TLS 1.3 this is inferred).",
        "name-mismatch": "The name asked for (SNI) does not fit; attribute `against`: `certificate`, `lookup`, `absent`.",
        "certificate-expired": "A certificate that was sent in the clear (TLS 1.2 or before) is out of date, or not valid yet.",
        "not-tls": "What came back is not TLS.",
        "version-rejected": "Client and server have no TLS version in common.",
    }),
    **_causes("http", {
        "connect-unanswered": "The proxy was asked for a tunnel (CONNECT or SOCKS), and says nothing.",
        "connect-refused": "The proxy answered the request for a tunnel with an error.",
        "response-missing": "The request arrived, and no response came.",
        "response-late": "The response came, but late.",
        "body-stalled": "The response began and then stopped, on a path that is alive.",
        "body-slow": "The response comes steadily but slowly, and neither path nor window is the limit: the sender is.",
        "stream-reset": "A single HTTP/2 stream was reset.",
        "goaway": "The server told the client to go away (HTTP/2 GOAWAY).",
        "error-status": "The network did its work; what the server answered was an error.",
        "redirect-blocked": "The host that a redirect leads to is the one that fails.",
        "redirect-loop": "Redirects lead on and on.",
        "filtered": "Plain HTTP was cut off because of what it says.",
    }),
}  # fmt: skip
"""Every cause by its identifier, in the order of the phases."""

GO_FINDINGS: dict[str, str] = {
    "go/dead-proxy-paid-per-file": "A dead first entry of GOPROXY is waited for anew with every file.",
    "go/no-fallback": "A comma in GOPROXY goes on to the next entry after 404 and 410 only, so this error ended the run.",
    "go/direct-fallback": "The proxies did not have the module, or there is none: go asks the repository itself.",
    "go/toolchain-download": "go first downloads another Go toolchain, silently and before anything else.",
    "go/checksum-db": "go asks the checksum database, a further host that must be reachable.",
    "go/huge-history-fetch": "git fetches the whole history of a repository.",
    "go/refetched": "The same version is fetched again and again: the cache is not kept.",
    "go/private-module-through-proxy": "A private module path is asked of a public proxy (GOPRIVATE is not set for it).",
}
"""How the go command works: findings that may stand beside a cause, never a cause themselves."""
