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

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, Precedence
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding, Threshold, frames
from netanalyze.wording import message

CAUSE = Cause(
    "capture/lossy",
    meaning="The recorder itself missed so many frames that nothing safe can be said about loss on the network.",
    headline="The capture itself lost frames: no verdict on loss is safe.",
    precedence=Precedence.LAST,
)

SHARE = Threshold(
    0.01, "of frames",
    source="pcap_stats(3PCAP) and pcapng isb_ifdrop count the recorder's own drops; the limit is chosen here",
    why="half of tcp/loss's RATE: from there on the capture's losses could be taken for the network's",
)  # fmt: skip
FRAMES_MISSING = Proved(
    0.7, "the recorder counts what it dropped, or both sides acknowledge again and again what is not there", Basis.FRAMES,
    "loss before the recorder is not excluded",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Frames dropped by the capturing kernel above SHARE, or both sides acknowledging what is not there."""
    dropped = case.diagnostics.count("kernel_drops")
    both = case.diagnostics.count("capture_lossy")
    share = dropped / max(case.total_packets + dropped, 1)
    if share < SHARE.value and not both:
        return
    rows = [r for r in case.diagnostics.rows() if r.kind in ("kernel_drops", "capture_lossy")]
    frame = next((r.first_frame for r in rows if r.first_frame), None) or (
        case.flows[0].first_frame if case.flows else 1
    )
    yield CAUSE.finding(
        Culprit("client-host"),
        (case.start_ns, case.end_ns),
        message("the capture lacks frames: {what}", what=rows[0].meaning),
        frames((frame, "the first place where one is missing, or the first frame of the capture")),
        confidence(FRAMES_MISSING),
        quantities={"dropped": dropped, "share": round(share, 4)},
    )


ADVICE = Page(
    where=offers("the recording, not the network: frames are missing in it"),
    fix=offers(
        Offer("Record heads only, with a large buffer", "sudo tcpdump -i any -s 300 -B 65536 -w hang.pcap"),
        Offer("Record only the hosts in question", "sudo tcpdump -i any -w hang.pcap host {target}"),
    ),
    verify=commands("sudo tcpdump -i any -s 300 -B 65536 -c 20000 -w /dev/null"),
    no_use=offers("counting losses in this file"),
)
