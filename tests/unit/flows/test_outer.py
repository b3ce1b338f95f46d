"""The outer headers of a tunnel are kept as an attribute of the flow inside."""

import pytest
from feeding import Capture, Frame, analysed
from traffic import ethernet, ipv4, ipv6, tcp, udp

from netanalyze.tracking.outer import outer_headers

INNER = ipv4(10, 80, 6, tcp(40000, 443, 5, 0, 2))
SIX = ipv6(10, 80, 6, tcp(40000, 443, 5, 0, 2))


@pytest.mark.parametrize(
    ("packet", "told"),
    [
        (INNER, ""),
        (ipv4(1, 2, 4, INNER), "ipip 192.0.2.1 > 192.0.2.2"),
        (ipv4(1, 2, 41, SIX), "6in4 192.0.2.1 > 192.0.2.2"),
        (ipv6(1, 2, 4, INNER), "ipip 2001:db8::1 > 2001:db8::2"),
        (ipv4(1, 2, 47, b"\0\0\x08\x00" + INNER), "gre 192.0.2.1 > 192.0.2.2"),
        (ipv4(1, 2, 47, b"\x10\0\x88\xbe" + bytes(12) + ethernet(INNER)), "erspan 192.0.2.1 > 192.0.2.2"),
        (ipv4(1, 2, 97, b"\x30\0" + ethernet(INNER)), "etherip 192.0.2.1 > 192.0.2.2"),
        (ipv4(1, 2, 17, udp(5, 2152, b"\x30\xff\0\x28" + bytes(4) + INNER)), "gtp 192.0.2.1 > 192.0.2.2"),
        (
            ipv4(1, 2, 47, b"\0\0\x08\x00" + ipv4(3, 4, 17, udp(5, 4789, bytes(8) + ethernet(INNER)))),
            "gre 192.0.2.1 > 192.0.2.2, vxlan 192.0.2.3 > 192.0.2.4",
        ),
        (ipv4(1, 2, 47, b"\0\0\x08\x06" + bytes(28)), ""),
        (ipv4(1, 2, 17, udp(5, 4789, bytes(30))), ""),
    ],
)
def test_the_tunnels_are_told_outermost_first(packet, told):
    assert ", ".join(map(str, outer_headers(ethernet(packet), 1))) == told
    for cut in range(len(packet)):
        outer_headers(ethernet(packet)[:cut], 1)


def test_a_flow_that_came_through_a_tunnel_says_so():
    octets = ethernet(ipv4(1, 2, 47, b"\0\0\x08\x00" + INNER))
    (flow,) = analysed(Capture((Frame(10**18, octets, len(octets)),))).flows.rows()
    assert (flow["orig_address"], flow["resp_port"]) == ("192.0.2.10", 443)
    assert flow["tunnel"] == "gre 192.0.2.1 > 192.0.2.2"
