"""Joining what runs already: a process, a container or a network namespace, watched from now on and never touched.

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

from netanalyze.capture.recording import RecordedRun
from netanalyze.clients import client_of
from netanalyze.errors import LiveError, NotPermitted
from netanalyze.live import environment as surroundings
from netanalyze.live import go, proc
from netanalyze.live.frames import Sniffer
from netanalyze.live.no_capture import NoCapture
from netanalyze.live.plan import Plan
from netanalyze.live.recorder import Recorder
from netanalyze.live.routes import interfaces_towards
from netanalyze.live.secrets import redacted
from netanalyze.live.session import STDERR, TICK_S, Outcome, Session
from netanalyze.live.signals import FATAL, Caught, Signals
from netanalyze.live.status import StatusLine
from netanalyze.live.tcp_info import TcpInfo

CLONE_NEWNET = 0x4000_0000
NAMED = Path("/run/netns")
ENGINES = ("docker", "podman", "nerdctl")
PATIENCE_S, LEAST_S, STANDS_S = 30.0, 3.0, 2.0
"""Watched for so long at the most unless --patience says otherwise, and at the least; a cause that stands for so long is
believed sooner (as long as a provisional cause may be wrong)."""


@dataclass(frozen=True)
class Target:
    """What is joined: its processes (none: everything in the namespace) and the file that names the namespace.

    Attributes:
        told: how it was named, for people.
    """

    pids: tuple[int, ...]
    namespace: str
    told: str

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
            raise LiveError(f"there is no process {pid}, or it has ended")
        return Target((pid,), f"/proc/{pid}/ns/net", f"container {container}" if container else f"process {pid}")
    path = Path(netns or "") if "/" in (netns or "") else NAMED / (netns or "")
    if not path.exists():
        raise LiveError(f"there is no network namespace {netns}; ip netns list shows those that have names")
    wanted = path.stat()
    return Target(tuple(p for p in proc.all_pids() if _in_namespace(p, wanted)), str(path), f"namespace {netns}")


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
        if done.returncode == 0 and done.stdout.strip().isdigit() and int(done.stdout) > 0:
            return int(done.stdout)
    if not engines:
        raise LiveError(f"none of {', '.join(ENGINES)} is installed; give the container's process with --pid")
    raise LiveError(f"{', '.join(engines)} know of no running container {name}")


def enter(namespace: str) -> bool:
    """Move this thread, and those it will start, into a network namespace; whether that was another one.

    Raises:
        NotPermitted: that takes CAP_SYS_ADMIN.
    """
    try:
        descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise NotPermitted(f"enter {namespace}", "sudo netanalyze live …") from error
    try:
        wanted, mine = os.fstat(descriptor), os.stat("/proc/thread-self/ns/net")
        if (wanted.st_dev, wanted.st_ino) == (mine.st_dev, mine.st_ino):
            return False
        if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET):
            raise NotPermitted(f"enter {namespace}", "sudo netanalyze live …")
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


class JoinedSession(Session):
    """Watches a target until a cause stands, it ends, the user has seen enough, or patience runs out.

    Args:
        target: what is joined; ``options.argv`` is replaced by its command line.
    """

    def __init__(self, target: Target, options, **others):
        argv = proc.command_line(target.pid) if target.pid else ()
        super().__init__(replace(options, argv=argv or (target.told,), trace=False), **others)
        self._target = target

    def _settle(self) -> Plan:
        """Where to capture, and what is known of the command's surroundings. Enters its namespace."""
        target, options = self._target, self._options
        try:
            entered = enter(target.namespace)
        except NotPermitted as refusal:
            if not _in_namespace(target.pid, os.stat("/proc/thread-self/ns/net")) and target.pid:
                raise
            entered = False
            self._notes.append(str(refusal))
        environment = environment_of(target.pid)
        resolving = surroundings.resolver_settings(self._resolv_conf())
        peers = _peers(target.pids) + surroundings.peers(environment, {}, resolving["resolvers"])
        if options.interfaces:
            interfaces, why = list(options.interfaces), ""
        else:
            interfaces, why = interfaces_towards(peers)
        settings = {name: redacted(value) for name, value in environment.items() if name.startswith("GO")}
        settings = go.saved_settings(environment, f"/proc/{target.pid}/root") | settings
        notes = (f"joined {target.told} in its own network namespace",) if entered else ()
        return Plan("", environment, settings, None, interfaces, why, None, notes)

    def _resolv_conf(self) -> Path:
        theirs = Path("/proc", str(self._target.pid), "root", "etc", "resolv.conf")
        return theirs if self._target.pid and os.access(theirs, os.R_OK) else surroundings.RESOLVERS

    def _run_begun(self, plan: Plan, sniffer: Sniffer) -> RecordedRun:
        name = client_of(self._options.argv).name
        around = surroundings.run_environment(plan.environment, plan.go_settings, plan.interfaces, sniffer.backend)
        resolving = surroundings.resolver_settings(self._resolv_conf())
        around |= {"resolvers": resolving["resolvers"], "search": resolving["search"]}
        return RecordedRun(
            argv=self._options.argv if self._target.pid else None,
            start_ns=began_ns(self._target.pid),
            client=None if name == "generic" else name,
            environment=around,
        )

    def _command(self, plan: Plan, sniffer: Sniffer, recorder: Recorder) -> Outcome:
        assert self._analysis is not None
        status = StatusLine(STDERR, False, self._lock, self._options.quiet)
        with Signals(self._tell):
            if self._observer:
                self._observer.join(self._target.pids)
                self._analysis.processes = self._observer.snapshot
                self._analysis.sockets = self._observer.sockets
            try:
                self._look_on(sniffer, recorder, status)
            finally:
                status.clear()
        self._take(sniffer.stop(), recorder)
        return self._concluded(plan, sniffer, recorder)

    def _look_on(self, sniffer: Sniffer, recorder: Recorder, status: StatusLine) -> None:
        """Until there is a reason to stop."""
        assert self._analysis is not None
        begun = time.monotonic()
        patience = PATIENCE_S if self._patience is None else self._patience
        stands, since = "", begun
        while True:
            self._wait(sniffer, recorder, TICK_S)
            while not self._mail.empty():
                event = self._mail.get()
                if isinstance(event, Caught) and event.number in FATAL:
                    return
            self._analysis.advance(time.time_ns() - sniffer.latency_ns, self._begun, None)
            self._say(status, sniffer.latency_ns)
            now, standing = time.monotonic(), self._analysis.standing
            cause = standing.finding.cause if standing is not None and standing.finding else ""
            if cause != stands:
                stands, since = cause, now
            if self._target.pid and not _runs(self._target.pid):
                self._notes.append(f"{self._target.told} has ended")
                return
            believed = bool(cause) and now - since >= STANDS_S and now - begun >= LEAST_S
            if now - begun >= patience or (believed and self._patience is None):
                return

    def _concluded(self, plan: Plan, sniffer: Sniffer, recorder: Recorder) -> Outcome:
        assert self._analysis is not None
        run = replace(
            self._begun,
            end_ns=time.time_ns(),
            processes=self._observer.finish() if self._observer else None,
            sockets=self._observer.sockets() if self._observer else None,
        )
        recorder.finish(sniffer.statistics(), run)
        if plan.why and not isinstance(sniffer, NoCapture):
            self._notes.append(f"captured on {', '.join(plan.interfaces)}: {plan.why}")
        result = self._analysis.finish(run, recorder.interfaces, recorder.path)
        return Outcome(
            0, result, recorder.path, recorder.frame_count, tuple(plan.interfaces), sniffer.backend,
            self._analysis.failure, tuple(self._notes),
        )  # fmt: skip
