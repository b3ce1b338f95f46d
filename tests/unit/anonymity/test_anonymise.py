"""netanalyze anonymise: what stays, what goes, and what is said of it."""

import pytest

from captures.recipes import Conversation, Timeline
from captures.recipes.pcapng import pcapng
from netanalyze.anonymity.checksums import mended
from netanalyze.anonymity.keys import Key
from netanalyze.anonymity.texts import Words, http_head
from netanalyze.capture.recording import RecordedRun, run_comments
from netanalyze.cli.main import run
from netanalyze.wire.net.checksum import ones_sum

HOST = "goproxy.acme.example"
KEY = Key(b"sixteen octets..")


@pytest.fixture
def recorded(tmp_path):
    """A run against a host of somebody's own, with a password in a body."""
    talk = Conversation(server="203.0.113.77:80").dns(HOST, "203.0.113.77").handshake()
    talk.get("/acme.example/payroll/@v/list", HOST, "GoCommand/1\r\nCookie: session=hunter2secret")
    talk.replies("200 OK", body=b"payroll-password-is-swordfish" * 20)
    frames = Timeline(talk.passes("1 ms").both_close()).frames
    told = RecordedRun(
        argv=("go", "mod", "download"), exit_code=0, start_ns=frames[0][0], end_ns=frames[-1][0], client="go 1.27.3",
        environment={"resolvers": ["203.0.113.53"], "search": ["berlin.acme.example"]},
        trace=f"1704067200.1 # get http://{HOST}/x\n1704067200.2 203.0.113.77 /home/user/go\n",
    )  # fmt: skip
    path = tmp_path / "run.pcapng"
    path.write_bytes(pcapng(frames, comments=run_comments(told)))
    return path


def test_what_is_somebodys_own_is_gone(recorded, tmp_path, capsys):
    out = tmp_path / "shown.pcapng"
    assert run(["anonymise", str(recorded), "-o", str(out)]) == 0
    octets = out.read_bytes()
    for word in (
        b"acme",
        b"payroll",
        b"swordfish",
        b"hunter2",
        b"203.0.113",
        b"/home/user",
        b"berlin",
        bytes([203, 0, 113]),
    ):
        assert word not in octets, word
    for word in (b"goproxy", b"/@v/list", b"GoCommand/1", b"go 1.27.3", b"mod"):
        assert word in octets, word
    assert out.stat().st_mode & 0o777 == 0o600
    assert "another one" not in capsys.readouterr().err


def test_a_key_file_is_made_once_and_gives_the_same_names(recorded, tmp_path):
    key, one, other, third = (tmp_path / name for name in ("team.key", "1.pcapng", "2.pcapng", "3.pcapng"))
    assert run(["anonymise", str(recorded), "-o", str(one), "--key", str(key), "-q"]) == 0
    assert run(["anonymise", str(recorded), "-o", str(other), "--key", str(key), "-q"]) == 0
    assert run(["anonymise", str(recorded), "-o", str(third), "-q"]) == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert one.read_bytes() == other.read_bytes() != third.read_bytes()


def test_nothing_is_overwritten_and_a_short_key_is_none(recorded, tmp_path, capsys):
    (tmp_path / "short").write_bytes(b"abc")
    assert run(["anonymise", str(recorded), "-o", str(recorded)]) == 2
    assert run(["anonymise", str(recorded), "-o", str(tmp_path / "o.pcapng"), "--key", str(tmp_path / "short")]) == 2
    assert "a key has 16 or more" in capsys.readouterr().err
    assert run(["anonymise", "-", "-o", str(tmp_path / "o.pcapng")]) == 2
    assert not (tmp_path / "o.pcapng").exists()


def test_a_link_that_is_not_read_is_said(tmp_path, capsys):
    header = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 ffff0000 93000000")
    frame = bytes.fromhex("0000a065 00000000 04000000 04000000") + b"abcd"
    (tmp_path / "user.pcap").write_bytes(header + frame)
    assert run(["anonymise", str(tmp_path / "user.pcap"), "-o", str(tmp_path / "o.pcapng")]) == 2
    assert "link type 147 cannot be anonymised" in capsys.readouterr().err
    assert not (tmp_path / "o.pcapng").exists()


def test_a_right_checksum_is_right_again_and_a_wrong_one_stays_wrong():
    old, new = b"\x12\x34\x56\x78", b"\x9a\xbc\xde\xf0"
    right = 0xFFFF - ones_sum(old)
    assert ones_sum(new, mended(right, ones_sum(old), ones_sum(new))) == 0xFFFF
    for wrong in (right ^ 1, 0, 0xFFFF, 0x1234):
        assert ones_sum(new, mended(wrong, ones_sum(old), ones_sum(new))) != 0xFFFF
    assert mended(77, ones_sum(old), ones_sum(new), pseudo_old=77, pseudo_new=88) == 88


def test_heads_keep_their_form_and_lose_their_words():
    lines = (b"GET /acme/secret.zip?user=bob HTTP/1.1", b"Host: db.acme.com:8080", b"Authorization: Bearer abc.def",
             b"Content-Length: 12")  # fmt: skip
    head = b"".join(line + b"\r\n" for line in (*lines, b""))
    made = http_head(KEY, head)
    assert len(made) == len(head)
    assert made.startswith(b"GET /")
    assert made.endswith(b".com:8080\r\nAuthorization: xxxxxx xxxxxxx\r\nContent-Length: 12\r\n\r\n")
    assert not [word for word in (b"acme", b"secret", b"bob", b"abc") if word in made]


def test_words_beside_the_frames_exchange_names_and_addresses_alone():
    words = Words(KEY, {"acme.example"})
    words.learn('Get "https://db.corp.lan/x": dial tcp: lookup db.corp.lan')
    text = 'go: example.go:7: Get "https://git.acme.example/x": dial tcp 203.0.113.9:443: lookup db.corp.lan v1.2.3'
    made = words(text)
    assert len(made) == len(text)
    assert made.startswith('go: example.go:7: Get "https://git.')
    assert made.endswith(".lan v1.2.3")
    assert not [word for word in ("acme", "203.0.113.9", "db.") if word in made]
