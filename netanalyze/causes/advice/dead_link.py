"""What to do where the next hop, or the server on the same link, does not answer: whatever it cost, the link is why."""

from netanalyze.causes.advice.form import Offer, Page, commands, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE


def dead_link() -> Page:
    """The page that stands in the place of the cause's own."""
    return Page(
        where=offers("the local link: {neighbour} does not answer on it"),
        fix=offers(
            Offer("Is {neighbour} on, and the cable, Wi-Fi or VPN up?", "ip -br link; ip neigh show {neighbour}"),
            Offer("Is it the right next hop?", "ip route get {address}"),
            "Connect the network or VPN again",
            Offer("Offline: use only what the cache has", "GOPROXY=off go build ./...", "go"),
        ),
        verify=commands(Offer("", "ping -c 3 {neighbour}")),
        no_use=offers("another mirror", CLEAN_CACHE),
    )
