"""How often the fix that is offered helps: ``live --prove-fix`` under the laboratory's faults, with real commands.

    sudo python benchmarks/prove_fix.py [--patience 20s] [SCENARIO]...

A row a scenario: the verdict, what was tried, and whether a try ended well. Scenarios whose verdict offers nothing that
one run can change are listed and not counted, nor are those that have no remedy there.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from netanalyze.lab.namespaces import require_laboratory, sweep
from netanalyze.lab.scenario import load
from netanalyze.lab.staged import staged
from netanalyze.lab.twin import REAL_DATABASE

OFFERS = 2
ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = (
    "connect-proxy-dead", "connect-silent", "connect-mute", "connect-proxy-absent", "connect-403", "socks-silent",
    "dead-first-proxy", "hello-unanswered", "sni-dropped", "hello-reset", "syn-dropped", "response-missing",
    "sumdb-syn-dropped", "dns-edns-dropped", "lock-held", "askpass", "auth-helper-blocked", "git-holds-pipe",
    "body-stalled", "goaway", "toolchain-silent", "direct-fallback", "connect-407", "connect-mtu", "connect-response-missing",
    "certificate-untrusted-13", "certificate-expired-12", "certificate-wrong-name-12", "alert-name", "alert-version",
    "hello-closed", "hello-reset-injected", "hello-too-late", "http-on-443", "refused", "icmp-prohibited", "fin-mid-body",
    "reset-mid-body", "stream-reset", "flight-partial", "frozen", "response-missing-http1", "status-500", "status-403",
    "redirect-blocked", "sumdb-silent", "sumdb-reset", "socks-refused", "path-death",
    "pip-connect-407", "pip-hello-unanswered", "pip-ipv6-dropped", "pip-syn-dropped", "npm-certificate-untrusted",
    "npm-connect-403", "npm-hello-unanswered", "npm-refused", "git-silent", "git-sni-reset", "git-syn-dropped",
    "git-body-stalled", "dns-forged", "hello-head-lost", "hello-tail-lost", "hello-unanswered-any", "ipv6-hello-dropped",
    "local-proxy-upstream-dead", "mtu-up", "plain-http-404", "plain-http-filtered", "proxy-off", "sni-dropped-small-hello",
    "status-410", "vanity-syn-dropped", "transparent-upstream-dead", "two-servfail-syn-dropped", "one-address-dead",
    "redirect-loop", "modules-off",
)  # fmt: skip
WITHOUT_REMEDY = {
    "path-death": "nothing passes any more, to whomever",
    "direct-fallback": "no mirror has this module",
    "git-silent": "no mirror has this module",
    "git-sni-reset": "no mirror has this module",
    "git-syn-dropped": "no mirror has this module",
    "git-body-stalled": "no mirror has this module",
    "hello-tail-lost": "segments of some sizes die on the way to whomever",
    "ipv6-hello-dropped": "hellos by IPv6 die on the way to whomever, and go has no setting against IPv6",
}
"""Scenarios whose fault no client can go round in the laboratory, though something is offered: run, and not counted."""


def tried(name, patience):
    """The verdict of the run as it was, and of those after it."""
    scenario = load(name)
    # whose key the laboratory has not: nothing would help
    if scenario.command.environment.get("GOSUMDB") == REAL_DATABASE:
        command = scenario.command
        scenario = replace(scenario, command=replace(command, environment=command.environment | {"GOSUMDB": "{sumdb}"}))
    live = [sys.executable, "-m", "netanalyze", "live", "--patience", patience, "--prove-fix", "--json"]
    with staged(scenario) as ready:
        argv = ["ip", "netns", "exec", ready.network.client, *live, "--", *scenario.command.argv]
        environment = ready.environment | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(argv, cwd=ready.project, env=environment, capture_output=True, text=True, timeout=600)
    return (
        json.loads(done.stdout) if done.stdout else {"verdict": {"status": done.stderr.strip()[-300:], "cause": None}}
    )


def main():
    """Run them all, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="SCENARIO")
    parser.add_argument("--patience", default="20s")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    asked = parser.parse_args()
    require_laboratory()
    sweep()
    counted = helped = 0
    names = asked.names or SCENARIOS
    pool = ThreadPoolExecutor(asked.jobs)
    for name, document in zip(names, pool.map(partial(tried, patience=asked.patience), names), strict=True):
        tries = document.get("tried", [])
        if tries and name not in WITHOUT_REMEDY:
            counted += 1
            helped += any(one["helped"] for one in tries[:OFFERS])
        why = f" (no remedy: {WITHOUT_REMEDY[name]})" if name in WITHOUT_REMEDY else ""
        print(f"{name:24} {document['verdict']['status']:9} {document['verdict']['cause']}{why}")
        for one in tries:
            how = "helps" if one["helped"] else "does not help"
            print(f"{'':24} {how}: {one['status']} {one['cause']}, {one['seconds']:.1f} s: {one['command'][:90]}")
        sys.stdout.flush()
    print(f"\n{helped} of {counted} scenarios with a remedy to try ended well within {OFFERS} offers")


if __name__ == "__main__":
    main()
