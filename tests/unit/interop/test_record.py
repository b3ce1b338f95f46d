"""An archive of the recorder tells a run as a live recording does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netanalyze.recorder.archive import kernel_drops, recorded_run
from netanalyze.sockets import SYN_SENT

ABOUT = (
    "netanalyze-record 1\nstart 1700000000.25\nend 1700000010.5\nexit {code}\nended-by {by}\npackets {packets}\n"
    "interface any\nclock shell\nsystem Linux\nmachine x86_64\nticks 100\nuptime 5000.00 1.0\nnow 1700000012.00\n"
)


def texts(code=1, by="", packets="tcpdump", **more):
    """The texts of an archive by their names without endings."""
    names = {"about": ABOUT.format(code=code, by=by, packets=packets), "command": "go\tmod\tdownload\t"} | more
    endings = {"go_env": "go-env.json", "resolv": "resolv.conf"}
    return {endings.get(name, f"{name}.txt"): text.encode() for name, text in names.items()}


def test_the_run():
    run = recorded_run(texts(stderr="1700000001.00 # get https://proxy.golang.org/x\n"))
    assert run.argv == ("go", "mod", "download")
    assert (run.start_ns, run.end_ns) == (1_700_000_000_250_000_000, 1_700_000_010_500_000_000)
    assert run.exit_code == 1
    assert run.client == "go"
    assert run.trace == "1700000001.00 # get https://proxy.golang.org/x\n"


@pytest.mark.parametrize("by", ["interrupt", "patience"])
def test_a_command_that_was_ended_by_hand_has_no_exit_status(by):
    assert recorded_run(texts(130, by)).exit_code is None


def test_the_surroundings():
    found = recorded_run(
        texts(
            go_env='{"GOVERSION": "go1.27.3", "GOPROXY": "https://proxy.golang.org", "GOTOOLCHAIN": "local", "GOSUMDB": ""}',
            environment="GODEBUG=tlsmlkem=0\nhttps_proxy=http://xxxxx@192.0.2.3:3128\nsaved GOTOOLCHAIN=go1.26.0\n",
            resolv="# me\nnameserver 192.0.2.53\nsearch a.test b.test\noptions ndots:5\n",
            routes="192.0.2.0/24 dev eth1\ndefault via 192.0.2.1 dev eth1 \n",
            mtu="eth0 1500\neth1 1400\nlo 65536\n",
        )
    )
    assert found.client == "go 1.27.3"
    assert found.environment == {
        "go_env": {"GOVERSION": "go1.27.3", "GOPROXY": "https://proxy.golang.org", "GODEBUG": "tlsmlkem=0",
                   "GOTOOLCHAIN": "go1.26.0"},
        "proxies": {"https_proxy": "http://xxxxx@192.0.2.3:3128"},
        "resolvers": ["192.0.2.53"],
        "search": ["a.test", "b.test"],
        "resolver_options": ["ndots:5"],
        "route": "default via 192.0.2.1 dev eth1",
        "mtu": 1400,
        "interfaces": ["any"],
        "backend": "tcpdump",
    }  # fmt: skip


PROCESSES = "".join(
    f"@ {second}\nP 7 0 7 (go) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0\nA 7 0 go\tmod\tdownload\t\n"
    for second in range(1_700_000_001, 1_700_000_005)
)
ROW = 'tcp SYN-SENT 0 1 192.0.2.10:40002 198.51.100.10:443 users:(("{name}",pid={pid},fd=6))\n'
INFO = "\t cubic rto:4000 backoff:{n} mss:524 cwnd:1 unacked:1 retrans:1/{n}\n"


def sockets(*rows):
    """Looks at these sockets, one a second."""
    looks = [f"@ {1_700_000_001 + n}\n" + "".join(row + INFO.format(n=n) for row in rows) for n in range(3)]
    return "".join(looks)


def test_the_command_s_sockets_have_histories_and_others_do_not():
    mine, other = ROW.format(name="go", pid=7), ROW.format(name="x", pid=99).replace("40002", "40003")
    run = recorded_run(texts(packets="none", processes=PROCESSES, sockets=sockets(mine, other)))
    [history] = run.sockets
    assert (history.local_port, history.remote, history.pid, history.last.state) == (
        40002,
        "198.51.100.10",
        7,
        SYN_SENT,
    )
    assert [sample.backoff for sample in history.samples] == [0, 1, 2]
    assert [(s.local_port, s.pid) for s in run.processes.sockets] == [(40002, 7)]


def test_where_nobody_can_tell_whose_sockets_they_are_all_count():
    nobodys = ROW.format(name="", pid=0).partition(" users")[0] + "\n"
    run = recorded_run(texts(packets="none", sockets=sockets(nobodys)))
    assert [(h.local_port, h.pid) for h in run.sockets] == [(40002, 0)]
    assert run.processes is None


PROC = "# tcp\n 1: 0A0200C0:9C43 {far}:01BB 01 00000602:00000000 01:00000064 00000003 0 0 5002 2 0 320 4 30 1 7\n"
ANSWER = "1700000002.10 # get https://proxy.golang.org/a: 200 OK (0.050s)\n"


@pytest.mark.parametrize(
    ("far", "trace", "received"),
    [
        ([PROC.format(far="0A6433C6")], ANSWER, 1),
        ([PROC.format(far="0A6433C6")], ANSWER.partition(":")[0] + "\n", 0),
        ([PROC.format(far="0A6433C6")], ANSWER.replace("1700000002", "1700000000"), 0),
        ([PROC.format(far="0A6433C6"), PROC.format(far="0B6433C6").replace("9C43", "9C44")], ANSWER, 0),
    ],
    ids=["answered", "not answered", "answered before it was there", "two places"],
)
def test_where_proc_does_not_say_what_was_received_go_s_own_words_do(far, trace, received):
    looks = "".join(f"@ {1_700_000_002 + n}\n{''.join(far)}" for n in range(3))
    run = recorded_run(texts(packets="none", sockets=looks, stderr=trace))
    assert {history.last.received for history in run.sockets} == {received}


def test_without_looks_there_is_nothing_to_judge_by():
    run = recorded_run(texts())
    assert (run.processes, run.sockets) == (None, None)


def test_where_packets_were_captured_sockets_are_no_witness():
    mine = ROW.format(name="go", pid=7)
    run = recorded_run(texts(processes=PROCESSES, sockets=sockets(mine)))
    assert run.sockets is None
    assert [(s.local_port, s.pid) for s in run.processes.sockets] == [(40002, 7)]


def test_packets_that_were_dropped_are_counted():
    assert (
        kernel_drops(texts(tcpdump="9 packets captured\n12 packets received by filter\n3 packets dropped by kernel\n"))
        == 3
    )
    assert kernel_drops({}) == 0


def test_another_form_is_not_guessed_at():
    assert recorded_run({}) is None
    assert recorded_run({"about.txt": b"netanalyze-record 2\n"}) is None


NAMES = ["about.txt", "command.txt", "environment.txt", "go-env.json", "resolv.conf", "routes.txt", "mtu.txt", "stderr.txt",
         "tcpdump.txt", "sockets.txt", "processes.txt"]  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(NAMES), st.one_of(st.binary(max_size=60), st.sampled_from([b"[]", b"[[[", b"{}", b"null"]))
    )
)
def test_no_texts_raise(found):
    about = b"netanalyze-record 1\n" + found.get("about.txt", ABOUT.format(code="", by="", packets="").encode())
    recorded_run(found | {"about.txt": about})
    kernel_drops(found)


ODD = ["²", "٣", "-1", "1e999", "9" * 5000, "nan", "0x1", "1_0", "\x00", ".", "99999999999999999999", "", "0"]
EVERY_LOOK = "@ 1700000001.00\n{rows}@ 1700000002.00\n{rows}"
P_ROW = "P 77 0 77 (go) S 1 77 1 0 -1 0 0 0 0 0 5 6 0 0 20 0 1 0 900 1 1\n"
WHOLE = texts(
    packets="none", mtu="eth0 1500\n", tcpdump="7 packets dropped by kernel\n", stderr=ANSWER,
    sockets=EVERY_LOOK.format(rows=ROW.format(name="go", pid=77) + INFO.format(n=2)),
    processes=EVERY_LOOK.format(
        rows=P_ROW + "T 77 77 S ep_poll 0 0x3 0x2 0x3 0x4 0x5 0x6\nF 77 6 r socket:[5002]\n"
        "L 0 0 1: -> FLOCK  ADVISORY  WRITE 77 08:01:1 0 EOF\nN 78 0 1700000001.50 77 git\tfetch\nH 79 0\n"
    ),
)  # fmt: skip
KERNEL_S = WHOLE | {"sockets.txt": EVERY_LOOK.format(rows=PROC.format(far="0A6433C6")).encode()}


@pytest.mark.parametrize("word", ODD, ids=lambda word: ascii(word[:20]))
@pytest.mark.parametrize("whole", [WHOLE, KERNEL_S], ids=["ss", "proc"])
def test_whatever_stands_in_place_of_a_word_the_rest_is_read(whole, word):
    for name, text in whole.items():
        parts = re.split(r"([ \n\t:,/()]+)", text.decode())
        for at in range(0, len(parts), 2):
            changed = "".join([*parts[:at], word, *parts[at + 1 :]]).encode()
            run = recorded_run(whole | {name: changed})
            kernel_drops(whole | {name: changed})
            if name != "about.txt" and run is not None:
                assert run.exit_code == 1
            assert run is None or all(abs(s.time_ns) < 2**63 for h in run.sockets or () for s in h.samples)
