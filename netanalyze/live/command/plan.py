"""What is settled before anything starts: the command's file and environment, go's settings, the interfaces, whose run."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from netanalyze.live.capture.sniffer import SNAP_LENGTH
from netanalyze.live.command import environment as surroundings
from netanalyze.live.command import go
from netanalyze.live.command.caller import Caller, sudo_caller
from netanalyze.live.command.child import find_command
from netanalyze.live.sockets.routes import LOOPBACK, interfaces_towards, is_here
from netanalyze.own_environment import given_environment
from netanalyze.redaction import hide_also
from netanalyze.redaction.variables import made_up_segments
from netanalyze.wording import Text, message


@dataclass(frozen=True)
class Options:
    """What the user asked for; see ``netanalyze live --help``.

    Attributes:
        trace: let go say what it asks for; ``shown``: to the user as well; ``deep``: its resolver and HTTP/2 too.
        slim: cut encrypted bulk payload in the recording; ``most``: octets it may have.
        everybody: record packets that are certainly others', too.
        syscalls: let strace tell what the command waits for.
        force: replace a recording that is there.
        output_to_stderr: the command's standard output becomes its standard error, and ours is left to us.
        language: of the status line (netanalyze.report.language).
        settings: variables that the command gets beside its environment.
    """

    argv: tuple[str, ...]
    interfaces: tuple[str, ...] = ()
    expression: str = ""
    path: str | None = None
    patience_ns: int | None = None
    trace: bool = True
    snap_length: int = SNAP_LENGTH
    backend: str = "auto"
    quiet: bool = False
    as_root: bool = False
    shown: bool = False
    deep: bool = False
    slim: bool = False
    most: int | None = None
    everybody: bool = False
    syscalls: bool = False
    force: bool = False
    output_to_stderr: bool = False
    language: str = "en"
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Plan:
    """What was settled.

    Attributes:
        path: the command's file.
        environment: the command's.
        flags: GOFLAGS that switch go's trace on; None leaves them.
        interfaces, why: where to capture, and why there, for people.
        caller: who called sudo, as long as their rights are not taken on.
        notes: what the user is to be told at the end.
    """

    path: str
    environment: dict[str, str]
    go_settings: dict[str, str]
    flags: str | None
    interfaces: list[str]
    why: Text
    caller: Caller | None
    notes: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        hide_also(made_up_segments({**self.environment, **self.go_settings}))


def settle(options: Options) -> Plan:
    """The plan for what was asked.

    Raises:
        CommandNotFound: the command cannot be run.
    """
    caller = None if options.as_root else sudo_caller()
    environment = (dict(caller.environment) if caller else given_environment()) | dict(options.settings)
    path = find_command(options.argv[0], environment)
    go_settings: dict[str, str] = {}
    flags = None
    if go.is_go(options.argv):
        go_settings = go.settings(path, environment, caller.popen_options() if caller else None)
        if options.trace and go_settings:
            flags = go.with_trace(options.argv, environment.get("GOFLAGS") or go_settings.get("GOFLAGS", ""))
    peers = surroundings.peers(environment, go_settings, surroundings.resolver_settings()["resolvers"])
    notes: tuple[Text, ...] = ()
    why: Text = ""
    if options.interfaces:
        interfaces = list(options.interfaces)
        if not {LOOPBACK, "any"} & set(interfaces) and any(map(is_here, peers)):
            interfaces.append(LOOPBACK)
            notes = (
                message(
                    "captured {interface} as well: a resolver or proxy on this machine stands between",
                    interface=LOOPBACK,
                ),
            )
    else:
        interfaces, why = interfaces_towards(peers)
    return Plan(path, environment, go_settings, flags, interfaces, why, caller, notes)
