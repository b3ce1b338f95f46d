"""Slices: the proof alone, whole flows, comments, and back again."""

import pytest

import netanalyze
from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine
from netanalyze.wording import english


def frames_of(path):
    """(time ns, octets) of each frame, and the comments by frame number."""
    frames, interfaces = [], None
    with open_source([path], Diagnostics(), Engine(mode="plain")) as source:
        for batch in source.batches():
            for start, captured, original, time_ns, *_ in batch.frames.tolist():
                frames.append((time_ns, original, batch.buffer[start : start + captured].tobytes()))
        comments, interfaces = list(source.comments), source.interfaces.rows
    return frames, comments, interfaces


def test_the_proof_alone_with_what_it_shows(hang, recorded, tmp_path):
    out = tmp_path / "proof.pcapng"
    written = hang.save(out, findings=[0])
    frames, comments, interfaces = frames_of(out)
    proof = hang.finding(0).frames
    assert written == len(frames) >= len(set(proof))
    originals, _, whence = frames_of(recorded("client-hello-dropped"))
    assert set(frames) <= set(originals)
    assert interfaces[0].link_type == whence[0].link_type
    said = [text for number, text in comments if number is not None]
    for evidence in hang.finding(0).evidence:
        assert any(text.endswith(f": {english(evidence.shows)}") for text in said)
    assert f"frame {proof[0]} of capture.pcap" in said
    assert any("netanalyze" in text for number, text in comments if number is None)


def test_without_numbers_the_verdicts_finding_is_saved(hang, tmp_path):
    assert hang.save(tmp_path / "a.pcapng") == hang.save(tmp_path / "b.pcapng", findings=[hang.verdict.finding])


def test_a_whole_flow_analyses_to_the_same_verdict(hang, tmp_path):
    out = tmp_path / "flow.pcapng"
    assert hang.save(out, flows=[2]) == len(hang.flow(2).packets)
    again = netanalyze.open(out)
    assert again.verdict.cause == hang.verdict.cause
    assert len(again.flows) == 1
    both = hang.save(tmp_path / "both.pcapng", findings=[0], whole_flow=True)
    assert both >= len(hang.flow(2).packets)


def test_frames_of_a_later_batch_come_too(lossy, tmp_path):
    last = int(lossy.flows["last_frame"].max())
    out = tmp_path / "flow.pcapng"
    lossy.save(out, flows=[2])
    _, comments, _ = frames_of(out)
    assert f"frame {last} of capture.pcap" in [text for _, text in comments]


def test_what_cannot_be_written_is_said(hang, healthy, recorded, tmp_path):
    out = tmp_path / "x.pcapng"
    with pytest.raises(IndexError, match="no finding 7"):
        hang.save(out, findings=[7])
    with pytest.raises(IndexError, match="no flow 77"):
        hang.save(out, flows=[77])
    with pytest.raises(ValueError, match="names no finding"):
        healthy.save(out)
    with pytest.raises(netanalyze.CaptureError, match="is the capture itself"):
        hang.save(recorded("client-hello-dropped"), findings=[0])
    assert not out.exists()
