"""One hang, from the verdict down to the frames."""

CELLS = [
    """# One hang, from the verdict to the frames

A `go mod download` that printed nothing for forty seconds. There is a capture of it, and what it printed was kept. From the answer we go down, a step at a time, to the frames it rests on.""",
    """>from pathlib import Path

import netanalyze

recorded = Path("captures/recorded") if Path("captures").is_dir() else Path("../captures/recorded")
run = recorded / "response-missing"
a = netanalyze.open(run / "capture.pcap", trace=run / "go.stderr.txt")
a""",
    """## What the words add

Inside TLS nobody sees which request had its answer. go's own lines (`-x`) say it, and the verdict becomes surer and names the URL.""",
    """>alone = netanalyze.open(run / "capture.pcap")
for name, one in (("packets alone", alone), ("with what go printed", a)):
    print(f"{name:22} {one.verdict.cause}  confidence {one.verdict.confidence:.2f}")
print(a.verdict.request.url)""",
    """## Where forty seconds went

Every instant has one owner, so the rows add up to the whole.""",
    """>spent = a.ledger.groupby(["phase", "cause"], observed=True, dropna=False)["seconds"].sum()
print(f"{spent.sum():.3f} s in all")
spent[spent > 0.05].sort_values(ascending=False).round(3)""",
    """## The finding, and what speaks against it""",
    """>root = a.findings[a.findings["root"]].iloc[0]
print(root["message"])
print("flow", root["flow_id"], "from", root["start"].time(), "to", root["end"].time())
for sentence in root["counter_evidence"]:
    print("against it:", sentence)""",
    """## The flow

What was owed on it, and since when: a *stall* is a span in which somebody owed the next move, and no frame moved it. From the packets alone it looks as if the client owed the next request, for TLS hides that one of the eighteen has no answer. That is why the words count.""",
    """>flow = int(root["flow_id"])
stalls = a.stalls[a.stalls["flow_id"] == flow]
stalls.assign(lasted=stalls["end"] - stalls["start"]).nlargest(3, "lasted")[["waiting_for", "waiting_on", "lasted", "last_frame", "next_frame"]]""",
    """The last packet before the silence and those after it. A keep-alive was answered after thirty seconds: the path and the server's machine are alive.""",
    """>around = a.timeline[(a.timeline["flow_id"] == flow) | (a.timeline["source"] == "trace")]
around[around["time"] >= root["start"]].head(8)[["time", "source", "kind", "frame_number", "text"]]""",
    """>a.flow(flow).plot.ladder()""",
    """## The frames

The proof, frame by frame, joined with the packets themselves.""",
    """>proof = a.evidence.query("kind == 'frame'").merge(a.packets, on="frame_number")
proof[proof["finding"] == root["finding"]][["frame_number", "time", "src", "dst", "payload_length", "shows"]]""",
    """The same in Wireshark: this filter selects them and no others.""",
    """>print(a.verdict.filter)""",
    """>a.frame(int(root["frames"][0]))""",
    """## What to do, and what to send along""",
    """>for step in a.verdict.fix[:3]:
    print(step.text, "->", step.command or "")
print("no use:", *a.verdict.no_use[:3], sep="\\n  ")""",
    """>import tempfile

with tempfile.TemporaryDirectory() as folder:
    saved = Path(folder) / "proof.pcapng"
    print(a.save(saved, findings=[int(root["finding"])]), "frames of", a.result.capture.packets)
    again = netanalyze.open(saved, trace=run / "go.stderr.txt")
    print("analysed alone:", again.verdict.cause)""",
]
