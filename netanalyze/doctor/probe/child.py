"""The process that asks: reads a plan, visits each mirror by each way, all at once, and writes what came."""

import json
import os
import threading
import time

from netanalyze.doctor.places import DEFAULT_PORTS, is_loopback
from netanalyze.doctor.probe.exchange import Visited, Visitor
from netanalyze.doctor.probe.mirrors import Mirror
from netanalyze.doctor.probe.socks import SOCKS_SCHEMES
from netanalyze.doctor.proxies import is_excepted
from netanalyze.output_files import write_text
from netanalyze.urls import Url, split

WHOLE_S = 20.0
"""In which everything is asked."""


def main(plan: str, result: str) -> None:
    """Do the plan."""
    with open(plan, encoding="utf-8") as file:
        wanted = [Mirror(**one) for one in json.load(file)]
    until = time.monotonic() + WHOLE_S
    visitors = [Visitor(mirror, proxy, until) for mirror in wanted for proxy in ways(mirror, dict(os.environ))]
    threads = [threading.Thread(target=visitor.visit, daemon=True) for visitor in visitors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(until + 1 - time.monotonic(), 0))
    write_text(result, json.dumps([_finished(visitor, thread) for visitor, thread in zip(visitors, threads)]), True)


def _finished(visitor: Visitor, thread: threading.Thread) -> dict[str, object]:
    made: Visited = visitor.made
    if thread.is_alive() and not made.fault:
        made.fault = "time-up"
    return made.to_json()


def ways(mirror: Mirror, environment: dict[str, str]) -> list[Url | None]:
    """By which ways a mirror is asked: the client's own first, by the proxy of the variables unless it is excepted."""
    secure = mirror.base.startswith("https:")
    names = ("https_proxy", "HTTPS_PROXY") if secure else ("http_proxy",)
    value = next((environment[name] for name in (*names, "all_proxy", "ALL_PROXY") if environment.get(name)), "")
    proxy = split(value if "://" in value else f"http://{value}") if value else None
    if proxy is None or proxy.scheme not in ("http", *SOCKS_SCHEMES) or not proxy.host:
        return [None]
    base = split(mirror.base)
    port = (base.port if base is not None else None) or DEFAULT_PORTS["https" if secure else "http"]
    rules = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    excepted = is_loopback(mirror.host) or is_excepted(mirror.host, rules, port)
    return [None, proxy] if excepted else [proxy, None]
