"""A tour: two real runs, one of which hung."""

CELLS = [
    """# A tour of netanalyze

Two real runs of `go mod download`, recorded in `captures/recorded/`: one hung, one was healthy. Everything below comes from the packets alone.""",
    """>from pathlib import Path

import netanalyze

recorded = Path("captures/recorded") if Path("captures").is_dir() else Path("../captures/recorded")
a = netanalyze.open(recorded / "client-hello-dropped" / "capture.pcap")
a""",
    """Above: the verdict, the ledger (every second of the run has exactly one owner), and what each lookup and flow did when.

## The verdict""",
    """>v = a.verdict
print(v.status, v.cause, f"{v.seconds:.2f} s", f"confidence {v.confidence:.2f}", sep="   ")
for frames, shows in v.proof:
    print(f"{frames:>8}  {shows}")""",
    """## Where the time went""",
    """>a.plot.ledger()""",
    """>a.ledger.groupby(["phase", "cause"], observed=True, dropna=False)["seconds"].agg(["sum", "count"]).round(4)""",
    """## What happened when""",
    """>a.plot.waterfall()""",
    """## Tables that join

Every table is a DataFrame: moments are `datetime64[ns, UTC]`, unknown values NA. `flow_id` and `frame_number` join them. Which stall was it, and on which flow?""",
    """>stalls = a.stalls.assign(lasted=a.stalls["end"] - a.stalls["start"])
(
    stalls.merge(a.flows[["flow_id", "host", "resp_address", "resp_port", "conn_state"]], on="flow_id", how="left")
    .sort_values("lasted", ascending=False)
    .head(3)[["flow_id", "host", "resp_address", "waiting_for", "waiting_on", "lasted", "resent", "conn_state"]]
)""",
    """The proof of the finding, with the packets themselves:""",
    """>a.evidence.query("finding == 0").merge(a.packets, on="frame_number")[
    ["frame_number", "time", "src", "dst", "payload_length", "shows"]
]""",
    """How long did the client wait between its attempts? The distances double: TCP's retransmission timer backs off.""",
    """>sent = a.tcp_marks.merge(a.packets[["frame_number", "time", "payload_length"]], on="frame_number")
sent = sent[sent["flow_id"] == 2].assign(waited=lambda rows: rows["time"].diff())
sent[["frame_number", "mark", "payload_length", "waited"]]""",
    """What did the ClientHello look like? The DNS answer that led there is found by its address.""",
    """>a.tls[["flow_id", "sni", "client_hello_octets", "client_hello_segments", "client_hello_acked", "alpn", "ja4"]]""",
    """>a.dns[["query_frame", "response_frame", "qname", "qtype_name", "rcode_name", "answers"]]""",
    """`a.columns("tls")` says what a table's columns are.""",
    """>a.columns("tls").head(6)""",
    """## One flow

The time-sequence graph: the ClientHello goes out in two segments and again and again; the green line, what the other side acknowledged, never moves.""",
    """>a.flow(2).plot.sequence()""",
    """>a.flow(2)""",
    """## One frame

Decoded here; `.scapy()` gives it to scapy, `.dissect()` asks tshark.""",
    """>a.frame(11)""",
    """>print(a.frame(17).hexdump())""",
    """## Proof to send along

Only the frames that prove it, each with a comment that says what it shows: Wireshark shows the comments.""",
    """>import tempfile

with tempfile.TemporaryDirectory() as folder:
    proof = Path(folder) / "proof.pcapng"
    print(a.save(proof, findings=[0]), "frames,", proof.stat().st_size, "octets")""",
    """## A healthy run, to compare""",
    """>h = netanalyze.open(recorded / "healthy" / "capture.pcap")
h""",
    """Its time went to round trips: one response after the other. The steps of the graph are the responses.""",
    """>busiest = h.flows.sort_values("resp_octets").iloc[-1]
h.flow(int(busiest["flow_id"])).plot.sequence()""",
    """>h.ledger.groupby("phase", observed=True)["seconds"].sum().sort_values(ascending=False).round(3)""",
]
