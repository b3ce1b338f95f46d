"""Writing a rule, and trying it before it is a file."""

CELLS = [
    """# Writing a rule

A cause is one file: what it means, what it says, a `check` that finds it in the facts and proves it with frames, and what to do about it. Here one is written and tried in a notebook, without touching the package. The cause: *a client that opens a new connection for each request*, one after the other, and pays for each handshake.""",
    """## The traffic that must raise it, and that just must not

Captures are built from recipes, in the language of `captures/recipes`. Four connections one after the other should be found; two should not.""",
    """>import sys
import tempfile
from pathlib import Path

root = Path.cwd() if Path("captures").is_dir() else Path.cwd().parent
sys.path.insert(0, str(root))

from captures.recipes import Conversation, Timeline


def build(connections):
    stories = []
    for number in range(connections):
        later = {"start": stories[-1].now} if stories else {}
        talk = Conversation(client=f"192.0.2.10:{51000 + number}", rtt="120 ms", **later)
        if not stories:
            talk.dns("proxy.golang.org", "198.51.100.5")
        talk.handshake().opens().fetches("1200 B")
        talk.exits()
        stories.append(talk)
    return Timeline(*stories).octets()


folder = Path(tempfile.mkdtemp())
for name, connections in (("hit", 4), ("near_miss", 2)):
    (folder / f"{name}.pcapng").write_bytes(build(connections))""",
    """## The facts

What a rule sees is a `Case`: flows, lookups, dials, stalls, what the command printed. In a DataFrame they look like this; the four connections do not overlap.""",
    """>import netanalyze

a = netanalyze.open(folder / "hit.pcapng")
tcp = a.flows[a.flows["transport"] == "tcp"]
tcp[["flow_id", "host", "first", "established", "last"]]""",
    """## The rule

Three things that a rule must have: each number is a `Threshold` with its source and why; what makes it sure is declared (`Proved`); and every finding cites frames. Sentences are `message(...)`, so that they can be said in other languages.""",
    """>from netanalyze.causes import Cause
from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.confidence import Basis, Proved, confidence
from netanalyze.findings import Threshold, frames
from netanalyze.units import duration, seconds
from netanalyze.wording import message

CAUSE = Cause(
    "tcp/connections-one-by-one",
    meaning="The client opens a connection for each request, and pays for each handshake.",
    headline="{place} is connected to anew for each request.",
)
MANY = Threshold(
    3, "connections",
    source="RFC 9112 section 9.3: connections persist by default",
    why="two may be a retry or a redirect; three are a habit",
)
NONE_OVERLAP = Proved(
    0.9, "each connection ended before the next one began", Basis.FRAMES, "the server may have asked for it (Connection: close)"
)


def check(case):
    by_host = {}
    for flow in case.flows:
        if flow.established:
            by_host.setdefault(flow.host, []).append(flow)
    for host, flows in by_host.items():
        flows.sort(key=lambda flow: flow.first_ns)
        overlap = any(before.last_ns > after.first_ns for before, after in zip(flows, flows[1:]))
        if len(flows) < MANY.value or overlap:
            continue
        spent = sum(flow.established_ns - flow.first_ns for flow in flows[1:])
        yield CAUSE.finding(
            case.far_host(flows[0]),
            (flows[0].first_ns, flows[-1].last_ns),
            message(
                "{count} connections to {host}, one after the other; opening all but the first took {time}",
                count=len(flows), host=host, time=duration(spent),
            ),
            frames(*((flow.first_frame, "a connection begins") for flow in flows)),
            confidence(NONE_OVERLAP),
            flows[-1],
            quantities={"connections": len(flows), "spent": seconds(spent)},
        )


ADVICE = Page(
    where=offers("the command: it does not keep its connections"),
    fix=offers(Offer("Let it keep connections open (HTTP keep-alive, one client object)", None)),
    verify=commands(),
    no_use=(),
)""",
    """## Trying it

`trying` asks it like all others, as long as the block lasts: its confidence is lowered by what is wrong with the capture, it takes its place in the ledger, and the reports speak of it.""",
    """>from types import SimpleNamespace

from netanalyze.causes import trying

mine = SimpleNamespace(CAUSE=CAUSE, check=check, ADVICE=ADVICE, __doc__="The client opens a connection for each request.")
with trying(mine):
    hit = netanalyze.open(folder / "hit.pcapng")
    near_miss = netanalyze.open(folder / "near_miss.pcapng")
print("hit:      ", *hit.findings["message"])
print("near miss:", *near_miss.findings["message"])""",
    """>hit.evidence[["finding", "frame_number", "shows"]]""",
    """What would it say of real runs? Of none of them may it say what is not so: a rule is known by its false alarms.""",
    """>with trying(mine):
    for run in sorted((root / "captures" / "recorded").iterdir())[:6]:
        if (run / "capture.pcap").exists():
            found = netanalyze.open(run / "capture.pcap").findings["cause"]
            print(f"{run.name:28} {'found' if CAUSE.id in set(found) else '-'}")""",
    """## Making it a file

The cell above becomes `netanalyze/causes/tcp/connections_one_by_one.py`, its page the docstring, the recipe `captures/tcp/connections_one_by_one/recipe.py`, its Chinese a line in `zh.toml`: CONTRIBUTING.md, *Add a cause*. The path is the registration.""",
    """>import shutil

shutil.rmtree(folder)""",
]
