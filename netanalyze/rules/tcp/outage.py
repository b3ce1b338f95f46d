"""Everything stopped for a while, and came back.

What it finds
    One or two gaps in a flow that ended with progress, in which one side was not
    heard for PATIENCE (1.2 s) or longer, and the path was gone: two or more
    repeats in vain, or a server that goes on with octets it had sent before, or
    begins again with one segment. Three such gaps and more are tcp/loss.

Why a program hangs
    It costs more than it lasted: repeats come at doubling distances, so after 8
    s of outage the next one may be due only at 15 s. If it lasts longer than a
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

from netanalyze.findings import Finding, Threshold, frames
from netanalyze.flows.outages import OFTEN, interrupted, interruptions, silence
from netanalyze.rules import Observations
from netanalyze.units import duration
from netanalyze.wording import message

UNDERMINED_BY = ("capture_lossy", "kernel_drops")
PATIENCE = Threshold(
    1.2, "s",
    source="RFC 6298 section 2.4 (1 s) and Linux TCP_RTO_MIN (0.2 s): one lost segment is repaired after one time-out",
    why="longer, the repeats were lost too: not one segment, but the path was gone",
)  # fmt: skip


def check(seen: Observations) -> Iterator[Finding]:
    """A gap of PATIENCE or longer that retransmission ended, and after which the flow went on."""
    for flow in seen.flows:
        broken = interruptions(flow)
        if len(broken) >= OFTEN:
            continue  # tcp/loss
        for gap in broken:
            if silence(flow, gap) < PATIENCE.ns:
                continue
            why = interrupted(flow, gap)
            yield Finding(
                cause="tcp/outage",
                culprit=seen.path(flow),
                start_ns=gap.start_ns,
                end_ns=gap.end_ns,
                message=message(
                    "nothing passed for {time}, then the path came back: {why}",
                    time=duration(gap.end_ns - gap.start_ns),
                    why=why,
                ),
                evidence=frames(
                    (gap.last_frame, "the last before it"),
                    (gap.first_resent_frame, "first retransmission meanwhile"),
                    (gap.last_resent_frame if gap.last_resent_frame != gap.first_resent_frame else 0, "last one"),
                    (gap.next_frame, "the first after it"),
                ),
                confidence=0.85 if gap.resent_0 >= 2 else 0.7,
                flow_id=flow.id,
                quantities={"resent": gap.resent_0 + gap.resent_1},
            )
