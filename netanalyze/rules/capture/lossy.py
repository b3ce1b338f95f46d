"""The capture itself lost frames, so that no verdict on loss is safe."""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.rules import Observations

SHARE = Threshold(
    0.01, "of frames", source="Paxson, IMC 2004 (Strategies for Sound Internet Measurement): judge the filter's drops first",
    why="at 1 % the capture's own losses outnumber those of most networks",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Frames dropped by the capturing kernel above SHARE, or both sides acknowledging what is not there."""
    dropped = seen.diagnostics.count("kernel_drops")
    both = seen.diagnostics.count("capture_lossy")
    share = dropped / max(seen.total_packets + dropped, 1)
    if share < SHARE.value and not both:
        return
    rows = [r for r in seen.diagnostics.rows() if r.kind in ("kernel_drops", "capture_lossy")]
    frame = next((r.first_frame for r in rows if r.first_frame), None) or (seen.flows[0].first_frame if seen.flows else 1)
    yield Finding(
        cause="capture/lossy",
        culprit=Culprit("client-host"),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message=f"the capture lacks frames: {rows[0].meaning}",
        evidence=frames((frame, "the first place where one is missing, or the first frame of the capture")),
        confidence=0.7,
        quantities={"dropped": dropped, "share": round(share, 4)},
    )
