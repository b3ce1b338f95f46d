"""Stories in which a rule decides by a condition that no recipe comes by: each with the cause whose rule is asked."""

from captures.recipes import Conversation, Script, Timeline, tls
from tests.rules.ordinary import NAME, clear

SERVER, PROXY = "198.51.100.5", "proxy.golang.org"


def talks(name=PROXY, address=SERVER, **how):
    """A connection whose name was looked up."""
    return Conversation(server=f"{address}:443", **how).dns(name, address)


def stub_whose_own_question_is_answered():
    """The resolver of this machine loses a query; what it asks itself was answered meanwhile."""
    asker, stub = Script(client="127.0.0.1:50000", resolver="127.0.0.53"), Script()
    asker.asks(PROXY)
    stub.passes("1 ms").answers(stub.asks(PROXY), ("A", SERVER))
    asker.until("5.005 s").answers(asker.asks(PROXY), ("A", SERVER), after="1 ms")
    return Timeline(asker, stub)


def encrypted_resolver_instead_of_another():
    """DNS over TLS is tried in vain, and then at another resolver, which answers."""
    vain = Conversation(server="203.0.113.1:853").syns(6)
    works = Conversation(client="192.0.2.10:51900", server="203.0.113.2:853", start=vain.now).handshake()
    return vain, works.opens(sni="dns.example.net").fetches()


def name_that_the_search_list_found():
    """A name does not exist as it is, and does with a suffix."""
    script = Script()
    script.answers_both(script.asks_both("build.corp"), rcode="NXDOMAIN")
    script.answers_both(script.asks_both("build.corp.example.org"), SERVER)
    talk = Conversation(server=f"{SERVER}:443", start=script.now).handshake()
    return script, talk.opens(sni="build.corp.example.org").fetches().exits()


def proxy_that_does_not_even_acknowledge():
    """CONNECT is sent again and again: the path is dead, and the proxy not silent."""
    talk = Conversation(server="192.0.2.80:3128", rtt="2 ms", hops=0).handshake()
    cuts = talk.client.sends(b"CONNECT proxy.golang.org:443 HTTP/1.1\r\nHost: proxy.golang.org:443\r\n\r\n", lost=True)
    talk.client.backs_off(*cuts[0], times=6)
    return talk.passes("9 s").link_is_alive()


def explicit_congestion_that_is_not_let_through():
    """A SYN that asks for ECN is dropped, the repeat without it is answered."""
    talk = talks()
    talk._syn(0, lost=True)
    at, octets = talk.frames[-1]
    asks = bytearray(octets)
    asks[14 + 20 + 13] |= 0xC0
    talk.frames[-1] = at, bytes(asks)
    talk.passes("1.001 s")
    talk.client.synchronizes()
    talk.server.synchronizes(acknowledging=True)
    talk.client.acknowledges()
    return talk.opens().fetches().exits()


def alert_that_comes_for_want_of_a_certificate():
    """TLS 1.2, in which the server's request for a certificate can be read."""
    talk = talks().handshake()
    talk.client_hello()
    talk.server.sends(talk.server_hello_octets() + tls.record(tls.HANDSHAKE, bytes((13, 0, 0, 4, 1, 1, 0, 0))))
    talk.client.acknowledges()
    talk.passes("1 ms").server.sends(tls.alert("handshake_failure"))
    talk.server.closes(unasked=True)
    return talk


def hello_that_is_repeated_in_a_capture_that_was_cut():
    """Where options of TCP are not in the capture, a SACK may not be either."""
    talk = talks().handshake()
    cuts = talk.client_hello(lost=True, acknowledged=False)
    talk.server.acknowledges(upto=0)
    talk.client.backs_off(*cuts[0], times=5)
    return Timeline(talk.passes("4 s").link_is_alive(), snapshot=60)


def hello_too_large_of_which_somebody_says_so():
    """The first segment of the ClientHello is too big, says a router, and the client sends it as it is again."""
    talk = talks().handshake()
    (begin, end), _ = talk.client_hello(lost=[0], acknowledged=False)
    talk.icmp_error(talk.last_frame(2), code=4, mtu=1300, reporter="203.0.113.1", after="6 ms", hops=2, ttl=62)
    talk.server.acknowledges(upto=0)
    talk.client.backs_off(begin, end, times=6)
    return talk.passes("9 s").link_is_alive()


def answer_too_large_of_which_somebody_told_the_client():
    """Full segments of the server never come; of what the client had sent, a router said that it was too big."""
    talk = talks().handshake().opens().fetches("600 B")
    talk.client.sends(2 * talk.client.segment, lost=[0, 1])
    talk.icmp_error(talk.last_frame(2), code=4, mtu=1300, reporter="203.0.113.1", after="6 ms", hops=2, ttl=62)
    begin = len(talk.client.stream) - 2 * talk.client.segment
    for at in range(begin, len(talk.client.stream), 1000):
        talk.client.resends(at, min(at + 1000, len(talk.client.stream)))
    talk.server.acknowledges()
    talk.server.sends(3 * talk.server.segment + 300, lost=[0, 1, 2])
    talk.client.acknowledges()
    return talk.passes("16 s").link_is_alive()


def name_that_no_hello_shows():
    """The ClientHello names nobody, and the server ends the handshake."""
    talk = talks().handshake()
    talk.client_hello(sni=None, go="another")
    talk.passes("1 ms").server.sends(tls.alert("unrecognized_name"))
    talk.server.closes(unasked=True)
    return talk


def hello_answered_with_text(text):
    """What answers a ClientHello speaks something else."""

    def story():
        talk = talks().handshake()
        talk.client_hello(acknowledged=False)
        talk.server.acknowledges()
        talk.server.sends(text)
        talk.client.acknowledges()
        talk.client.closes()
        return talk

    story.__name__ = f"hello_answered_with_{text.decode('latin-1').split()[0].lower()}"
    return story


def near_server(address, hops):
    """A server that acknowledges a ClientHello and says nothing, so many routers away."""

    def story():
        talk = Conversation(server=f"{address}:443", rtt="1 ms", hops=hops).dns(PROXY, address).handshake()
        talk.client_hello()
        return talk.passes("15 s").link_is_alive()

    story.__name__ = f"silent_{address.replace('.', '_')}_at_{hops}_hops"
    return story


def damaged_segment_that_comes_whole_in_the_end():
    """A segment arrives three times with a wrong checksum, and then with a right one."""
    talk = talks().handshake().opens().fetches("600 B")
    talk.request(46)
    server = talk.server
    server.checksum = 0x1DEA
    cuts = server.sends("1 kB", lost=True)
    for wait in ("240 ms", "480 ms", "960 ms"):
        talk.passes(wait)
        at, octets = server.isn + 1 + cuts[0][0], bytes(server.stream[slice(*cuts[0])])
        server._put(talk.now, "A", at, talk.client.isn + 1 + talk.client.next, 509, (), octets, server.ttl, None)
    server.checksum = None
    talk.passes("1.92 s")
    server.resends(*cuts[0])
    talk.client.acknowledges()
    return talk.exits()


def request_that_met_a_close(*others):
    """A request in clear on a connection that lay idle meets the server's FIN."""
    talk = clear(name=NAME)
    talk.get("/a", NAME).replies("200 OK", b"x" * 200)
    talk.passes("60 s")
    talk.client.sends(b"GET /b HTTP/1.1\r\nHost: app.example.org\r\n\r\n", lost=True)
    talk.server.closes(unasked=True)
    talk.client.acknowledges()
    talk.client.closes()
    return [talk, *(Conversation(client=f"192.0.2.10:{52000 + n}", server=server, start=talk.now).dns(name, server[:-3])
                    .handshake().get("/b", name).replies("200 OK", b"y" * 200).both_close()
                    for n, (server, name) in enumerate(others))]  # fmt: skip


def request_that_met_a_close_and_was_made_again():
    return request_that_met_a_close(("198.51.100.5:80", NAME))


def request_that_met_a_close_and_was_made_at_another_address():
    return request_that_met_a_close(("198.51.100.9:80", NAME))


def request_that_met_a_close_and_others_went_elsewhere():
    return request_that_met_a_close(("198.51.100.9:80", "other.example.org"))


def names_that_all_have_one_private_address():
    """A portal gives its own address for every name."""
    script = Script()
    for name in ("a.example.com", "b.example.net", "c.example.org", "d.example.edu"):
        script.dns(name, "192.168.7.1")
    talk = Conversation(server="192.168.7.1:443", start=script.now).handshake()
    talk.client_hello(sni="a.example.com")
    talk.passes("1 ms").server.sends(tls.alert("handshake_failure"))
    talk.server.closes(unasked=True)
    return script, talk


def redirect(asked, target):
    """A page in clear is redirected, and the handshake behind it does not come about."""

    def story():
        talk = clear(name=asked)
        talk.get("/", asked).replies("302 Found", location=f"http://{target}/login").both_close()
        other = Conversation(client="192.0.2.10:51900", server="198.51.100.5:443", start=talk.now).handshake()
        other.client_hello(sni=asked)
        other.passes("1 ms").server.sends(tls.alert("handshake_failure"))
        other.server.closes(unasked=True)
        return talk, other

    story.__name__ = f"redirect_of_{asked}_to_{target}".replace(".", "_").replace(":", "_")
    return story


def block_list_of_ipv6():
    """Thirty-two labels of one digit and the list's name: no such name says that the address is not on it."""
    script = Script()
    script.answers_both(
        script.asks_both(".".join("a002000000000000000000008bd01002") + ".list.example.org"), rcode="NXDOMAIN"
    )
    return script


def name_of_short_labels():
    """As long, but one label is no digit."""
    script = Script()
    script.answers_both(
        script.asks_both(".".join("a00200000000000000000000xbd01002") + ".list.example.org"), rcode="NXDOMAIN"
    )
    return script


def shell(*ends):
    """SSH's client says its line, and the server never does."""
    talk = Conversation(server="198.51.100.22:22").dns("git.example.org", "198.51.100.22").handshake()
    talk.client.sends(b"SSH-2.0-OpenSSH_9.6\r\n")
    talk.server.acknowledges()
    talk.passes("20 s")
    for end in ends:
        getattr(talk, end).closes()
    return talk.passes("1 s").link_is_alive()


def shell_that_never_greets():
    return shell()


def shell_that_never_greets_until_its_client_leaves():
    return shell("client", "server")


def shell_that_closes_in_its_clients_face():
    return shell("server", "client")


STORIES = (
    (shell_that_never_greets, "http/response-missing", {}),
    (shell_that_never_greets_until_its_client_leaves, "http/response-missing", {}),
    (shell_that_closes_in_its_clients_face, "http/response-missing", {}),
    (stub_whose_own_question_is_answered, "dns/answer-lost", {}),
    (encrypted_resolver_instead_of_another, "dns/encrypted-blocked", {}),
    (name_that_the_search_list_found, "dns/name-not-found", {}),
    (block_list_of_ipv6, "dns/name-not-found", {}),
    (name_of_short_labels, "dns/name-not-found", {}),
    (proxy_that_does_not_even_acknowledge, "http/connect-unanswered", {}),
    (explicit_congestion_that_is_not_let_through, "tcp/syn-lost", {}),
    (alert_that_comes_for_want_of_a_certificate, "tls/alert", {}),
    (hello_that_is_repeated_in_a_capture_that_was_cut, "tls/client-hello-dropped", {}),
    (hello_too_large_of_which_somebody_says_so, "tls/large-client-hello-dropped", {}),
    (answer_too_large_of_which_somebody_told_the_client, "tcp/mtu-black-hole", {}),
    (name_that_no_hello_shows, "tls/name-mismatch", {}),
    (hello_answered_with_text(b"SSH-2.0-OpenSSH_9.6\r\n"), "tls/not-tls", {}),
    (hello_answered_with_text(b"a \x1f\r\n"), "tls/not-tls", {}),
    (hello_answered_with_text(b"c  ~\r\n"), "tls/not-tls", {}),
    (hello_answered_with_text(b"b \x7f\r\n"), "tls/not-tls", {}),
    (near_server("192.0.2.77", 0), "tls/server-hello-missing", {}),
    (near_server("198.51.100.5", 0), "tls/server-hello-missing", {}),
    (near_server("198.51.100.5", 1), "tls/server-hello-missing", {}),
    (damaged_segment_that_comes_whole_in_the_end, "tcp/bad-checksum", {}),
    (request_that_met_a_close, "tcp/early-close", {}),
    (request_that_met_a_close_and_was_made_again, "tcp/early-close", {}),
    (request_that_met_a_close_and_was_made_at_another_address, "tcp/early-close", {}),
    (request_that_met_a_close_and_others_went_elsewhere, "tcp/early-close", {}),
    (names_that_all_have_one_private_address, "tls/alert", {}),
    (redirect("shop.example.org", "10.1.2.3"), "tls/alert", {}),
    (redirect("shop", "10.1.2.3"), "tls/alert", {}),
    (redirect("10.9.9.9", "10.1.2.3"), "tls/alert", {}),
    (redirect("shop.example.org", "[fd00::1]"), "tls/alert", {}),
)  # fmt: skip
"""Story, the cause whose rule is asked, and how it is analysed."""
