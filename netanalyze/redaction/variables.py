"""Variables that are recorded: a list of those that may be, and nothing else; of some only a program's name.

go's are those of ``go help environment`` that decide what it asks of the network and name no secret by themselves.
"""

from collections.abc import Mapping

from netanalyze.patterns import lazy_pattern
from netanalyze.redaction.segments import URLS, hide_segments, made_up
from netanalyze.redaction.switch import redacts
from netanalyze.redaction.text import redacted
from netanalyze.redaction.userinfo import HIDDEN
from netanalyze.redaction.words import shell_words

SETTINGS = (
    "GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH", "GOFLAGS",
    "GOTOOLCHAIN", "GOVERSION", "GOMODCACHE", "GOENV", "GO111MODULE", "GOWORK", "GOOS", "GOARCH",
)  # fmt: skip
"""What of ``go env`` decides what go asks of the network."""
FROM_ENVIRONMENT = ("GODEBUG", "GOMAXPROCS", "GIT_SSH_COMMAND", "GIT_TERMINAL_PROMPT", "SSL_CERT_FILE", "SSL_CERT_DIR")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy")
"""In either case (curl(1), Go net/http ProxyFromEnvironment)."""
RECORDED = frozenset({*SETTINGS, *FROM_ENVIRONMENT})
COMMANDS = ("GOAUTH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_PROXY_COMMAND", "GIT_EXTERNAL_DIFF")
"""Their values are commands with arguments: the program's name alone is recorded."""
PLAIN_FLAGS = ("-mod", "-modfile", "-tags", "-p", "-buildvcs", "-buildmode", "-compiler", "-C", "-modcacherw")
"""Of GOFLAGS the values of these are recorded; of every other one (-ldflags, -toolexec, -exec …) its name."""

_ASSIGNED = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*=")


def recorded_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Of an environment (or ``go env``) what may be recorded, without secrets; nothing that is not on the list.

    >>> recorded_variables({"GOPROXY": "https://me:pw@p.test,direct", "GOAUTH": "tool --token 1", "GOOGLE_API_KEY": "1"})
    {'GOPROXY': 'https://xxxxx@p.test,direct', 'GOAUTH': 'tool'}
    """
    kept = {name: value for name, value in environment.items() if name in RECORDED}
    return {name: recorded_value(name, value) for name, value in kept.items() if isinstance(value, str) and value}


def recorded_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The proxy variables that are set, in either case, without credentials."""
    kept = {name: value for name, value in environment.items() if name.lower() in PROXIES}
    return {name: recorded_value(name, value) for name, value in kept.items() if isinstance(value, str) and value}


def recorded_value(name: str, value: str) -> str:
    """A variable's value without secrets."""
    if not redacts():
        return value
    command = command_value(name, value)
    if command is not None:
        return command
    if name.lower() in PROXIES:
        return _proxy(value)
    value = redacted(value, one_word=True)
    return hide_segments(value) if name in URLS else value


def command_value(name: str, value: str) -> str | None:
    """The value of a variable that holds a command or flags; None for every other variable."""
    if name in COMMANDS:
        return ";".join(_program(part) for part in value.split(";")) if name == "GOAUTH" else _program(value)
    return _flags(value) if name == "GOFLAGS" else None


def _program(command: str) -> str:
    """The program of a command line, its arguments and the assignments before it left out."""
    words = (one.value for one in shell_words(command) if one.is_word)
    return redacted(next((word for word in words if not _ASSIGNED.match(word)), ""), one_word=True)


def _flags(value: str) -> str:
    made = []
    for word in (one.value for one in shell_words(value) if one.is_word):
        name, equals, given = word.partition("=")
        plain = f"-{name.lstrip('-')}" in PLAIN_FLAGS
        if not name.startswith("-"):
            made.append(HIDDEN)
        else:
            made.append(f"{name}{equals}{redacted(given, one_word=True) if plain or not given else HIDDEN}")
    return " ".join(made)


def _proxy(value: str) -> str:
    """A proxy: all before the last ``@`` is user information, whatever is in it (also where go and curl would not agree)."""
    scheme, sep, rest = value.partition("://")
    if not sep:
        scheme, rest = "", value
    _, at, place = rest.rpartition("@")
    return redacted(f"{scheme}{sep}{HIDDEN}@{place}" if at else value, one_word=True)


def made_up_segments(environment: Mapping[str, str]) -> list[str]:
    """What of the paths of module proxies is hidden: go's own words have it, too."""
    return [segment for name in URLS for segment in made_up(environment.get(name) or "")]
