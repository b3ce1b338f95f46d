"""What the status line says: what the command waits for and how long it will, and the cause as far as it is known."""

from netanalyze.clients import client_by_name
from netanalyze.diagnosis.headlines import headline
from netanalyze.diagnosis.standing import ONE_OF_SEVERAL, Standing, Wait

OWED = {
    "dns_response": "the answer of the resolver {at} about {host}",
    "syn_ack": "SYN-ACK from {place}",
    "ack": "ACK from {place}",
    "own_ack": "this machine's own ACK to {place}",
    "server_hello": "ServerHello from {place}",
    "server_flight": "the rest of the TLS handshake from {place}",
    "client_finished": "the command's own Finished to {place}",
    "connect_reply": "the proxy's reply, {place}",
    "request": "the command's own request to {place}",
    "response": "the response of {place}",
    "body": "the rest of the response from {place}",
    "window_update": "a reader: nobody takes what was sent on the connection to {place}",
}
"""By ``waiting_for`` of a wait."""
GUARDED_AS = {"server_hello": "tls", "server_flight": "tls", "connect_reply": "connect"}
"""The phase whose timer a known client would need, by ``waiting_for``."""
SERVER_OR_PATH = "server or path"


def figure(ns: int) -> str:
    """A time that runs: tenths of a second, whole seconds from 100 on.

    >>> figure(6_240_000_000), figure(214_000_000_000)
    ('6.2 s', '214 s')
    """
    return f"{ns / 1e9:.1f} s" if ns < 99_950_000_000 else f"{ns / 1e9:.0f} s"


def waiting(wait: Wait, now_ns: int, client: str = "generic") -> str:
    """One wait: ``waiting for ServerHello from goproxy.cn (203.0.113.10:443), 6.2 s; go gives up in 3.8 s``."""
    at = f"{wait.address}:{wait.port}" if wait.address and ":" not in wait.address else f"[{wait.address}]:{wait.port}"
    place = f"{wait.host} ({at})" if wait.host and wait.host != wait.address else at
    what = OWED.get(wait.waiting_for, wait.waiting_for).format(place=place, at=wait.address, host=wait.host or "a name")
    if wait.url:
        what = f"{wait.url} from {at}"
    said = f"waiting for {what}, {figure(max(now_ns - wait.start_ns, 0))}"
    who = client_by_name(client)
    name = "the command" if who.name == "generic" else who.name
    if wait.gives_up_ns is not None and wait.gives_up_ns > now_ns:
        said += f"; {name} {'tries again' if wait.again else 'gives up'} in {figure(wait.gives_up_ns - now_ns)}"
    elif (
        wait.waiting_for if who.name == "generic" else GUARDED_AS.get(wait.waiting_for, wait.waiting_for)
    ) in who.unguarded:
        said += f"; {name} sets no limit"
    return said


def explained(standing: Standing, now_ns: int) -> str:
    """The cause by now, ``tls/server-hello-missing: goproxy.cn takes the ClientHello and never answers``; '' if none."""
    finding, left = standing.finding, None
    if standing.open_until_ns is not None and standing.open_until_ns > now_ns:
        left = figure(standing.open_until_ns - now_ns)
    keep_alive = f", open until the first keep-alive in {left}" if left else ""
    if finding is None:
        return f"no answer: {SERVER_OR_PATH}{keep_alive}" if standing.open_until_ns is not None else ""
    names = " or ".join((finding.cause, *standing.rivals))
    if ONE_OF_SEVERAL in standing.rivals:
        others = f", the next address is tried in {left}" if left else ", another address is left to try"
        return f"{names}: {finding.culprit.address} answers no SYN{others}"
    if standing.rivals:
        return f"no answer: {SERVER_OR_PATH} ({names}){keep_alive}"
    return f"{finding.cause}: {headline(finding).rstrip('.')}"
