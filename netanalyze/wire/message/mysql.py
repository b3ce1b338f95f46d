"""Whether a server of MySQL owes its client an answer (MySQL 8.4, Client/Server Protocol)."""

HEAD = 4
"""Octets of a packet's length and number."""
QUIT, SEND_LONG_DATA, CLOSE, RECEIPT = 0x01, 0x18, 0x19, 0xEF
"""What is never answered: COM_QUIT, COM_STMT_SEND_LONG_DATA, COM_STMT_CLOSE, and what a semi-synchronous replica has received."""


def awaits(begins: bytes, length: int) -> bool:
    """Whether a packet of a client's, ``length`` octets long, is a command that is answered; a part of one, or of a file that is
    loaded, is none: their numbers do not begin at 0, or their lengths are others.

    >>> awaits(b"\\4\\0\\0\\0\\3SEL", 8), awaits(b"\\4\\0\\0\\0\\xefabc", 8), awaits(b"\\4\\0\\0\\2\\3abc", 8)
    (True, False, False)
    """
    if length <= HEAD or len(begins) <= HEAD:
        return False
    whole = int.from_bytes(begins[: HEAD - 1], "little") == length - HEAD
    return whole and not begins[HEAD - 1] and begins[HEAD] not in (QUIT, SEND_LONG_DATA, CLOSE, RECEIPT)
