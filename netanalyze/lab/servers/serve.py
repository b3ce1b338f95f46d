"""The process inside the servers' namespace: reads one JSON plan, opens every socket, says ``ready``, serves.

    python -m netanalyze.lab.servers.serve PLAN.json

The plan is ``{"sites": [...], "resolvers": [...], "proxy": {...} | null}``, members as the constructors'.
"""

import json
import sys
import threading

from netanalyze.lab.servers.connect_proxy import Proxy
from netanalyze.lab.servers.dns_server import Resolver, Rule
from netanalyze.lab.servers.replies import Conduct
from netanalyze.lab.servers.tls_server import Server, Site


def main(path: str) -> None:
    """Serve the plan at ``path`` until killed."""
    with open(path) as file:
        plan = json.load(file)
    for site in plan["sites"]:
        site["conducts"] = [Conduct(**conduct) for conduct in site.get("conducts", [])]
        Server(Site(**site)).start()
    for resolver in plan["resolvers"]:
        rules = [Rule(**rule) for rule in resolver["rules"]]
        Resolver(resolver["address"], resolver["names"], rules).start()
    if plan.get("proxy"):
        Proxy(**plan["proxy"]).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
