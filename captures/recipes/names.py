"""DNS messages (RFC 1035, RFC 6891), as go's resolver asks and a recursive resolver answers."""

import ipaddress
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "AAAA": 28, "OPT": 41}
RCODES = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}
INTERNET = 1
RESPONSE, TRUNCATED, RECURSION_DESIRED, RECURSION_AVAILABLE = 0x8000, 0x0200, 0x0100, 0x0080
FIRST_NAME = b"\xc0\x0c"
PAYLOAD_SIZE = 1232


def wire_name(name):
    """A domain name as length-prefixed labels."""
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def _option_record():
    return b"\0" + struct.pack(">HHIH", TYPES["OPT"], PAYLOAD_SIZE, 0, 0)


def _record(owner, kind, ttl, value):
    if kind in ("A", "AAAA"):
        data = ipaddress.ip_address(value).packed
    elif kind == "CNAME":
        data = wire_name(value)
    else:
        data = value
    return owner + struct.pack(">HHIH", TYPES[kind], INTERNET, ttl, len(data)) + data


def _start_of_authority(name):
    zone = ".".join(name.rstrip(".").split(".")[-2:])
    data = (
        wire_name("ns1." + zone) + wire_name("hostmaster." + zone) + struct.pack(">5I", 2024010101, 900, 900, 1800, 60)
    )
    return _record(wire_name(zone), "SOA", 60, data)


def query(identifier, name, kind, edns=True):
    """A recursive query for one type, with an OPT record where ``edns``."""
    header = struct.pack(">6H", identifier, RECURSION_DESIRED, 1, 0, 0, int(edns))
    return header + wire_name(name) + struct.pack(">HH", TYPES[kind], INTERNET) + (_option_record() if edns else b"")


def response(identifier, name, kind, records=(), rcode="NOERROR", truncated=False, edns=True, authority=None, ttl=60):
    """An answer.

    Args:
        records: ``(type, value)`` in order; after a CNAME the owner is its target.
        authority: whether a SOA record says that there is nothing; by default where there are no records and no failure.
    """
    if authority is None:
        authority = not records and not truncated and rcode in ("NOERROR", "NXDOMAIN")
    flags = RESPONSE | RECURSION_DESIRED | RECURSION_AVAILABLE | RCODES[rcode] | (TRUNCATED if truncated else 0)
    message = struct.pack(">6H", identifier, flags, 1, len(records), int(authority), int(edns))
    message += wire_name(name) + struct.pack(">HH", TYPES[kind], INTERNET)
    owner = FIRST_NAME
    for record_kind, value in records:
        message += _record(owner, record_kind, ttl, value)
        owner = wire_name(value) if record_kind == "CNAME" else owner
    return message + (_start_of_authority(name) if authority else b"") + (_option_record() if edns else b"")
