"""What is spoken above TCP, as far as ports, ALPN and what is in the clear tell: whether a request is owed an answer."""

from netanalyze.conversations.conversation import Conversation
from netanalyze.conversations.tls import TlsConnection
from netanalyze.numerals import integer
from netanalyze.urls import PORTS

HTTP_ALPN = ("h2", "http/", "spdy/")
"""How the names begin that stand for HTTP (IANA, TLS ALPN Protocol IDs)."""
ASKING_ALPN = (*HTTP_ALPN, "dot")
"""HTTP, and DNS, whose queries are owed an answer as well (RFC 7858)."""
SPEAKING_FREELY = frozenset({
    21, 25, 110, 119, 143, 389, 465, 563, 587, 636, 989, 990, 992, 993, 994, 995, 1433, 2083, 2195, 3269, 3306, 3389,
    4190, 5061, 5222, 5223, 5228, 5229, 5230, 5269, 5349, 5432, 5671, 6514, 6697, 8883, 27017,
})  # fmt: skip
"""Ports of services that run over TLS and are no HTTP (IANA; 5223, 5228 to 5230 and 27017 by the push services' and
MongoDB's own manuals). Their servers greet, push and keep quiet as they like: IMAP's IDLE (RFC 2177), MQTT's QoS 0."""


def asks_and_answers(conversation: Conversation | None, port: int) -> bool:
    """Whether each request on this connection is owed a response: TLS that is taken for HTTP, clear-text HTTP of either
    version. What follows a 101 or a CONNECT is another protocol's (RFC 9110 sections 15.2.2 and 9.3.6).

    Args:
        conversation: what was recognised on the flow.
        port: the server's.
    """
    if conversation is None:
        return False
    if conversation.tls is not None:
        return _over_tls(conversation.tls, _target_port(conversation, port))
    http = conversation.http
    return (http is not None and not http.is_other and not upgraded(conversation)) or conversation.is_http2_clear


def upgraded(conversation: Conversation | None) -> bool:
    """Whether HTTP in the clear gave way to a protocol that is not known: WebSocket or a console after a 101, what is no
    TLS behind a CONNECT."""
    http = conversation.http if conversation is not None and conversation.tls is None else None
    return http is not None and http.tunnel is not None


def _target_port(conversation: Conversation, port: int) -> int:
    """The port that the client means: behind CONNECT the one it names there."""
    connect = conversation.http.connect if conversation.http is not None else None
    _, _, named = (connect.target or "").rpartition(":") if connect is not None else ("", "", "")
    return integer(named, PORTS) or port


def _over_tls(tls: TlsConnection, port: int) -> bool:
    """Whether what TLS carries is taken for HTTP: by the protocol chosen, else by those offered, else by the port."""
    server, client = tls.server_hello, tls.client_hello
    chosen = server.message.alpn if server is not None and server.message else None
    if chosen:
        return chosen.startswith(ASKING_ALPN)
    offered = client.message.alpn if client is not None and client.message else ()
    if offered:
        return any(name.startswith(ASKING_ALPN) for name in offered)
    return port not in SPEAKING_FREELY
