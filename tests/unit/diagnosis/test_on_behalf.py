"""A helper on this machine is silent because its upstream is: the blame goes there."""

from types import SimpleNamespace

import pytest

from netanalyze.diagnosis.on_behalf import agents, behind, on_behalf
from netanalyze.findings import Culprit, Evidence, Finding

SECOND = 10**9
HERE, FAR = "192.0.2.10", "198.51.100.10"


def flow(number, host, client):
    return SimpleNamespace(id=number, host=host, client=SimpleNamespace(address=client))


FLOWS = [flow(1, "proxy.golang.org", "127.0.0.1"), flow(2, "proxy.golang.org", HERE), flow(3, "other.test", HERE)]
SEEN = SimpleNamespace(
    flows=FLOWS,
    lookups=[SimpleNamespace(client=HERE)],
    index=SimpleNamespace(flows={one.id: one for one in FLOWS}),
)


def finding(cause, address, start, end, flow_id=None, name=None, role="http-proxy", fatal=True):
    named = {"name": name} if name else {}
    return Finding(
        cause, Culprit(role, None, address, 443), start * SECOND, end * SECOND, "silent", (Evidence(1, "asks"),), 0.9,
        flow_id, fatal, named,
    )  # fmt: skip


HELPER = finding("http/connect-unanswered", "127.0.0.1", 0, 20, 1)


def test_the_upstream_of_the_same_name_at_the_same_time_explains_the_helper():
    upstream = finding("tcp/syn-unanswered", FAR, 1, 20, 2, role="module-proxy")
    assert on_behalf(SEEN, [HELPER, upstream]) == {id(HELPER): upstream}
    told = behind(upstream, agents([HELPER, upstream], {id(HELPER): upstream}))
    assert (told.culprit.address, told.culprit.via.role, told.culprit.via.address) == (FAR, "http-proxy", "127.0.0.1")


def test_a_stub_resolver_stands_for_the_resolver_behind_it():
    stub = finding("dns/resolver-unanswered", "127.0.0.53", 0, 10, name="proxy.golang.org", role="resolver")
    upstream = finding("dns/resolver-unanswered", "198.51.100.53", 0, 5, name="Proxy.golang.org.", role="resolver")
    assert on_behalf(SEEN, [stub, upstream]) == {id(stub): upstream}


@pytest.mark.parametrize(
    "other",
    [
        finding("tcp/syn-unanswered", FAR, 1, 20, 3),  # another name
        finding("tcp/syn-unanswered", FAR, 15, 20, 2),  # most of the helper's silence lies before it
        finding("tcp/syn-lost", FAR, 1, 20, 2, fatal=False),  # it got through
        finding("tcp/syn-unanswered", HERE, 1, 20, 2),  # this machine as well
    ],
)
def test_what_does_not_fit_explains_nothing(other):
    assert on_behalf(SEEN, [HELPER, other]) == {}
    assert behind(other, agents([HELPER, other], {})) is other
