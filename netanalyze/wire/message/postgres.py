"""What a client of PostgreSQL says first, and whether its server owes it an answer (PostgreSQL 17, section 53.7)."""

LENGTH, CODE = 4, 4
SSL_REQUEST, ENCRYPTION_REQUEST = 80877103, 80877104
"""Each is answered by one octet: S or G, then the client encrypts; N, then it goes on in clear. CancelRequest is 80877102: the
server closes, and says nothing."""
VERSION = 3
"""Upper half of a StartupMessage's code. The server asks to authenticate, or says what is wrong."""
SHORTEST_STARTUP, LONGEST_STARTUP = 9, 10_000
"""Octets of a StartupMessage: length, code and the zero that ends its parameters; MAX_STARTUP_PACKET_LENGTH of the server."""
NO, ERROR = b"N", b"E"
QUERY, PASSWORD, SYNC = b"Q", b"p", b"S\0\0\0\4"
EXTENDED = (b"P", b"B", b"D", b"E", b"C", b"S")
"""Messages that a Sync ends, and itself: Parse, Bind, Describe, Execute, Close (section 53.7)."""


def owes_answer(asked: bytes, replied: bytes) -> bool:
    """Whether a server that said ``replied`` has not answered all that its client asked first.

    >>> request = bytes.fromhex("00000008 04d2162f")
    >>> owes_answer(request, b""), owes_answer(request, b"N"), owes_answer(b"QUIT", b"")
    (True, False, False)
    """
    questions = _questions(asked)
    return questions > len(replied) and replied == NO * len(replied)


def fatal(asked: bytes, replied: bytes) -> bytes | None:
    """The message by which a server refuses a client that asked to begin (ErrorResponse, section 53.8); None where it does not.

    >>> ask = bytes.fromhex("00000009 00030000 00")
    >>> fatal(ask, b"E" + bytes.fromhex("00000011") + b"SFATAL\\0Mno\\0\\0")
    b'no'
    """
    replied = replied.lstrip(NO)
    if not _questions(asked) or not replied.startswith(ERROR):
        return None
    fields = {field[:1]: field[1:] for field in replied[1 + LENGTH :].split(b"\0")}
    return fields.get(b"M") if fields.get(b"S") else None


def starts(asked: bytes) -> bool:
    """Whether a client of PostgreSQL begins so, whatever it says then.

    >>> starts(bytes.fromhex("00000009 00030000 00")), starts(b"QUIT")
    (True, False)
    """
    return _questions(asked[: int.from_bytes(asked[:LENGTH])]) > 0


def awaits(begins: bytes, ends: bytes) -> bool:
    """Whether what a client said at once is answered: its startup, a query, a password, or messages up to a Sync. Rows of a copy
    and the receipts of a replica (both CopyData) are not.

    Args:
        begins, ends: its first octets, and its last.

    >>> query, row, sync = b"Q" + bytes(3) + b"\\4", b"d" + bytes(3) + b"\\4", b"S" + bytes(3) + b"\\4"
    >>> awaits(query, query), awaits(row, row), awaits(b"P", sync), awaits(row, sync)
    (True, False, True, False)
    """
    return begins[:1] in (QUERY, PASSWORD) or starts(begins) or (begins[:1] in EXTENDED and ends.endswith(SYNC))


def _questions(asked: bytes) -> int:
    """How many messages in a row are whole and owed an answer; 0 where one is of another kind, or unfinished."""
    count = 0
    while asked:
        length, code = (int.from_bytes(asked[at : at + 4]) for at in (0, LENGTH))
        request = length == LENGTH + CODE and code in (SSL_REQUEST, ENCRYPTION_REQUEST)
        startup = SHORTEST_STARTUP <= length <= LONGEST_STARTUP and code >> 16 == VERSION
        if not (request or startup) or len(asked) < length or (startup and asked[length - 1]):
            return 0
        count, asked = count + 1, asked[length:]
    return count
