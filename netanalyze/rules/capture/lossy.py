"""The capture itself lost frames, so that no verdict on loss is safe.

What it finds
    Drops that the recorder has counted come to SHARE (1 %) of all frames or
    more; or ten segments and more, in two connections at the least, are
    acknowledged by their receivers and missing in the file.

Why a program hangs
    It need not hang at all: what the recorder missed was delivered. In the file
    it looks like loss, like silence, or like an answer that never came, and
    rules that count those would blame somebody for it.

What to do
    Record again, less and with more room: heads only, a larger buffer, a local
    disk.
        sudo tcpdump -i any -s 300 -B 65536 -w hang.pcap host ADDRESS
    Then look at tcpdump's last line, "packets dropped by kernel".

Look-alikes
    tcp/loss and tcp/outage show retransmissions, not acknowledgments of what is
    missing. capture/one-way lacks a whole direction; here both are there, with
    holes.

Known false alarms
    The counter belongs to the interface, not to the command: drops of other
    traffic count, though the flows that are judged may be whole. Its drops may
    also lie before the run.

References
    pcap_stats(3PCAP); packet(7), PACKET_STATISTICS; pcapng
    (draft-ietf-opsawg-pcapng), Interface Statistics Block, isb_ifdrop.
"""

from collections.abc import Iterator

from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.rules import Observations
from netanalyze.wording import message

SHARE = Threshold(
    0.01, "of frames",
    source="pcap_stats(3PCAP) and pcapng isb_ifdrop count the recorder's own drops; the limit is chosen here",
    why="half of tcp/loss's RATE: from there on the capture's losses could be taken for the network's",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """Frames dropped by the capturing kernel above SHARE, or both sides acknowledging what is not there."""
    dropped = seen.diagnostics.count("kernel_drops")
    both = seen.diagnostics.count("capture_lossy")
    share = dropped / max(seen.total_packets + dropped, 1)
    if share < SHARE.value and not both:
        return
    rows = [r for r in seen.diagnostics.rows() if r.kind in ("kernel_drops", "capture_lossy")]
    frame = next((r.first_frame for r in rows if r.first_frame), None) or (
        seen.flows[0].first_frame if seen.flows else 1
    )
    yield Finding(
        cause="capture/lossy",
        culprit=Culprit("client-host"),
        start_ns=seen.start_ns,
        end_ns=seen.end_ns,
        message=message("the capture lacks frames: {what}", what=rows[0].meaning),
        evidence=frames((frame, "the first place where one is missing, or the first frame of the capture")),
        confidence=0.7,
        quantities={"dropped": dropped, "share": round(share, 4)},
    )
