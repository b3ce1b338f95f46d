"""What is remarked on the frames of a recording: what they prove, and whose they are, as Wireshark shows comments."""

from collections import defaultdict

from netanalyze.processes import Processes
from netanalyze.result import Result
from netanalyze.wording import english

FRAMES_MOST = 10_000
"""Frames that get a remark, at the most."""


def remarks(result: Result, processes: Processes | None = None) -> dict[int, list[str]]:
    """Comments by frame number: the evidence of every finding, the verdict's first, and the process of each flow."""
    found: dict[int, list[str]] = defaultdict(list)
    verdict = result.verdict
    order = sorted(range(len(result.findings)), key=lambda i: (i != verdict.finding, i))
    for index in order:
        finding = result.findings[index]
        title = f"verdict {verdict.status}: {finding.cause}" if index == verdict.finding else finding.cause
        for evidence in finding.evidence:
            if evidence.kind == "frame" and isinstance(evidence.ref, int):
                found[evidence.ref].append(f"netanalyze: {title}: {english(evidence.shows)}")
    if processes is not None:
        for frame, pid in zip(result.flows.first_frame.tolist(), result.flows.pid.tolist()):
            process = processes.process(pid) if pid else None
            if process is not None:
                # in ptcpdump's words, which it and its readers look for
                found[frame].append(f"PID: {process.pid}\nCmd: {process.argv[0] if process.argv else process.name}"
                                         f"\nArgs: {' '.join(process.argv[1:])}")  # fmt: skip
    return {frame: list(dict.fromkeys(texts)) for frame, texts in list(found.items())[:FRAMES_MOST]}
