"""sshd has as many connections that have not logged in as it takes: it says so in the place of its identification, and closes.

hit:        the only try is told so
near_miss:  the next one, a second later, is served
"""

from captures.recipes import Conversation, Timeline

OURS, THEIRS = b"SSH-2.0-OpenSSH_9.6\r\n", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"


def tries(port, start=None):
    words = {} if start is None else {"start": start}
    talk = Conversation(client=f"192.0.2.10:{port}", server="198.51.100.22:22", **words)
    if start is None:
        talk.dns("git.example.org", "198.51.100.22")
    talk.handshake().client.sends(OURS)
    talk.server.acknowledges()
    return talk.passes("40 ms")


def turned_away():
    talk = tries(50022)
    talk.server.sends(b"Exceeded MaxStartups\r\n")
    talk.server.closes()
    talk.client.acknowledges()
    talk.client.closes()
    talk.server.acknowledges()
    return talk


def served(start):
    talk = tries(50023, start)
    talk.server.sends(THEIRS)
    talk.client.acknowledges()
    talk.client.sends(b"\0\0\1\x04\x06\x14" + bytes(258))
    talk.server.sends(b"\0\0\1\x04\x06\x14" + bytes(258))
    talk.client.acknowledges()
    talk.client.closes()
    talk.server.acknowledges()
    talk.server.closes()
    talk.client.acknowledges()
    return talk


hit = turned_away()
_first = turned_away().passes("1 s")
near_miss = Timeline(_first, served(_first.now))
