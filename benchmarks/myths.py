"""What articles advise, tried: real go, git and pip under a fault of the laboratory, as they are and with the advice.

    sudo python benchmarks/myths.py [--jobs 2] [--markdown] [WORD]...

Each trial is a scenario run twice in fresh caches. "Helps" is: it ends well, and did not before. The table of docs/myths.md is
what ``--markdown`` prints.
"""

import argparse
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from netanalyze.api import analyze
from netanalyze.lab.namespaces import require_laboratory, sweep
from netanalyze.lab.record import run
from netanalyze.lab.scenario import load


@dataclass(frozen=True)
class Trial:
    """An advice, and the scenario it is tried on.

    Args:
        advice: as articles give it.
        environment: what it sets; ``before``: a command that it runs first.
    """

    advice: str
    scenario: str
    environment: dict = field(default_factory=dict)
    before: str = ""


def git_setting(name, value):
    """A setting of git for one command, without a file (git-config(1), GIT_CONFIG_COUNT)."""
    return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": name, "GIT_CONFIG_VALUE_0": value}


LOW_SPEED = {"GIT_HTTP_LOW_SPEED_LIMIT": "1000", "GIT_HTTP_LOW_SPEED_TIME": "5"}
TRIALS = (
    Trial("git config http.timeout 5", "git-silent", git_setting("http.timeout", "5")),
    Trial("git config http.postBuffer 524288000", "git-body-stalled", git_setting("http.postBuffer", "524288000")),
    Trial("git config http.version HTTP/1.1", "git-body-stalled", git_setting("http.version", "HTTP/1.1")),
    Trial("git config core.compression 0", "git-body-stalled", git_setting("core.compression", "0")),
    Trial("GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=5", "git-body-stalled", LOW_SPEED),
    Trial("GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=5", "git-syn-dropped", LOW_SPEED),
    Trial("GODEBUG=netdns=both", "dns-dead", {"GODEBUG": "netdns=both"}),
    Trial("GODEBUG=netdns=go", "dns-dead", {"GODEBUG": "netdns=go"}),
    Trial("GOPROXY=https://gossue.io,direct", "hello-unanswered", {"GOPROXY": "https://gossue.io,direct"}),
    Trial("GOPROXY=https://goproxy.cn,https://proxy.golang.org, the first of them dead", "dead-first-proxy",
          {"GOPROXY": "https://goproxy.cn,https://proxy.golang.org"}),
    Trial("GOPROXY=https://goproxy.cn,direct", "hello-unanswered", {"GOPROXY": "https://goproxy.cn,direct"}),
    Trial("go clean -modcache", "syn-dropped", before="go clean -modcache"),
    Trial("go clean -modcache", "response-missing", before="go clean -modcache"),
    Trial("GOSUMDB=off", "syn-dropped", {"GOSUMDB": "off"}),
    Trial("GOSUMDB=off", "hello-unanswered", {"GOSUMDB": "off"}),
    Trial("GO111MODULE=on", "syn-dropped", {"GO111MODULE": "on"}),
    Trial("GOFLAGS=-mod=mod", "syn-dropped", {"GOFLAGS": "-mod=mod"}),
    Trial("GOINSECURE=*", "certificate-untrusted-13", {"GOINSECURE": "*"}),
    Trial("GONOSUMDB=* GONOSUMCHECK=1", "certificate-untrusted-13", {"GONOSUMDB": "*", "GONOSUMCHECK": "1"}),
    Trial("GIT_SSL_NO_VERIFY=true", "certificate-untrusted-13", {"GIT_SSL_NO_VERIFY": "true"}),
    Trial("GODEBUG=tlsmlkem=0", "sni-dropped", {"GODEBUG": "tlsmlkem=0"}),
    Trial("GODEBUG=http2client=0", "response-missing", {"GODEBUG": "http2client=0"}),
    Trial("pip --trusted-host pypi.org", "pip-hello-unanswered", {"PIP_TRUSTED_HOST": "pypi.org"}),
    Trial("pip --default-timeout=100", "pip-hello-unanswered", {"PIP_DEFAULT_TIMEOUT": "100"}),
    Trial("npm config set strict-ssl false", "npm-hello-unanswered", {"npm_config_strict_ssl": "false"}),
)  # fmt: skip


@dataclass(frozen=True)
class Ending:
    """How a run ended: its verdict, its exit status (None: it hung till it was killed), seconds."""

    status: str
    cause: str
    exit_code: int | None
    seconds: float

    @property
    def words(self):
        """In a cell of a table."""
        how = "killed" if self.exit_code is None else f"exit {self.exit_code}"
        return f"{how} after {self.seconds:.1f} s: {self.cause}"


def ending(scenario, folder):
    """A scenario run and judged, with what the command printed."""
    recording = run(scenario, folder)
    verdict = analyze([str(recording.capture)], trace=recording.printed(), kernels="plain").verdict
    return Ending(verdict.status, verdict.cause or "healthy", recording.exit_code, recording.wall_s)


def advised(trial, number):
    """The scenario of a trial with what the advice sets."""
    scenario = load(trial.scenario)
    argv = scenario.command.argv
    if trial.before:
        argv = ("sh", "-c", f'{trial.before}; exec "$0" "$@"', *argv)
    command = replace(scenario.command, argv=argv, environment=scenario.command.environment | trial.environment)
    return replace(scenario, name=f"{trial.scenario}-{number}", command=command)


def judged(before, after):
    """What became of the run."""
    if after.exit_code == 0 and before.exit_code != 0:
        return "helps"
    if before.exit_code is None and after.exit_code is not None:
        return "ends it, failed"
    return "makes it worse" if before.exit_code == 0 and after.exit_code != 0 else "no use"


def main():
    """Try all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", metavar="WORD", help="only advice, or scenarios, that have it")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--markdown", action="store_true")
    asked = parser.parse_args()
    require_laboratory()
    sweep()
    trials = [one for one in TRIALS if all(word in f"{one.advice} {one.scenario}" for word in asked.words)]
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(asked.jobs) as pool:
        names = sorted({one.scenario for one in trials})
        plain = {name: pool.submit(ending, load(name), Path(temporary)) for name in names}
        tried = [pool.submit(ending, advised(one, number), Path(temporary)) for number, one in enumerate(trials)]
        if asked.markdown:
            print("| advice | tried on | without it | with it | |\n|---|---|---|---|---|")
        for one, future in zip(trials, tried, strict=True):
            before, after = plain[one.scenario].result(), future.result()
            helps = judged(before, after)
            if asked.markdown:
                print(f"| `{one.advice}` | `{one.scenario}` | {before.words} | {after.words} | {helps} |", flush=True)
            else:
                print(
                    f"{helps:7} {one.advice} ({one.scenario})\n        {before.words}\n        {after.words}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
