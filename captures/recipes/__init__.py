"""A small language in which a capture is written like the conversation it holds.

    from captures.recipes import Conversation

    talk = Conversation(server="198.51.100.5:443", rtt="20 ms")
    talk.dns("proxy.golang.org", "198.51.100.5")
    talk.handshake()
    talk.client_hello(sni="proxy.golang.org")
    talk.passes("10 s")
    talk.client.closes()
    hit = talk

The story is told from the client's network card: a client's frame bears the time it left, a server's frame the time
it came. What is said to be ``lost`` did not reach the other side: a client's lost frame is in the capture, a server's is not.
Sequence numbers, acknowledgments, SACK blocks, time stamps, IP ids and checksums follow from the story.

Modules, from the ground up::

    amounts.py       "20 ms", "64 KiB", instants, and noise that is the same each time
    frames.py        octets of one frame (the only user of scapy)
    pcapng.py        octets of the file
    names.py         DNS messages
    script.py        a host's clock and frames; lookups, ICMP, neighbours
    side.py          one end of a TCP connection
    hello.py         ClientHellos as go sends them
    tls.py           TLS records and messages
    certificates.py  certificates that are the same each time
    conversation.py  both ends, their handshake and their timers
    secure.py        TLS and HTTP/2 in a conversation
    quic.py          QUIC Initials
    run.py           the command, and what its processes waited for
    timeline.py      several stories on one clock, and the file
"""

from captures.recipes.conversation import Conversation
from captures.recipes.quic import Quic
from captures.recipes.run import Run
from captures.recipes.script import Script
from captures.recipes.timeline import Timeline

__all__ = ["Conversation", "Quic", "Run", "Script", "Timeline"]
