"""Where a page in clear leads to, and what one address is given for: which of it is a portal's doing."""

import pytest

from netanalyze.flows.network import portal
from tests.rules.ordinary import clear
from tests.rules.results import judged_story


@pytest.fixture
def signs(tmp_path):
    def of(asked, location, status="302 Found"):
        """What the answer to a page of a host says of a portal."""
        talk = clear(name="shop.example.org")
        talk.get("/", asked)
        if status:
            talk.replies(status, **({"location": location} if location else {}))
        _, case = judged_story(talk.both_close(), tmp_path / "talk.pcapng")
        return [str(text) for _, text in portal.portal_signs(case.flows, [])]

    return of


@pytest.mark.parametrize(
    "target",
    ["10.1.2.3", "192.168.7.1", "172.16.0.1", "172.31.255.1", "100.64.0.1", "100.127.0.1", "[fd00::1]", "[fc00::1]"],
)
def test_a_name_that_leads_to_an_address_of_a_private_network_does(signs, target):
    assert signs("shop.example.org", f"http://{target}/login") == [
        f"shop.example.org is redirected to {target.strip('[]')}, a private address"
    ]


@pytest.mark.parametrize(
    "target",
    ["203.0.113.1", "192.169.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "11.0.0.1", "[fe80::1]",
     "[2001:db8::1]", "login.example.org"],
)  # fmt: skip
def test_one_that_leads_anywhere_else_does_not(signs, target):
    assert signs("shop.example.org", f"http://{target}/login") == []


@pytest.mark.parametrize("asked", ["10.9.9.9", "shop"])
def test_who_asks_in_the_private_network_is_not_led_astray(signs, asked):
    assert signs(asked, "http://10.1.2.3/login") == []


def test_without_an_answer_or_another_place_there_is_no_sign(signs):
    assert signs("shop.example.org", "http://10.1.2.3/login", status=None) == []
    assert signs("shop.example.org", None) == []
    assert signs("shop.example.org", None, "511 Network Authentication Required") == [
        "511 Network Authentication Required: log in first"
    ]
