"""What is judged of facts alone: permissions, room, routes, clocks, which no test can make of this machine."""

import dataclasses

import pytest

from netanalyze.doctor import certificates, docker, go_caches, netrc, pip, resolver, routes, ssh
from netanalyze.doctor.examine import examine
from netanalyze.doctor.go_caches import LEAST_INODES, LEAST_ROOM, ROOM, CacheFolder, GoCaches, HeldLock
from netanalyze.doctor.go_settings import GoSettings
from netanalyze.doctor.machine import Access, Machine
from netanalyze.doctor.remark import Level, Remark
from netanalyze.live.sockets.routes import Route

OUT = Route("198.41.0.4", "eth0", "192.0.2.1", "192.0.2.2", None, False)
OUT6 = OUT._replace(to="2001:503:ba3e::2:30", gateway="2001:db8::1")
SETTINGS = GoSettings("/usr/bin/go", {}, {}, {})
SECOND_AWAY = resolver.ResolverFiles(servers=("192.0.2.1", "192.0.2.2"), no_route=frozenset({"192.0.2.2"}))
FINE = CacheFolder("GOMODCACHE", "/home/user/go", "/home/user/go", room=10**11, inodes=10**6, file_system="ext4")


def ids(lines):
    return {line.id: line.level for line in lines if line.level != "ok"}


@pytest.mark.parametrize(
    ("change", "id", "level"),
    [
        ({"writable": False, "foreign_owner": True}, "go-cache/not-writable", "wrong"),
        ({"writable": False}, "go-cache/not-writable", "wrong"),
        ({"read_only": True}, "go-cache/read-only", "wrong"),
        ({"kind": "file"}, "go-cache/no-folder", "wrong"),
        ({"room": LEAST_ROOM.value - 1}, "go-cache/no-room", "wrong"),
        ({"room": ROOM.value - 1}, "go-cache/little-room", "doubtful"),
        ({"inodes": LEAST_INODES.value - 1}, "go-cache/no-inodes", "wrong"),
        ({"file_system": "nfs4"}, "go-cache/networked", "doubtful"),
    ],
)
def test_a_folder_that_cannot_take_what_go_writes(change, id, level):
    assert ids(go_caches.judge(GoCaches(SETTINGS, (FINE,)))) == {}
    assert ids(go_caches.judge(GoCaches(SETTINGS, (dataclasses.replace(FINE, **change),)))) == {id: level}


ABOVE = dataclasses.replace(FINE, path="/home/user/go", nearest="/", writable=False, foreign_owner=True)


@pytest.mark.parametrize(
    "folder",
    [
        ABOVE,
        dataclasses.replace(ABOVE, nearest="/home"),
        dataclasses.replace(ABOVE, path="/", nearest="/"),
        dataclasses.replace(ABOVE, path="/usr/share/go", nearest="/usr/share/go"),
    ],
)
def test_what_is_not_the_clients_own_is_never_given_to_somebody_else(folder):
    (line,) = go_caches.writable_folder("npm", folder, "export npm_config_cache=x")
    assert (line.id, line.level, line.mend) == ("npm/not-writable", "wrong", "export npm_config_cache=x")


def test_a_cache_of_somebody_elses_in_ones_home_is_taken_back():
    folder = dataclasses.replace(ABOVE, path="/home/user/.npm", nearest="/home/user/.npm")
    (line,) = go_caches.writable_folder("npm", folder, "")
    assert line.mend == 'sudo chown -R "$(id -u)" /home/user/.npm'


def test_where_go_puts_its_folders_by_itself_and_cannot_another_place_is_the_mend():
    by_itself = go_caches.judge(GoCaches(SETTINGS, (ABOVE,)))
    assert [line.mend for line in by_itself if line.level != "ok"] == ['export GOMODCACHE="$(mktemp -d)"']
    chosen = GoSettings("/usr/bin/go", {}, {}, {"GOMODCACHE": "/home/user/go"})
    assert [line.mend for line in go_caches.judge(GoCaches(chosen, (ABOVE,))) if line.level != "ok"] == [
        "go env -u GOMODCACHE"
    ]


def test_pip_does_without_a_cache_that_it_may_not_write():
    facts = pip.PipSettings("/usr/bin/pip", {}, cache=dataclasses.replace(ABOVE, path="/home/user/.cache/pip"))
    assert ids(pip.judge(facts)) == {"pip/not-writable": "doubtful"}


def test_a_folder_with_just_enough_room_is_fine():
    for change in ({"room": ROOM.value}, {"inodes": LEAST_INODES.value}, {"inodes": None}):
        assert not ids(go_caches.judge(GoCaches(SETTINGS, (dataclasses.replace(FINE, **change),))))


def homeless(**settings):
    """What is said of go's folders where HOME is not set, by these settings of ``go env`` and of the environment."""
    said = GoSettings("/usr/bin/go", settings.pop("values", {}), settings, {})
    return ids(go_caches.judge(GoCaches(said, homeless=True)))


def test_without_a_home_go_has_no_place_and_that_is_what_is_mended():
    assert homeless(values={"GOCACHE": "off"}) == {"go-cache/no-home": "wrong"}
    assert homeless(values={"GOCACHE": "/tmp/c"}) == {"go-cache/no-home": "wrong"}
    assert homeless(values={"GOCACHE": "/tmp/c", "GOMODCACHE": "/tmp/m"}) == {}
    chosen = homeless(values={"GOCACHE": "off", "GOMODCACHE": "/tmp/m"}, GOCACHE="off")
    assert chosen == {"go-cache/gocache-off": "wrong"}


def test_a_folder_that_was_removed_meanwhile_is_named_before_all_else():
    first = examine(Machine({"PATH": ""}, "/", gone=True), ("git",)).lines[0]
    assert (first.id, first.level, first.mend) == ("folder/gone", "wrong", "cd")


def test_who_holds_a_lock_is_named():
    held = HeldLock("/m/cache/download/a/@v/v1.0.0.lock", 4711, "go")
    (line,) = [line for line in go_caches.judge(GoCaches(SETTINGS, (), (held,))) if line.level != "ok"]
    assert line.mend == "kill 4711"


@pytest.mark.parametrize(
    ("facts", "id", "level"),
    [
        (routes.Ways(), "route/none", "wrong"),
        (routes.Ways(OUT, down=("eth0",)), "route/link-down", "wrong"),
        (routes.Ways(OUT, ipv6_on=("eth0",), ipv6_any=("eth0",)), "route/ipv6-no-route", "doubtful"),
        (routes.Ways(OUT, OUT6), "route/ipv6-no-address", "doubtful"),
        (routes.Ways(OUT, mtus={"eth0": 1400, "docker0": 1500}), "route/mtu-bridge", "doubtful"),
        (routes.Ways(OUT, mtus={"eth0": 500}), "route/mtu-tiny", "wrong"),
        (routes.Ways(OUT, OUT6, ("eth0",), ("eth0",), {"eth0": 1279}), "route/mtu-no-ipv6", "doubtful"),
    ],
)
def test_a_way_out_that_leads_nowhere_or_is_too_narrow(facts, id, level):
    assert ids(routes.judge(facts)) == {id: level}


@pytest.mark.parametrize(
    "facts",
    [
        routes.Ways(OUT, mtus={"eth0": 1500, "docker0": 1500}),
        routes.Ways(OUT, mtus={"eth0": 1400, "docker0": 1500}, bridge_mtu_setting=1400),
        routes.Ways(OUT, OUT6, (), ("eth0",), {"eth0": 1280}),
        routes.Ways(OUT, OUT6, ipv6_listed=False),
        routes.Ways(None, OUT6, ("eth0",), ("eth0",)),
    ],
)
def test_a_way_out_that_is_fine(facts):
    assert ids(routes.judge(facts)) == {}


def test_a_clock_before_the_newest_file_is_wrong():
    day = 86_400 * 10**9
    assert ids(certificates.judge(certificates.Trust(now_ns=0, newest_ns=2 * day))) == {"clock/behind": "wrong"}
    assert ids(certificates.judge(certificates.Trust(now_ns=day, newest_ns=2 * day))) == {}


@pytest.mark.parametrize(
    ("facts", "id", "level"),
    [
        (resolver.ResolverFiles(servers=("127.0.0.53",)), "resolver/nobody-listens", "wrong"),
        (resolver.ResolverFiles(), "resolver/no-server", "wrong"),
        (resolver.ResolverFiles(servers=("192.0.2.1",), no_route=frozenset({"192.0.2.1"})), "resolver/no-route", "wrong"),
        (SECOND_AWAY, "resolver/no-route", "doubtful"),
    ],
)  # fmt: skip
def test_servers_that_cannot_answer(facts, id, level):
    assert ids(resolver.judge(facts)) == {id: level}


@pytest.mark.parametrize(
    "facts",
    [
        resolver.ResolverFiles(servers=("127.0.0.53",), bound=frozenset({53})),
        resolver.ResolverFiles(bound=frozenset({53})),
        resolver.ResolverFiles(servers=("127.0.0.11",)),
        resolver.ResolverFiles(servers=("192.0.2.1",), options=("ndots:4",), search=("a.test",)),
        resolver.ResolverFiles(servers=("192.0.2.1",), options=("ndots:5",)),
    ],
)
def test_servers_that_may_well_answer(facts):
    assert ids(resolver.judge(facts)) == {}


def test_a_daemon_that_may_not_be_asked_is_wrong_and_one_that_is_not_there_doubtful():
    facts = docker.DockerSettings("/usr/bin/docker", socket=Access("socket", writable=False))
    assert ids(docker.judge(facts)) == {"docker/no-permission": "wrong"}
    assert ids(docker.judge(dataclasses.replace(facts, socket=Access("missing")))) == {"docker/no-daemon": "doubtful"}


def test_keys_that_nobody_can_open_are_doubtful_without_an_agent():
    facts = ssh.SshFiles(("git.test",), keys=(("/home/user/.ssh/id_rsa", 0o600, True),))
    assert ids(ssh.judge(facts)) == {"ssh/passphrase": "doubtful"}
    assert ids(ssh.judge(dataclasses.replace(facts, agent=("/run/agent", True)))) == {}
    assert ids(ssh.judge(dataclasses.replace(facts, configured=True))) == {"ssh/passphrase": "doubtful"}


def test_a_netrc_that_may_not_be_read_is_wrong():
    assert ids(netrc.judge(netrc.Netrc("/home/user/.netrc", "file", readable=False))) == {"netrc/unreadable": "wrong"}


def test_what_is_not_ok_has_a_command_and_only_that():
    with pytest.raises(ValueError, match="command"):
        Remark("go/x", "GOPROXY", Level.WRONG, "why")
    with pytest.raises(ValueError, match="command"):
        Remark("go/x", "GOPROXY", Level.OK, "why", "unset GOPROXY")


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe")
    machine = Machine({}, str(tmp_path))
    assert machine.text("pipe") is None
    assert machine.access(str(tmp_path / "pipe")).kind == "other"


def test_what_may_be_known_elsewhere_is_no_more_than_doubtful():
    facts = ssh.SshFiles(("git.test",), ("git.test",), keys=(("/home/user/.ssh/id_rsa", 0o600, False),))
    assert ids(ssh.judge(facts)) == {"ssh/host-unknown": "wrong"}
    assert ids(ssh.judge(dataclasses.replace(facts, configured=True))) == {"ssh/host-unknown": "doubtful"}
    assert ids(routes.judge(routes.Ways(proxied=True))) == {"route/none": "doubtful"}
    away = docker.DockerSettings("/usr/bin/docker", socket=Access("missing"), context="desktop-linux")
    assert ids(docker.judge(away)) == {}


def test_an_agent_that_is_gone_is_wrong_only_where_its_keys_are_the_only_ones():
    facts = ssh.SshFiles(("git.test",), agent=("/none", False), configured=True)
    assert ids(ssh.judge(facts)) == {"ssh/agent-gone": "wrong"}
    with_key = dataclasses.replace(facts, keys=(("/home/user/.ssh/id_rsa", 0o600, False),))
    assert ids(ssh.judge(with_key)) == {"ssh/agent-gone": "doubtful"}
