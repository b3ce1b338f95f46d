"""Credentials that are missing or were turned down, where nobody is waited for: what that is like, and what to do."""

from collections.abc import Mapping
from typing import Any

from netanalyze.causes.advice.form import Offer, offers

NONE_GIVEN = "git has no credentials for this host, or none that it takes"
KEY_REFUSED = "the server takes none of the ssh keys that were offered"


def refused(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What a refusal is like: nobody waits, the command was not allowed to ask, or what it had was turned down."""
    over = facts.get("over")
    if over is None:
        return {}
    return {"over": over, "asked": "no", "asker": KEY_REFUSED if over == "ssh" else NONE_GIVEN}


MISSING_CREDENTIALS = offers(
    Offer(
        "Fetch it by ssh, where a key is known",
        "git config --global url.ssh://git@{host}/.insteadOf https://{host}/",
        "asked=no over=http",
    ),
    Offer("Ask for it directly: no proxy, no checksum database", "go env -w GOPRIVATE={private}", "asked=no go"),
    Offer("Give git a token (~/.netrc, or a credential helper)", None, "asked=no over=http", otherwise=True),
    Offer("Set GOPRIVATE to its host, so that no proxy is asked", None, "asked=no go !private-known"),
    Offer("Is the key there? (ssh-add KEY adds it)", "ssh-add -l", "asked=no over=ssh"),
    Offer("Which key is offered, and what is said to it", "ssh -vT git@{host}", "asked=no over=ssh"),
    Offer("By https with a token (~/.netrc)", None, "asked=no over=ssh", otherwise=True),
)
"""By https a token, or ssh in its place; a private module is asked for directly. By ssh the user's own key."""
