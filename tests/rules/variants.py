"""Near misses made of each recipe's captures: a frame less, cut short, faster, slower, by a coarse clock, beside other traffic.

A rule is kept apart from the others by conditions that its one hit and one near miss cannot all try. What becomes of the
story when one thing about it is different is written down, a line for each variant.
"""

from captures import build
from captures.recipes.pcapng import pcapng
from captures.recipes.timeline import Timeline
from netanalyze.api import analyze
from netanalyze.units import SECOND_NS
from tests.rules import ordinary

LESS, CUT, PACES = 5, (0.4, 0.8), (0.2, 3)
"""So many frames are left out, one at a time; where the file ends, as a part of its frames; how long it takes."""
CLIENT_MAC = bytes.fromhex("02000000000a")


def timeline(folder, kind):
    """A recipe's hit or near miss."""
    told = getattr(build.recipe(folder), kind)
    told = told() if callable(told) else told
    return told if isinstance(told, Timeline) else Timeline(told)


def variants(frames):
    """``(what is different, frames, how they are analysed)`` for each variant of some frames."""
    start, end, count = frames[0][0], frames[-1][0], len(frames)
    for index in sorted({part * (count - 1) // (LESS - 1) for part in range(LESS)}):
        yield f"without frame {index + 1}", frames[:index] + frames[index + 1 :], {}
    for last in sorted({int(count * part) for part in CUT} - {0}):
        yield f"ends with frame {last}", frames[:last], {}
    for pace in PACES:
        yield f"takes {pace} times as long", [(start + int((at - start) * pace), octets) for at, octets in frames], {}
    yield "by a clock of whole seconds", [(at // SECOND_NS * SECOND_NS, octets) for at, octets in frames], {}
    sent = [frame for frame in frames if frame[1][6:12] == CLIENT_MAC]
    if sent:
        yield "only what was sent", sent, {}
    for name, begins in (("during which", (start + end) // 2), ("after which", end + SECOND_NS)):
        page = ordinary.browses(port=52001, start=begins, server="198.51.100.77:443", name="aside.example.org")
        yield f"{name} a page loads", sorted(frames + page.frames, key=lambda frame: frame[0]), {}
    yield "of curl", frames, {"client": "curl"}


def lines(folder, kind, path):
    """A line for each variant: the verdict, and what was found; ``path`` is where captures are written."""
    told = timeline(folder, kind)
    comments = told.run.comments() if told.run is not None else ()
    for name, frames, how in variants(told.frames):
        path.write_bytes(pcapng(frames, comments=comments, **told.options))
        result = analyze([path], **how)
        verdict = result.verdict
        found = ", ".join(
            f"{f.cause} {(f.end_ns - f.start_ns) / 1e9:.3f} s {f.confidence:.3g}" for f in result.findings
        )
        blamed = f"{verdict.cause} {verdict.culprit.role}" if verdict.cause else "no cause"
        yield f"{name}: {verdict.status} {blamed} {verdict.seconds:.3f} s {verdict.confidence:.3g} | {found}".strip(
            " |"
        )
