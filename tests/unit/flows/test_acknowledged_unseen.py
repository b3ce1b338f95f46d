"""What was acknowledged and never seen shows a recorder that lost frames; what was only packed anew in a repeat does not."""

from captures.recipes import Conversation


def sent(recorded):
    """A segment of the client is lost and sent again as one that reaches farther, which the recorder has, or has not."""
    talk = Conversation(server="198.51.100.25:25").handshake()
    talk.server.sends(b"220 mail.example.org ESMTP\r\n")
    talk.client.acknowledges()
    talk.client.sends("1200 B")
    talk.server.acknowledges()
    ((begin, end),) = talk.client.sends("700 B", lost=True)
    talk.client.stream += b"x" * 500
    talk.passes("300 ms").client.resends(begin, end + 500)
    if not recorded:
        talk.frames.pop()
    talk.server.acknowledges()
    return talk.exits()


def unseen(found):
    return [row for row in found.capture.diagnostics if row.kind == "acked_unseen"]


def test_octets_packed_anew_are_seen(result):
    found = result(sent(recorded=True))
    assert "ack_lost_segment" in list(found.tcp_marks.mark)  # as Wireshark has it
    assert not unseen(found)


def test_octets_that_nobody_recorded_are_not(result):
    assert unseen(result(sent(recorded=False)))
