"""``netanalyze doctor --probe`` against mirrors of our own, each with a fault of its own: ranked right, with the cause."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from live_lab import NEEDS_A_NAMESPACE

from netanalyze.lab.certificates import Authority

pytestmark = NEEDS_A_NAMESPACE
ROOT = Path(__file__).parents[2]
CONDUCTS = ("silent", "login", "wrong-name", "refused", "stalls", "reset", "no-zip", "slow", "redirects", "good")
"""The worst first: this is the order of GOPROXY."""


@pytest.fixture(scope="module")
def mirrors(tmp_path_factory):
    """Two namespaces on one wire: the client's and the mirrors'; names are in the client's hosts file."""
    folder = tmp_path_factory.mktemp("mirrors")
    stem = f"namirror{os.getpid()}"
    client, servers = f"{stem}c", f"{stem}s"
    files = Path("/etc/netns") / client

    def ip(*words):
        subprocess.run(["ip", *words], check=True, capture_output=True)

    process = None
    try:
        for name in (client, servers):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("link", "add", "eth0", "netns", client, "type", "veth", "peer", "name", "eth0", "netns", servers)
        for name, address in ((client, "192.0.2.1"), (servers, "192.0.2.254")):
            ip("-n", name, "address", "add", f"{address}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
        ip("-n", client, "route", "add", "default", "via", "192.0.2.254")
        authority = Authority(folder / "authority")
        rows = ["127.0.0.1 localhost"]
        plan = []
        for number, conduct in enumerate(CONDUCTS, 11):
            host, address = f"{conduct}.test", f"192.0.2.{number}"
            ip("-n", servers, "address", "add", f"{address}/24", "dev", "eth0")
            rows.append(f"{address} {host}")
            chain = str(authority.chain(host, conduct if conduct == "wrong-name" else "good"))
            if conduct != "refused":
                plan.append({"address": address, "conduct": conduct, "chain": chain, "target": "good.test"})
        files.mkdir(parents=True)
        (files / "hosts").write_text("\n".join([*rows, ""]))
        (files / "resolv.conf").write_text("nameserver 192.0.2.254\n")
        (folder / "plan.json").write_text(json.dumps(plan))
        argv = ["ip", "netns", "exec", servers, sys.executable, str(ROOT / "tests/lab/mirror_server.py")]
        process = subprocess.Popen([*argv, str(folder / "plan.json")], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        yield client, str(authority.bundle), folder
    finally:
        if process is not None:
            process.kill()
            process.wait()
            process.stdout.close()
        for name in (client, servers):
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)
        shutil.rmtree(files, ignore_errors=True)


def probed(mirrors, goproxy, *words, **variables):
    """The JSON of a probe, what was told before it, and how it ended."""
    client, bundle, folder = mirrors
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environment = kept | {
        "HOME": str(folder),
        "SSL_CERT_FILE": bundle,
        "PYTHONPATH": str(ROOT),
        "GOPROXY": goproxy,
        **variables,
    }
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    argv = ["ip", "netns", "exec", client, sys.executable, "-m", "netanalyze", "doctor", "--probe", *words]
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, cwd=folder, timeout=90)
    return done


def test_mirrors_are_ranked_by_what_works_and_each_failure_has_its_cause(mirrors):
    goproxy = ",".join(f"https://{conduct}.test" for conduct in CONDUCTS)
    done = probed(mirrors, goproxy, "--client", "go", "--json", GOSUMDB="sum.golang.org")
    told = json.loads(done.stdout)
    jsonschema.validate(told, json.loads((ROOT / "docs" / "doctor.schema.json").read_text()))
    go = {
        one["url"].removeprefix("https://").removesuffix(".test"): one
        for one in told["probe"]["mirrors"]
        if one["client"] == "go"
    }
    order = list(go)
    assert set(order[:2]) == {"good", "redirects"}
    assert order[2] == "slow"
    assert set(order[3:5]) == {"no-zip", "stalls"}, "they do a part of the work"
    assert [name for name in order if go[name]["works"]] == order[:3]
    faults = {name: one["visits"][0]["fault"] or next((a["fault"] for a in one["visits"][0]["answers"] if a["fault"]), "")
              for name, one in go.items()}  # fmt: skip
    assert faults == {
        "good": "", "redirects": "", "slow": "", "no-zip": "status", "stalls": "answer-timeout", "login": "not-asked-for",
        "refused": "refused", "reset": "tls-reset", "wrong-name": "certificate", "silent": "tls-timeout",
    }  # fmt: skip
    assert told["probe"]["captured"]
    assert go["refused"]["cause"] == "tcp/refused"
    assert go["reset"]["cause"] == "tls/reset-after-client-hello"
    assert go["silent"]["cause"] in ("tls/server-hello-missing", "tls/client-hello-dropped")
    assert go["good"]["cause"] is None
    assert go["good"]["visits"][0]["large_hello"] == ""
    first = ",".join(f"https://{name}.test" for name in order[:3])
    assert told["probe"]["settings"]["go"] == f"export GOPROXY={first},direct"
    assert max(v["connections"] for one in go.values() for v in one["visits"]) <= 6
    assert done.stderr.index("https://silent.test: list, info, mod, zip") > done.stderr.index("asking 11 servers")


def test_pip_npm_and_cargo_do_their_own_work(mirrors):
    _, _, folder = mirrors
    (folder / ".cargo").mkdir()
    source = '[source.crates-io]\nreplace-with = "m"\n[source.m]\nregistry = "sparse+https://good.test/index/"\n'
    (folder / ".cargo" / "config.toml").write_text(source)
    words = ["--client", "pip", "--client", "npm", "--client", "cargo"]
    variables = {"PIP_INDEX_URL": "https://good.test/simple", "npm_config_registry": "https://good.test/"}
    done = probed(mirrors, "off", *words, "--json", **variables)
    told = json.loads(done.stdout)["probe"]
    assert {one["client"]: (one["works"], one["why"]) for one in told["mirrors"]} == dict.fromkeys(
        ("pip", "npm", "cargo"), (True, None)
    )
    assert told["settings"] == {}
    variables["PIP_INDEX_URL"] = "https://refused.test/simple"
    done = probed(mirrors, "off", "--client", "pip", "--width", "80", **variables)
    assert done.returncode == 1
    assert "https://refused.test/simple fails: the connection is refused" in done.stdout
    assert "tcp/refused" in done.stdout


def test_each_mirror_is_asked_by_the_proxy_and_past_it(mirrors):
    proxy = "http://me:hunter2hunter2@192.0.2.254:3128"
    goproxy = "https://good.test,https://redirects.test"
    done = probed(mirrors, goproxy, "--client", "go", "--json", https_proxy=proxy, GOSUMDB="off")
    good, other = json.loads(done.stdout)["probe"]["mirrors"]
    assert [(visit["way"], visit["fault"]) for visit in good["visits"]] == [("proxy", ""), ("direct", "")]
    assert [(visit["way"], visit["fault"]) for visit in other["visits"]] == [("proxy", "proxy-refuses"), ("direct", "")]
    assert other["works"]
    assert "hunter2" not in done.stdout + done.stderr
    printed = probed(mirrors, goproxy, "--client", "go", https_proxy=proxy, GOSUMDB="off").stdout
    assert "by the proxy it fails: the proxy refuses to connect" in " ".join(printed.split())


def test_without_the_right_to_capture_the_error_tells_why(mirrors):
    client, bundle, folder = mirrors
    goproxy = "https://reset.test,https://good.test"
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv (util-linux)")
    setpriv = ["setpriv", "--bounding-set=-net_raw,-net_admin", "--inh-caps=-all"]
    environment = {
        "HOME": str(folder),
        "SSL_CERT_FILE": bundle,
        "PYTHONPATH": str(ROOT),
        "GOPROXY": goproxy,
        "GOSUMDB": "off",
    }
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    argv = ["ip", "netns", "exec", client, *setpriv, sys.executable, "-m", "netanalyze", "doctor", "--probe", "--json"]
    done = subprocess.run(
        [*argv, "--client", "go"], capture_output=True, text=True, env=environment, cwd="/", timeout=60
    )
    told = json.loads(done.stdout)["probe"]
    assert not told["captured"]
    good, reset = told["mirrors"]
    assert (good["works"], reset["works"], reset["cause"]) == (True, False, None)
    assert reset["why"] == "the connection is cut after the ClientHello"
