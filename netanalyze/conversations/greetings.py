"""What servers say first, by which one knows what they speak."""

GREETINGS = (
    (b"SSH-", "SSH"),  # RFC 4253 section 4.2
    (b"RFB ", "VNC"),  # RFC 6143 section 7.1.1
    (b"+OK", "POP3"),  # RFC 1939 section 4
    (b"* OK", "IMAP"),  # RFC 9051 section 7.1.1
    (b"220 ", "SMTP or FTP"),  # RFC 5321 section 4.2, RFC 959 section 5.4
    (b"220-", "SMTP or FTP"),
)
"""How greetings begin, and whose they are."""


def greeting(opening: bytes) -> str | None:
    """The protocol whose server greets so; None of any other.

    >>> greeting(b"SSH-2.0-OpenSSH_9.6"), greeting(b"HTTP/1.1 200 OK")
    ('SSH', None)
    """
    return next((name for beginning, name in GREETINGS if opening.startswith(beginning)), None)
