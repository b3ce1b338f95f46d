"""Only one direction was captured.

What it finds
    Every flow that is judged has packets of one side alone, one of them three
    or more, and that side acknowledges octets which the file does not have.

Why a program hangs
    Nothing says so. With one half of each conversation nobody can tell silence
    from an answer that went past the recorder.

What to do
    Record at an end of the connection rather than in the middle, on every
    interface, with a filter that keeps both directions:
        sudo tcpdump -i any -w hang.pcap host ADDRESS
        ip route get ADDRESS                # and the way back, on the other end
    On a switch, mirror the port's traffic in both directions.

Look-alikes
    tcp/syn-unanswered and tcp/path-death are one-sided too, but their side
    acknowledges nothing that is missing. capture/lossy has both directions,
    with holes in them.

Known false alarms
    A capture cut down afterwards with a filter such as "src host"; asymmetric
    routing, where each router truly sees one half.

References
    RFC 9293 section 3.10.7.4 (an acknowledgment is of something received);
    pcap-filter(7).
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.capture._advice import LIVE, ON_ANY
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause, Precedence
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Culprit, Finding, frames

CAUSE = Cause(
    "capture/one-way",
    meaning="The capture shows one direction of the traffic only.",
    headline="Only one direction was captured: what the other side said is missing.",
    precedence=Precedence.BEFORE_ALL,
)
ONE_SIDE_ALONE = Proved(
    0.9, "every flow has packets of one side alone, which acknowledges what is not there", Basis.FRAMES,
    "what is acknowledged was sent; why it was not recorded is open",
)  # fmt: skip


def check(case: Case) -> Iterator[Finding]:
    """Every flow with data has packets of one side alone, and acknowledges what is not there."""
    if "one_way_capture" not in case.diagnostics:
        return
    flows = [f for f in case.flows if f.client.packets + f.server.packets >= 3]
    if not flows or any(f.client.packets and f.server.packets for f in case.flows):
        return
    first = flows[0]
    yield CAUSE.finding(
        Culprit("client-host"),
        (case.start_ns, case.end_ns),
        "the capture has one direction only: what the other side said cannot be judged",
        frames(
            (first.first_frame, "first packet of a flow of which one side is missing"), (first.last_frame, "its last")
        ),
        confidence(ONE_SIDE_ALONE),
    )


ADVICE = Page(
    where=offers("the recording: one direction is not in it"),
    fix=offers(LIVE, Offer("On a switch: mirror both directions of the port")),
    verify=ON_ANY,
    no_use=offers("judging from one direction who was silent"),
)
