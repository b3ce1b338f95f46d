"""What all captures of a dataset say together: causes and what they cost, resolvers, hosts, and what began when.

Times come from what was seen, never from what was missing: a lookup that nobody answered lowers the share that succeeded, and
is in no median.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from netanalyze.fleet.dataset import read_part, readable
from netanalyze.fleet.schema import TABLES

ANSWERS = (0, 3)
"""Response codes by which a resolver has done its work: NOERROR and NXDOMAIN (RFC 1035 section 4.1.1)."""
ERRORS_FROM = 400
"""Statuses of HTTP from here on are errors (RFC 9110 section 15)."""
HOUR = 3600.0
QUANTILES = (0.5, 0.95)


@dataclass(frozen=True)
class Summary:
    """A dataset, summed up; times are in s, shares 0 to 1, unknown is NaN.

    Attributes:
        runs: captures by verdict: ``status``, ``runs``, ``hours`` (their duration), ``lost_hours``; a row for the unreadable.
        causes: ``cause``, ``runs`` (whose verdict it is), ``hours`` (of the ledger: every instant has one owner), ``who``.
        onsets: ``cause``, ``who``, ``first``, ``last``, ``runs``, ``before`` (runs that began before the first of them),
            ``since`` (runs that began from then on): what began when.
        resolvers: ``resolver``, ``queries``, ``success``, ``median``, ``p95``, ``lost_hours``.
        hosts: ``host``, ``connections``, ``success``, ``requests``, ``answered``, then median and 95th percentile of ``dns``,
            ``connect``, ``tls`` and ``first_byte``, and ``lost_hours``.
        begun, ended: when the first run began, and the last one ended; NaT unknown.
    """

    folder: str
    runs: pd.DataFrame
    causes: pd.DataFrame
    onsets: pd.DataFrame
    resolvers: pd.DataFrame
    hosts: pd.DataFrame
    begun: Any
    ended: Any

    def _repr_html_(self) -> str:
        from netanalyze.fleet.summary_forms import html_body

        return html_body(self)


def summary(folder: str | PathLike[str]) -> Summary:
    """Sum a dataset up; what ``netanalyze batch`` writes to it meanwhile is left out.

    Raises:
        NotADataset: no dataset, or one of another form.
        MissingProgram: pyarrow is not installed.
    """
    place = readable(folder)
    runs = _read(
        place, "runs", ("hash", "status", "cause", "role", "host", "address", "seconds", "start", "end", "duration")
    )
    done = runs[runs["hash"].notna() & runs["status"].notna()]
    tables = {
        name: table[table["hash"].isin(done["hash"])]
        for name, columns in COLUMNS.items()
        for table in [_read(place, name, columns)]
    }
    lost = tables["ledger"][tables["ledger"]["cause"].notna()]
    return Summary(
        str(folder), _by_status(runs), _causes(done, lost), _onsets(done), _resolvers(tables["dns"], lost),
        _hosts(tables, lost), done["start"].min(), done["end"].max(),
    )  # fmt: skip


COLUMNS = {
    "ledger": ("hash", "start", "end", "seconds", "phase", "cause", "host", "address", "flow_id"),
    "findings": ("hash", "flow_id", "fatal"),
    "dns": ("hash", "kind", "resolver", "qname", "rcode", "query", "response"),
    "flows": ("hash", "flow_id", "transport", "host", "resp_address", "judged", "syn", "syn_ack"),
    "tls": ("hash", "flow_id", "client_hello", "server_hello", "established"),
    "http": ("hash", "flow_id", "method", "host", "status", "request", "response"),
}
"""What is read of each table."""


def _read(folder: Path, table: str, columns: Sequence[str]) -> pd.DataFrame:
    parts = sorted((folder / table).glob("part-*.parquet"))
    if not parts:
        kinds = {field.name: field.kind for field in TABLES[table]}
        empty = {"timestamp": "datetime64[ns, UTC]", "double": "float64", "bool": "bool"}
        return pd.DataFrame({name: pd.Series(dtype=empty.get(kinds[name], "object")) for name in columns})
    return pd.concat([read_part(path, columns).to_pandas() for path in parts], ignore_index=True)


def _by_status(runs: pd.DataFrame) -> pd.DataFrame:
    grouped = runs.assign(status=runs["status"].fillna("error")).groupby("status")
    made = pd.DataFrame(
        {
            "runs": grouped.size(),
            "hours": grouped["duration"].sum() / HOUR,
            "lost_hours": grouped["seconds"].sum() / HOUR,
        }
    )
    return made.reset_index().sort_values(["runs", "status"], ascending=[False, True], ignore_index=True)


def _who(rows: pd.DataFrame) -> pd.Series:
    """The culprit by its name, else its address, else its role."""
    return rows["host"].fillna(rows["address"]).fillna(rows["role"]).fillna("")


def _causes(done: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    hours = lost.groupby("cause")["seconds"].sum() / HOUR
    named = done[done["cause"].notna()].assign(who=_who)
    counts = named.groupby("cause").size()
    most = named.groupby("cause")["who"].agg(lambda names: names.mode().iloc[0])
    made = pd.DataFrame({"runs": counts, "hours": hours, "who": most})
    made["runs"] = made["runs"].fillna(0).astype(int)
    made = made.rename_axis("cause").reset_index().fillna({"hours": 0.0, "who": ""})
    return made.sort_values(["hours", "cause"], ascending=[False, True], ignore_index=True)


def _onsets(done: pd.DataFrame) -> pd.DataFrame:
    named = done[done["cause"].notna() & done["start"].notna()].assign(who=_who)
    grouped = named.groupby(["cause", "who"])["start"]
    made = pd.DataFrame({"first": grouped.min(), "last": grouped.max(), "runs": grouped.size()}).reset_index()
    starts = done["start"].dropna().sort_values()
    made["before"] = starts.searchsorted(made["first"], side="left") if len(made) else []
    made["since"] = len(starts) - made["before"]
    return made.sort_values(["first", "cause"], ignore_index=True)


def _seconds(rows: pd.DataFrame, begun: str, ended: str) -> pd.Series:
    spans = (rows[ended] - rows[begun]).dt.total_seconds()
    return spans[spans >= 0]


def _resolvers(dns: pd.DataFrame, lost: pd.DataFrame) -> pd.DataFrame:
    asked = dns[dns["kind"] == "dns"]
    good = asked["response"].notna() & asked["rcode"].isin(ANSWERS)
    made = pd.DataFrame(
        {"queries": asked.groupby("resolver").size(), "success": good.groupby(asked["resolver"]).mean()}
    ).rename_axis("resolver")
    times = _seconds(asked, "query", "response")
    made = made.join(_quantiles(times, asked["resolver"], ""))
    made["lost_hours"] = lost[lost["phase"] == "dns"].groupby("address")["seconds"].sum() / HOUR
    made = made.reset_index().fillna({"lost_hours": 0.0})
    return made.sort_values(["lost_hours", "queries", "resolver"], ascending=[False, False, True], ignore_index=True)


def _quantiles(times: pd.Series, by: pd.Series, prefix: str) -> pd.DataFrame:
    """Median and 95th percentile of times, a row for each of ``by``."""
    grouped = times.groupby(by.reindex(times.index))
    names = (f"{prefix}median", f"{prefix}p95")
    return pd.DataFrame({name: grouped.quantile(share) for name, share in zip(names, QUANTILES)})


def _hosts(tables: dict[str, pd.DataFrame], lost: pd.DataFrame) -> pd.DataFrame:
    flows = tables["flows"]
    flows = flows[flows["judged"].astype(bool) & (flows["transport"] == "tcp") & flows["syn"].notna()]
    flows = flows.assign(name=flows["host"].fillna(flows["resp_address"]))
    key = ["hash", "flow_id"]
    names = flows[[*key, "name"]]
    tls = tables["tls"].merge(names, on=key)
    http = tables["http"].merge(names, on=key)
    http = http[http["method"] != "CONNECT"].assign(name=_asked_host)
    findings = tables["findings"]
    fatal = findings[findings["fatal"].astype(bool)][key].drop_duplicates().assign(ended=True)
    shaken = tls.groupby(key)["established"].any().rename("shaken").reset_index()
    flows = flows.merge(fatal, on=key, how="left").merge(shaken, on=key, how="left")
    good = flows["syn_ack"].notna() & flows["ended"].isna() & (flows["shaken"].isna() | flows["shaken"].eq(True))
    answered = http["status"].notna() & (http["status"] < ERRORS_FROM)
    made = pd.DataFrame(
        {
            "connections": flows.groupby("name").size(),
            "success": good.groupby(flows["name"]).mean(),
            "requests": http.groupby("name").size(),
            "answered": answered.groupby(http["name"]).mean(),
        }
    ).rename_axis("host")
    dns = tables["dns"]
    for prefix, rows, begun, ended, by in (
        ("dns_", dns, "query", "response", "qname"),
        ("connect_", flows, "syn", "syn_ack", "name"),
        ("tls_", tls, "client_hello", "server_hello", "name"),
        ("first_byte_", _waits(tables["ledger"], http, names), "request", "response", "name"),
    ):
        made = made.join(_quantiles(_seconds(rows, begun, ended), rows[by], prefix))
    made["lost_hours"] = lost.assign(name=lost["host"].fillna(lost["address"])).groupby("name")["seconds"].sum() / HOUR
    made = made.reset_index().fillna({"lost_hours": 0.0, "requests": 0, "connections": 0})
    made = made.astype({"requests": int, "connections": int})
    return made.sort_values(["lost_hours", "connections", "host"], ascending=[False, False, True], ignore_index=True)


def _asked_host(http: pd.DataFrame) -> pd.Series:
    """Whom a request is for, without a port: a proxy's flow carries those for others."""
    return http["host"].str.replace(r"(?<=[^:]):\d+$", "", regex=True).fillna(http["name"])


def _waits(ledger: pd.DataFrame, http: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    """From a request to its response: as read in clear or told by the command; of other flows, the ledger's waits for one."""
    key = ["hash", "flow_id"]
    waits = ledger[(ledger["phase"] == "request") & ledger["flow_id"].notna()]
    known = pd.MultiIndex.from_frame(http[key].astype({"flow_id": "float64"}))
    waits = waits[~pd.MultiIndex.from_frame(waits[key].astype({"flow_id": "float64"})).isin(known)]
    waits = waits.sort_values([*key, "start"])
    anew = (waits["start"] != waits["end"].shift()) | (waits["flow_id"] != waits["flow_id"].shift())
    spans = waits.groupby(anew.cumsum()).agg({"hash": "first", "flow_id": "first", "start": "min", "end": "max"})
    spans = spans.merge(names, on=key).rename(columns={"start": "request", "end": "response"})
    return pd.concat(
        _filled([http[["name", "request", "response"]], spans[["name", "request", "response"]]]), ignore_index=True
    )


def _filled(frames: Iterable[pd.DataFrame]) -> list[pd.DataFrame]:
    """Those that have rows (what has none has no types to join), one of them at least."""
    given = list(frames)
    return [frame for frame in given if len(frame)] or given[:1]
