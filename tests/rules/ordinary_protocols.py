"""More of what is ordinary: protocols that are no HTTP, names that are only tried, strangers."""

from captures.recipes import Conversation, Script, frames
from tests.rules.ordinary import ADDRESS, browses, clear, encrypts, greets, lines, secure, stories, tells, trade

SCANNER = ("192.0.2.10", 40000)

# Other protocols


def imap_idle_in_tls():
    talk = secure("198.51.100.8:993", "imap.example.org", alpn=())
    tells(talk, "server", 60)
    for said, answer in ((30, 40), (30, 90), (11, 12)):
        trade(talk.passes("80 ms"), said, answer)
    tells(talk, "server", 19, 19, after="90 s")
    trade(talk.passes("40 s"), 6, 30)
    tells(talk, "client", 11)
    tells(talk, "server", 60, after="29 s")
    return talk.passes("9 s").link_is_alive()


def mqtt_in_tls_that_publishes_without_receipt():
    talk = secure("198.51.100.9:8883", "mq.example.org", alpn=())
    trade(talk, 40, 4)
    trade(talk.passes("60 s"), 2, 2)
    tells(talk, "client", 80, 80, 80, after="7 s")
    return talk.passes("30 s").link_is_alive()


def push_channel_that_alpn_names():
    talk = secure("198.51.100.8:443", "push.example.com", alpn=("apns-pack-v1",))
    trade(talk, 500, 120)
    tells(talk, "server", 300, after="200 s")
    tells(talk, "client", 20)
    return talk.passes("60 s").link_is_alive()


def database_that_notifies():
    talk = clear("198.51.100.8:5432", "db.example.org")
    lines(talk, (b"\0\0\0\x08\x04\xd2\x16\x2f", b"S"))
    encrypts(talk, "db.example.org")
    trade(talk, 80, 400)
    trade(talk, 30, 20)
    tells(talk, "server", 50, after="70 s")
    trade(talk.passes("70 s"), 60, 90, after="22 s")
    return talk.passes("40 s").link_is_alive()


def remote_desktop():
    talk = clear("198.51.100.8:3389", "ts.example.org")
    lines(talk, (b"\x03\0\0\x13\x0e\xe0" + bytes(13), b"\x03\0\0\x13\x0e\xd0" + bytes(13)))
    encrypts(talk, "ts.example.org")
    for _ in range(6):
        trade(talk, 50, 400)
    tells(talk, "client", *(20,) * 12, after="400 ms")
    tells(talk, "server", 2000, after="3 s")
    tells(talk, "client", 20, 20, after="30 s")
    return talk.passes("9 s").link_is_alive()


def mail_over_starttls_to_a_slow_server():
    talk = clear("198.51.100.8:25", "mx.example.org")
    greets(talk, b"220 mx ESMTP\r\n")
    lines(talk, (b"EHLO a\r\n", b"250-ok\r\n250 STARTTLS\r\n"), (b"STARTTLS\r\n", b"220 go\r\n"))
    encrypts(talk, "mx.example.org")
    for said, answer, wait in ((30, 120, "22 ms"), (40, 20, "12 s"), (5000, 40, "9 s")):
        trade(talk, said, answer, after=wait)
    return talk.both_close()


def camera_that_pauses():
    talk = clear("198.51.100.9:554", "cam.example.org")
    for method in ("OPTIONS", "DESCRIBE", "SETUP", "PLAY"):
        request = f"{method} rtsp://cam.example.org/live RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode()
        lines(talk, (request, b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"))
    for pause in ("40 ms",) * 12 + ("8 s",) + ("40 ms",) * 12:
        talk.passes(pause).server.sends(1200, unasked=True)
        talk.client.acknowledges()
    talk.client.sends(b"GET_PARAMETER rtsp://cam RTSP/1.0\r\nCSeq: 9\r\n\r\n")
    talk.server.acknowledges()
    return talk.passes("20 s").link_is_alive()


def telephone_that_rings():
    talk = clear("198.51.100.9:5060", "sip.example.org")
    lines(talk, (b"OPTIONS sip:a@example.org SIP/2.0\r\nCall-ID: 1\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n"))
    lines(talk, (b"INVITE sip:a@example.org SIP/2.0\r\nCall-ID: 1\r\n\r\n", b"SIP/2.0 180 Ringing\r\n\r\n"))
    talk.passes("14 s").server.sends(b"SIP/2.0 200 OK\r\n\r\n")
    talk.client.sends(b"ACK sip:a@example.org SIP/2.0\r\n\r\n")
    talk.server.acknowledges()
    return talk.passes("60 s").link_is_alive()


def shell_with_a_person_before_it():
    talk = clear("198.51.100.7:22", "shell.example.org")
    greets(talk, b"SSH-2.0-OpenSSH_9.6\r\n")
    for _ in range(6):
        lines(talk.passes("350 ms"), (bytes(36), bytes(36)))
    for _ in range(3):
        lines(talk.passes("30 s"), (bytes(52), bytes(36)))
    return talk.passes("20 s").link_is_alive()


def captured_from_the_middle():
    talk = browses()
    cut = len(talk.frames)
    for _ in range(4):
        trade(talk.passes("12 s"), 90, 300)
    tells(talk, "client", 30)
    talk.passes("20 s").link_is_alive()
    talk.frames = talk.frames[cut:]
    return talk


def captured_once_more_behind_a_slow_link():
    talk = clear(rtt="70 ms")
    talk.get("/file", "app.example.org", agent="Fetch/1")
    talk.streams(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + bytes(9_000))
    talk.both_close()
    tags = {50_000_000: "8100002a", 100_000_000: "8100000a"}
    copies = [
        (at + later, octets[:12] + bytes.fromhex(tag) + octets[12:])
        for later, tag in tags.items() for at, octets in talk.frames
    ]  # fmt: skip
    talk.frames = sorted([*talk.frames, *copies], key=lambda frame: frame[0])
    return talk


# Names and strangers


def names_that_are_only_tried():
    script = Script()
    for name in ("wpad.corp.example", "isatap.corp.example", "4.3.2.1.in-addr.arpa", "2.0.2.192.zen.example.net"):
        script.answers(script.asks(name, edns=False), rcode="NXDOMAIN").passes("200 ms")
    return script


def scan_of_ports():
    script = Script()
    for index, port in enumerate(range(20, 60)):
        target = ("198.51.100.10", port)
        script.adds(script.now, frames.tcp(True, SCANNER, target, 57, index, "S", 1000 + index, 0, 1024))
        if index % 3:
            answer = frames.tcp(False, target, SCANNER, 52, 0, "RA", 0, 1001 + index, 0)
            script.adds(script.now + 20_000_000, answer)
        script.passes("30 ms")
    return script.passes("5 s").link_is_alive()


def traceroute_by_syns():
    script = Script()
    for hops in range(1, 7):
        source, target = ("192.0.2.10", 51000 + hops), (ADDRESS, 80)
        syn = frames.tcp(True, source, target, hops, hops, "S", 1000 + hops, 0, 5840)
        script.adds(script.now, syn)
        script.icmp_error(syn, kind=11, code=0, reporter=f"203.0.113.{hops}", after="20 ms").passes("30 ms")
    return script


def asks_who_calls(caller, seconds=0.001):
    """A call, and so long after its beginning the server's question to the caller."""
    talk = clear("198.51.100.8:25", "mx.example.org")
    start = talk.now + round(seconds * 10**9)
    question = Conversation(client="198.51.100.8:40113", server=f"{caller}:113", start=start)
    question.client.synchronizes()
    question.server.refuses()
    greets(talk.passes("60 ms"), b"220 mx ESMTP\r\n")
    lines(talk, (b"QUIT\r\n", b"221 bye\r\n"))
    return talk.both_close(), question


def mail_server_that_asks_who_calls():
    return asks_who_calls("192.0.2.10")


def mail_server_that_asks_who_calls_where_addresses_are_translated():
    return asks_who_calls("203.0.113.7")


def connection_in_reserve_that_was_not_needed():
    return secure().settings().passes("30 s").link_is_alive()


def peers_that_are_gone():
    talks = []
    for index in range(40):
        start = 1_704_067_200 * 10**9 + index * 300 * 10**6
        talk = Conversation(
            client=f"192.0.2.10:{52000 + index}", server=f"203.0.113.{index + 1}:{6881 + 7 * index}", start=start
        )
        if index % 2:
            talk.syns(3)
        else:
            talk.client.synchronizes()
            talk.server.refuses()
        talks.append(talk)
    return talks


def syns_of_other_numbers_from_one_port():
    script = Script()
    for index in range(20):
        syn = frames.tcp(True, SCANNER, (ADDRESS, 80), 64, index, "S", 1000 + 7919 * index, 0, 512)
        script.adds(script.now, syn)
        script.passes("160 ms")
    return script, browses(script.now, port=51005).exits()


STORIES = stories(globals())
