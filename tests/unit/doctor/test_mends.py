"""What a mend does to the rest of a file, and what is called wrong of settings that work."""

import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from time import monotonic

import pytest

from netanalyze.doctor import npm, pip
from netanalyze.doctor.go_caches import held_locks
from netanalyze.doctor.machine import Machine
from netanalyze.doctor.probe.child import ways
from netanalyze.doctor.probe.exchange import Visitor
from netanalyze.doctor.probe.mirrors import Mirror
from netanalyze.doctor.remark import Level


@pytest.fixture
def home(tmp_path):
    """A home folder, and a machine whose command lives there."""
    for name in (".config/pip", "work"):
        (tmp_path / name).mkdir(parents=True)

    def machine(**environment):
        given = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"} | environment
        return Machine(environment=given, folder=str(tmp_path / "work"))

    return tmp_path, machine


def wrongs(judged):
    return {remark.id: remark.mend for remark in judged if remark.level is Level.WRONG}


@pytest.mark.parametrize("name", ["PIP_EXTRA_INDEX_URL"])
def test_of_several_indexes_the_others_stay(home, name):
    _, machine = home
    facts = pip.gather(machine(**{name: "http://a.example/simple https://b.example/simple"}))
    assert facts.write("extra-index-url", "x y") == f"export {name}='x y'"
    mends = [remark.mend for remark in pip.judge(facts) if remark.id == "pip/index-clear-text"]
    assert mends == [f"export {name}='https://a.example/simple https://b.example/simple'"]


def test_an_option_of_several_lines_is_mended_by_a_person(home):
    place, machine = home
    path = place / ".config" / "pip" / "pip.conf"
    path.write_text("[global]\ncert = /x\nextra-index-url =\n    http://a.example\n    https://b.example\n")
    facts = pip.gather(machine())
    assert facts.drop("extra-index-url") == facts.write("extra-index-url", "x") == f'"${{EDITOR:-vi}}" {path}'


@pytest.mark.parametrize("value", ["https://a.example/x|y", "https://a.example/?a&b", "it's"])
def test_sed_writes_a_value_as_it_is(home, value):
    place, machine = home
    for path, module, option in (
        (place / ".config" / "pip" / "pip.conf", pip, "index-url"),
        (place / ".npmrc", npm, "registry"),
    ):
        before = "[global]\n" if module is pip else ""
        path.write_text(f"{before}{option} = http://old.example\nretries = 3\n")
        subprocess.run(["sh", "-c", module.gather(machine()).write(option, value)], check=True)
        after = module.gather(machine())
        assert (after.value(option), after.value("retries")) == (value, "3")


def test_variables_and_the_home_folder_in_settings_are_put_in(home):
    place, machine = home
    (place / "ca.pem").write_bytes(b"")
    (place / ".npmrc").write_text("registry=${REGISTRY}\ncafile=${HOME}/ca.pem\n")
    (place / ".config" / "pip" / "pip.conf").write_text("[global]\ncert = ~/ca.pem\n")
    there = machine(REGISTRY="https://npm.example/")
    assert npm.gather(there).value("registry") == "https://npm.example/"
    assert npm.gather(there).certificate != "missing"
    assert pip.gather(there).certificate != "missing"


def test_a_lock_is_held_by_who_has_that_very_file_open(home, monkeypatch):
    place, _ = home
    path = place / "a.lock"
    path.write_text("")
    from netanalyze.live.processes import locks

    class Lock:
        inode, holder = path.stat().st_ino, 1  # another file of that number, on another file system

    monkeypatch.setattr(locks, "read_locks", lambda: [Lock])
    assert list(held_locks([str(path)])) == []


def test_relative_paths_are_the_machine_s(home):
    place, machine = home
    (place / "work" / "f").write_text("")
    assert machine().access("f").readable


def test_a_mirror_is_asked_by_its_name_without_a_port_that_says_nothing():
    hosts = []

    class Noting(BaseHTTPRequestHandler):
        def do_GET(self):
            hosts.append(self.headers["Host"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Noting)
    Thread(target=server.serve_forever, daemon=True).start()
    place = ("127.0.0.1", server.server_port)
    try:
        visitor = Visitor(Mirror("pip", "http://mirror.test/simple", ""), None, monotonic() + 5)
        from netanalyze.urls import split

        connection = visitor._open(split("http://mirror.test/simple"), [(2, place)], measured=False)
        connection.request("GET", "/simple")
        connection.getresponse().read()
    finally:
        server.shutdown()
        server.server_close()
    assert hosts == ["mirror.test"]


@pytest.mark.parametrize(
    ("base", "rules", "first"),
    [
        ("https://m.example/", "m.example", None),
        ("https://m.example/", "m.example:8443", "proxy"),
        ("https://m.example:8443/", "m.example:8443", None),
        ("http://127.0.0.1:3000/", "", None),
        ("https://m.example/", "", "proxy"),
    ],
)
def test_the_client_s_own_way_is_the_one_go_takes(base, rules, first):
    proxies = {"https_proxy": "http://p.example:3128", "http_proxy": "http://p.example:3128", "no_proxy": rules}
    way = ways(Mirror("go", base, ""), proxies)[0]
    assert (way.host if way else None) == ("p.example" if first else None)
