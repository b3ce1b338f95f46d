"""Command lines without secrets: by the options of programs in general, and of a few that have their own ways.

What stays is what one reads a command line for: program, options' names, hosts, ports, paths. The short options decide by
their value where they mean different things to different programs: ``-p 22`` and ``-p8080:80`` are ports and stay, ``-pS3cret``
(letters and digits mixed, as MySQL's clients take it) is hidden; ``-u`` is a user to curl and an upstream to git.
"""

import re
from collections.abc import Callable, Sequence
from string import digits

from netanalyze.patterns import lazy_pattern
from netanalyze.redaction.names import is_secret_name, is_strong_name
from netanalyze.redaction.switch import redacts
from netanalyze.redaction.text import PASSES, redacted, secret_of_header, takes_secret
from netanalyze.redaction.userinfo import HIDDEN
from netanalyze.redaction.words import Word, shell_words

SHELLS = ("sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "su", "script", "flock", "runuser")
"""Programs whose ``-c`` is followed by words for a shell."""
OTHER_SHELLS = ("ssh", "watch", "eval", "parallel")
"""Programs that hand plain words to a shell."""
PASSWORD_OPTIONS = {
    "mysql": "-p", "mysqldump": "-p", "mysqladmin": "-p", "mysqlimport": "-p", "mariadb": "-p", "mariadb-dump": "-p",
    "mycli": "-p", "7z": "-p", "7za": "-p", "7zr": "-p", "sshpass": "-p", "zip": "-P", "unzip": "-P", "redis-cli": "-a AUTH auth",
    "smbclient": "-U", "rpcclient": "-U", "net": "-U", "ldapsearch": "-w", "ldapmodify": "-w", "ldapadd": "-w",
    "ldapwhoami": "-w",
    "curl": "-u -U -b -E --cert --proxy-cert --ftp-account", "kubectl": "--from-literal", "cargo": "login", "nmcli": "password",
    "ngrok": "authtoken add-authtoken", "doctl": "-t", "flyctl": "-t", "gitlab-runner": "-r", "nc": "-P",
    "http": "-a", "https": "-a", "xh": "-a", "mongo": "-p", "mongosh": "-p", "mongodump": "-p",
    "docker": "-p", "podman": "-p", "helm": "-p", "az": "-p", "oc": "-p", "rdesktop": "-p", "xfreerdp": "-p /p:", "lftp": "-u",
    "sqlcmd": "-P", "bcp": "-P", "isql": "-P", "ipmitool": "-P", "snmpget": "-c -A -X", "snmpwalk": "-c -A -X",
    "openssl": "-k -K", "ncftpget": "-p", "influx": "-t", "mosquitto_pub": "-P",
    "mosquitto_sub": "-P", "rar": "-p", "unrar": "-p", "pdftotext": "-upw -opw",
}  # fmt: skip
"""Options and words that take a secret, by program (its manual); what follows them, joined or not, is hidden."""
FLAGS = {"curl": "#0123467aBfgGiIjJklLMnNOpqRsSvZ", "sshpass": "ehvV"}
"""Letters that may stand before an option of the table above in one word, as they take no value: ``-sSLu me:secret``."""
FILE_ENDINGS = ("pem", "key", "crt", "cer", "p12", "pfx", "pub", "jks", "der", "txt", "json", "netrc")
"""A word with one of these at its end is a file's name, also where a secret might stand."""
ONLY_TO_LOGIN = ("docker", "podman", "helm", "az", "oc")
"""Programs whose ``-p`` is a password in ``login`` alone, else a port, a project, a path."""
NO_USERS = (
    "git", "go", "sort", "docker", "podman", "date", "id", "python", "python3", "unshare", "systemctl", "uniq", "diff", "cp",
    "journalctl", "ps", "pgrep", "pkill", "chroot", "sudo", "ss", "cargo", "useradd", "tar", "rsync", "node", "make", "ssh",
    "top", "htop", "pip", "pip3", "psql", "pg_dump", "pg_restore", "createdb", "crontab", "lsof", "loginctl",
)  # fmt: skip
"""Programs to which ``-u`` and ``-U`` are no user with a password."""
KNOWN = frozenset({*PASSWORD_OPTIONS, *SHELLS, *OTHER_SHELLS, *NO_USERS})
SETTERS = ("set", "config", "add", "put", "write", "login")
"""Subcommands that take a name and a value as two words: ``aws configure set aws_secret_access_key X``."""

_FILE = lazy_pattern(rf"[\w./~-]+\.(?:{'|'.join(FILE_ENDINGS)})")
_PORTS = lazy_pattern(r"[\d.:/,\[\]-]*(?:tcp|udp|sctp)?")
_ASSIGNMENT = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*=")
_OPTION_WORD = lazy_pattern(r"--[A-Za-z][A-Za-z0-9-]*(?:=.*)?|-[A-Za-z]", re.DOTALL)
_SHELL_OPTION = lazy_pattern(r"-[a-z]*c")
_NAME_ONLY = lazy_pattern(
    r"--[A-Za-z][\w.-]*|-[A-OQ-Za-oq-z][\w.-]*|-[pP](?:ass|at|in|sk|w|rivate|roxy|ersonal)[A-Za-z_.-]*"
)
"""An option by itself; of those with one hyphen and a p only names: the others are ``-p`` and a password."""
_LONG = lazy_pattern(r"(--?[A-Za-z][\w.:-]*)([=:])(.*)", re.DOTALL)


def redacted_line(argv: Sequence[str]) -> tuple[str, ...]:
    """A command line, in words, without secrets.

    >>> redacted_line(("curl", "-ume:secret", "--token", "1", "-p", "22", "https://a.test/?sig=x"))
    ('curl', '-uxxxxx', '--token', 'xxxxx', '-p', '22', 'https://a.test/?sig=xxxxx')
    """
    if not redacts():
        return tuple(argv)
    given = tuple(argv)
    for _ in range(PASSES):
        line = _Line()
        shown = tuple([line.word(word) for word in given])
        if shown == given:
            break
        given = shown
    return given


def redacted_script(text: str) -> str:
    """What a shell is given after ``-c``, by the same rules; blanks and operators as they are."""
    line = _Line()
    return redacted("".join([_in_shell(one, line) for one in shell_words(text)]))


def _in_shell(word: Word, line: "_Line") -> str:
    if word.ends_command:
        line.begin()
    if not word.is_word:
        return word.written
    shown = line.word(word.value)
    return word.written if shown == word.value else word.quoted(shown)


class _Line:
    """Takes the words of one command in order; remembers what the next one is."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """A new command begins."""
        self._next: Callable[[str], str] | None = None
        self._program = self._before = ""
        self._in_shell = self._sets = self._logs_in = False
        self._options: dict[str, tuple[str, ...]] = {}

    def word(self, word: str) -> str:
        """The next word, without secrets."""
        turn, self._next = self._next, None
        shown = turn(word) if turn is not None and not self._is_option_after(turn, word) else self._plain(word)
        self._remember(word)
        return shown

    def _remember(self, word: str) -> None:
        name = word.rpartition("/")[2]
        if name in KNOWN or not self._program:
            self._program = name
        if name in PASSWORD_OPTIONS:
            self._options[name] = tuple(PASSWORD_OPTIONS[name].split())
        self._in_shell = self._in_shell or name in SHELLS
        self._sets = self._sets or word in SETTERS
        self._logs_in = self._logs_in or word == "login"
        self._before = word

    @staticmethod
    def _is_option_after(turn: Callable[[str], str], word: str) -> bool:
        return turn is _unless_url and bool(_OPTION_WORD.fullmatch(word))

    @property
    def _own(self) -> tuple[str, ...]:
        """The options of the programs so far that take a secret."""
        found = [options for name, options in self._options.items() if name not in ONLY_TO_LOGIN or self._logs_in]
        return tuple(option for options in found for option in options)

    def _plain(self, word: str) -> str:
        if not word.startswith("-") or len(word) < 2:
            return self._argument(word)
        flags = self._flags(word)
        if flags:
            return word[:1] + flags + self._plain("-" + word[1 + len(flags) :])[1:]
        short, joined = word[:2], word[2:]
        for option in self._own:
            if word == option:
                self._next = _hidden
                return word
            if option.startswith("--") and word.startswith(f"{option}="):
                return f"{option}={_hidden(word[len(option) + 1 :])}"
            if word.startswith(option) and not word.startswith("--") and not self._is_long(word):
                return option + (joined if _PORTS.fullmatch(joined) and option not in ("-p", "-P") else HIDDEN)
        if _SHELL_OPTION.fullmatch(word) and self._in_shell:
            self._next = redacted_script
        elif self._is_long(word):
            self._next = _unless_url
        elif word in ("-u", "-U"):
            self._next = _user if self._program in NO_USERS else _hidden
        elif short in ("-u", "-U") and ":" in joined:
            return short + HIDDEN
        elif word == "-b":
            self._next = _cookies
        elif short == "-b" and "=" in joined:
            return short + _cookies(joined)
        elif word in ("-p", "-P", "-w", "-a", "-k"):
            self._next = _random
        elif short in ("-p", "-P") and joined:
            return short + _mixed(joined)
        elif word in ("-H", "--header"):
            self._next = _header
        elif short == "-H" and ":" in joined:
            return short + _header(joined)
        else:
            return self._long(word)
        return word

    def _flags(self, word: str) -> str:
        """The letters before an option that takes a secret, in a word of several short options."""
        without_value = FLAGS.get(self._program)
        if not without_value or word.startswith("--"):
            return ""
        rest = word[1:].lstrip(without_value)
        taken = {option[1] for option in self._own if len(option) == 2} | {"H", "d"}
        return word[1 : len(word) - len(rest)] if rest and rest[0] in taken else ""

    @staticmethod
    def _is_long(word: str) -> bool:
        return takes_secret(word) and bool(_NAME_ONLY.fullmatch(word))

    @staticmethod
    def _long(word: str) -> str:
        """``--name=value``: an option that takes a secret, a user with a password, or any other."""
        found = _LONG.fullmatch(word)
        if found is None:
            return redacted(word, one_word=True)
        name, sep, value = found.groups()
        if takes_secret(name):
            return f"{name}{sep}{HIDDEN}" if value else word
        if (name.endswith(("user", "username", "login")) or name.strip("-") == "u") and (":" in value or "%" in value):
            return f"{name}{sep}{HIDDEN}"
        if name == "--header":
            return f"{name}{sep}{_header(value)}"
        return redacted(word, one_word=True)

    def _argument(self, word: str) -> str:
        before = self._before
        for option in self._own:
            if before == option and option[0] not in "-/":
                return _hidden(word)
            if option[0] == "/" and word.startswith(option):
                return option + _hidden(word[len(option) :])
        if before in ("--user", "--proxy-user", "-user", "--userpwd", "--login"):
            return _user(word)
        if before.lstrip("/").endswith(("_authToken", "_password", "_auth")):
            return HIDDEN
        if self._sets and _is_key(before):
            return _unless_url(word)
        if self._program in OTHER_SHELLS and any(blank in word for blank in " \t\n"):
            return redacted_script(word)
        return _assigned(word)


def _is_key(word: str) -> bool:
    told = "_" in word or "." in word or is_strong_name(word)
    return not word.startswith("-") and "=" not in word and told and is_secret_name(word)


def _hidden(word: str) -> str:
    return HIDDEN if word and not _FILE.fullmatch(word) else word


def _header(word: str) -> str:
    """What follows ``-H``: a header of any name that tells a secret."""
    value = secret_of_header(word)
    return redacted(word, one_word=True) if value < 0 else word[:value] + _hidden(word[value:])


def _user(word: str) -> str:
    return HIDDEN if ":" in word or "%" in word else redacted(word, one_word=True)


def _unless_url(word: str) -> str:
    return redacted(word, one_word=True) if "://" in word else _hidden(word)


def _cookies(word: str) -> str:
    """The values of ``name=value; name=value``."""
    parts = [part.partition("=") for part in word.split(";")]
    return ";".join(f"{name}{sep}{HIDDEN if value else ''}" for name, sep, value in parts)


def _mixed(value: str) -> str:
    """A value joined to ``-p``: hidden where letters stand beside digits or both cases; ``-pthread`` and ports stay."""
    if _PORTS.fullmatch(value) or "/" in value or "=" in value:
        return redacted(value, one_word=True)
    letters, numbers = any(c.isalpha() for c in value), any(c in digits for c in value)
    cases = value.lower() != value and value.upper() != value
    odd = any(c in "!#$%^&*@+~?" for c in value)
    return HIDDEN if (letters and numbers) or cases or odd else value


def _random(word: str) -> str:
    """A word after ``-p``: hidden where it looks made up (a capital and a digit, or signs), else a port, a package, a path."""
    if any(c in "/.:=" for c in word) or word.startswith("-"):
        return _assigned(word)
    made_up = any(c in digits for c in word) and any(c.isupper() for c in word)
    return HIDDEN if made_up or any(c in "!#$%^&*@~?" for c in word) else redacted(word, one_word=True)


def _assigned(word: str) -> str:
    """A word of no option; of ``NAME=value`` the value by the rules of variables."""
    from netanalyze.redaction.variables import COMMANDS, PROXIES, RECORDED, recorded_value

    found = _ASSIGNMENT.match(word)
    if found:
        name = found[0][:-1]
        if name in RECORDED or name in COMMANDS or name.lower() in PROXIES:
            return found[0] + recorded_value(name, word[found.end() :])
    return redacted(word, one_word=True)
