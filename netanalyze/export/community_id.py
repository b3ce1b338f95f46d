"""Community ID: one number for a flow in the logs of many programs (version 1 of its specification, seed 0)."""

import base64
import hashlib
import ipaddress
import struct

NUMBERS = {"tcp": 6, "udp": 17}


def community_id(transport: str, source: str, source_port: int, destination: str, destination_port: int) -> str:
    """The ID of a TCP or UDP flow, the same for both directions: its smaller end comes first.

    >>> community_id("tcp", "128.232.110.120", 34855, "66.35.250.204", 80)
    '1:LQU9qZlK+B5F3KDmev6m5PMibrg='
    """
    ends = [
        (ipaddress.ip_address(address.partition("%")[0]).packed, port)
        for address, port in ((source, source_port), (destination, destination_port))
    ]
    (low, low_port), (high, high_port) = sorted(ends)
    octets = struct.pack("!H", 0) + low + high + struct.pack("!BBHH", NUMBERS[transport], 0, low_port, high_port)
    return "1:" + base64.b64encode(hashlib.sha1(octets, usedforsecurity=False).digest()).decode()
