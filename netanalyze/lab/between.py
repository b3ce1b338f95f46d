"""What stands between a command and the network on many machines: each works until its upstream fails.

    python -m netanalyze.lab.between KIND

- ``forward-proxy``: an HTTP proxy on the client's own loopback (127.0.0.1:3128) that looks names up and connects itself.
- ``stub``: a stub resolver on the client's loopback (127.0.0.53), which asks the first resolver.
- ``transparent``: the router takes every connection to port 443 over, answers its SYN itself and connects onward.
- ``fake-ip``: the router resolves every name to an address of 198.18.0.0/15 and
  takes connections there over, as proxies with a TUN interface do.

Nothing here misbehaves: a scenario takes the upstream away.
"""

import contextlib
import ipaddress
import os
import socket
import struct
import sys
import threading

from netanalyze.lab.addresses import CONNECT_PORT, FAKE_NETWORK, HOSTS, LAN_ROUTER_V4, RESOLVERS, STUB, TAKEN_OVER
from netanalyze.lab.servers.connect_proxy import Proxy, carry
from netanalyze.lab.servers.dns_server import A, answer, parsed

FAKE = ipaddress.ip_network(FAKE_NETWORK)
ORIGINAL_DESTINATION = 80  # SO_ORIGINAL_DST, linux/netfilter_ipv4.h


def fake_address(name: str) -> str:
    """The address that stands for a host of the laboratory."""
    return str(FAKE[list(HOSTS).index(name) + 2])


def real_address(address: str) -> str:
    """Where a connection to ``address`` is really to go."""
    for host in HOSTS.values():
        if fake_address(host.name) == address:
            return host.ipv4
    return address


def stub() -> None:
    """Pass queries on under an id of our own, each from a socket of its own, and the answers back."""
    sock = _datagrams(STUB)

    def ask(octets: bytes, peer: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as upstream, contextlib.suppress(OSError):
            upstream.settimeout(10)
            upstream.connect((RESOLVERS[0], 53))
            upstream.send(os.urandom(2) + octets[2:])
            sock.sendto(octets[:2] + upstream.recv(4096)[2:], peer)

    _served(sock, ask)


def fake_resolver() -> None:
    """Answer every A query with a host's fake address, every other with nothing."""
    sock = _datagrams(LAN_ROUTER_V4)

    def tell(octets: bytes, peer: tuple[str, int]) -> None:
        with contextlib.suppress(ValueError, IndexError, struct.error):
            query = parsed(octets)
            known = query.kind == A and query.name in HOSTS
            sock.sendto(answer(query, [fake_address(query.name)] if known else []), peer)

    _served(sock, tell)


def take_over() -> None:
    """Accept redirected connections and carry them to where they were meant to go."""
    listener = socket.create_server(("", TAKEN_OVER), backlog=64)

    def accept() -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=_onward, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def _onward(sock: socket.socket) -> None:
    target = sock.getsockopt(socket.IPPROTO_IP, ORIGINAL_DESTINATION, 16)
    port, address = struct.unpack_from("!H", target, 2)[0], socket.inet_ntoa(target[4:8])
    with contextlib.suppress(OSError), sock, socket.create_connection((real_address(address), port)) as onward:
        back = threading.Thread(target=carry, args=(onward, sock), daemon=True)
        back.start()
        carry(sock, onward)
        back.join()


def _datagrams(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, 53))
    return sock


def _served(sock: socket.socket, act) -> None:
    def serve() -> None:
        while True:
            octets, peer = sock.recvfrom(4096)
            threading.Thread(target=act, args=(octets, peer), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()


def main(kind: str) -> None:
    """Stand in between until killed."""
    match kind:
        case "forward-proxy":
            Proxy(["127.0.0.1"], CONNECT_PORT, looks_up=True).start()
        case "stub":
            stub()
        case "transparent":
            take_over()
        case "fake-ip":
            fake_resolver()
            take_over()
        case _:
            raise ValueError(f"no kind {kind!r}")
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
