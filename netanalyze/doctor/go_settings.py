"""go's settings, as ``go env`` and the environment have them (go help environment; cmd/go/internal/modfetch/proxy.go)."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netanalyze.doctor.machine import Machine
from netanalyze.doctor.places import is_loopback, marks, nobody_listens, safe, shown, value_shown, word
from netanalyze.doctor.remark import Remark, doubtful, ok, or_ok, wrong
from netanalyze.foreign_files import read_foreign
from netanalyze.numerals import integer
from netanalyze.patterns import lazy_pattern
from netanalyze.urls import host_in, split
from netanalyze.wording import Text, message

ASKED = ("GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH", "GOFLAGS", "GOTOOLCHAIN",
         "GOVERSION", "GOMODCACHE", "GOCACHE", "GOPATH", "GOROOT", "GOENV", "GO111MODULE", "GOMOD", "GOTMPDIR")  # fmt: skip
DEFAULT_PROXY, DEFAULT_SUMDB = "https://proxy.golang.org,direct", "sum.golang.org"
"""``$GOROOT/go.env``."""
KNOWN_SUMDB = ("sum.golang.org", "sum.golang.google.cn", "off")
"""Names whose key go knows (modfetch/sumdb.go)."""
CLOSED = {"gocenter.io": "2021"}
"""Public module proxies whose operators have closed them, and the year."""
SCHEMES = ("https", "http", "file")
"""Of a proxy (modfetch/proxy.go, newProxyRepo)."""
_TOOLCHAIN = lazy_pattern(r"(?:(?:go1(?:\.\d+)*(?:(?:rc|beta)\d+)?(?:-\S+)?|local)(?:\+(?:auto|path))?|auto|path)\Z")
_SUMDB_KEY = lazy_pattern(r"[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{40,}\Z")
_GO_LINE = lazy_pattern(r"^go\s+(\d+(?:\.\d+)*)", re.MULTILINE)


@dataclass(frozen=True)
class GoSettings:
    """What decides a run of go.

    Attributes:
        program: where go is; None where it is not installed.
        values: of ``go env``, or where go does not say, of variables and the file that ``go env -w`` writes.
        variables: those of the environment.
        saved: those of that file.
        required: the version that go.mod here asks for, empty without one.
        vendor: whether there is a vendor folder beside it.
        listening: TCP ports of this machine that something listens at.
    """

    program: str | None
    values: Mapping[str, str]
    variables: Mapping[str, str]
    saved: Mapping[str, str]
    required: str = ""
    vendor: bool = False
    listening: frozenset[int] = frozenset()

    def value(self, name: str) -> str:
        """A setting, empty where it is not set."""
        return self.values.get(name, "")

    def write(self, name: str, value: str) -> str:
        """The command that sets it where it is set now."""
        if name in self.variables:
            return f"export {name}={word(value)}"
        return f"{self._toolchain(name)}go env -w {name}={word(value)}"

    def drop(self, name: str) -> str:
        """The command that takes a setting away where it is set now."""
        return f"unset {name}" if name in self.variables else f"{self._toolchain(name)}go env -u {name}"

    @property
    def wants_newer(self) -> bool:
        """Whether go.mod asks for a newer go than this one."""
        return bool(self.required) and number(self.required) > number(self.value("GOVERSION")) > ()

    def _toolchain(self, name: str) -> str:
        """What lets ``go env`` run at all where it would fetch another go first."""
        return "GOTOOLCHAIN=local " if self.wants_newer or name == "GOTOOLCHAIN" else ""


def gather(machine: Machine) -> GoSettings:
    """Ask go for its settings: outside of any module, with its own toolchain, and without its telemetry (see Machine.printed)."""
    program = machine.program("go")
    config = machine.value("XDG_CONFIG_HOME") or machine.below_home(".config")
    place = machine.value("GOENV") or os.path.join(config, "go", "env")
    text = (machine.text(place) or "") if place.startswith("/") else ""
    pairs = (line.partition("=") for line in text.splitlines() if not line.lstrip().startswith("#"))
    saved = {name.strip(): value.strip() for name, equals, value in pairs if equals}
    quiet = {
        "GOTOOLCHAIN": "local",
        "GOENV": place,
        "XDG_CONFIG_HOME": "/dev/null/none",
        "GO111MODULE": "",
        "GOFLAGS": "",
    }
    found = _asked(machine, quiet) if program else {}
    variables = {name: value for name, value in machine.environment.items() if name.startswith("GO") and value}
    chosen = {name: variables.get(name) or saved.get(name, "") for name in ("GOTOOLCHAIN", "GOFLAGS", "GO111MODULE")}
    values = {**saved, **variables, **found, **chosen, "GOENV": place}
    module = _go_mod(machine.folder)
    line = _GO_LINE.search(module[1]) if module else None
    return GoSettings(
        program, values, variables, saved, line[1] if line else "",
        vendor=bool(module) and os.path.isdir(os.path.join(os.path.dirname(module[0]), "vendor")) if module else False,
        listening=machine.listening,
    )  # fmt: skip


def _asked(machine: Machine, quiet: Mapping[str, str]) -> dict[str, str]:
    told = Machine(machine.environment, "/").printed("go", "env", "-json", *ASKED, more=quiet)
    try:
        found = json.loads(told.out) if told and told.status == 0 else {}
    except ValueError:
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _go_mod(folder: str) -> tuple[str, str] | None:
    """The go.mod of a folder or of one above it: its path and its text."""
    while True:
        path = os.path.join(folder, "go.mod")
        try:
            return path, read_foreign(path)
        except OSError:
            if folder == os.path.dirname(folder):
                return None
            folder = os.path.dirname(folder)


def entries(goproxy: str) -> list[str]:
    """The entries of GOPROXY up to the one that ends it, as go reads them: without a scheme it is https.

    >>> entries("goproxy.cn | https://proxy.golang.org,direct,https://never.test")
    ['https://goproxy.cn', 'https://proxy.golang.org', 'direct']
    """
    found = []
    for entry in (part.strip() for part in re.split("[,|]", goproxy)):
        if entry and any(mark in entry for mark in ".:/") and ":/" not in entry and not entry.startswith("/"):
            entry = f"https://{entry}"
        found += [entry] if entry else []
        if entry in ("direct", "off"):
            break
    return found


def hosts(facts: GoSettings) -> list[str]:
    """The hosts that go will ask first: module proxies, the checksum database."""
    named = [host_in(entry) for entry in entries(facts.value("GOPROXY") or DEFAULT_PROXY) if "://" in entry]
    database = (facts.value("GOSUMDB") or DEFAULT_SUMDB).split(" ")[0].partition("+")[0]
    return [host for host in (*named, None if database == "off" else database) if host]


def judge(facts: GoSettings) -> Iterator[Remark]:
    """All that is to be said of go's settings."""
    if facts.program is None:
        yield wrong("go/not-installed", "go", message("there is no go on the PATH"), "sudo apt-get install golang-go")
        return
    yield ok("go/version", "go", facts.value("GOVERSION") or facts.program)
    for check in (_proxy, _sumdb, _flags, _modules, _toolchain, _debug, _hidden):
        yield from check(facts)


def _proxy(facts: GoSettings) -> list[Remark]:
    value = facts.value("GOPROXY") or DEFAULT_PROXY
    return or_ok(_proxy_faults(facts, value), "go/goproxy", "GOPROXY", value_shown("GOPROXY", value))


def _proxy_faults(facts: GoSettings, value: str) -> Iterator[Remark]:
    default = facts.write("GOPROXY", DEFAULT_PROXY)

    def line(kind: str, why: Text, mend: str = default, judged=wrong) -> Remark:
        return judged(f"go/goproxy-{kind}", "GOPROXY", why, mend)

    listed = entries(value)
    pasted = list(marks(value))
    for fault in pasted:
        yield line(fault.id, fault.why)
    if pasted:
        return
    if not listed:
        yield line("empty", message("the list has no entry, and go refuses it"))
    if listed[:1] == ["off"]:
        yield line(
            "off", message("nothing is downloaded at all: only what is in the cache can be built"), judged=doubtful
        )
    written = [part for part in re.split("[,|]", value) if part.strip()]
    if listed and listed[-1] in ("direct", "off") and len(written) > len(listed):
        kept = ",".join([*listed[:-1], *(entry.strip() for entry in written[len(listed) :]), listed[-1]])
        mend = safe(facts.write("GOPROXY", kept.replace(f",{listed[-1]},", ",")), default)
        yield line(
            "behind-direct", message("what stands behind {last} is never asked", last=listed[-1]), mend, doubtful
        )
    for entry in (entry for entry in listed if entry not in ("direct", "off")):
        url = split(entry)
        if "://" not in entry and ":/" not in entry:
            yield line(
                "no-scheme",
                message("{entry} is neither a URL nor direct nor off: go refuses the whole list", entry=shown(entry)),
            )
        elif url is None or url.scheme not in SCHEMES or (not url.host and url.scheme != "file"):
            yield line(
                "scheme",
                message("{entry} is no URL of http, https or file: go refuses the whole list", entry=shown(entry)),
            )
        elif port := nobody_listens(url, facts.listening):
            yield line(
                "nobody-listens",
                message("nothing listens at port {port} of this machine: each request is refused", port=port),
            )
        elif url.host in CLOSED:
            yield line(
                "closed", message("{host} was closed by its operator in {year}", host=url.host, year=CLOSED[url.host])
            )
        elif url.scheme == "http" and url.userinfo is not None:
            yield line(
                "password-in-clear", message("name and password go to {host} in clear", host=url.host), judged=doubtful
            )
        elif url.scheme == "http" and not is_loopback(url.host):
            better = safe(facts.write("GOPROXY", value.replace("http://", "https://")), default)
            yield line(
                "clear-text",
                message("{host} is asked without TLS, and anybody on the way can answer", host=url.host),
                better,
                doubtful,
            )


def _sumdb(facts: GoSettings) -> list[Remark]:
    value = facts.value("GOSUMDB") or DEFAULT_SUMDB
    name = value.split(" ")[0]
    if value == "off":
        return [
            doubtful(
                "go/gosumdb-off",
                "GOSUMDB",
                message("what is new to go.sum is believed unseen, and no toolchain is downloaded"),
                facts.drop("GOSUMDB"),
            )
        ]
    if name in KNOWN_SUMDB or _SUMDB_KEY.match(name):
        return [ok("go/gosumdb", "GOSUMDB", value_shown("GOSUMDB", value))]
    return [
        wrong(
            "go/gosumdb-no-key",
            "GOSUMDB",
            message("{name} is no database whose key go knows, and none is given with it", name=shown(name)),
            facts.drop("GOSUMDB"),
        )
    ]


def _flags(facts: GoSettings) -> list[Remark]:
    value = facts.value("GOFLAGS")
    return or_ok(_flag_faults(facts, value), "go/goflags", "GOFLAGS", value_shown("GOFLAGS", value)) if value else []


def _flag_faults(facts: GoSettings, value: str) -> Iterator[Remark]:
    for flag in value.split():
        if not flag.startswith("-"):
            yield wrong(
                "go/goflags-no-flag",
                "GOFLAGS",
                message("each word of it must begin with a dash; go stops at one that does not"),
                facts.drop("GOFLAGS"),
            )
        elif flag.lstrip("-") == "insecure":
            yield wrong(
                "go/goflags-unknown",
                "GOFLAGS",
                message("go has no flag {flag} any more, and stops at it", flag="-insecure"),
                facts.drop("GOFLAGS"),
            )
        elif flag.lstrip("-") == "mod=vendor" and facts.required and not facts.vendor:
            yield wrong(
                "go/goflags-vendor",
                "GOFLAGS",
                message("it wants what is in a vendor folder, and there is none here"),
                facts.drop("GOFLAGS"),
            )


def _modules(facts: GoSettings) -> list[Remark]:
    value = facts.value("GO111MODULE")
    if value in ("", "on", "auto"):
        return [ok("go/go111module", "GO111MODULE", value or message("not set: on"))]
    why = (
        message("go knows no modules then: GOPROXY and go.mod are not looked at")
        if value == "off"
        else message("go knows on, off and auto, and stops at any other word")
    )
    return [
        wrong(
            "go/go111module-off" if value == "off" else "go/go111module-unknown",
            "GO111MODULE",
            why,
            facts.drop("GO111MODULE"),
        )
    ]


def number(version: str) -> tuple[int, ...]:
    """A version of go as numbers, which compare as versions do.

    >>> number("go1.21rc2") < number("1.21.3") < number("1.100")
    True
    """
    parts = (re.match(r"\d*", part) for part in version.removeprefix("go").split("."))
    return tuple(integer(part[0]) or 0 for part in parts if part)


def _toolchain(facts: GoSettings) -> Iterator[Remark]:
    value = facts.value("GOTOOLCHAIN")
    drop = facts.drop("GOTOOLCHAIN")
    newer = facts.wants_newer
    if value and not _TOOLCHAIN.match(value):
        yield wrong(
            "go/gotoolchain-unknown",
            "GOTOOLCHAIN",
            message("{value} names no toolchain, and go stops at it", value=shown(value)),
            drop,
        )
    elif newer and value.partition("+")[0] == "local" and "+" not in value:
        yield wrong(
            "go/gotoolchain-too-old",
            "GOTOOLCHAIN",
            message(
                "go.mod wants go {wanted}, here is {found}, and {value} forbids to fetch it",
                wanted=facts.required,
                found=facts.value("GOVERSION"),
                value=value,
            ),
            "export GOTOOLCHAIN=auto"
            if "GOTOOLCHAIN" in facts.variables
            else "GOTOOLCHAIN=local go env -w GOTOOLCHAIN=auto",
        )
    elif newer and (facts.value("GOSUMDB") == "off" or facts.value("GOPROXY") == "off"):
        name = "GOSUMDB" if facts.value("GOSUMDB") == "off" else "GOPROXY"
        yield wrong(
            "go/gotoolchain-forbidden",
            "GOTOOLCHAIN",
            message("go.mod wants go {wanted}, and {name}=off forbids to fetch it", wanted=facts.required, name=name),
            facts.drop(name),
        )
    elif newer:
        yield doubtful(
            "go/gotoolchain-download",
            "GOTOOLCHAIN",
            message("go.mod wants go {wanted}: the first command downloads it, some 70 MB", wanted=facts.required),
            f"GOTOOLCHAIN=local go mod edit -go={facts.value('GOVERSION').removeprefix('go').partition('-')[0]}",
        )
    else:
        yield ok("go/gotoolchain", "GOTOOLCHAIN", value or "auto")


def _debug(facts: GoSettings) -> Iterator[Remark]:
    value = facts.variables.get("GODEBUG", "")
    pairs = [pair for pair in value.split(",") if pair]
    if any("=" not in pair or pair != pair.strip() for pair in pairs):
        yield doubtful(
            "go/godebug-form",
            "GODEBUG",
            message("it is a list of name=value with commas; go leaves out what is not, and says nothing"),
            "unset GODEBUG",
        )
    elif value:
        yield ok("go/godebug", "GODEBUG", shown(value))


def _hidden(facts: GoSettings) -> Iterator[Remark]:
    """What ``go env -w`` wrote and a variable of the same name hides."""
    for name in ASKED:
        kept, given = facts.saved.get(name, ""), facts.variables.get(name, "")
        if kept and given and kept != given:
            yield doubtful(
                "go/hidden",
                name,
                message("a variable hides what go env -w has written: {kept}", kept=value_shown(name, kept)),
                f"unset {name}",
            )
