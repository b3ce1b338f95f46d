"""Stories in pairs, of protocols in clear that are no HTTP: active FTP, PostgreSQL."""

from captures.recipes import Conversation
from tests.rules import ftp_stories as ftp

SSL_REQUEST, CANCEL = bytes.fromhex("00000008 04d2162f"), bytes.fromhex("00000010 04d2162e 00000001 00000002")
STARTUP = bytes.fromhex("00000014 00030000") + b"user\0alice\0\0"
DATABASE = "198.51.100.8:5433"


def call_back_that_nobody_takes():
    """Active FTP: the server is to open the data connection.

    hit:        its SYNs to the client's port are not answered
    near_miss:  they are, and the file comes
    """

    def begin():
        control = ftp.asks_to_be_called(b"RETR a")
        return control, Conversation(
            client=f"{ftp.SERVER}:20", server=f"{ftp.CLIENT}:50001", start=control.now, recorded_at="server"
        )

    control, data = begin()
    data.syns(6, lost=False)
    hit = control.joins(data).passes("20 s").link_is_alive(), data

    control, data = begin()
    ftp.says(control.joins(data.handshake()), b"150 go\r\n")
    data.client.sends(b"a\r\n")
    data.server.acknowledges()
    ftp.says(control.joins(data.both_close()), b"226 done\r\n")
    return hit, (ftp.quits(control), data)


def asks_database(*said, port=51000, start=None):
    talk = Conversation(
        client=f"192.0.2.10:{port}", server=DATABASE, **({} if start is None else {"start": start})
    ).handshake()
    for mine, octets in said:
        side = talk.client if mine else talk.server
        side.sends(octets)
        side.peer.acknowledges()
    return talk


def closes(talk):
    talk.passes("40 ms").server.closes()
    talk.client.closes()
    talk.server.acknowledges()
    return talk


def database_that_closes_without_a_word():
    """PostgreSQL answers the first message of a client always.

    hit:        it closes after SSLRequest
    near_miss:  after CancelRequest, which has no answer
    """
    return closes(asks_database((True, SSL_REQUEST))), closes(asks_database((True, CANCEL)))


def database_that_closes_after_one_word():
    """PostgreSQL declines TLS, and the client signs in as it is.

    hit:        it closes without an answer to that
    near_miss:  it says what is wrong (FATAL) and closes
    """
    declined = (True, SSL_REQUEST), (False, b"N"), (True, STARTUP)
    fatal = b"SFATAL\0C28000\0Mno entry\0\0"
    no = False, b"E" + (len(fatal) + 4).to_bytes(4) + fatal
    return closes(asks_database(*declined)), closes(asks_database(*declined, no))


def database_that_closes_once():
    """PostgreSQL closes without a word.

    hit:        a StartupMessage in clear has no answer
    near_miss:  nor has an SSLRequest, but the next one at the same address has
    """
    first = closes(asks_database((True, SSL_REQUEST)))
    again = asks_database((True, SSL_REQUEST), (False, b"N"), (True, STARTUP), (False, b"R\0\0\0\x08\0\0\0\0"), port=51001,
                          start=first.now + 10**9)  # fmt: skip
    return closes(asks_database((True, STARTUP))), (first, again.both_close())


PAIRS = (
    (call_back_that_nobody_takes, "tcp/syn-unanswered", "path", None),
    (database_that_closes_without_a_word, "tcp/early-close", "server", None),
    (database_that_closes_after_one_word, "tcp/early-close", "server", None),
    (database_that_closes_once, "tcp/early-close", "server", None),
)
"""Story, what its hit is and who is to blame for it, and what its near miss is."""
