"""What servers say first, by which one knows what they speak."""

SMTP, POP3, IMAP, MYSQL = "SMTP or FTP", "POP3", "IMAP", "MySQL"
IDENTIFICATION = b"SSH-"
"""How the line begins that both sides of SSH say first; a server may say others before it (RFC 4253 section 4.2)."""
GREETINGS = (
    (IDENTIFICATION, "SSH"),
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
MYSQL_LEAST, MYSQL_MOST = 32, 512
"""Octets of MySQL's first packet: its fixed fields, and these with the longest names of versions and plug-ins."""
DECLINING = (
    *(code + behind for code in (b"421", b"554", b"400", b"502") for behind in (b" ", b"-", b"\r")),
    *(word + behind for word in (b"-ERR", b"* BYE") for behind in (b" ", b"\r")),
    b"500 OOPS:",
)
"""How those begin who will not serve (RFC 5321 section 3.1, RFC 959 section 5.4, RFC 1939 section 3, RFC 9051 section 7.1.5,
RFC 3977 section 5.1.1; the last is vsftpd's die())."""


def greeting(opening: bytes) -> str | None:
    """The protocol whose server greets so; None of any other.

    >>> greeting(b"SSH-2.0-OpenSSH_9.6"), greeting(b"HTTP/1.1 200 OK")
    ('SSH', None)
    """
    return next((name for beginning, name in GREETINGS if opening.startswith(beginning)), None)


def server_begins(opening: bytes) -> str | None:
    """The protocol whose server speaks first and begins so, to greet or to decline; None of any other.

    MySQL's is a packet: its length in three octets, number 0, version 10 (MySQL internals, Protocol::HandshakeV10).

    >>> server_begins(b"\\x4a\\0\\0\\0\\x0a8.0.36"), server_begins(b"554 no"), server_begins(b"HTTP/1.1 200 OK")
    ('MySQL', 'SMTP or FTP', None)
    """
    if opening[3:5] == b"\0\x0a" and MYSQL_LEAST <= int.from_bytes(opening[:3], "little") <= MYSQL_MOST:
        return MYSQL
    return SMTP if opening.startswith((b"554", b"421")) else greeting(opening)


def in_turn(opening: bytes) -> str | None:
    """The protocol whose server greets so and answers whatever it is told; None of any other.

    >>> in_turn(b"220 mx ESMTP"), in_turn(b"SSH-2.0-OpenSSH_9.6")
    ('SMTP or FTP', None)
    """
    protocol = greeting(opening)
    return protocol if protocol in IN_TURN else None
