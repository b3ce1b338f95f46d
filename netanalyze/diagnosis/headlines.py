"""The one sentence a verdict begins with: what is wrong, where, in plain words. Figures stand in the findings."""

from netanalyze.findings import Finding
from netanalyze.wording import message

HEADLINES: dict[str, str] = {
    "capture/no-traffic": "The capture has none of the command's traffic.",
    "capture/lossy": "The capture itself lost frames: no verdict on loss is safe.",
    "capture/one-way": "Only one direction was captured: what the other side said is missing.",
    "local/cache-lock-held": "Not the network: {waiter} waits for a lock that {holder} holds.",
    "local/child-holds-pipe": "Not the network: {child} is gone, {holder} keeps its pipe open.",
    "local/credential-prompt": "Not the network: {asker}.",
    "local/auth-helper-blocked": "Not the network: {helper} does not return.",
    "local/configuration": "The command refuses to start its work with this configuration.",
    "local/egress-dropped": "This machine's own firewall drops what the command sends.",
    "local/ingress-dropped": "The answers of {place} arrive, and this machine drops them.",
    "local/disk-full": "There is no space left on this machine; the transfer itself was healthy.",
    "local/busy": "Not the network: {busy}.",
    "local/cache-corrupt": "What came, or lay in the cache, fails its checksum.",
    "local/serial-requests": "The command asks one thing at a time, and waits for each.",
    "dns/resolver-unanswered": "The resolver {place} answers nothing.",
    "dns/first-resolver-dead": "The first resolver, {place}, is dead; every lookup waits for it.",
    "dns/one-family-unanswered": "{place} never answers for {family}, and the connection waits for it.",
    "dns/edns-dropped": "Queries with an EDNS record vanish on the way to {place}.",
    "dns/server-failure": "The resolver {place} fails to answer for {name}.",
    "dns/refused": "The resolver {place} refuses to answer.",
    "dns/name-not-found": "The name {name} does not exist.",
    "dns/no-address": "The name {name} exists and has no address.",
    "dns/truncated-tcp-blocked": "The answer is too large for UDP, and TCP to {place}:53 does not work.",
    "dns/conflicting-answers": "Somebody forges the answers for {name}.",
    "dns/unroutable-answer": "The resolver gives {name} an address that cannot be it.",
    "dns/answer-unusable": "What {place} answers does not fit the questions.",
    "dns/resolver-unreachable": "Nobody serves DNS at {place}.",
    "dns/search-list-walk": "Search suffixes are tried before the name that was meant.",
    "dns/answer-lost": "A DNS query or its answer was lost; the retry worked.",
    "dns/answer-slow": "The resolver {place} answers late.",
    "tcp/syn-unanswered": "{place} cannot be reached: no SYN is answered.",
    "tcp/syn-lost": "A packet that opens the connection to {place} was lost.",
    "tcp/refused": "{place} refuses the connection.",
    "tcp/rejected-by-icmp": "A router or firewall rejects the way to {place}.",
    "tcp/no-route": "This machine has no route there: no packet leaves.",
    "tcp/one-address-dead": "One of {place}'s addresses is dead, and is tried first.",
    "tcp/ipv6-fallback": "IPv6 to {place} does not work; IPv4 saves it, later.",
    "tcp/loss": "Packets are lost on the way to {place}, enough to slow it down.",
    "tcp/outage": "The path to {place} was gone for a while, and came back.",
    "tcp/path-death": "The path to {place} died during the connection.",
    "tcp/mtu-black-hole": "Large packets vanish on the way to {place}, small ones pass.",
    "tcp/mtu-signalled": "A packet is too big for the path to {place}, says ICMP.",
    "tcp/reset": "The connection to {place} is reset in the middle.",
    "tcp/early-close": "{place} closes before the response is whole.",
    "tcp/half-closed": "One side of the connection to {place} never closes.",
    "tcp/receiver-window-closed": "This machine stopped reading what {place} sends.",
    "tcp/peer-window-closed": "{place} stopped reading what is sent to it.",
    "tcp/reordering": "Packets overtake each other on the way to {place}.",
    "tcp/throttled": "The way to {place} is thin, or throttled: slow and steady.",
    "tcp/high-latency": "The way to {place} is long, and walked too often.",
    "tcp/idle-connection-dropped": "The idle connection to {place} was forgotten on the way.",
    "tls/client-hello-dropped": "The ClientHello to {place} is swallowed on the way.",
    "tls/large-client-hello-dropped": "A part of the large ClientHello to {place} never gets through.",
    "tls/server-hello-missing": "{place} takes the ClientHello and never answers.",
    "tls/server-hello-late": "{place} answers the ClientHello late.",
    "tls/server-flight-incomplete": "{place} stops in the middle of its TLS handshake.",
    "tls/reset-after-client-hello": "The ClientHello to {place} is answered with a reset.",
    "tls/closed-after-client-hello": "{place} closes when it sees the ClientHello.",
    "tls/alert": "{place} ends the TLS handshake: alert {alert}.",
    "tls/certificate-rejected": "The client turns down the certificate of {place}.",
    "tls/name-mismatch": "The certificate or address is not that of {place}.",
    "tls/certificate-expired": "The certificate of {place} is not valid now.",
    "tls/not-tls": "What answers at {place} does not speak TLS.",
    "tls/version-rejected": "The client and {place} have no TLS version in common.",
    "http/connect-unanswered": "The proxy {place} does not answer CONNECT.",
    "http/connect-refused": "The proxy {place} refuses the connection.",
    "http/response-missing": "{place} takes the request and never answers.",
    "http/response-late": "{place} answers late.",
    "http/body-stalled": "{place} stops in the middle of a response.",
    "http/body-slow": "{place} sends slowly, though path and window allow more.",
    "http/stream-reset": "{place} breaks off one response (HTTP/2 stream reset).",
    "http/goaway": "{place} sends the client away (HTTP/2 GOAWAY).",
    "http/error-status": "{place} answers with an error; the network is fine.",
    "http/redirect-blocked": "The host a redirect points to, {place}, cannot be reached.",
    "http/redirect-loop": "{place} redirects in a circle.",
    "http/filtered": "Something on the way cuts requests to {place} by their content.",
}
"""By cause; ``{place}`` is who or where, ``{name}`` the name looked up."""


HOLDERS = {"local/child-holds-pipe": "a background child"}
"""Who holds something where nobody is known by name."""

DEAD_LINK = "{neighbour} does not answer on the local link: nothing gets out."
"""Where the next hop, or the server on the same link, was asked for in vain."""

DOWN_LINK = "{interface} went down on this machine, and nothing got out."
"""Where the machine's own interface is why."""

IN_ITS_NAME = {
    "tls/server-hello-missing": "A proxy takes the ClientHello to {place}, and nothing comes back: its way on fails.",
}
"""By cause, where something near at hand answers in the far host's name, which proves nothing of that host."""


UNSURE = {"http/response-missing": "{place} seems to owe an answer: packets cannot tell whether every request had one."}
"""By cause, where it is only likely."""

THROUGH_PROXY = {
    "tls/server-hello-missing": "No answer to the ClientHello for {place} comes back through the HTTP proxy.",
    "http/response-missing": "No answer to the request for {place} comes back through the HTTP proxy.",
    "http/body-stalled": "A response of {place} stops in its middle, on its way through the HTTP proxy.",
}
"""By cause, where TCP ends at a proxy: what it acknowledged, the far host may never have got."""

FROM_THERE = {
    "tcp/mtu-black-hole": "Large packets from {place} vanish on the way here, small ones pass.",
    "tcp/loss": "Packets from {place} are lost on the way here, enough to slow it down.",
    "tcp/reordering": "Packets from {place} overtake each other on the way here.",
}
"""By cause, where it is the other side's packets that suffer (attribute ``direction``: down)."""

OTHERWISE = {"dns/resolver-unanswered": "The resolver {place} does not answer for {name}."}
"""By cause, where who is blamed answered other questions (its quantity ``answers_others``)."""

BEHIND_RECORDER = {"tcp/loss": "Packets pass the recorder and are not taken: damaged, or lost behind it ({place})."}
"""By cause, where what was lost had been recorded."""

SEVERAL = {"tcp/syn-lost": "The first {number} packets that open the connection to {place} were lost."}
"""By cause, where its quantity ``lost`` is more than one."""


def _sentence(finding: Finding) -> str | None:
    """The sentence of a cause in the form that fits this finding."""
    text = HEADLINES.get(finding.cause)
    known = finding.attributes
    if known.get("acknowledged_by") == "on-link":
        text = IN_ITS_NAME.get(finding.cause, text)
    if known.get("acknowledged_by") == "proxy":
        text = THROUGH_PROXY.get(finding.cause, text)
    if known.get("sure") == "no":
        text = UNSURE.get(finding.cause, text)
    if known.get("direction") == "down":
        text = FROM_THERE.get(finding.cause, text)
    if finding.quantities.get("answers_others"):
        text = OTHERWISE.get(finding.cause, text)
    if known.get("behind_recorder"):
        text = BEHIND_RECORDER.get(finding.cause, text)
    if finding.quantities.get("lost", 0) > 1:
        text = SEVERAL.get(finding.cause, text)
    return text


def headline(finding: Finding) -> str:
    """The sentence for a finding; its own message where there is none for its cause."""
    text = _sentence(finding)
    if finding.attributes.get("link") == "dead":
        return message(DEAD_LINK, neighbour=finding.attributes["neighbour"])
    if finding.attributes.get("link") == "down":
        return message(DOWN_LINK, interface=finding.attributes["interface"])
    if text is None:
        return finding.message if finding.message.endswith(".") else message("{said}.", said=finding.message)
    culprit = finding.culprit
    place = culprit.host or culprit.address or "the other side"
    if culprit.role == "http-proxy" and culprit.address and not culprit.host:
        place = f"{culprit.address}:{culprit.port}"
    if culprit.role == "client-host" and "{place}" in text:
        place = str(finding.quantities.get("host") or "the server")
    known = finding.attributes
    words = {
        "place": place,
        "name": finding.quantities.get("name") or place,
        "number": finding.quantities.get("lost"),
        "family": known.get("family") or "one family",
        "waiter": known.get("waiter") or "go",
        "holder": known.get("holder") or HOLDERS.get(finding.cause, "another process"),
        "child": known.get("child") or "git",
        "asker": known.get("asker") or "git waits for credentials, or may not ask for them",
        "helper": known.get("helper") or "a credential helper",
        "busy": known.get("busy") or "this machine is too busy, or the command is stopped",
        "alert": known.get("alert") or "unknown",
    }
    return message(text, **{word: said for word, said in words.items() if f"{{{word}}}" in text})
