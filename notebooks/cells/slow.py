"""A transfer that crawls: what limits it, and what that costs."""

CELLS = [
    """# A transfer that crawls

Nothing hangs here: a real download takes six seconds, and should have taken two. What limits it, since when, and what would it have taken without?""",
    """>from pathlib import Path

import netanalyze

recorded = Path("captures/recorded") if Path("captures").is_dir() else Path("../captures/recorded")
a = netanalyze.open(recorded / "loss-of-a-few" / "capture.pcap")
v = a.verdict
print(f"{v.status}: {v.cause}, {v.seconds:.2f} s lost, {v.without_it:.2f} s without it, confidence {v.confidence:.2f}")""",
    """## Which flow has the octets""",
    """>flows = a.flows.sort_values("resp_octets", ascending=False)
busiest = int(flows.iloc[0]["flow_id"])
flows[["flow_id", "host", "resp_octets", "resp_retransmissions", "orig_rtt_minimum", "resp_in_flight_most"]].head(3)""",
    """## Octets over time

Steep is fast. At the foot of the figure stands what limited the transfer, span by span; where nothing was acknowledged, something is missing.""",
    """>a.flow(busiest).plot.sequence()""",
    """The spans as a table. `latency` is slow start and the growth of the window, which nobody is to blame for; `loss` lasts from a loss until as much is under way again as before.""",
    """>spans = a.transfers[a.transfers["flow_id"] == busiest].copy()
spans["lasted"] = (spans["end"] - spans["start"]).dt.total_seconds()
spans.groupby("limit", observed=True).agg(spans=("lasted", "size"), seconds=("lasted", "sum"), octets=("octets", "sum")).round(3)""",
    """## How few losses that takes""",
    """>marks = a.tcp_marks[a.tcp_marks["flow_id"] == busiest]["mark"].value_counts()
marks[marks > 0]""",
    """Not one segment in a hundred. But each loss cuts the sender's window, and with a round trip of 120 ms it takes many of them until it has grown back.""",
    """>segments = int((a.packets["flow_id"].eq(busiest) & a.packets["payload_length"].gt(0) & a.packets["direction"].eq(1)).sum())
again = int(marks.get("retransmission", 0) + marks.get("fast_retransmission", 0) + marks.get("out_of_order", 0))
print(f"{again} of {segments} segments came again, or late: {100 * again / segments:.2f} %")""",
    """## Is it the receiver? Is it the path that grew long?

What the window allowed is far above what was under way: not the receiver. The round trip stays where it was: no queue fills up, the segments are simply lost.""",
    """>a.flow(busiest).plot.window()""",
    """>a.flow(busiest).plot.rtt()""",
    """## What it would have taken

The run, replayed without the losses from slow start on: the difference is what they cost, and no more is laid to them.""",
    """>print(v.without_it_how)
print(f"{v.seconds:.2f} s of {v.seconds + v.without_it:.2f} s")
for step in v.fix[:2]:
    print("-", step.text, step.command or "")""",
    """## A run in which nothing is wrong, to compare""",
    """>h = netanalyze.open(recorded / "healthy" / "capture.pcap")
print(h.verdict.status)
h.transfers.groupby("limit", observed=True).size()""",
]
