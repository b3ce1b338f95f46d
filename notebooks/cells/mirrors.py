"""Three mirrors over a week: which to take, told from sixty-three runs."""

CELLS = [
    """# Three mirrors over a week

A CI job downloads the same modules three times a day from each of three mirrors, and keeps a capture of every run. Which mirror is the one to take, what do the others cost, and since when? One capture answers for itself; a *dataset* of them answers for the week.""",
    """## The week

Here it is made, in the language of `captures/recipes`. *north* is near and sound. *south* is far away, and from Friday on something on the way swallows its large ClientHellos, in two runs of three. *west* is near, but in the evening, when everybody builds, its answers are late.""",
    """>import os
import sys
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

root = Path.cwd() if Path("captures").is_dir() else Path.cwd().parent
sys.path.insert(0, str(root))

from captures.recipes import Conversation
from captures.recipes.amounts import number
from captures.recipes.pcapng import pcapng

MIRRORS = {"north.example": ("198.51.100.5", 20), "south.example": ("198.51.100.77", 90), "west.example": ("203.0.113.9", 35)}
MONDAY = datetime(2024, 1, 1, tzinfo=timezone.utc)
FRIDAY = MONDAY + timedelta(days=4)


def run(host, when):
    address, rtt = MIRRORS[host]
    some = number(8, host, when.isoformat())  # 0 to 255, and the same each time
    talk = Conversation(server=f"{address}:443", rtt=f"{rtt * 1000 + 10 * some} us", start=when.isoformat())
    talk.dns(host, address, after=f"{4 + some % 9} ms").handshake()
    if host == "south.example" and when >= FRIDAY and when.hour != 3:
        first, tail = talk.client_hello(sni=host, lost=True, acknowledged=False)
        talk.passes("220 ms").client.resends(*tail, lost=True)
        talk.client.backs_off(*first, times=5)
        return talk.until("10.3 s").link_is_alive()
    late = f"{8000 + 20 * some} ms" if host == "west.example" and when.hour == 19 else f"{15 + some % 40} ms"
    talk.opens(sni=host).fetches("1200 B").request(46)
    talk.response("24 kB", after=late)
    return talk.exits()


os.chdir(tempfile.mkdtemp())
Path("runs").mkdir()
for host in MIRRORS:
    for day in range(7):
        for hour in (3, 11, 19):
            when = MONDAY + timedelta(days=day, hours=hour)
            Path(f"runs/{host}-{when:%a-%H}.pcapng").write_bytes(pcapng(run(host, when).frames))
print(len(os.listdir("runs")), "captures")""",
    """## The dataset

What `netanalyze batch runs -o dataset` does: each capture is judged by itself, and a row of each table is kept. `netanalyze summary dataset` prints the sheets that follow.""",
    """>from netanalyze.fleet.batch import batch
from netanalyze.fleet.summary import summary

state = batch(["runs"], "dataset", jobs=2)
print(state.done, "analysed,", state.bad, "could not be")
s = summary("dataset")
s""",
    """## Mirror by mirror

`success` is the share of connections that were made, encrypted, and ended without a fatal finding; times are of what came, in s.""",
    """>hosts = s.hosts.set_index("host").sort_index()
hosts[["connections", "success", "connect_median", "tls_median", "first_byte_median", "first_byte_p95", "lost_hours"]].round(3)""",
    """A share of 21 is a rough figure: the interval that holds the true one in 95 of 100 cases (Wilson's) is wide, and those of *north* and *south* overlap. So how likely is it that two equal mirrors fall out so unlike? As likely as all the failures falling among the runs of one of them (Fisher's exact test).""",
    """>from math import comb


def wilson(good, runs, z=1.96):
    share, more = good / runs, z * z / runs
    half = z * (share * (1 - share) / runs + more / (4 * runs)) ** 0.5
    return (share + more / 2 - half) / (1 + more), (share + more / 2 + half) / (1 + more)


for name, host in hosts.iterrows():
    low, high = wilson(host["success"] * host["connections"], host["connections"])
    print(f"{name:14} {host['success']:6.1%}   {low:5.1%} to {high:.1%}")
north, south = (hosts.loc[name, "connections"] for name in ("north.example", "south.example"))
failed = round(south * (1 - hosts.loc["south.example", "success"]))
print(f"all {failed} failures with south, by chance: one case of {comb(north + south, failed) / comb(south, failed):.0f}")""",
    """## What began when

A cause that has a first run, and none before it, began with something: a change on the way, a release, a rule of a firewall.""",
    """>s.onsets""",
    """## Day by day

The tables are DataFrames like any other (`runs`, `flows`, `dns`, `tls`, `http`, `findings`, `ledger`; `hash` joins them). Of a healthy run no row says which mirror it was for: its flow does.""",
    """>import pandas as pd

runs = pd.read_parquet("dataset/runs")
flows = pd.read_parquet("dataset/flows").query("judged and transport == 'tcp'")
runs = runs.drop(columns="host").merge(flows[["hash", "host"]].rename(columns={"host": "mirror"}), on="hash")
by_day = runs.assign(good=runs["status"].eq("healthy")).pivot_table(
    index="mirror", columns=runs["start"].dt.day_name().str[:3], values="good", aggfunc="mean"
)
by_day[["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]].round(2)""",
    """>import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(9, 3))
for mirror, rows in runs.groupby("mirror"):
    axes.plot(rows["start"], rows["duration"], "o", ms=4, label=mirror)
axes.set_yscale("log")
axes.set_ylabel("run, s")
axes.legend(ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.18), frameon=False)
axes.grid(axis="y", alpha=0.3)""",
    """By the hour of the day: *west* is late in the evening only. A mean over the day hides that, a 95th percentile shows it.""",
    """>late = runs[runs["cause"].eq("http/response-late")]
late.groupby(["mirror", late["start"].dt.hour.rename("hour")]).agg(runs=("seconds", "size"), lost_s=("seconds", "sum")).round(1)""",
    """## Where the week went

The ledgers give every instant of every run one owner. By phase, in seconds; `lost` is what the causes cost.""",
    """>ledger = pd.read_parquet("dataset/ledger").merge(runs[["hash", "mirror"]], on="hash")
spent = ledger.pivot_table(index="mirror", columns="phase", values="seconds", aggfunc="sum", fill_value=0)
spent["lost"] = ledger[ledger["cause"].notna()].groupby("mirror")["seconds"].sum()
spent.fillna(0).round(2)""",
    """## From the week down to the frames

Every row names its file. What swallowed *south*'s handshakes is proved in any of these:""",
    """>import netanalyze

worst = runs[runs["cause"].notna() & runs["mirror"].eq("south.example")].sort_values("start").iloc[0]
a = netanalyze.open(worst["file"])
print(Path(worst["file"]).name, a.verdict.status, a.verdict.cause, f"confidence {a.verdict.confidence:.2f}")
for frames, shows in a.verdict.proof:
    print(f"{frames:>10}  {shows}")
for step in a.verdict.fix[:2]:
    print("-", step.text, step.command or "")""",
    """## The answer

*north*: every run was well, and 95 of 100 of its first octets came sooner than *south*'s usual one. *west* will do outside the evenings. *south* waits for the fix above.""",
    """>import shutil

made = os.getcwd()
os.chdir(root)
shutil.rmtree(made)""",
]
