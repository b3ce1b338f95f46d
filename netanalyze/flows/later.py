"""Whether a command went on to other work while one of its connections rested."""

from netanalyze.flows.application import application
from netanalyze.flows.flow import Flow
from netanalyze.flows.network.others import Moments
from netanalyze.flows.stalls import Stall

SOON_NS = 5_000_000_000
"""As long as http/body-stalled waits before it speaks: what begins later may be what a client turned to when it had given up."""
SIDE_BY_SIDE = ("go", "npm", "cargo", "docker")
"""Clients that fetch several things at a time: what they begin says nothing of what they wait for elsewhere."""


def went_on(client: str, flow: Flow, span: tuple[int, int], begun: Moments[int]) -> bool:
    """Whether a client that does one thing at a time began something else within ``span``, ns: so it had what it wanted.

    Of a client that is not known it is likelier than that it let a transfer lie.

    Args:
        begun: when each flow began, by its id, and when each query was sent.
    """
    return client not in SIDE_BY_SIDE and begun.between(*span, flow.id)


def body_had(client: str, stall: Stall, begun: Moments[int]) -> bool:
    """Whether a wait for the rest of a body was none, as far as one can tell: the body may be whole, nothing more of it
    came, and the client went on to something else."""
    flow = stall.flow
    if stall.waiting_for != "body" or flow is None or stall.goes_on:
        return False
    read = application(flow) if flow.tls is not None else None
    if read is None or read.ended is False:
        return False
    since = min(flow.server.last_data_ns, stall.start_ns)
    return went_on(client, flow, (since, stall.start_ns + SOON_NS), begun)
