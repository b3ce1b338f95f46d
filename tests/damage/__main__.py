"""How often a damaged recording makes a wrong verdict: ``python -m tests.damage [--json FILE] [WORD…]``.

Stories whose verdict is right (recipes, recordings, ordinary sessions of captures/) are damaged as recorders, filters and
people damage captures; then no more may be claimed than before. Counted by kind of damage: loud alarms where all was well (a
cause, or a finding, of 0.8 or more), loud wrong causes, and health claimed with more than 0.5 of a run that was ill
(``unseen``: of which the damage left nothing that would show it).
WORD: only damages or stories whose name has it.
"""

import argparse
import collections
import functools
import json
import multiprocessing
import tempfile
from pathlib import Path

from captures.build import recipe
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from tests.damage.damages import damaged
from tests.damage.recording import Frame, pcapng, read
from tests.rules.results import CAPTURES, RECIPES, RECORDED

LOUD, CLAIMED = 0.8, 0.5
PART_OF = {
    "tcp/one-address-dead": "tcp/syn-unanswered", "tcp/ipv6-fallback": "tcp/syn-unanswered",
    "local/ingress-dropped": "tcp/syn-unanswered", "dns/first-resolver-dead": "dns/resolver-unanswered",
    "dns/edns-dropped": "dns/resolver-unanswered", "dns/answer-unusable": "dns/resolver-unanswered",
    "http/connect-refused": "http/error-status",
}  # fmt: skip
"""What a reader sees of a cause in a file that holds a part of its frames alone."""


def stories():
    """``(name, frames)`` of everything there is."""
    for folder in RECIPES:
        for kind in ("hit", "near_miss"):
            told = getattr(recipe(folder), kind)
            told = told() if callable(told) else told
            told = told if isinstance(told, Timeline) else Timeline(told)
            frames = [Frame(ns, octets, len(octets)) for ns, octets in told.frames]
            if frames and set(told.options) <= {"resolution", "interface"}:
                yield f"{'/'.join(folder.parts[-2:])}/{kind}", frames
    for path in [folder / "capture.pcap" for folder in RECORDED] + sorted(CAPTURES.glob("ordinary/*/*.pcap")):
        yield str(path.relative_to(CAPTURES)), read(path)


def wrong(verdict, findings, truth, accepted, shown):
    """What a verdict claims loudly and wrongly, None nothing; ``truth`` is the status of the whole, ``shown`` whether the
    damaged capture still holds the frames that prove it."""
    if verdict.cause is not None:
        loud = verdict.confidence >= LOUD and verdict.cause not in accepted and not verdict.cause.startswith("capture/")
        return ("alarm" if truth == "healthy" else "cause") if loud else None
    if truth != "healthy":
        return (
            ("health" if shown else "unseen") if verdict.status == "healthy" and verdict.confidence > CLAIMED else None
        )
    if verdict.status not in ("healthy", "unusable") and verdict.confidence > CLAIMED:
        return "alarm"
    others = [
        f
        for f in findings
        if f.confidence >= LOUD and f.cause not in accepted and not f.cause.startswith(("capture/", "go/"))
    ]
    return "finding" if others else None


def tried(words, story):
    """A row for each damage of a story; none where the whole is not judged as it should be."""
    name, frames = story
    rows = []
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:

        def judged(octets):
            Path(file.name).write_bytes(octets)
            return analyze([file.name])

        was = judged(pcapng(frames))
        accepted = {f.cause for f in was.findings} | {a.cause for a in was.verdict.alternatives} | expected(name)
        truth = was.verdict.status
        if name.endswith("/hit") and was.verdict.cause not in expected(name):
            return []
        proving, until = proved_by(was)
        for kind, damage, octets, left in damaged(frames):
            if words and not any(word in f"{name} {kind} {damage}" for word in words):
                continue
            result, right = judged(octets), accepted
            if left is not None:
                right = accepted | {PART_OF[cause] for cause in accepted & PART_OF.keys()}
            verdict = result.verdict
            shown = left is None or (proving <= left and frames_until(frames, left) >= until)
            found = [f"{f.cause} {f.confidence:.2g}" for f in result.findings]
            rows.append({
                "story": name, "kind": kind, "damage": damage, "truth": f"{truth} {was.verdict.cause}",
                "wrong": wrong(verdict, result.findings, truth, right, shown),
                "status": verdict.status, "cause": verdict.cause,
                "confidence": round(verdict.confidence, 3), "summary": str(verdict.summary), "found": found,
                "diagnostics": [row.kind for row in result.capture.diagnostics],
            })  # fmt: skip
    return rows


def proved_by(result):
    """The numbers of the frames that prove a verdict, and the moment, ns, to which a capture must last to show it."""
    lead = result.findings[result.verdict.finding] if result.verdict.finding is not None else None
    if lead is None:
        return set(), result.capture.end_ns
    return {e.ref for e in lead.evidence if e.kind == "frame"}, lead.end_ns - (lead.end_ns - lead.start_ns) // 10


def frames_until(frames, left):
    """When the last of the frames left was captured."""
    ordered = sorted(frame.ns for frame in frames)
    return ordered[max(left) - 1]


def expected(name):
    """The causes that are right of a story beside those that the analysis of the whole found."""
    folder = CAPTURES / Path(name).parent
    told = RECIPES.get(folder, {}).get(Path(name).name, {})
    causes = [told.get("cause"), *told.get("also", ())]
    if (truth := RECORDED.get(folder)) is not None:
        causes += [truth.get("cause"), *truth["also_accept"], *truth["packets_only_accept"]]
    return {cause for cause in causes if cause}


def main():
    """Damage them all, count, and print what is left by kind."""
    parser = argparse.ArgumentParser(prog="python -m tests.damage", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, help="write every row here, a line each")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("words", nargs="*", metavar="WORD")
    options = parser.parse_args()
    with multiprocessing.Pool(options.processes) as pool:
        told = pool.imap_unordered(functools.partial(tried, options.words), stories(), chunksize=1)
        rows = [row for of in told for row in of]
    rows.sort(key=lambda row: (row["story"], row["damage"]))
    if options.json:
        options.json.write_text("".join(json.dumps(row) + "\n" for row in rows))
    counts = collections.Counter((row["wrong"], row["kind"]) for row in rows if row["wrong"])
    for (what, kind), count in sorted(counts.items()):
        print(f"{what:8} {kind:8} {count}")
    totals = collections.Counter(row["wrong"] for row in rows if row["wrong"])
    print(f"{len(rows)} analyses: " + ", ".join(f"{count} {what}" for what, count in sorted(totals.items())))


if __name__ == "__main__":
    main()
