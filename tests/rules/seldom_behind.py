"""More stories of conditions that no recipe comes by: what goes wrong behind something that went well."""

from captures.recipes import Conversation, Script, tls
from captures.recipes.certificates import chain
from tests.rules.ordinary import NAME, clear
from tests.rules.seldom import PROXY, SERVER, talks


def certificate_of_another_at_an_address_of_a_third():
    """Neither the certificate nor the address is for the name asked for: told once, by the certificate."""
    talk = talks(name="elsewhere.example.org").handshake()
    talk.client_hello(sni=PROXY)
    talk.server_flight(chain=chain("third.example.org"))
    talk.client.sends(tls.alert("bad_certificate"))
    talk.client.closes()
    return talk


def encrypted_resolver(*tries):
    """DNS over TLS, tried so often, each try turned away or not, and plain DNS at last."""

    def story():
        found, start = [], None
        for number, end in enumerate(tries):
            talk = Conversation(
                client=f"192.0.2.10:{51000 + number}", server="203.0.113.1:853", **({"start": start} if start else {})
            )
            found.append(getattr(talk, end)() if end == "syns" else refused(talk, end))
            start = talk.now
        script = Script(start=start)
        return *found, script.dns(PROXY, SERVER)

    story.__name__ = "encrypted_resolver_" + "_".join(tries)
    return story


def refused(talk, how):
    """A SYN, and what turns it away."""
    talk.client.synchronizes()
    if how == "icmp":
        talk.icmp_error(talk.last_frame(), code=13)
    else:
        talk.server.refuses()
    return talk.passes("1 s")


def close_by_both_of_a_resolver_that_says_nothing():
    """DNS over TLS connects, and its server closes without a word."""
    talk = Conversation(server="203.0.113.1:853").handshake()
    talk.client_hello(sni="dns.example.net")
    talk.passes("2 s").server.closes(unasked=True)
    talk.client.closes()
    return talk, Script(start=talk.now).dns(PROXY, SERVER)


def page_with_a_part_that_is_not_there(agent, first="200 OK"):
    """A page in clear, and a picture of it that is missing: of a browser's page that is nobody's failure."""

    def story():
        talk = clear(name=NAME)
        talk.get("/", NAME, agent=agent).replies(first, b"x" * 400)
        return talk.get("/favicon.ico", NAME, agent=agent).replies("404 Not Found", b"no").exits()

    story.__name__ = f"part_that_is_not_there_for_{agent.partition('/')[0].lower()}_behind_{first[:3]}"
    return story


def pause_in_a_response(*fields, beside=False):
    """A response in clear stops for 20 s and goes on; ``beside``: while its client is served on another connection."""

    def story():
        talk = clear(name=NAME)
        talk.get("/events", NAME)
        head = b"HTTP/1.1 200 OK\r\n" + b"".join(field + b"\r\n" for field in fields) + b"\r\n"
        talk.server.sends(head + b"x" * 300)
        talk.client.acknowledges()
        other = clear(name=NAME, port=51900, start=talk.now)
        talk.passes("20 s").server.sends(b"y" * 300, unasked=True)
        talk.client.acknowledges()
        if beside:
            other.get("/a", NAME).replies("200 OK", b"z" * 200).passes("19 s").get("/b", NAME).replies(
                "200 OK", b"z" * 200
            )
            return talk.both_close(), other.passes("3 s").both_close()
        return talk.both_close()

    story.__name__ = f"pause_in_a_response_{'beside_another' if beside else 'alone'}_{len(fields)}"
    return story


def download_that_ends_early_twice(longer=0, octets=39_000, rest="1.005 s", close="0 s"):
    """A server closes in the midst of a response; its client rests and asks again, and meets the same end."""

    def story():
        found, start = [], None
        for number, (size, much) in enumerate(((170, 39_000), (170 + longer, octets))):
            talk = Conversation(
                client=f"192.0.2.10:{51000 + number}", server=f"{SERVER}:443", **({"start": start} if start else {})
            )
            talk.dns(PROXY, SERVER).handshake().client_hello(alpn=("http/1.1",))
            talk.server_flight()
            talk.client_finished(preface=False).request(size)
            talk.server.sends(
                talk.record(60) + b"".join(talk.record(10_000) for _ in range(3)) + talk.record(much - 30_000)
            )
            talk.client.acknowledges()
            talk.passes(close).server.closes(unasked=True)
            talk.client.closes()
            found.append(talk)
            start = talk.passes(rest).now
        return found

    story.__name__ = f"download_that_ends_early_twice_{longer}_{octets}_{rest.replace(' ', '').replace('.', '_')}"
    story.__name__ += f"_closed_after_{close.partition('.')[0].replace(' ', '')}" if close != "0 s" else ""
    return story


def host_that_is_asked_behind_another(name, answered=True, start="1 ms"):
    """One host answers, and right behind it another one is dialled in vain."""

    def story():
        talk = talks().handshake().opens()
        if answered:
            talk.response("600 B")
        script = Script(start=talk.passes(start).now).dns(name, "203.0.113.7")
        vain = Conversation(client="192.0.2.10:51900", server="203.0.113.7:443", start=script.now).syns(5)
        return talk, script, vain

    story.__name__ = (
        f"host_that_is_asked_behind_{'one_that_answers' if answered else 'a_silent_one'}_{name.partition('.')[0]}"
    )
    return story


def question_on_its_way(turned_away=False):
    """A lookup that is not answered; ``turned_away``: a router says that there is no way to the resolver."""

    def story():
        script = Script()
        script.asks(PROXY)
        if turned_away:
            script.icmp_error(script.frames[-1][1], code=1)
        return script.passes("1 s").link_is_alive()

    story.__name__ = f"question_{'turned_away' if turned_away else 'on_its_way'}"
    return story


def late_answer_behind_loss(resent):
    """A response takes 8 s, and the request had to be sent again so often."""

    def story():
        talk = talks().handshake().opens()
        talk.response("600 B")
        start = len(talk.client.stream)
        talk.client.sends(talk.record(46), lost=bool(resent))
        for number in range(resent):
            talk.passes(f"{200 * 2**number} ms").client.resends(
                start, len(talk.client.stream), lost=number < resent - 1
            )
        talk.server.acknowledges()
        talk.passes("8 s").response("600 B")
        return talk.exits()

    story.__name__ = f"late_answer_to_a_request_sent_again_{resent}_times"
    return story


NO_WAY = f'Get "https://{PROXY}/x": dial tcp 198.51.100.5:443: connect: network is unreachable\n'
GO_ASKS = f"# get https://{PROXY}/example.com/a/@v/list\n"


STORIES = (
    (question_on_its_way(), "tcp/no-route", {"trace": NO_WAY}),
    (question_on_its_way(turned_away=True), "tcp/no-route", {"trace": NO_WAY}),
    (late_answer_behind_loss(0), "http/response-late", {}),
    (late_answer_behind_loss(1), "http/response-late", {}),
    (late_answer_behind_loss(2), "http/response-late", {}),
    (certificate_of_another_at_an_address_of_a_third, "tls/name-mismatch", {}),
    (encrypted_resolver("syns"), "dns/encrypted-blocked", {}),
    (encrypted_resolver("reset", "reset"), "dns/encrypted-blocked", {}),
    (encrypted_resolver("reset", "syns"), "dns/encrypted-blocked", {}),
    (encrypted_resolver("icmp", "icmp", "icmp"), "dns/encrypted-blocked", {}),
    (close_by_both_of_a_resolver_that_says_nothing, "dns/encrypted-blocked", {}),
    (page_with_a_part_that_is_not_there("Mozilla/5.0"), "http/error-status", {}),
    (page_with_a_part_that_is_not_there("Mozilla/5.0", "304 Not Modified"), "http/error-status", {}),
    (page_with_a_part_that_is_not_there("Mozilla/5.0", "503 Busy"), "http/error-status", {}),
    (page_with_a_part_that_is_not_there("curl/8.5"), "http/error-status", {}),
    (pause_in_a_response(), "http/body-stalled", {"client": "generic"}),
    (pause_in_a_response(beside=True), "http/body-stalled", {"client": "generic"}),
    (pause_in_a_response(b"Content-Length: 600", beside=True), "http/body-stalled", {"client": "generic"}),
    (download_that_ends_early_twice(), "tcp/early-close", {"client": "wget"}),
    (download_that_ends_early_twice(close="1.9 s"), "tcp/early-close", {"client": "wget"}),
    (download_that_ends_early_twice(close="2.1 s"), "tcp/early-close", {"client": "wget"}),
    (download_that_ends_early_twice(48), "tcp/early-close", {"client": "wget"}),
    (download_that_ends_early_twice(49), "tcp/early-close", {"client": "wget"}),
    (download_that_ends_early_twice(-1), "tcp/early-close", {"client": "wget"}),
    (download_that_ends_early_twice(octets=38_999), "tcp/early-close", {"client": "wget"}),
    (download_that_ends_early_twice(rest="1.5 s"), "tcp/early-close", {"client": "wget"}),
    (host_that_is_asked_behind_another("storage.example.net"), "http/redirect-blocked", {"trace": GO_ASKS}),
    (
        host_that_is_asked_behind_another("storage.example.net", answered=False),
        "http/redirect-blocked",
        {"trace": GO_ASKS},
    ),
    (host_that_is_asked_behind_another("storage.example.net"), "http/redirect-blocked", {}),
    (host_that_is_asked_behind_another(PROXY), "http/redirect-blocked", {"trace": GO_ASKS}),
)
"""Story, the cause whose rule is asked, and how it is analysed."""
