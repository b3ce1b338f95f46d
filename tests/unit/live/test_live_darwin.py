"""What macOS's own programs print is read as Linux's files are; no Mac is needed to see it."""

import pytest

from netanalyze.clients.owned import tells
from netanalyze.live import darwin
from netanalyze.live.command import child
from netanalyze.live.darwin import OpenSocket, RouteWords, Row
from netanalyze.live.darwin_observer import LsofObserver
from netanalyze.live.processes import proc
from netanalyze.live.sockets import routes
from netanalyze.processes import CERTAIN, INFERRED, OTHER

ROUTE = """\
   route to: 198.41.0.4
destination: default
       mask: default
    gateway: 192.0.2.1
  interface: en0
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>
 recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire
       0         0         0         0         0         0      1500         0
"""
ON_LINK = ROUTE.replace("gateway: 192.0.2.1", "gateway: link#6")
HERE = ROUTE.replace("en0", "lo0").replace("1500", "16384").replace("    gateway: 192.0.2.1\n", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ROUTE, RouteWords("en0", "192.0.2.1", 1500, False)),
        (ON_LINK, RouteWords("en0", None, 1500, False)),
        (HERE, RouteWords("lo0", None, 16384, True)),
        ("route: writing to routing socket: not in table\n", None),
        ("", None),
    ],
    ids=["default route", "on the link", "this machine", "no route", "no program"],
)
def test_a_route_is_read(text, expected):
    assert darwin.route_words(text) == expected


def test_the_route_decides_where_to_capture_on_a_mac(monkeypatch):
    answers = {"198.41.0.4": ROUTE, "127.0.0.1": HERE}
    monkeypatch.setattr(darwin, "HERE", True)
    monkeypatch.setattr(routes, "LOOPBACK", "lo0")
    monkeypatch.setattr(darwin, "output_of", lambda *argv: answers.get(argv[-1], ""))
    assert routes.interfaces_towards(["127.0.0.1"])[0] == ["en0", "lo0"]
    assert routes.is_here("127.0.0.1")
    assert str(routes.route_to("198.41.0.4")) == "198.41.0.4 via 192.0.2.1 dev en0"


PS = """\
    1     0 Ss   /sbin/launchd
  300     1 Ss   /usr/sbin/mDNSResponder
  700     1 S+   /usr/local/go/bin/go mod download
  701   700 S+   git fetch https://me:secret@example.test/x
  702   701 T+   git-remote-https origin
  800     1 S    /Applications/Other.app/Contents/MacOS/Other -x
"""


def test_processes_are_read_without_their_secrets():
    rows = darwin.process_rows(PS)
    assert rows[3] == Row(701, 700, "S", ("git", "fetch", "https://xxxxx@example.test/x"))
    assert darwin.descendants(700, rows) == [701, 702]


def test_the_command_s_state_and_descendants_come_from_ps(monkeypatch):
    monkeypatch.setattr(darwin, "HERE", True)
    monkeypatch.setattr(darwin, "output_of", lambda *argv: PS)
    assert proc.descendants(700) == [701, 702]
    one = child.Child(("git",), "git", {}, lambda event: None, set())
    one.pid = 702
    assert one.stopped_now()
    one.pid = 701
    assert not one.stopped_now()


LSOF = """\
p300
f8
PUDP
n*:5353
f9
PUDP
n192.0.2.10:60001->192.0.2.53:53
p700
f3
PTCP
n192.0.2.10:50001->198.51.100.10:443
TST=SYN_SENT
TQR=0
TQS=0
f4
PTCP
n[2001:db8::10]:50002->[2001:db8::80]:443
TST=ESTABLISHED
f5
n->0x1234
p800
f7
PTCP
n192.0.2.10:50003->203.0.113.9:443
TST=ESTABLISHED
f8
PTCP
n*:8080
TST=LISTEN
p900
f3
PTCP
n127.0.0.1:3128->127.0.0.1:50009
TST=ESTABLISHED
p701
f3
PTCP
n127.0.0.1:50009->127.0.0.1:3128
TST=ESTABLISHED
"""


def test_sockets_are_read():
    found = darwin.open_sockets(LSOF)
    assert OpenSocket(700, 6, "192.0.2.10", 50001, "198.51.100.10", 443, "SYN_SENT") in found
    assert OpenSocket(700, 6, "2001:db8::10", 50002, "2001:db8::80", 443, "ESTABLISHED") in found
    assert OpenSocket(300, 17, "", 5353, "", 0, "") in found
    assert len(found) == 8


@pytest.mark.parametrize("text", ["", "p\nf\nn", "pabc\nPTCP\nn1->2", "PTCP\nn192.0.2.1:1->192.0.2.2:99999999"])
def test_what_is_no_socket_is_left_out(text):
    assert darwin.open_sockets(text) == []


def observer():
    """An observer of the command 700 on that machine, after one look."""
    one = LsofObserver(lambda: darwin.process_rows(PS), lambda: darwin.open_sockets(LSOF), lambda: 2_000)
    one._root = 700
    one.look()
    return one


def test_whose_sockets_are_whose():
    seen = observer().snapshot()
    owned = {(s.remote, s.remote_port): (s.pid, s.owned) for s in seen.sockets if s.remote}
    assert owned[("198.51.100.10", 443)] == (700, CERTAIN)
    assert owned[("127.0.0.1", 3128)] == (701, CERTAIN)
    assert owned[("192.0.2.53", 53)] == (300, INFERRED)  # it asks for names on behalf of everybody
    assert owned[("127.0.0.1", 50009)] == (900, INFERRED)  # the proxy that the command talks to
    assert owned[("203.0.113.9", 443)] == (800, OTHER)
    assert tells(seen)
    assert seen.waits == ()
    assert {p.pid for p in seen.processes} == {700, 701, 702}


def test_a_process_that_is_no_longer_listed_has_ended():
    one = observer()
    one._ask_processes = lambda: [row for row in darwin.process_rows(PS) if row.pid != 701]
    one._now = lambda: 3_000
    one.look()
    ends = {p.pid: p.end_ns for p in one.snapshot().processes}
    assert ends[701] == 3_000
    assert ends[702] < 0


def test_it_runs_beside_the_command_and_ends():
    one = LsofObserver(lambda: darwin.process_rows(PS), lambda: darwin.open_sockets(LSOF), lambda: 2_000)
    assert one.snapshot() is None
    one.begin(700, 1_000)
    seen = one.finish()
    one.close()
    assert one.failure is None
    assert seen.process(700).start_ns == 1_000
