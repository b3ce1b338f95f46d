"""TLS handshakes: what each side said in the clear, and when (RFC 8446, RFC 5246)."""

from dataclasses import dataclass, field
from typing import Any

from netanalyze.columns import LIST, TEXT, Column, Table, time_column
from netanalyze.conversations.handshake import HandshakeReader
from netanalyze.errors import MessageError
from netanalyze.wire.message.tls_names import alert_name, version_name


class TlsTable(Table):
    """One row per exchange of a ClientHello and a ServerHello (or HelloRetryRequest)."""

    schema = (
        Column("flow_id", "i4", "1", "flow that carries it", "netanalyze"),
        Column("kind", TEXT, "", "tls, dtls or quic", "netanalyze"),
        Column("handshake", "i4", "1", "handshakes of the capture, counted; rows of one share it", "netanalyze"),
        Column("client_hello_frame", "i8", "1", "frame in which the ClientHello became whole, 0 none", "frame.number", 0),
        Column("server_hello_frame", "i8", "1", "frame in which the ServerHello became whole, 0 none", "frame.number", 0),
        time_column("client_hello_ns", "when the ClientHello became whole", "RFC 8446 4.1.2"),
        time_column("server_hello_ns", "when the ServerHello became whole", "RFC 8446 4.1.3"),
        Column("client_hello_octets", "i4", "octets", "its size, record headers included", "RFC 8446 5.1", -1),
        Column("client_hello_segments", "i4", "1", "TCP segments it was sent in, -1 unknown", "netanalyze", -1),
        Column("client_hello_acked", "i4", "octets", "of it acknowledged by the peer", "tcp.ack", -1),
        Column("client_hello_sacked", "i4", "octets", "of it SACKed beyond that", "RFC 2018", -1),
        Column("quic_version", TEXT, "", "version of QUIC, where the hellos came in it", "RFC 9000 15"),
        Column("sni", TEXT, "", "server name asked for", "RFC 6066 3"),
        Column("alpn", LIST, "", "protocols offered", "RFC 7301"),
        Column("alpn_chosen", TEXT, "", "protocol chosen, where it is visible", "RFC 7301"),
        Column("version", TEXT, "", "version agreed upon", "RFC 8446 4.2.1"),
        Column("offered_version", TEXT, "", "highest version offered", "RFC 8446 4.2.1"),
        Column("cipher_suite", "i4", "1", "cipher suite chosen, by number", "IANA", -1),
        Column("groups", LIST, "1", "groups offered, by number", "RFC 8446 4.2.7"),
        Column("ja3", TEXT, "", "fingerprint of the ClientHello", "tls.handshake.ja3"),
        Column("ja3s", TEXT, "", "fingerprint of the ServerHello", "tls.handshake.ja3s"),
        Column("ja4", TEXT, "", "fingerprint of the ClientHello", "FoxIO"),
        Column("hello_retry_request", "i1", "1", "1 if the server answered with a HelloRetryRequest", "RFC 8446 4.1.4"),
        Column("certificate_names", LIST, "", "names in the certificate, where it is visible", "RFC 5280"),
        Column("certificate_subject", TEXT, "", "whom it names: its common name, where it is visible", "RFC 5280"),
        Column("certificate_chain", "i2", "1", "certificates the server sent, -1 not visible", "RFC 8446 4.4.2", -1),
        Column("certificate_issuer", TEXT, "", "who issued it", "RFC 5280"),
        time_column("certificate_not_before_ns", "when it becomes valid", "RFC 5280"),
        time_column("certificate_not_after_ns", "when it expires", "RFC 5280"),
        Column("alert", TEXT, "", "first alert in clear", "RFC 8446 6"),
        Column("alert_by", TEXT, "", "client or server", "netanalyze"),
        Column("alert_frame", "i8", "1", "frame of that alert, 0 none", "frame.number", 0),
        Column("established", "i1", "1", "1 if application data went both ways", "Zeek ssl.log"),
    )  # fmt: skip


@dataclass(slots=True)
class Move:
    """One thing a side said: a kind of HandshakeEvent with the frame that made it whole."""

    kind: str
    direction: int
    start: int
    end: int
    frame: int
    ns: int
    message: Any = None


@dataclass
class TlsConnection:
    """Everything read of TLS on one flow.

    Attributes:
        kind: tls, or quic where the hellos came in CRYPTO frames (netanalyze.conversations.quic).
        origins: stream offset at which TLS begins, by direction (behind a CONNECT it is not 1).
        said: handshake events in the order of their frames; ciphertext records are not among them.
        first_application: (frame, ns) of the first application data record by direction, or None.
        not_tls: (frame, ns, octets) where the server's first octets are no TLS record.
    """

    flow_id: int
    kind: str = "tls"
    readers: tuple[HandshakeReader, HandshakeReader] = field(
        default_factory=lambda: (HandshakeReader(), HandshakeReader())
    )
    origins: list[int] = field(default_factory=lambda: [-1, -1])
    said: list[Move] = field(default_factory=list)
    first_application: list[tuple[int, int] | None] = field(default_factory=lambda: [None, None])
    not_tls: tuple[int, int, bytes] | None = None
    over: list[bool] = field(default_factory=lambda: [False, False])
    _hellos: dict[str, Move] = field(default_factory=dict, repr=False, compare=False)

    def take(self, direction: int, offset: int, octets: bytes, frame: int, ns: int) -> None:
        """Take octets of one side, in order."""
        if self.origins[direction] < 0:
            self.origins[direction] = offset
        if self.over[direction]:
            return
        for event in self.readers[direction].feed(octets, offset):
            if event.kind == "not_tls":
                if direction == 1 and self.not_tls is None:
                    self.not_tls = (frame, ns, octets[:64])
                self.over[direction] = True
                continue
            if event.kind == "application_data":
                if self.first_application[direction] is None:
                    self.first_application[direction] = (frame, ns)
                continue
            if len(self.said) < 256:
                self.said.append(Move(event.kind, direction, event.start, event.end, frame, ns, event.message))

    def first(self, kind: str, direction: int | None = None) -> Move | None:
        """The first thing of that kind said (by that side)."""
        for one in self.said:
            if one.kind == kind and direction in (None, one.direction):
                return one
        return None

    @property
    def client_hello(self) -> Move | None:
        """The first ClientHello."""
        return self._hello("client_hello")

    @property
    def server_hello(self) -> Move | None:
        """The first ServerHello (a HelloRetryRequest is none)."""
        return self._hello("server_hello")

    def _hello(self, kind: str) -> Move | None:
        """The first hello of a kind; looked for until there is one."""
        found = self._hellos.get(kind)
        if found is None and (found := self.first(kind)) is not None:
            self._hellos[kind] = found
        return found

    @property
    def sni(self) -> str | None:
        """The server name asked for, as far as a ClientHello was whole."""
        hello = self.client_hello
        return hello.message.sni if hello and hello.message else None

    @property
    def client(self) -> int:
        """The direction of the client: who sent the ClientHello, else who answers no hello."""
        for one in self.said:
            if one.kind == "client_hello":
                return one.direction
            if one.kind in ("server_hello", "hello_retry_request"):
                return 1 - one.direction
        return 0

    def clear_alert(self) -> Move | None:
        """The first alert in clear that is no close_notify."""
        for one in self.said:
            if one.kind == "alert" and one.message and one.message[0] != "encrypted" and one.message[1] != 0:
                return one
        return None

    def chain(self) -> tuple[bytes, ...]:
        """The certificates the server sent in clear, leaf first, as DER."""
        found = self.first("certificate", 1 - self.client)
        return found.message or () if found else ()

    def certificate(self) -> Any:
        """Summary of the server's own certificate where it came in clear and can be parsed, else None."""
        from netanalyze.wire.message import certificates

        chain = self.chain()
        if not chain:
            return None
        try:
            return certificates.summary(chain[0])
        except MessageError:
            return None

    def exchanges(self) -> list[tuple[Move | None, Move | None]]:
        """ClientHellos paired with the ServerHello or HelloRetryRequest that answers them."""
        pairs: list[tuple[Move | None, Move | None]] = []
        waiting: Move | None = None
        for one in self.said:
            if one.kind == "client_hello":
                if waiting:
                    pairs.append((waiting, None))
                waiting = one
            elif one.kind in ("server_hello", "hello_retry_request"):
                pairs.append((waiting, one))
                waiting = None
        if waiting:
            pairs.append((waiting, None))
        return pairs

    def rows(self, handshake: int, hello_facts: dict) -> list[dict]:
        """As rows of TlsTable; ``hello_facts`` are the columns client_hello_octets to _sacked of the first."""
        rows = []
        alert = self.clear_alert()
        for number, (client, server) in enumerate(self.exchanges()):
            row: dict[str, Any] = {"flow_id": self.flow_id, "kind": self.kind, "handshake": handshake}
            if client:
                hello = client.message
                row |= {
                    "client_hello_frame": client.frame,
                    "client_hello_ns": client.ns,
                    "client_hello_octets": client.end - client.start,
                }
                if hello:
                    row |= {
                        "sni": hello.sni,
                        "alpn": list(hello.alpn),
                        "groups": list(hello.groups),
                        "ja3": hello.ja3,
                        "ja4": hello.ja4_over("q") if self.kind == "quic" else hello.ja4,
                        "offered_version": version_name(hello.offered_version),
                    }
                if number == 0:
                    row |= hello_facts
            if server:
                hello = server.message
                row |= {"server_hello_frame": server.frame, "server_hello_ns": server.ns}
                row["hello_retry_request"] = int(server.kind == "hello_retry_request")
                if hello:
                    row |= {
                        "version": version_name(hello.version),
                        "cipher_suite": -1 if hello.cipher_suite is None else hello.cipher_suite,
                        "alpn_chosen": hello.alpn,
                        "ja3s": hello.ja3s,
                    }
            certificate = self.certificate() if server and self.first("certificate") else None
            if certificate:
                row |= {
                    "certificate_subject": certificate.subject,
                    "certificate_chain": len(self.chain()),
                    "certificate_names": list(certificate.names),
                    "certificate_issuer": certificate.issuer or certificate.issuer_organisation,
                    "certificate_not_before_ns": certificate.not_before_ns,
                    "certificate_not_after_ns": certificate.not_after_ns,
                }
            if alert:
                row |= {
                    "alert": alert_name(alert.message[1]),
                    "alert_by": "client" if alert.direction == self.client else "server",
                    "alert_frame": alert.frame,
                }
            row["established"] = int(all(self.first_application))
            rows.append(row)
        return rows
