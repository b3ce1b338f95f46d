"""Protocols over UDP in which what a client sends first is owed an answer."""

from netanalyze.flows.flow import Flow

PORTS = {
    69: "TFTP",  # RFC 1350 section 4: a request is answered from a port that the server chooses
    88: "Kerberos",  # RFC 4120 section 7.2.1
    123: "NTP",  # RFC 5905 section 8: client (mode 3) and server (mode 4)
    161: "SNMP",  # RFC 3416 section 4.2: each request has its response
    1194: "OpenVPN",  # openvpn(8): a hard reset is answered by one, and repeated until it is
    1812: "RADIUS",  # RFC 2865 section 2.4: a request is sent again until it is answered
    1813: "RADIUS",  # RFC 2866
    3478: "STUN",  # RFC 8489 section 6.3
    5684: "DTLS",  # RFC 7252 section 9.1: CoAP over DTLS, where its first flight is cut off by the snap length
}
"""Ports of servers that answer each request, and the protocol (IANA)."""
OF_PEERS = {
    123: "NTP",  # RFC 5905 section 7.2: ntpd asks from its own port
    500: "IKE",  # RFC 7296 section 2.1: the initiator sends each request again until it has its response
    4500: "IKE",  # RFC 3948
    5060: "SIP",  # RFC 3261 section 17.1.1.2: a request is sent again until something answers it
    51820: "WireGuard",  # wireguard.com/protocol: a handshake initiation is sent again every 5 s
}
"""The same of peers that both have the port: what they send again and again is a request."""
QUIC_PORT = 443
"""HTTP/3's (RFC 9114 section 3.1.2)."""
AGAIN = 3
"""So many datagrams of one peer, and none back, are a request sent again: the second may still be on its way."""
DHCPV6 = "DHCPv6"
"""A client of it has an address of the link's own already; every host that a router tells to asks so, whether or not there is
a server: it is owed an answer where nothing else was asked for."""
TO_ANYBODY = {
    (68, 67): "DHCP",  # RFC 2131 section 4.1: a client repeats what no server answers, to the broadcast address
    (546, 547): DHCPV6,  # RFC 8415 section 15: so it does, to a group
}
"""Ports of clients and servers that are asked by broadcast, and answer each client."""
NOBODY = "0.0.0.0"
"""Whose address that is has none yet, and waits for one (RFC 2131 section 4.1); DHCPINFORM comes from who has."""


def protocol_that_answers(flow: Flow) -> str | None:
    """The protocol of a UDP flow whose server owes the client's first datagram an answer; None of any other.

    QUIC is known by an Initial that could be decrypted, DTLS by its ClientHello, which is sent again until something answers
    (RFC 6347 section 4.2.4), the others by the server's port, which is no proof where the client
    has that port too: then it is a peer that may only tell, but of protocols whose requests are sent again.
    """
    if flow.quic is not None and (flow.quic.sure or repeats_long_headers(flow)):
        return "QUIC"
    if flow.dtls_frame:
        return "DTLS"
    if flow.client.packets >= AGAIN and flow.server.port in OF_PEERS:
        return OF_PEERS[flow.server.port]
    if flow.client.packets >= AGAIN and asks_anybody(flow):
        return TO_ANYBODY[flow.client.port, flow.server.port]
    return PORTS.get(flow.server.port) if flow.client.port != flow.server.port else None


def repeats_long_headers(flow: Flow) -> bool:
    """Whether a client sends QUIC's long headers again and again whose Initials cannot be decrypted: the snap length cut them, or
    somebody else chose the keys."""
    version = flow.quic.version if flow.quic is not None else None
    return version is not None and flow.server.port == QUIC_PORT and flow.client.packets >= AGAIN


def asks_anybody(flow: Flow) -> bool:
    """Whether a UDP flow is one of a protocol whose servers are asked all at once, of whom one answers."""
    protocol = TO_ANYBODY.get((flow.client.port, flow.server.port))
    return protocol == DHCPV6 or (protocol is not None and flow.client.address == NOBODY)
