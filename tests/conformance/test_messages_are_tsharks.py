"""Server names, JA3 and DNS transactions are those that tshark reads."""

from collections import Counter

import pytest
from tshark import FILES, all_dissected, analysed, name, needs_tshark

CLIENT_HELLO, SERVER_HELLO = "1", "2"
MORE_SERVER_HELLOS = {
    "recorded/reset-injected/capture": (
        6,
        "behind forged resets tshark takes the server's segments for retransmissions, unread",
    ),
    "tcp/mtu_black_hole/near_miss": (1, "the hello's first segment came after its second; tshark reads on without it"),
}
"""``name: (how many, reason)``: ServerHellos that we read and tshark does not."""


def hellos(path, kind, field):
    """Values of a field in tshark's reading of the hellos of a kind."""
    return Counter(
        value for row in all_dissected()[path] if kind in row["tls.handshake.type"] for value in row[field] or [""]
    )


@needs_tshark
@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_client_hellos_are_tsharks(path):
    rows = [row for row in analysed(path).tls if row["client_hello_frame"]]
    for ours, field in (("sni", "tls.handshake.extensions_server_name"), ("ja3", "tls.handshake.ja3")):
        assert Counter(row[ours] or "" for row in rows) == hellos(path, CLIENT_HELLO, field), ours


@needs_tshark
@pytest.mark.parametrize("path", FILES, ids=name)
def test_there_are_as_many_server_hellos(path):
    ours = sum(1 for row in analysed(path).tls if row["kind"] == "tls" and row["server_hello_frame"])
    theirs = sum(row["tls.handshake.type"].count(SERVER_HELLO) for row in all_dissected()[path])
    more, _ = MORE_SERVER_HELLOS.get(name(path), (0, ""))
    assert ours == theirs + more


@needs_tshark
@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_answered_transactions_are_tsharks(path):
    """As sets: a query that was sent again is one transaction of ours and several messages of tshark's."""
    asked, expected = set(), set()
    for row in all_dissected()[path]:
        for number, response, qname, kind in zip(
            row["dns.id"], row["dns.flags.response"], row["dns.qry.name"], row["dns.qry.type"]
        ):
            key = (int(number, 16), qname.lower().rstrip("."), int(kind))
            if response in ("0", "False"):
                asked.add(key)
            elif key in asked:
                expected.add((*key, int(row["dns.flags.rcode"][0])))
    found = {
        (row["dns_id"], (row["qname"] or "").lower().rstrip("."), row["qtype"], row["rcode"])
        for row in analysed(path).dns
        if row["kind"] == "dns" and row["response_frame"]
    }
    assert found == expected
