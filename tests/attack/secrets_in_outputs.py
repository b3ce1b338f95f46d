"""Secrets seeded into everything that is recorded stand in nothing that is written, but for the frames' own octets."""

import contextlib
import importlib.util
import io
import json
import os
import re
import struct
import threading

from netanalyze.agents.server import tools
from netanalyze.api import analyze
from netanalyze.cli.main import run
from netanalyze.lab.reproduction.content import crossed_out
from netanalyze.live.status import StatusLine
from netanalyze.redaction import redacted, redacted_line
from tests.attack.register import attack
from tests.attack.seeded_recording import seeded
from tests.unit.redaction.secret_corpus import CORPUS, LONG, MARKER, leaks

OPTIONS_OF_FRAMES = 20
NAME = f"api_token={MARKER}.pcapng"
"""The recording's own name bears a secret too: a URL or a line was made a file's name."""


def without_frames(octets):
    """A pcapng file without its packets' octets: what is left is what somebody wrote about them."""
    left, at = [], 0
    while at + 12 <= len(octets):
        kind, length = struct.unpack_from("<II", octets, at)
        body = octets[at + 8 : at + length - 4]
        if kind == 6:
            captured = struct.unpack_from("<I", body, 12)[0]
            body = body[:OPTIONS_OF_FRAMES] + body[OPTIONS_OF_FRAMES + captured :]
        left.append(body)
        at += length
    return b"".join(left)


def has(package):
    """Whether an optional package is installed; without it nothing is written that could bear a secret."""
    return importlib.util.find_spec(package) is not None


def written(folder, arguments):
    """What a command prints, on both streams."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        run([str(argument) for argument in arguments])
    return out.getvalue()


@attack("secrets in a recording's notes, trace and HTTP heads, in every form of the report")
def seeded_into_a_recording(folder):
    capture = folder / NAME
    capture.write_bytes(seeded(CORPUS, [MARKER, LONG]))
    for form in ("html", "markdown", "summary"):
        out = folder / f"r.{form}"
        run(["analyze", str(capture), f"--{form}", str(out), "-q"])
        yield form, out.exists() and not leaks(out.read_bytes())
    for name, options in (
        ("JSON", ["--json"]),
        ("terminal", []),
        ("in Chinese", ["--lang", "zh"]),
        ("markdown -", ["--markdown", "-"]),
    ):
        printed = written(folder, ["analyze", capture, "-q", *options])
        yield name, len(printed) > 500 and not leaks(printed)
    for form in ("zeek", "zeek-json", "har", "trace", "csv"):
        out = folder / f"export-{form}"
        run(["export", str(capture), form, "-o", str(out), "-q"])
        made = [out] if out.is_file() else sorted(out.iterdir())
        yield f"export {form}", bool(made) and not any(leaks(path.read_bytes()) for path in made)
    out = folder / "proof.pcapng"
    printed = written(folder, ["slice", capture, "-o", out])
    yield "slice", out.exists() and not leaks(without_frames(out.read_bytes())) and not leaks(printed)
    with contextlib.redirect_stdout(io.StringIO()):
        result = analyze([capture])
    for number in range(min(len(result.findings), 5)):
        out = folder / f"finding-{number}.pcapng"
        printed = written(folder, ["slice", capture, "--finding", number, "-o", out])
        yield f"slice of finding {number}", not out.exists() or not leaks(without_frames(out.read_bytes()))
    import netanalyze

    opened = netanalyze.open(capture)
    yield "notebook", not leaks(opened._repr_html_())
    if has("pyarrow"):
        yield from in_tables(opened, folder)
    shown = written(folder, ["analyze", capture, "-q", "--no-redact"])
    yield "--no-redact says so", bool(leaks(shown)) and "not redacted" in re.sub(r"\s+", " ", shown)


@attack(
    "secrets in a recording, in what is made of it: other captures, datasets, figures, an agent's answers, a CI's reports"
)
def in_what_is_made_of_a_recording(folder):
    capture, out = folder / NAME, folder / "out"
    capture.write_bytes(seeded(CORPUS, [MARKER, LONG]))
    for name in ("annotate", "anonymise"):
        printed = written(folder, [name, capture, "-o", folder / f"{name}.pcapng"])
        octets = (folder / f"{name}.pcapng").read_bytes()
        octets = without_frames(octets) if name == "annotate" else octets
        yield name, len(octets) > 10_000 and not leaks(octets) and not leaks(printed)
    for form in ("--oneline", "--brief"):
        printed = written(folder, ["analyze", capture, form])
        yield form, len(printed) > 50 and not leaks(printed)
    run(["analyze", str(capture), "-q", "--junit", str(out)])
    yield "--junit", not leaks(out.read_bytes())
    for text in CORPUS["texts"]:
        line = text.encode("utf-8").replace(b"\n", b" ") + b"\r\n"
        yield f"reproduce: {text[:60]}", not leaks(crossed_out(line)) and len(crossed_out(line)) == len(line)
        framed = b"\x81\x7e\x00\x90" + line.strip() + b"\0\0\0\x0d"
        shown = crossed_out(framed)
        yield f"reproduce, in a binary message: {text[:60]}", not leaks(shown) and len(shown) == len(framed)
    printed = written(folder, ["settle", capture, "--dry-run"])
    yield "settle", bool(printed) and not leaks(printed)
    for tool, *arguments in (("analyze",), ("evidence", list(range(1, 41)))):
        answer = {one.__name__: one for one in tools([str(folder)])}[tool](str(capture), *arguments)
        yield f"mcp {tool}", len(repr(answer)) > 500 and not leaks(repr(answer))
    if has("matplotlib"):
        for kind in ("waterfall", "ladder"):
            printed = written(folder, ["plot", capture, kind, "-o", folder / f"{kind}.svg"])
            yield f"plot {kind}", not leaks(printed) and not leaks((folder / f"{kind}.svg").read_bytes())
    if has("pyarrow"):
        yield from in_a_dataset(capture, folder)


def in_a_dataset(capture, folder):
    """Each cell of a dataset, and what is said of it."""
    from pyarrow import parquet

    from netanalyze.fleet.dataset import Dataset
    from netanalyze.fleet.tasks import Task, analysed

    with Dataset(folder / "dataset") as dataset:
        dataset.add(analysed(Task(str(capture), "0" * 64, 1)))
    for path in sorted((folder / "dataset").rglob("*.parquet")):
        yield f"batch {path.parent.name}", not leaks(repr(parquet.read_table(path).to_pylist()))
    for form in ([], ["--html", "-"], ["--markdown", "-"]):
        yield f"summary {form}", not leaks(written(folder, ["summary", folder / "dataset", *form]))


def in_tables(opened, folder):
    """Every cell, and what the schema carries beside them."""
    from pyarrow import parquet

    for path in opened.to_parquet(folder / "tables"):
        table = parquet.read_table(path)
        yield f"table {path.stem}", not leaks(repr(table.to_pylist())) and not leaks(repr(table.schema))


@attack("secrets in what the status line says, on a terminal and in a file")
def on_the_status_line(folder):
    said = [*CORPUS["texts"], *(" ".join(redacted_line(argv)) for argv in CORPUS["command_lines"])]
    os.environ["TERM"] = "xterm"
    for name, (reading, writing) in (("terminal", os.openpty()), ("pipe", os.pipe())):
        os.set_blocking(reading, False)
        line = StatusLine(writing, True, threading.Lock())
        for number, text in enumerate(said):
            line.update((number + 1) * 10**12, 10**12, text, f"cause_{number}", f"{number}: {text}")
            octets = os.read(reading, 65_536)
            yield f"{name}: {text[:60]}", bool(octets) and not leaks(octets)
        os.close(reading)
        os.close(writing)


@attack("secrets in arguments that an error message quotes")
def quoted_by_errors(folder):
    for argv in CORPUS["command_lines"]:
        words = [word for word in argv if leaks(word) and "://" in word]
        for word in words:
            yield f"analyze {word[:40]}", not leaks(written(folder, ["analyze", word]))
    for option in (f"--password={MARKER}", f"--token={MARKER}"):
        yield f"an option that is none: {option}", not leaks(written(folder, ["analyze", option, "x"]))


ALONE = (
    ["pgbench", "postgresql://u@h/db?password={}"], ["curl", "--aws-sigv4", "aws:amz:x:y", "--user", "AKIA:{}"],
    ["x", "--auth-token", "{}"], ["x", "--bearer-token={}"], ["x", "-password", "{}"], ["x", "--client-secret={}"],
    ["x", "--clientSecret", "{}"], ["x", "--CLIENT_SECRET={}"], ["x", "--private-key", "{}"], ["x", "--pw={}"],
    ["x", "--pass", "{}"], ["x", "--jwt={}"], ["x", "--otp", "{}"], ["x", "--sas={}"], ["x", "--refresh-token", "{}"],
    ["x", "--id-token={}"], ["x", "--csrf={}"], ["x", "--webhook-secret={}"], ["x", "--signing-key", "{}"],
    ["x", "--encryption-key={}"], ["x", "--license-key={}"], ["x", "--db-password", "{}"], ["x", "--sudo-pass={}"],
    ["env", "PGPASSWORD={}", "psql"], ["env", "MYSQL_PWD={}", "mysql"], ["env", "NPM_CONFIG__AUTH={}", "npm"],
    ["env", "CI_JOB_TOKEN={}", "git"], ["env", "VAULT_TOKEN={}", "vault"], ["env", "HEROKU_API_KEY={}", "h"],
    ["env", "SENTRY_AUTH_TOKEN={}", "s"], ["env", "DATABASE_URL=postgres://u:{}@h/d", "x"],
    ["env", "REDIS_URL=redis://:{}@h", "x"],
    ["env", "TWILIO_AUTH_TOKEN={}", "x"], ["env", "GOOGLE_CREDENTIALS={}", "x"], ["env", "ANSIBLE_VAULT_PASSWORD={}", "x"],
    ["env", "COOKIE=a={}", "x"], ["env", "X_PASS={}", "x"],
    ["env", "DOCKER_AUTH_CONFIG={{\"auths\":{{\"h\":{{\"auth\":\"{}\"}}}}}}"],
    ["curl", "-H", "X-Goog-Api-Key: {}"], ["curl", "-H", "Ocp-Apim-Subscription-Key: {}"], ["curl", "-H", "X-JFrog-Art-Api: {}"],
    ["curl", "-H", "x-amz-security-token:{}"], ["curl", "-H", "Proxy-Authorization: Negotiate {}"], ["curl", "-H", "Api-Key:{}"],
    ["curl", "-H", "Cookie: SID={}"], ["curl", "-H", "DD-API-KEY: {}"], ["curl", "-H", "Authorization:{}"],
    ["curl", "https://h/?token={}#x"], ["curl", "https://h/?a=1&api_key={}&b=2"], ["curl", "https://h/?X-Goog-Signature={}"],
    ["curl", "https://h/?key={}"], ["curl", "https://h/?auth={}"], ["curl", "https://h/?pwd={}"], ["curl", "https://h/?sid={}"],
    ["curl", "https://h/?client_secret={}&grant_type=x"], ["curl", "https://h/?ticket={}"], ["curl", "https://h/?jwt={}"],
    ["curl", "https://u:{}@h:8443/p?q=1#f"], ["curl", "https://u%20x:{}@h"], ["curl", "https://u:a:b:{}@h"],
    ["curl", "https://u:a@b@{}@h/"], ["curl", "https://u:/{}@h/"], ["curl", "https://u:a/b/{}@h/c"], ["curl", "https://u:?{}@h"],
    ["curl", "sftp://u:{}@h/p"], ["curl", "ldaps://cn=x:{}@h"], ["curl", "amqp://u:{}@h/v"], ["curl", "smb://d;u:{}@h/s"],
    ["curl", "rediss://default:{}@h:6380/0"], ["curl", "-d", "user=u&passwd={}&x=1"], ["curl", "-d", "{{\"apiKey\": \"{}\"}}"],
    ["curl", "-d", "{{\"user\":{{\"password\":\"{}\"}}}}"], ["curl", "-d", "{{'token': '{}'}}"],
    ["curl", "-d", "<password>{}</password>"],
    ["curl", "--data-raw", "token={}"], ["curl", "--form-string", "secret={}"], ["curl", "-dpassword={}"],
    ["sh", "-c", "export A_TOKEN={}; go build"], ["sh", "-c", "A_TOKEN='{}' go build"], ["sh", "-c", "curl -u 'me:{}' h"],
    ["sh", "-c", "cmd --password \"{}\" x"], ["sh", "-c", "mysql -p{} x"], ["bash", "-xc", "echo x | x --token={}"],
    ["ssh", "h", "export T_TOKEN={}; x"], ["docker", "exec", "-e", "T_SECRET={}", "c", "x"], ["docker", "login", "-p{}", "h"],
    ["svn", "--password", "{}", "co"], ["hg", "--config", "auth.x.password={}", "pull"], ["rsync", "--password={}", "a", "b"],
    ["ansible", "-e", "ansible_password={}"], ["terraform", "apply", "-var", "db_password={}"], ["vault", "login", "token={}"],
    ["git", "clone", "https://x-access-token:{}@github.com/a/b"], ["git", "-c", "http.proxy=http://u:{}@p:1", "fetch"],
    ["cargo", "publish", "--token", "{}"], ["gem", "push", "--key", "{}"], ["gh", "secret", "set", "--token", "{}"],
    ["nuget", "push", "-ApiKey", "{}"], ["dotnet", "nuget", "push", "--api-key", "{}"],
    ["helm", "repo", "add", "--password", "{}"],
)  # fmt: skip


@attack("secrets on command lines of many programs")
def on_command_lines(folder):
    for argv in ALONE:
        seed = [word.format(MARKER) for word in argv]
        assert leaks(seed)
        yield " ".join(seed)[:80], not leaks(redacted_line(seed))
        if not any("-p{" in word for word in argv):  # what -p means only a command line's first word tells
            text = " ".join(json.dumps(word) if " " in word else word for word in seed)
            yield f"as one text: {text[:70]}", not leaks(redacted(text))


@attack("a live run with every secret of the corpus on its command line", long=True)
def in_a_live_run(folder):
    words = [word for argv in CORPUS["command_lines"] for word in argv if "\0" not in word]
    capture, page, facts = folder / "l.pcapng", folder / "l.html", folder / "l.json"
    options = ["-i", "lo", "--quiet", "-w", str(capture), "--html", str(page), "--json-to", str(facts)]
    before = dict(os.environ)
    os.environ |= {
        name: value for case in CORPUS["environments"] for name, value in case["given"].items() if name != "PATH"
    }
    try:
        run(["live", *options, "--", "sh", "-c", "sleep 0.6", *words])
    finally:
        os.environ.clear()
        os.environ.update(before)
    for path in (capture, page, facts):
        octets = path.read_bytes()
        yield path.name, not leaks(without_frames(octets) if path == capture else octets)
