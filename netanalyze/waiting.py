"""What a run waits for: each kind of wait once, with its phase, the timer that ends it, and how it is said."""

from enum import StrEnum


class Waiting(StrEnum):
    """The moves that somebody may owe. The value stands in the stall table and in the JSON.

    Attributes:
        noun: the one name of it wherever a person reads it.
        phase: the ledger's phase of such a wait; '' where it is that of what the flow was busy with.
        timer: the phase of the client's timer that ends it (``clients.client.PHASES``; go's dial timer counts names too);
            '' where it is that of what the flow was busy with, its own name where no client has a timer for it.
        owed: what the status line says is waited for; ``{place}`` host and address, ``{at}`` address, ``{host}`` name.
        unexplained: the headline of a run that ends in it for no known cause; '' where it is the client's own move.
        clients_move: whether the client may owe it, so that it is its own time.
    """

    noun: str
    phase: str
    timer: str
    owed: str
    unexplained: str
    clients_move: bool

    def __new__(
        cls, value: str, noun: str, phase: str, timer: str, owed: str, unexplained: str = "", clients_move: bool = False
    ) -> "Waiting":
        """A member and what is known of it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.noun, member.phase, member.timer = noun, phase, timer
        member.owed, member.unexplained, member.clients_move = owed, unexplained, clients_move
        return member

    DNS_RESPONSE = (
        "dns_response", "DNS response", "dns", "dial",
        "the DNS response of {at} about {host}",
        "Unexplained: the resolver has not answered for {time}.",
    )  # fmt: skip
    SYN_ACK = (
        "syn_ack", "SYN-ACK", "connect", "dial",
        "SYN-ACK from {place}",
        "Unexplained: {host} has not answered the SYN for {time}.",
    )  # fmt: skip
    ACK = (
        "ack", "ACK", "", "",
        "ACK from {place}",
        "Unexplained: {host} has acknowledged nothing for {time}.",
        True,
    )  # fmt: skip
    OWN_ACK = (
        "own_ack", "ACK", "", "own_ack",
        "this machine's own ACK to {place}",
        "Unexplained: what {host} sends has not been acknowledged for {time}.",
    )  # fmt: skip
    SERVER_HELLO = (
        "server_hello", "ServerHello", "tls", "tls",
        "ServerHello from {place}",
        "Unexplained: {host} has not sent a ServerHello for {time}.",
    )  # fmt: skip
    SERVER_FLIGHT = (
        "server_flight", "server flight", "tls", "tls",
        "the rest of the server flight from {place}",
        "Unexplained: {host} has not gone on with the TLS handshake for {time}.",
    )  # fmt: skip
    CLIENT_FINISHED = (
        "client_finished", "client Finished", "local", "",
        "the client Finished, the command's own, to {place}",
        "",
        True,
    )  # fmt: skip
    CONNECT_REPLY = (
        "connect_reply", "CONNECT reply", "connect", "connect",
        "the CONNECT reply of {place}",
        "Unexplained: {host} has not replied to CONNECT for {time}.",
    )  # fmt: skip
    REQUEST = (
        "request", "request", "local", "request",
        "the command's own request to {place}",
        "",
        True,
    )  # fmt: skip
    RESPONSE = (
        "response", "response", "request", "response",
        "the response of {place}",
        "Unexplained: {host} has not answered the request for {time}.",
    )  # fmt: skip
    BODY = (
        "body", "body", "transfer", "body",
        "the rest of the body from {place}",
        "Unexplained: {host} has not gone on with its response for {time}.",
    )  # fmt: skip
    WINDOW_UPDATE = (
        "window_update", "window update", "transfer", "",
        "a window update: nobody reads what was sent on the connection to {place}",
        "Unexplained: {host} has kept its window closed for {time}.",
    )  # fmt: skip
    FIN_ACK = (
        "fin_ack", "FIN", "local", "",
        "the FIN of {place}",
        "",
        True,
    )  # fmt: skip


BY_VALUE: dict[str, Waiting] = {kind.value: kind for kind in Waiting}
"""Each kind of wait by the word that tables have for it."""

IN_STALLS = tuple(kind for kind in Waiting if kind is not Waiting.OWN_ACK)
"""Those that the stall table tells apart; whose acknowledgment is missing, the gap knows."""
