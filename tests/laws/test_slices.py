"""A slice keeps every frame that is cited, and enough beside them: its analysis comes to the same verdict."""

import pytest

from netanalyze.api import analyze
from netanalyze.notebook.reading import FrameReader
from netanalyze.notebook.slices import write_slice
from netanalyze.result.display_filter import proof_frames
from tests.house.sources import ROOT

CAPTURES = ROOT / "captures"
FILES = [*sorted(CAPTURES.glob("*/*/*.pcapng")), *sorted(CAPTURES.glob("recorded/*/capture.pcap*"))]


def judged(result):
    """What must stay: how it went, why, who."""
    culprit = result.verdict.culprit
    return result.verdict.status, result.verdict.cause, culprit


def cited(result):
    """The frames of the verdict's finding and of its proof."""
    of_finding = {e.ref for e in result.root.evidence if e.kind == "frame"}
    return of_finding | set(proof_frames(result.verdict))


def octets_of(path, numbers=None):
    """Time and octets of the frames of a capture, or of some of them, in order."""
    found = []

    def take(batch, packets, interfaces):
        for row, (start, captured, _, time_ns, *_) in enumerate(batch.frames.tolist()):
            if numbers is None or batch.first_frame_number + row in numbers:
                found.append((time_ns, batch.buffer[start : start + captured].tobytes()))
        return False

    FrameReader((str(path),)).read(take)
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CAPTURES).with_suffix("")))
def test_its_verdict_is_that_of_the_whole(path, tmp_path):
    result = analyze([str(path)])
    out = tmp_path / "slice.pcapng"
    if result.verdict.finding is None or not cited(result):
        with pytest.raises(ValueError, match=r"names no finding|no frames prove"):
            write_slice(result, FrameReader((str(path),)), out)
        return
    written = write_slice(result, FrameReader((str(path),)), out)
    kept = octets_of(out)
    assert written == len(kept)
    assert set(octets_of(path, cited(result))) <= set(kept)
    assert judged(analyze([str(out)])) == judged(result)


@pytest.mark.parametrize("name", ["loss", "mtu-black-hole-down", "outage"])
def test_the_proof_alone_is_the_proof_alone(name, tmp_path):
    (path,) = (CAPTURES / "recorded" / name).glob("capture.pcap*")
    result = analyze([str(path)])
    out = tmp_path / "proof.pcapng"
    assert write_slice(result, FrameReader((str(path),)), out, whole_flow=False) == len(cited(result))
    assert octets_of(out) == octets_of(path, cited(result))
