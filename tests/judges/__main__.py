"""Foreign programs read what ``netanalyze export`` writes: ``python -m tests.judges [CAPTURE…]``.

zat reads the Zeek logs, har-schema the HAR, Speedscope the trace events in a headless Chromium; there axe-core looks at the HTML
reports, in both languages, light and dark, wide and narrow. What is missing of them is
installed by pip and npm into the folder that ``--folder`` names, else into one that is removed. Exit status 1: one of them
read something else than was written, or turned it down.
"""

import argparse
import base64
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "report"))

from browser import CHROMIUM, browser  # noqa: E402

from netanalyze import analyze  # noqa: E402
from netanalyze.export import FORMATS  # noqa: E402
from netanalyze.report import html  # noqa: E402
from netanalyze.report.language import LANGUAGES  # noqa: E402

ZAT = """
import json, sys, contextlib
from zat.log_to_dataframe import LogToDataFrame
from zat.zeek_log_reader import ZeekLogReader
told = {}
for path in sys.argv[1:]:
    with contextlib.redirect_stdout(sys.stderr):
        frame, rows = LogToDataFrame().create_dataframe(path), list(ZeekLogReader(path).readrows())
    told[path] = {"frame": len(frame), "rows": [{k: str(v) for k, v in row.items()} for row in rows]}
json.dump(told, sys.stdout)
"""
HAR = """
const fs = require('fs'), Ajv = require('ajv'), schemas = Object.values(require('har-schema'));
const ajv = new Ajv({allErrors: true, schemaId: 'auto'});
ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-06.json'));
schemas.forEach(schema => ajv.addSchema(schema));
const valid = ajv.getSchema('har.json#'), told = {};
for (const path of process.argv.slice(1)) {
  const fits = valid(JSON.parse(fs.readFileSync(path)));
  told[path] = fits ? [] : valid.errors.map(error => error.dataPath + ' ' + error.message);
}
console.log(JSON.stringify(told));
"""


def installed(folder: Path) -> None:
    """Have the judges in the folder."""
    if not (folder / "venv" / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
        subprocess.run([str(folder / "venv" / "bin" / "pip"), "install", "-q", "zat>=0.4"], check=True)
    if not all((folder / "node_modules" / name).exists() for name in ("speedscope", "axe-core")):
        (folder / "package.json").write_text('{"private": true}')
        wanted = ["har-schema@2", "ajv@6", "speedscope@1", "axe-core@4"]
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", *wanted], cwd=folder, check=True)


def written(captures: list[Path], folder: Path) -> list[Path]:
    """A folder for each capture, with its exports."""
    made = []
    for number, capture in enumerate(captures):
        out = folder / f"{number:03}-{capture.parent.name}-{capture.stem}"
        out.mkdir()
        words = capture.parent / "go.stderr.txt"
        result = analyze(str(capture), trace=words.read_text() if words.exists() else None)
        for language in LANGUAGES:
            (out / f"report.{language}.html").write_text(html.render(result, language), encoding="utf-8")
        for form in ("zeek", "har", "trace"):
            for name, octets in FORMATS[form].files(result):
                (out / name).write_bytes(octets)
        made.append(out)
    return made


def zat(folder: Path, made: list[Path]) -> list[str]:
    """What zat reads otherwise: each row and value of each log, but for numbers and times, which it makes its own types of."""
    logs = [str(path) for out in made for path in sorted(out.glob("*.log"))]
    python = str(folder / "venv" / "bin" / "python")
    done = subprocess.run([python, "-W", "ignore", "-c", ZAT, *logs], capture_output=True, text=True, check=True)
    wrong = []
    for path, told in json.loads(done.stdout).items():
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        fields = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
        types = next(line for line in lines if line.startswith("#types")).split("\t")[1:]
        rows = [line.split("\t") for line in lines if not line.startswith("#")]
        if not len(rows) == told["frame"] == len(told["rows"]):
            wrong.append(f"{path}: {len(rows)} rows, zat has {told['frame']} and {len(told['rows'])}")
        for row, other in zip(rows, told["rows"]):
            for name, kind, value in zip(fields, types, row):
                if kind in ("string", "addr", "enum") and value not in ("-", other.get(name)):
                    wrong.append(f"{path}: {name} {value!r}, zat has {other.get(name)!r}")
    return wrong


def har(folder: Path, made: list[Path]) -> list[str]:
    """What the schema of HAR turns down."""
    paths = [str(out / "archive.har") for out in made]
    done = subprocess.run(["node", "-e", HAR, *paths], cwd=folder, capture_output=True, text=True, check=True)
    return [f"{path}: {error}" for path, errors in json.loads(done.stdout).items() for error in errors]


def speedscope(folder: Path, made: list[Path]) -> list[str]:
    """Traces that Speedscope does not show: the ledger by its name, and so many profiles as there are rows with spans."""
    wrong = []
    page = (folder / "node_modules" / "speedscope" / "dist" / "release" / "index.html").resolve()
    with browser() as tab:
        for out in made:
            octets = (out / "trace.json").read_bytes()
            spans = [event for event in json.loads(octets)["traceEvents"] if event["ph"] == "X"]
            rows = {(event["pid"], event["tid"]) for event in spans}
            if not rows:
                continue
            loaded = out / "trace.js"  # as Speedscope's own command hands a file to its page
            loaded.write_text(f'speedscope.loadFileFromBase64("trace.json", "{base64.b64encode(octets).decode()}")')
            tab.ask("Page.navigate", {"url": "about:blank"})
            tab.ask("Page.navigate", {"url": f"{page.as_uri()}#localProfilePath={loaded}"})
            shown = "(document.body?.innerText ?? '')"
            tab.until(f"/where the time went|could not|unable|error/i.test({shown})", 30)
            text = tab.run(shown)
            told = [str(word.get("value")) for entry in tab.console for word in entry.get("args", ())]
            wrong += [f"{out}: {line}" for line in told if line.startswith(("ts=", "Frame ", "Could not"))]
            tab.console.clear()
            if f"/{len(rows)})" not in text and len(rows) > 1:
                wrong.append(f"{out}: {len(rows)} rows with spans, Speedscope shows {' '.join(text.split())[:200]!r}")
    return wrong


def axe(folder: Path, made: list[Path]) -> list[str]:
    """What axe-core turns down in the reports, all that is folded opened."""
    script = (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    asked = "axe.run().then(said => said.violations.map(each => `${each.id}: ${each.nodes[0].html.slice(0, 150)}`))"
    wrong = []
    with browser() as tab:
        for path in (path for out in made for path in sorted(out.glob("report.*.html"))):
            for scheme, width in itertools.product(("light", "dark"), (1200, 400)):
                scheme_wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
                tab.ask("Emulation.setEmulatedMedia", scheme_wanted)
                tab.size(width, 900)
                tab.show(path)
                tab.run("[...document.querySelectorAll('details')].forEach(one => one.open = true)")
                tab.run(f"{script};1")
                wrong += [f"{path}, {scheme}, {width}: {said}" for said in tab.run(asked)]
    return wrong


def main() -> int:
    """Ask the judges, and tell what they say."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captures", nargs="*", type=Path, metavar="CAPTURE", help="else every fifth of captures/")
    parser.add_argument("--folder", type=Path, help="where the judges are, or are installed and stay")
    given = parser.parse_args()
    captures = given.captures or sorted((ROOT / "captures").rglob("*.pcap*"))[::5]
    wrong = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.folder or Path(temporary) / "judges").resolve()
        folder.mkdir(parents=True, exist_ok=True)
        installed(folder)
        exports = Path(temporary) / "exports"
        exports.mkdir()
        made = written(captures, exports)
        judges = {"zat": zat, "har-schema": har, **({"speedscope": speedscope, "axe-core": axe} if CHROMIUM else {})}
        for name, judge in judges.items():
            found = judge(folder, made)
            wrong += found
            print(f"{name}: {len(made)} exports, {len(found)} that it reads otherwise")
            print("\n".join(f"  {line}" for line in found[:20]), end="\n" if found else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
