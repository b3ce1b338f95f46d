"""Stories in pairs, of protocols in clear that are no HTTP: active FTP, databases, mail, SSH."""

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
    near_miss:  it says what is wrong (FATAL) and closes: tcp/service-declined
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


def greets(port, words=None, asked=b"", start=None):
    """A try at a server of a protocol in clear: what it says, None nothing, and then it closes."""
    more = {} if start is None else {"start": start}
    talk = Conversation(client=f"192.0.2.10:{51000 + (start is not None)}", server=f"198.51.100.9:{port}", **more)
    talk.handshake()
    if asked:
        talk.client.sends(asked)
        talk.server.acknowledges()
    talk.passes("30 ms")
    if words is not None:
        talk.server.sends(words)
        talk.client.acknowledges()
    return closes(talk)


def mail_server_that_has_too_many():
    """SMTP: the server speaks first.

    hit:        421, and it closes
    near_miss:  so does the first exchanger, and the second takes the message
    """
    first = greets(25, b"421 4.7.0 Too many connections\r\n")
    second = Conversation(client="192.0.2.10:51001", server="198.51.100.10:25", start=first.now + 10**8).handshake()
    for mine, octets in (False, b"220 mx ESMTP\r\n"), (True, b"QUIT\r\n"), (False, b"221 bye\r\n"):
        side, other = (second.client, second.server) if mine else (second.server, second.client)
        side.sends(octets)
        other.acknowledges()
    return first, (greets(25, b"421 4.7.0 Too many connections\r\n"), closes(second))


def database_that_has_blocked_the_host():
    """MySQL: an error in the place of the greeting.

    hit:        error 1129
    near_miss:  a greeting, behind which the client leaves
    """
    error = b"\xff" + (1129).to_bytes(2, "little") + b"Host '192.0.2.10' is blocked"
    greeting = b"\x0a8.4.0\0" + bytes(60)
    packets = [len(said).to_bytes(3, "little") + b"\0" + said for said in (error, greeting)]
    talk = Conversation(client="192.0.2.10:51000", server="198.51.100.9:3306").handshake()
    talk.server.sends(packets[1])
    talk.client.acknowledges()
    return greets(3306, packets[0]), talk.both_close()


def store_that_has_too_many_clients():
    """Redis: an error is an answer like others, but where it ends the service.

    hit:        the most clients are there
    near_miss:  the client has to authenticate, and leaves
    """
    ping = b"*1\r\n$4\r\nPING\r\n"
    talk = Conversation(client="192.0.2.10:51000", server="198.51.100.9:6379").handshake()
    talk.client.sends(ping)
    talk.server.sends(b"-NOAUTH Authentication required.\r\n")
    talk.client.acknowledges()
    return greets(6379, b"-ERR max number of clients reached\r\n", ping), talk.both_close()


def shell_that_declines():
    """SSH: lines may go before the server's identification.

    hit:        behind one the server closes
    near_miss:  behind one the capture is over
    """
    ours, line = b"SSH-2.0-OpenSSH_9.6\r\n", b"Authorised use only\r\n"
    talk = Conversation(client="192.0.2.10:51000", server="198.51.100.9:2222").handshake()
    talk.client.sends(ours)
    talk.server.sends(line)
    talk.client.acknowledges()
    return greets(2222, line, ours), talk


def news_that_nobody_may_read():
    """NNTP: the server speaks first.

    hit:        502, and it closes
    near_miss:  200, and the client leaves
    """
    talk = Conversation(client="192.0.2.10:51000", server="198.51.100.9:119").handshake()
    talk.server.sends(b"200 news\r\n")
    talk.client.acknowledges()
    return greets(119, b"502 no permission\r\n"), talk.both_close()


def shell_that_closes_without_its_identification():
    """SSH: both sides say what they are.

    hit:        the server closes before it has
    near_miss:  it has, and the client leaves
    """
    ours = b"SSH-2.0-OpenSSH_9.6\r\n"
    talk = Conversation(client="192.0.2.10:51000", server="198.51.100.9:2222").handshake()
    talk.client.sends(ours)
    talk.server.sends(b"SSH-2.0-OpenSSH_9.2\r\n")
    talk.client.acknowledges()
    return greets(2222, None, ours), talk.both_close()


def shell_that_closes_before_keys_are_exchanged():
    """SSH: either side begins the exchange of keys.

    hit:        the server closes after both have said what they are, and the client has begun
    near_miss:  it does after its part
    """
    ours, theirs, keys = b"SSH-2.0-OpenSSH_9.6\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\0\0\4\xfc\x06\x14" + bytes(1274)

    def begin(*said):
        talk = Conversation(client="192.0.2.10:51000", server="198.51.100.9:2222").handshake()
        for octets in (theirs, *said):
            talk.server.sends(octets, unasked=True)
            talk.client.acknowledges()
        for octets in (ours, keys):
            talk.client.sends(octets)
            talk.server.acknowledges()
        return closes(talk)

    return begin(), begin(keys)


def server_that_closes_without_a_greeting():
    """By its port the server is to speak first.

    hit:        an IMAP server closes without a word
    near_miss:  a web server closes a connection that was opened in reserve
    """
    return greets(143), greets(80)


PAIRS = (
    (call_back_that_nobody_takes, "tcp/syn-unanswered", "path", None),
    (database_that_closes_without_a_word, "tcp/early-close", "server", None),
    (database_that_closes_after_one_word, "tcp/early-close", "server", "tcp/service-declined"),
    (database_that_closes_once, "tcp/early-close", "server", None),
    (mail_server_that_has_too_many, "tcp/service-declined", "server", None),
    (database_that_has_blocked_the_host, "tcp/service-declined", "server", None),
    (store_that_has_too_many_clients, "tcp/service-declined", "server", None),
    (shell_that_declines, "tcp/service-declined", "server", None),
    (news_that_nobody_may_read, "tcp/service-declined", "server", None),
    (shell_that_closes_without_its_identification, "tcp/early-close", "server", None),
    (shell_that_closes_before_keys_are_exchanged, "tcp/early-close", "server", None),
    (server_that_closes_without_a_greeting, "tcp/early-close", "server", None),
)
"""Story, what its hit is and who is to blame for it, and what its near miss is."""
