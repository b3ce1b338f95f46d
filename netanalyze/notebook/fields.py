"""The fields of one frame, layer by layer, as a person reads them; offsets come from the decoder, names from Wireshark.

For one frame somebody looks at. Whole captures are decoded in columns (netanalyze.wire.packets).
"""

from dataclasses import dataclass, field
from typing import Any

from netanalyze.conversations import icmp
from netanalyze.conversations.conversation import looks_like_tls
from netanalyze.errors import MessageError
from netanalyze.redaction import redacted
from netanalyze.tracking.addresses import address_text
from netanalyze.tracking.sacks import edges, options_of
from netanalyze.tracking.tcp_options import MSS, SACK, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE
from netanalyze.tracking.tracker import DNS_PORTS
from netanalyze.units import size
from netanalyze.wire import layers
from netanalyze.wire.link.dispatch import ETHERNET
from netanalyze.wire.message import dns, http1, tls
from netanalyze.wire.octets import u8, u16, u32

FLAG_NAMES = ((2, "SYN"), (1, "FIN"), (4, "RST"), (8, "PSH"), (16, "ACK"), (32, "URG"), (64, "ECE"), (128, "CWR"))
OPTION_NAMES = {
    MSS: "MSS", WINDOW_SCALE: "window scale", SACK_PERMITTED: "SACK permitted", SACK: "SACK", TIMESTAMPS: "timestamps",
    34: "fast open",
}  # fmt: skip
PROTOCOL_NAMES = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", 47: "GRE", 4: "IPIP", 41: "IPv6"}
RECORD_HEADER, HANDSHAKE_HEADER = 5, 4
MAC_LENGTH = 6


@dataclass
class Layer:
    """One layer of a frame: its name, one line that sums it up, and its fields by name."""

    name: str
    summary: str
    fields: dict[str, Any] = field(default_factory=dict)


def flags_text(flags: int) -> str:
    """TCP flags by name.

    >>> flags_text(18)
    'SYN ACK'
    """
    return " ".join(name for bit, name in FLAG_NAMES if flags & bit) or "none"


def layers_of(octets: bytes, link_type: int, row: dict[str, int]) -> list[Layer]:
    """The layers of a frame, from the outside in.

    Args:
        row: its decoded row by the names of ``wire.layers.FIELDS``, offsets counted from the frame's first octet.
    """
    bits = row["layers"]
    found = [_link(octets, link_type, row)]
    if not bits & layers.IP:
        return found
    found.append(_network(row))
    payload = octets[row["payload_start"] :][: row["payload_captured"]] if row["payload_start"] >= 0 else b""
    if bits & layers.TCP:
        found.append(_tcp(octets, row))
    elif bits & layers.UDP:
        ends = f"{row['src_port']} → {row['dst_port']}"
        fields = {"src_port": row["src_port"], "dst_port": row["dst_port"], "payload_length": row["payload_length"]}
        found.append(Layer("UDP", f"{ends}, {row['payload_length']} octets", fields))
    elif bits & layers.ICMP:
        found.append(_icmp(payload, row["ip_protocol"]))
        return found
    if payload:
        message = _message(payload, row)
        if message is not None:
            found.append(message)
    return found


def _link(octets: bytes, link_type: int, row: dict[str, int]) -> Layer:
    fields: dict[str, Any] = {"link_type": link_type}
    if row["vlan_id"]:
        fields["vlan_id"] = row["vlan_id"]
    if link_type != ETHERNET or len(octets) < 14:
        return Layer("Link", f"LINKTYPE {link_type}, {len(octets)} octets", fields)
    to, source = (octets[at : at + MAC_LENGTH].hex(":") for at in (0, MAC_LENGTH))
    fields |= {"src": source, "dst": to, "type": f"0x{u16(octets, 12):04x}"}
    return Layer("Ethernet", f"{source} → {to}", fields)


def _network(row: dict[str, int]) -> Layer:
    version = row["ip_version"]
    source, to = (address_text(row[f"{end}_high"], row[f"{end}_low"], version) for end in ("src", "dst"))
    protocol = PROTOCOL_NAMES.get(row["ip_protocol"], str(row["ip_protocol"]))
    fields: dict[str, Any] = {"src": source, "dst": to, "ttl": row["ttl"], "id": row["ip_id"], "protocol": protocol}
    if version == 4:
        fields["dont_fragment"] = bool(row["ip_flags"] & layers.DONT_FRAGMENT)
    if row["layers"] & layers.FRAGMENT:
        fields["fragment"] = True
    if row["layers"] & layers.TUNNELLED:
        fields["tunnelled"] = True
    return Layer(f"IPv{version}", f"{source} → {to}, TTL {row['ttl']}", fields)


def _tcp(octets: bytes, row: dict[str, int]) -> Layer:
    flags = flags_text(row["tcp_flags"])
    fields = {
        "src_port": row["src_port"], "dst_port": row["dst_port"], "flags": flags, "seq": row["tcp_seq"],
        "ack": row["tcp_ack"], "window": row["tcp_window"], "payload_length": row["payload_length"],
    }  # fmt: skip
    fields |= tcp_options(octets[: max(row["payload_start"], 0)], row["options_start"])
    summary = f"{row['src_port']} → {row['dst_port']}, {flags}"
    if row["payload_length"]:
        summary += f", {row['payload_length']} octets"
    return Layer("TCP", summary, fields)


def tcp_options(octets: bytes, at: int) -> dict[str, Any]:
    """The options of a TCP header that ends with ``octets``, from ``at``: by name; SACK as pairs of edges."""
    found: dict[str, Any] = {}
    for kind, value in options_of(octets[at:]) if at >= 0 else ():
        name = OPTION_NAMES.get(kind, f"option {kind}")
        if kind in (MSS, WINDOW_SCALE) and value:
            found[name] = int.from_bytes(value, "big")
        elif kind == SACK:
            found[name] = edges(value)
        elif kind == TIMESTAMPS and len(value) == 8:
            found[name] = (u32(value, 0), u32(value, 4))
        else:
            found[name] = value.hex() or True
    return found


def _icmp(payload: bytes, protocol: int) -> Layer:
    name = PROTOCOL_NAMES.get(protocol, "ICMP")
    if len(payload) < 2:
        return Layer(name, "cut")
    fields: dict[str, Any] = {"type": u8(payload, 0), "code": u8(payload, 1)}
    error = icmp.parse(payload, protocol, 0, 0)
    if error is None:
        return Layer(name, f"type {fields['type']}, code {fields['code']}", fields)
    version = 4 if len(error.quoted_destination) == 4 else 6
    number = int.from_bytes(error.quoted_destination, "big")
    target = address_text(number >> 64, number & (1 << 64) - 1, version)
    fields |= {"meaning": error.meaning, "quotes": f"{target}:{error.quoted_destination_port}"}
    if error.mtu:
        fields["mtu"] = error.mtu
    return Layer(name, f"{error.meaning}, quoting a packet to {fields['quotes']}", fields)


def _message(payload: bytes, row: dict[str, int]) -> Layer | None:
    """What the payload of this one frame says by itself; a message that began in an earlier frame is not put together."""
    ports = {row["src_port"], row["dst_port"]}
    try:
        if row["layers"] & layers.UDP:
            return _dns(dns.parse(payload)) if ports & set(DNS_PORTS) else None
        if looks_like_tls(payload):
            return _tls(payload)
        if 53 in ports:
            messages, _ = dns.split_stream(payload)
            return _dns(dns.parse(messages[0][1])) if messages else None
        if http1.starts_like_request(payload) or http1.starts_like_response(payload):
            return _http(payload)
    except MessageError as error:
        return Layer("Payload", str(error))
    return None


def _dns(message: dns.DnsMessage) -> Layer:
    asked = [f"{q.name} {dns.type_name(q.qtype)}" for q in message.questions]
    fields: dict[str, Any] = {"id": f"0x{message.id:04x}", "questions": asked}
    if not message.is_response:
        return Layer("DNS", f"query {', '.join(asked)}", fields)
    fields |= {
        "rcode": dns.rcode_name(message.rcode),
        "answers": [f"{r.name} {dns.type_name(r.rtype)} {r.value} (TTL {r.ttl} s)" for r in message.answers],
    }
    if message.truncated:
        fields["truncated"] = True
    return Layer("DNS", f"answer {', '.join(asked)}: {fields['rcode']}, {len(message.answers)} records", fields)


def _tls(payload: bytes) -> Layer:
    if payload[0] & 0x80:
        return Layer("TLS", "ClientHello in the form of SSLv2")
    fields: dict[str, Any] = {}
    said = []
    at = 0
    while at + RECORD_HEADER <= len(payload) and looks_like_tls(payload[at : at + RECORD_HEADER]):
        kind, length = payload[at], u16(payload, at + 3)
        body = payload[at + RECORD_HEADER : at + RECORD_HEADER + length]
        name = tls.CONTENT_TYPE_NAMES.get(kind, str(kind))
        if kind == tls.HANDSHAKE and len(body) >= HANDSHAKE_HEADER and body[0] in tls.HANDSHAKE_TYPE_NAMES:
            name = tls.HANDSHAKE_TYPE_NAMES[body[0]]
            fields |= _hello(body)
        elif kind == tls.ALERT and len(body) == 2:
            name = f"alert {tls.alert_name(body[1])}"
        cut = f", {size(len(body))} of it here" if len(body) < length else ""
        said.append(f"{name} ({length} octets{cut})")
        at += RECORD_HEADER + length
    fields["records"] = said
    return Layer("TLS", ", ".join(said[:4]) + (" …" if len(said) > 4 else ""), fields)


def _hello(body: bytes) -> dict[str, Any]:
    """Particulars of a hello that is whole in this frame."""
    length = int.from_bytes(body[1:4], "big")
    message = body[HANDSHAKE_HEADER : HANDSHAKE_HEADER + length]
    if len(message) < length:
        return {"hello": f"{len(message)} of {length} octets are in this frame"}
    if body[0] == tls.CLIENT_HELLO:
        offered = tls.parse_client_hello(message)
        return {
            "sni": offered.sni, "alpn": list(offered.alpn), "version": tls.version_name(offered.offered_version),
            "groups": [tls.group_name(group) for group in offered.groups], "ja4": offered.ja4, "ja3": offered.ja3,
        }  # fmt: skip
    if body[0] == tls.SERVER_HELLO:
        chosen = tls.parse_server_hello(message)
        suite = None if chosen.cipher_suite is None else tls.cipher_suite_name(chosen.cipher_suite)
        return {"version": tls.version_name(chosen.version), "cipher_suite": suite, "ja3s": chosen.ja3s}
    return {}


def _http(payload: bytes) -> Layer | None:
    head = http1.parse_head(payload)
    if head is None:
        return Layer("HTTP", "a head that is not complete in this frame")
    line = f"{head.method} {head.target}" if head.is_request else f"{head.status} {head.reason or ''}".strip()
    fields = {name: redacted(f"{name}: {value}").partition(":")[2].strip() for name, value in head.headers}
    return Layer("HTTP", redacted(line), fields)
