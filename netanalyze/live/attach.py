"""Attaching to what runs already: a process, a container or a network namespace, watched from now on and never touched.

Capture begins late; what came before is read off the sockets (TCP_INFO counts from a connection's beginning) and from
proc(5). Nothing is sent to the process: no signal, no ptrace(2), no change.
"""

import ctypes
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from netanalyze.capture.recording import RecordedRun
from netanalyze.clients import client_of
from netanalyze.errors import LiveError, NotPermitted
from netanalyze.live.capture.frames import Sniffer
from netanalyze.live.capture.rights import remedy
from netanalyze.live.command import environment as surroundings
from netanalyze.live.command import go
from netanalyze.live.command.caller import Caller, sudo_caller
from netanalyze.live.command.plan import Options, Plan
from netanalyze.live.launch import STDERR, TICK_S
from netanalyze.live.processes import proc
from netanalyze.live.processes.proc_reader import ProcReader
from netanalyze.live.signals import FATAL, Caught, Signals
from netanalyze.live.sockets.routes import interfaces_towards
from netanalyze.live.sockets.tcp_info import TcpInfo
from netanalyze.live.status import StatusLine
from netanalyze.live.watch import Watch
from netanalyze.numerals import integer
from netanalyze.redaction.variables import RECORDED
from netanalyze.wording import Text, Verbatim, message

CLONE_NEWNET = 0x4000_0000
NAMED = Path("/run/netns")
ENGINES = ("docker", "podman", "nerdctl")
PATIENCE_S, LEAST_S, STANDS_S = 30.0, 3.0, 2.0
"""Watched for so long at the most unless --patience says otherwise, and at the least; a cause that stands for so long is
believed sooner (as long as a provisional cause may be wrong)."""


@dataclass(frozen=True)
class Target:
    """What is watched: its processes (none: everything in the namespace) and the file that names the namespace.

    Attributes:
        sentence: how it was named, for people.
    """

    pids: tuple[int, ...]
    namespace: str
    sentence: Text

    @property
    def pid(self) -> int:
        """The process the run is named by, 0 none."""
        return self.pids[0] if self.pids else 0


def find_target(pid: int | None, container: str | None, netns: str | None) -> Target:
    """What was asked for: a process, a container's first process, or a network namespace by name or path.

    Raises:
        LiveError: there is no such thing; says what was looked for.
    """
    if container is not None:
        pid = _container_pid(container)
    if pid is not None:
        if not _runs(pid):
            raise LiveError(message("there is no process {pid}, or it has ended", pid=pid))
        called = (
            message("container {name}", name=Verbatim(container)) if container else message("process {pid}", pid=pid)
        )
        return Target((pid,), f"/proc/{pid}/ns/net", called)
    path = Path(netns or "") if "/" in (netns or "") else NAMED / (netns or "")
    if not path.exists():
        said = "there is no network namespace {name}; ip netns list shows those that have names"
        raise LiveError(message(said, name=Verbatim(netns)))
    wanted = path.stat()
    called = message("namespace {name}", name=Verbatim(netns))
    return Target(tuple(p for p in proc.all_pids() if _in_namespace(p, wanted)), str(path), called)


def _in_namespace(pid: int, wanted: os.stat_result) -> bool:
    try:
        mine = os.stat(f"/proc/{pid}/ns/net")
    except OSError:
        return False
    return (mine.st_dev, mine.st_ino) == (wanted.st_dev, wanted.st_ino)


def _container_pid(name: str) -> int:
    """The first process of a container, as its engine tells."""
    engines = [engine for engine in ENGINES if shutil.which(engine)]
    for engine in engines:
        asked = [engine, "inspect", "--format", "{{.State.Pid}}", name]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        pid = integer(done.stdout.strip(), least=1) if done.returncode == 0 else None
        if pid is not None:
            return pid
    if not engines:
        said = "none of {programs} is installed; give the container's process with --pid"
        raise LiveError(message(said, programs=", ".join(ENGINES)))
    if len(engines) == 1:
        raise LiveError(
            message("{program} knows of no running container {name}", program=engines[0], name=Verbatim(name))
        )
    programs = Verbatim(" and ".join(engines))
    raise LiveError(message("{programs} know of no running container {name}", programs=programs, name=Verbatim(name)))


def enter(namespace: str) -> bool:
    """Move this thread, and those it will start, into a network namespace; whether that was another one.

    Raises:
        NotPermitted: that takes CAP_SYS_ADMIN.
    """
    try:
        descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise NotPermitted(
            message("enter {namespace}", namespace=namespace), remedy("CAP_SYS_ADMIN", "sudo netanalyze live …")
        ) from error
    try:
        wanted, mine = os.fstat(descriptor), os.stat("/proc/thread-self/ns/net")
        if (wanted.st_dev, wanted.st_ino) == (mine.st_dev, mine.st_ino):
            return False
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
            raise NotPermitted(
                message("enter {namespace}", namespace=namespace), remedy("CAP_SYS_ADMIN", "sudo netanalyze live …")
            )
        return True
    finally:
        os.close(descriptor)


def began_ns(pid: int) -> int:
    """When a process began, ns since the epoch; now, if it is gone."""
    stat = proc.stat(pid) if pid else None
    if stat is None:
        return time.time_ns()
    since_boot = stat.start * 1_000_000_000 // os.sysconf("SC_CLK_TCK")
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME) + since_boot


def _runs(pid: int) -> bool:
    stat = proc.stat(pid)
    return stat is not None and stat.state not in "ZX"


def environment_of(pid: int) -> dict[str, str]:
    """The environment a process was started with, as far as it may be read."""
    rows = proc.read(f"/proc/{pid}/environ", 262_144).split(b"\0") if pid else []
    pairs = (os.fsdecode(row).partition("=") for row in rows if b"=" in row)
    return {key: value for key, _, value in pairs}


def _peers(pids: tuple[int, ...]) -> list[str]:
    """The far ends of what these processes have open."""
    inodes = {target for pid in pids for _, target in proc.descriptors(pid) if target.startswith("socket:[")}
    try:
        info = TcpInfo()
    except OSError:
        return []
    try:
        return list(dict.fromkeys(s.remote for s, _ in info.look() if f"socket:[{s.inode}]" in inodes))
    finally:
        info.close()


class Attach:
    """What runs already, watched until a cause stands, it ends, the user has seen enough, or patience runs out.

    A netanalyze.live.session.Subject.

    Args:
        target: what is watched; ``options.argv`` is replaced by its command line.
        longest_s: it is watched for so long at the most, unless options say otherwise.
    """

    def __init__(self, target: Target, options: Options, longest_s: float = PATIENCE_S):
        argv = proc.command_line(target.pid) if target.pid else ()
        self.options = replace(options, argv=argv or (str(target.sentence),), trace=False)
        self.notes: list[Text] = []
        self.status = 0
        self.begun_to_run = True
        self._target, self._longest_s = target, longest_s
        self._reader: ProcReader | None = None
        self._resolving: dict[str, Any] = {}

    def settle(self) -> Plan:
        """Where to capture, and what is known of the command's surroundings. Enters its namespace."""
        target, options = self._target, self.options
        try:
            entered = enter(target.namespace)
        except NotPermitted as refusal:
            if not _in_namespace(target.pid, os.stat("/proc/thread-self/ns/net")) and target.pid:
                raise
            entered = False
            self.notes.append(refusal.sentence)
        environment = environment_of(target.pid)
        self._resolving = surroundings.resolver_settings(root=self._root())
        peers = _peers(target.pids) + surroundings.peers(environment, {}, self._resolving["resolvers"])
        why: Text = ""
        if options.interfaces:
            interfaces = list(options.interfaces)
        else:
            interfaces, why = interfaces_towards(peers)
        settings = {name: value for name, value in environment.items() if name in RECORDED}
        settings = go.saved_settings(environment, self._root()) | settings
        notes = (message("joined {target} in its own network namespace", target=target.sentence),) if entered else ()
        caller = None if options.as_root else sudo_caller()
        return Plan("", environment, settings, None, interfaces, why, caller, notes)

    def give_up_root(self, caller: Caller) -> None:
        """Become who called sudo; what root alone may read of another user's process, one reads who does only that."""
        self._reader = ProcReader()
        caller.become()
        proc.read_through(self._reader.ask)

    def _root(self) -> str:
        """Of the file system that the target sees; ours, where we may not look into it."""
        theirs = f"/proc/{self._target.pid}/root"
        return theirs if self._target.pid and os.access(f"{theirs}/", os.X_OK) else "/"

    def begun(self, plan: Plan, sniffer: Sniffer) -> RecordedRun:
        """What is known of the run by now."""
        name = client_of(self.options.argv).name
        around = surroundings.run_environment(plan.environment, plan.go_settings, plan.interfaces, sniffer.backend)
        around |= {"resolvers": self._resolving["resolvers"], "search": self._resolving["search"]}
        return RecordedRun(
            argv=self.options.argv if self._target.pid else None,
            start_ns=began_ns(self._target.pid),
            client=None if name == "generic" else name,
            environment=around,
            joined_ns=time.time_ns(),
        )

    def run(self, plan: Plan, watch: Watch) -> RecordedRun:
        """Look on until there is a reason to stop."""
        status = StatusLine(STDERR, False, watch.lock, self.options.quiet, self.options.language)
        observer = watch.observer
        with Signals(watch.tell):
            if observer:
                observer.join(self._target.pids)
                watch.analysis.processes = observer.snapshot
                watch.analysis.sockets = observer.sockets
            try:
                self._look_on(watch, status)
            finally:
                status.clear()
            watch.take(watch.sniffer.stop())
            run = replace(
                watch.begun,
                end_ns=time.time_ns(),
                processes=observer.finish() if observer else None,
                sockets=observer.sockets() if observer else None,
            )
            if self._reader is not None:
                proc.read_through(None)
                self._reader.close()
            return watch.finish(run)

    def _look_on(self, watch: Watch, status: StatusLine) -> None:
        begun = time.monotonic()
        asked = None if self.options.patience_ns is None else self.options.patience_ns / 1e9
        patience = self._longest_s if asked is None else asked
        stands, since = "", begun
        while True:
            watch.wait(TICK_S)
            while not watch.mail.empty():
                event = watch.mail.get()
                if isinstance(event, Caught) and event.number in FATAL:
                    self.status = 128 + event.number
                    return
            watch.look(status)
            now, run_status = time.monotonic(), watch.analysis.run_status
            cause = run_status.finding.cause if run_status is not None and run_status.finding else ""
            if cause != stands:
                stands, since = cause, now
            if self._target.pid and not _runs(self._target.pid):
                self.notes.append(message("{target} has ended", target=self._target.sentence))
                return
            believed = bool(cause) and now - since >= STANDS_S and now - begun >= LEAST_S
            if now - begun >= patience or (believed and asked is None):
                return
