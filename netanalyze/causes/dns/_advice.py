"""Advice where a name could not be resolved, or not in time."""

from netanalyze.causes.advice.form import Offer, offers
from netanalyze.causes.advice.shared import CLEAN_CACHE, WAITING

RESTART_STUB = Offer("Restart the resolver on this machine", "sudo systemctl restart systemd-resolved", "resolved")
CONTAINER = Offer("In a container: hand it a resolver (docker run --dns …)")
COMPARE = Offer("See whether another resolver knows it", "dig +tries=1 +time=2 @{other_resolver} {name}")
PUT_FIRST = offers(
    Offer("Ask another resolver (until it restarts)", "sudo resolvectl dns {interface} {other_resolver}", "resolved"),
    Offer(
        "Another resolver first (keeps a .bak)",
        "sudo sed -i.bak --follow-symlinks '1i nameserver {other_resolver}' /etc/resolv.conf",
        "!resolved",
    ),
)
NO_AAAA = Offer(
    "Ask for no AAAA at all (glibc 2.36 and later)", "echo 'options no-aaaa' | sudo tee -a /etc/resolv.conf", "!go"
)
ONE_TRY = Offer(
    "Shorter waits for a silent resolver", "echo 'options timeout:1 attempts:2' | sudo tee -a /etc/resolv.conf"
)
HOSTS = Offer("Write name and address into /etc/hosts", otherwise=True)
ENCRYPTED = Offer(
    "Ask encrypted: DNS over TLS in resolved.conf", "sudo resolvectl dnsovertls {interface} yes", "resolved"
)
ENCRYPTED_TEXT = Offer("Ask encrypted (DNS over TLS or HTTPS)", None, "!resolved")

VAIN = offers(CLEAN_CACHE, Offer("another GOPROXY", None, "go"), WAITING,
               Offer("reinstalling the command", None, "!go"))  # fmt: skip
