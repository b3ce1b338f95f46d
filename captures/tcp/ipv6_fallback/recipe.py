"""The name has addresses of both families, IPv6 leads nowhere, and IPv4 saves the connection 300 ms later.

hit:        paid for two hosts
near_miss:  IPv6 is slow, but answers after 250 ms, before go would try IPv4
"""

from captures.recipes import Conversation, Script, Timeline

HOSTS = {
    "proxy.golang.org": ("2001:db8:5::5", "198.51.100.5"),
    "sum.golang.org": ("2001:db8:7::7", "203.0.113.7"),
}


def falling_back():
    stories, now = [], None
    for index, (name, (six_address, four_address)) in enumerate(HOSTS.items()):
        port = 51000 + 10 * index
        look = Script(client=f"192.0.2.10:{port}", **({"start": now} if now else {}))
        look.dns(name, six_address, four_address)
        six = Conversation(client=f"[2001:db8::10]:{port}", server=f"[{six_address}]:443", start=look.now)
        six.client.synchronizes(lost=True)
        four = Conversation(client=f"192.0.2.10:{port + 1}", server=f"{four_address}:443", start=six.now).passes(
            "300 ms"
        )
        four.handshake().opens(sni=name).fetches().exits()
        stories += [look, six, four]
        now = four.now
    return Timeline(*stories)


def slow():
    look = Script().dns("proxy.golang.org", *HOSTS["proxy.golang.org"])
    six = Conversation(client="[2001:db8::10]:51000", server="[2001:db8:5::5]:443", start=look.now, rtt="250 ms")
    six.handshake().opens().fetches().exits()
    return Timeline(look, six)


hit = falling_back
near_miss = slow
