"""FTP, whose data goes over a connection of its own that the control connection announces."""

from captures.recipes import Conversation
from tests.rules.ordinary import clear, greets, lines

CLIENT, SERVER = "192.0.2.10", "198.51.100.8"
PASSIVE = b"227 Entering Passive Mode (198,51,100,8,156,65).\r\n"
WHOLE = 900_000


def signs_in(*said):
    """A control connection on which a client has signed in, and what it asks then."""
    talk = clear(f"{SERVER}:21", "ftp.example.org")
    greets(talk, b"220 ready\r\n")
    lines(talk, (b"USER anonymous\r\n", b"331 password\r\n"), (b"PASS a@\r\n", b"230 in\r\n"), *said)
    return talk


def says(talk, line):
    """The server says something, unasked."""
    talk.server.sends(line, unasked=True)
    talk.client.acknowledges()
    return talk


def quits(talk):
    """The client takes its leave."""
    lines(talk, (b"QUIT\r\n", b"221 bye\r\n"))
    return talk.both_close()


def asks_to_be_called(what):
    """The client says where it is to be called, and asks for something."""
    talk = signs_in((b"PORT 192,0,2,10,195,81\r\n", b"200 well\r\n"))
    talk.client.sends(what + b"\r\n")
    talk.server.acknowledges()
    return talk


def fetches(octets, more=()):
    """A download in passive mode, and its first octets."""
    control = signs_in((b"PASV\r\n", PASSIVE), *more)
    data = Conversation(client=f"{CLIENT}:51002", server=f"{SERVER}:40001", start=control.now).handshake()
    control.joins(data)
    lines(control, (b"RETR a\r\n", b"150 Opening BINARY mode data connection for a (%d bytes).\r\n" % WHOLE))
    data.joins(control).streams(octets)
    return control, data


def ends(data):
    """The server closes a data connection first, as after a file."""
    data.server.closes()
    data.client.closes()
    data.server.acknowledges()
    return data


def call_that_nobody_takes():
    control = asks_to_be_called(b"RETR a")
    data = Conversation(client=f"{SERVER}:20", server=f"{CLIENT}:50001", start=control.now, recorded_at="server")
    data.syns(6, lost=False)
    return control.joins(data).passes("20 s").link_is_alive(), data


def call_that_never_comes():
    return (asks_to_be_called(b"LIST").passes("40 s").link_is_alive(),)


def call_that_the_server_gives_up():
    return (quits(says(asks_to_be_called(b"LIST").passes("30 s"), b"425 Failed to establish connection.\r\n")),)


def file_that_stops_in_the_middle():
    control, data = fetches(WHOLE // 3)
    return control, data.passes("60 s").link_is_alive()


def file_that_is_cut():
    control, data = fetches(WHOLE // 3)
    says(control.joins(ends(data)), b"426 Failure writing network stream.\r\n")
    return quits(control), data


def end_that_is_never_told():
    control, data = fetches(WHOLE)
    return control.joins(ends(data)).passes("70 s").link_is_alive(), data


def file_that_comes_whole():
    control, data = fetches(WHOLE)
    says(control.joins(ends(data)), b"226 done\r\n")
    return quits(control), data


def file_over_a_connection_that_the_capture_has_not():
    control, data = fetches(WHOLE)
    return (quits(says(control.joins(ends(data)), b"226 done\r\n")),)


def file_that_is_not_there():
    control = asks_to_be_called(b"RETR missing")
    return (quits(says(control, b"550 Failed to open file.\r\n")),)


def rest_after_signing_in():
    return (signs_in().passes("50 s").link_is_alive(),)


def extended_mode_in_vain_and_then_the_other():
    control = signs_in((b"EPSV\r\n", b"229 Entering Extended Passive Mode (|||40002|)\r\n"))
    vain = Conversation(client=f"{CLIENT}:51001", server=f"{SERVER}:40002", start=control.now).syns(4)
    control.joins(vain).passes("1 s")
    lines(control, (b"PASV\r\n", PASSIVE))
    data = Conversation(client=f"{CLIENT}:51002", server=f"{SERVER}:40001", start=control.now).handshake()
    control.joins(data)
    lines(control, (b"RETR a\r\n", b"150 go\r\n"))
    data.joins(control).streams(90_000)
    says(control.joins(ends(data)), b"226 done\r\n")
    return quits(control), vain, data


def end_behind_what_is_read():
    """The reply that ends a transfer comes after more words than are read of a connection."""
    control, data = fetches(WHOLE)
    control.joins(ends(data))
    for _ in range(60):
        says(control, b"226-" + b"z" * 1200 + b"\r\n")
    return says(control, b"226 done\r\n").passes("60 s").link_is_alive(), data


def end_in_a_segment_that_the_recorder_dropped(later=b""):
    control, data = fetches(WHOLE)
    control.joins(ends(data))
    control.server.sends(b"226 done\r\n", unasked=True)
    control.frames.pop()
    control.client.acknowledges()
    if later:
        lines(control, (later, b"200 well\r\n"))
    return control.passes("60 s").link_is_alive(), data


def end_behind_a_segment_that_the_recorder_dropped():
    return end_in_a_segment_that_the_recorder_dropped(b"NOOP\r\n")


def file_that_the_client_breaks_off():
    control, data = fetches(WHOLE // 3)
    control.joins(ends(data))
    control.client.sends(b"\xff\xf4\xff\xf2ABOR\r\n", unasked=True)
    says(control, b"426 Transfer aborted.\r\n")
    return quits(says(control, b"226 well\r\n")), data


def file_that_is_cut_and_asked_for_again():
    control, data = fetches(WHOLE // 3)
    says(control.joins(ends(data)), b"426 Failure writing network stream.\r\n")
    lines(control, (b"PASV\r\n", PASSIVE))
    again = Conversation(client=f"{CLIENT}:51003", server=f"{SERVER}:40001", start=control.now).handshake()
    control.joins(again)
    lines(control, (b"RETR a\r\n", b"150 go\r\n"))
    again.joins(control).streams(WHOLE)
    says(control.joins(ends(again)), b"226 done\r\n")
    return quits(control), data, again


def listing_in_vain_and_by_another_command():
    control = signs_in(
        (b"PASV\r\n", PASSIVE), (b"MLSD\r\n", b"425 no connection\r\n"),
        (b"PASV\r\n", PASSIVE), (b"LIST\r\n", b"150 here\r\n226 done\r\n"),
    )  # fmt: skip
    return (quits(control),)


def file_under_way_of_which_the_capture_has_the_control_connection_alone():
    control, data = fetches(WHOLE)
    return (control.joins(data).passes("60 s").link_is_alive(),)


def call_that_comes_once_and_not_again():
    """Both times the client waits at one port."""
    control = asks_to_be_called(b"LIST")
    data = Conversation(client=f"{SERVER}:20", server=f"{CLIENT}:50001", start=control.now, recorded_at="server")
    says(control.joins(data.handshake()), b"150 go\r\n")
    data.client.sends(b"a\r\n")
    data.server.acknowledges()
    says(control.joins(data.both_close()), b"226 done\r\n")
    lines(control, (b"PORT 192,0,2,10,195,81\r\n", b"200 well\r\n"))
    control.client.sends(b"RETR a\r\n")
    control.server.acknowledges()
    return control.passes("40 s").link_is_alive(), data
