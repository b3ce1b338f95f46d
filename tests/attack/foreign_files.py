"""Files of which the other side chooses content and kind: what ``live --pid`` looks at as root."""

import os
import resource
import subprocess
import sys
from pathlib import Path

from tests.attack.register import NotHere, attack
from tests.users import CAN_CHANGE, WHY_NOT

READ = "import sys; from netanalyze.live.command.environment import resolver_settings; print(resolver_settings(root=sys.argv[1]))"
SECRET = "nameserver 203.0.113.99\n"
LIMIT_S, MOST_OCTETS = 10, 600_000_000


def fifo(path: Path, outside: Path) -> None:
    os.mkfifo(path)


def zero(path: Path, outside: Path) -> None:
    if os.geteuid() != 0:
        raise NotHere("needs root: it makes a device")
    os.mknod(path, 0o666 | 0o020000, os.makedev(1, 5))


def link_to_outside(path: Path, outside: Path) -> None:
    path.symlink_to(outside)


def link_upwards(path: Path, outside: Path) -> None:
    path.symlink_to("../" * 12 + str(outside).lstrip("/"))


def link_to_a_fifo(path: Path, outside: Path) -> None:
    os.mkfifo(path.with_name("pipe"))
    path.symlink_to("/etc/pipe")


def links_for_ever(path: Path, outside: Path) -> None:
    path.symlink_to("resolv.conf")


def folder(path: Path, outside: Path) -> None:
    path.mkdir()


def sparse(path: Path, outside: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def many_servers(path: Path, outside: Path) -> None:
    path.write_text("nameserver 192.0.2.1\n" * 2_000_000)


def a_line_without_end(path: Path, outside: Path) -> None:
    path.write_bytes(b"search " + b"a. " * 5_000_000)


def octets(path: Path, outside: Path) -> None:
    path.write_bytes(bytes(range(256)) * 1_000)


KINDS = (fifo, zero, link_to_outside, link_upwards, link_to_a_fifo, links_for_ever, folder, sparse, many_servers,
         a_line_without_end, octets)  # fmt: skip


def bounded() -> None:
    """Less memory than /dev/zero would take."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_OCTETS, MOST_OCTETS))


@attack("resolv.conf of another file system: pipes, devices, links out of it, terabytes")
def resolv_conf(folder):
    """It ends soon, in little memory, and nothing of our own file system is told as if it were theirs."""
    outside = folder / "outside"
    outside.write_text(SECRET)
    for make in KINDS:
        root = folder / make.__name__
        (root / "etc").mkdir(parents=True)
        try:
            make(root / "etc" / "resolv.conf", outside)
        except NotHere:
            continue
        try:
            done = subprocess.run(
                [sys.executable, "-c", READ, str(root)], capture_output=True, text=True, timeout=LIMIT_S, check=False,
                preexec_fn=bounded,
            )  # fmt: skip
            held = done.returncode == 0 and "203.0.113.99" not in done.stdout and len(done.stdout) < 100_000
        except subprocess.TimeoutExpired:
            held = False
        yield make.__name__.replace("_", " "), held


@attack("live --pid of a process whose /etc/resolv.conf and GOENV are a pipe or a device", long=True)
def joined(folder):
    """In a mount namespace of its own, as a container's; the run is over in time, and says something."""
    if not CAN_CHANGE:
        raise NotHere(WHY_NOT)
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        raise NotHere("needs to make a mount namespace")
    for kind, make in (("a pipe", fifo), ("/dev/zero", zero)):
        place = folder / kind.strip("/").replace(" ", "-").replace("/", "-")
        place.mkdir()
        (place / "real").touch()
        trap = place / "trap"
        make(trap, folder)
        script = f"mount --bind {trap} /etc/resolv.conf && exec sleep 60"
        environment = {**os.environ, "GOENV": str(trap)}
        with subprocess.Popen(["unshare", "-m", "sh", "-c", script], env=environment) as target:
            try:
                argv = [sys.executable, "-m", "netanalyze.cli.main", "live", "--pid", str(target.pid), "-i", "lo",
                        "--patience", "1s", "-w", str(place / "run.pcapng")]  # fmt: skip
                done = subprocess.run(argv, capture_output=True, text=True, timeout=40, check=False)
                held = done.returncode == 0 and "Traceback" not in done.stderr
            except subprocess.TimeoutExpired:
                held = False
            finally:
                target.kill()
        yield kind, held
