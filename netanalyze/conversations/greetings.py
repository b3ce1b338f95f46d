"""What servers say first, by which one knows what they speak."""

SMTP, POP3, IMAP = "SMTP or FTP", "POP3", "IMAP"
GREETINGS = (
    (b"SSH-", "SSH"),  # RFC 4253 section 4.2
    (b"RFB ", "VNC"),  # RFC 6143 section 7.1.1
    (b"+OK", POP3),  # RFC 1939 section 4
    (b"* OK", IMAP),  # RFC 9051 section 7.1.1
    (b"220 ", SMTP),  # RFC 5321 section 4.2, RFC 959 section 5.4
    (b"220-", SMTP),
)
"""How greetings begin, and whose they are."""


IN_TURN = (SMTP, POP3, IMAP)
"""Protocols whose server answers each command (RFC 5321 section 4.2, RFC 959 section 4.2, RFC 1939 section 3, RFC 9051 section
2.2.2)."""
DECLINING = (b"421", b"554", b"-ERR", b"* BYE")
"""How those begin who will not serve (RFC 5321 section 3.1, RFC 959 section 5.4, RFC 1939 section 3, RFC 9051 section 7.1.5)."""


def greeting(opening: bytes) -> str | None:
    """The protocol whose server greets so; None of any other.

    >>> greeting(b"SSH-2.0-OpenSSH_9.6"), greeting(b"HTTP/1.1 200 OK")
    ('SSH', None)
    """
    return next((name for beginning, name in GREETINGS if opening.startswith(beginning)), None)


def in_turn(opening: bytes) -> str | None:
    """The protocol whose server greets so and answers whatever it is told; None of any other.

    >>> in_turn(b"220 mx ESMTP"), in_turn(b"SSH-2.0-OpenSSH_9.6")
    ('SMTP or FTP', None)
    """
    protocol = greeting(opening)
    return protocol if protocol in IN_TURN else None
