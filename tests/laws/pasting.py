"""A shell in which every program is a stub: what would run if a person pasted the commands of a report."""

import shlex
import shutil
import subprocess

BASH = shutil.which("bash")

STUBS = """
command_not_found_handle() { printf '%q ' "$@" >&3; printf '\\n' >&3; return 0; }
kill() { command_not_found_handle kill "$@"; }
mapfile -d '' -t lines
exec 3>&1 >/dev/null 2>/dev/null </dev/null
PATH=$PWD/empty
for line in "${lines[@]}"; do
    printf '\\x1e' >&3
    ( eval "$line" )
done
"""
WRAPPERS = {"sudo": 1, "timeout": 2, "time": 1, "env": 1}
"""Programs that run what stands behind them, and where that begins."""
PAYLOADS = (
    "$(id)", "`id`", "a;id", "a|id", "a&id", "-e id", "--x=a", "a b", "'id'", '"id"', "a\nid", "a\rid", "a>x", "a#b", "~/id",
    "{id}", "a\x1b[2J", "a\u202eb", "a\u200bb", "a\x00b", "!!", "!id", "*", "a=b", "-", "..",
    "ＡＢ.example", "a\u00a0b", "\\id", "a(b)",
    "-oProxyCommand=id", "x;/usr/bin/touch pwned;", "$(/usr/bin/touch pwned)", "`/usr/bin/touch pwned`", ">pwned", "' >pwned '",
    "1');open('pwned','w')#", "%s", "{again}", "a\\nid", "a\u2028id", "a\x85id", "<(id)", "a||id", "$IFS", "${PATH}", "[a]",
)  # fmt: skip
"""What somebody puts into a name, an address, a path or a command line to have it run."""


def offered(result):
    """Everything in a result that a person may paste into a shell."""
    verdict = result.verdict
    others = [*verdict.alternatives, *(other for finding in result.findings for other in finding.alternatives)]
    checks = [verdict.verify, *(other.check for other in others)]
    return [
        *(step.command for step in verdict.fix if step.command),
        *(check.command for check in checks if check is not None and check.command),
    ]


def run(commands, folder):
    """For each command the argument lists of the programs that a real bash would run; none of them runs."""
    (folder / "empty").mkdir(exist_ok=True)
    told = subprocess.run(
        [BASH, "--noprofile", "--norc", "-c", STUBS], input=b"".join(c.encode() + b"\0" for c in commands),
        capture_output=True, cwd=folder, timeout=60, check=True, env={"PATH": "/nonexistent", "HOME": str(folder)},
    )  # fmt: skip
    parts = told.stdout.decode().split("\x1e")[1:]
    assert len(parts) == len(commands)
    assert [path.name for path in folder.iterdir()] == ["empty"], "a command wrote a file"
    return [[shlex.split(line.replace("$'", "'")) for line in part.splitlines()] for part in parts]


def programs(calls):
    """The names of the programs in such argument lists, those behind sudo, timeout and the like as well."""
    names = set()
    for argv in calls:
        while argv:
            names.add(argv[0])
            argv = argv[WRAPPERS[argv[0]] :] if argv[0] in WRAPPERS else []
            while argv and "=" in argv[0]:
                argv = argv[1:]
    return names


def readable(command):
    """Whether bash reads it as it stands (``bash -n``)."""
    return subprocess.run([BASH, "-n", "-c", command], capture_output=True, timeout=10, check=False).returncode == 0
