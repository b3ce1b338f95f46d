"""Everything stopped for a while, and came back.

What it finds
    One or two gaps in a flow that ended with progress, in which one side was not
    heard for PATIENCE (1.2 s) or longer, and the path was gone: two or more
    repeats in vain, or a server that goes on with octets it had sent before, or
    begins again with one segment. Three such gaps and more are tcp/loss. Or the
    client gave up, and then came what lies behind octets that never did.

Why a program hangs
    It costs more than it lasted: repeats come at doubling distances, so after 8
    s of outage the next one may be due only at 15 s; and then what was lost is
    repaired, and the window grows anew (quantity repair, s). If it lasts longer than a
    timer (10 s TLS, 30 s dial), the run ends instead.

What to do
    It is over. If it returns, see what the link does meanwhile:
        ping -D -i 0.2 HOST | tee ping.log
        journalctl -k --since -10min | grep -iE 'link|wlan|carrier|wg|tun'
    Wi-Fi roaming, VPN rekeying and link changes are the usual ones.

Look-alikes
    tcp/path-death: it did not come back. http/body-stalled: the server paused,
    and goes on with nothing repeated. tcp/loss: single segments. local/busy:
    this machine itself stood still.

Known false alarms
    A laptop that slept, a virtual machine that was paused or moved: everything
    stops, and the network is innocent.

References
    RFC 6298 sections 5.5 to 5.7 (back-off); tcp(7), tcp_retries2; measured: 8 s
    of outage cost 15 s.
"""

from collections.abc import Iterator

from netanalyze.causes.advice.form import Offer, Page, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, PATH_CHECK, RUN_AGAIN, SUMDB_OFF
from netanalyze.causes.case import Case
from netanalyze.causes.cause import Cause
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.transfers.outages import OFTEN, closes, interrupted, interruptions, silence
from netanalyze.flows.transfers.transfers import transfers
from netanalyze.units import duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "tcp/outage",
    meaning="For some time nothing at all got through, and then everything again.",
    headline="The path to {place} was gone for a while, and came back.",
    guarded_by="body",
    silent=True,
    spans_hosts=True,
    fits=("tls-handshake-timeout", "client-timeout", "too-slow", "read-timeout"),
    undermined_by=("capture_lossy", "kernel_drops"),
)

PATIENCE = Threshold(
    1.2, "s",
    source="RFC 6298 section 2.4 (1 s) and Linux TCP_RTO_MIN (0.2 s): one lost segment is repaired after one time-out",
    why="longer, the repeats were lost too: not one segment, but the path was gone",
)  # fmt: skip
CAME_BACK = Proved(
    0.7, "a gap of 1.2 s or longer that retransmission ended, after which all went on", Basis.FRAMES,
    "a repeat that was lost by chance makes one as long",
)  # fmt: skip
REPEATED = Proved(
    0.85, "this side repeated twice or more meanwhile, in vain", Basis.FRAMES, "so many are not lost by chance; where, is open"
)  # fmt: skip
CAME_BACK_AFTER = "nothing passed for {time}, then the path came back: {why}"
GIVEN_UP = "nothing passed for {time}, and the client gave up; then the path came back: {why}"


def check(case: Case) -> Iterator[Finding]:
    """A gap of PATIENCE or longer that retransmission ended, and after which the flow went on."""
    for flow in case.index.eventful:
        broken = interruptions(flow)
        if len(broken) >= OFTEN:
            continue  # tcp/loss
        outages = [gap for gap in broken if silence(flow, gap) >= PATIENCE.ns]
        for gap in outages:
            repair = sum(one.repair_ns(outages) for one in transfers(flow)) if gap is outages[0] else 0
            yield CAUSE.finding(
                case.path(flow),
                (gap.start_ns, gap.end_ns),
                message(
                    GIVEN_UP if closes(gap) else CAME_BACK_AFTER,
                    time=duration(gap.end_ns - gap.start_ns), why=interrupted(flow, gap),
                ),
                frames(
                    (gap.last_frame, "the last before it"),
                    (gap.first_resent_frame, "first retransmission meanwhile"),
                    (gap.last_resent_frame if gap.last_resent_frame != gap.first_resent_frame else 0, "last one"),
                    (gap.next_frame, "the first after it"),
                ),
                confidence(CAME_BACK, REPEATED.when(gap.resent_0 >= 2)),
                flow,
                fatal=closes(gap),
                quantities={"resent": gap.resent_0 + gap.resent_1} | ({"repair": round(seconds(repair), 3)} if repair else {}),
            )  # fmt: skip


ADVICE = Page(
    where=offers("path: gone for a while, and back; server not guilty"),
    fix=offers(
        RUN_AGAIN, "If it returns: see what the link does (Wi-Fi, VPN)", Offer("See it", "ping -D -i 0.2 {target}")
    ),
    verify=PATH_CHECK,
    no_use=offers(CLEAN_CACHE, SUMDB_OFF),
)
