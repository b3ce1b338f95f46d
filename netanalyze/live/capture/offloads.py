"""What of TCP an interface does itself, so that captured packets are larger than those on the wire (ethtool(8), -k)."""

import array
import fcntl
import socket
import struct

SIOCETHTOOL = 0x8946
QUESTIONS = {"tx-checksumming": 0x16, "tso": 0x1E, "gso": 0x23, "gro": 0x2B, "lro": 0x25}
"""ETHTOOL_GTXCSUM, GTSO, GGSO, GGRO, and GFLAGS, of which one bit is LRO."""
LRO_BIT = 1 << 15


def offloads(interface: str) -> dict[str, bool] | None:
    """Which offloads are on; None where the interface does not say."""
    found: dict[str, bool] = {}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for name, command in QUESTIONS.items():
            value = array.array("B", struct.pack("=II", command, 0))
            address, _ = value.buffer_info()
            try:
                fcntl.ioctl(asking, SIOCETHTOOL, struct.pack("16sP16x", interface.encode()[:15], address))
            except OSError:
                continue
            answer = struct.unpack("=II", value.tobytes())[1]
            found[name] = bool(answer & LRO_BIT) if name == "lro" else bool(answer)
    return found or None
