"""What to do about a cause: fixes, a check, what is of no use, and whose fault it is.

``advice`` picks from the pages (one module per phase) what holds for this culprit, client and environment, and fills in
the real names. Nothing here weakens a check: no GOSUMDB=off, no GOINSECURE, no unverified certificate.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from netanalyze.clients import client_by_name
from netanalyze.clients.client import Timer
from netanalyze.diagnosis.advice import capture_pages, dns_pages, http_pages, local_pages, tcp_pages, tls_pages
from netanalyze.diagnosis.advice.form import Advice, Offer, Page, Step, holds
from netanalyze.diagnosis.advice.situation import already_there, situation
from netanalyze.diagnosis.advice.timers import explanation, phase_of
from netanalyze.findings import Culprit
from netanalyze.wording import message

__all__ = ["PAGES", "Advice", "Page", "Step", "advice"]

PAGES: dict[str, Page] = {
    **capture_pages.PAGES,
    **local_pages.PAGES,
    **dns_pages.PAGES,
    **tcp_pages.PAGES,
    **tls_pages.PAGES,
    **http_pages.PAGES,
}
"""The page of every cause."""

MOST = 5
"""Steps a person reads."""
LINE = 69
"""Characters that a line of the report has for texts."""

_WORD = re.compile(r"\{(\w+)\}")


def _filled(text: str, values: Mapping[str, str]) -> str | None:
    """The text with its words filled in; None if one is not known. ``{{`` and ``}}`` stand for braces."""
    plain = text.replace("{{", "\x00").replace("}}", "\x01")
    words = _WORD.findall(plain)
    if any(word not in values for word in words):
        return None
    return message(text, **{word: values[word] for word in words})


def _first(candidates: Iterable[Offer], words: frozenset[str], values: Mapping[str, str]) -> str | None:
    for offer in candidates:
        filled = _filled(offer.command or offer.text, values) if holds(offer.when, words) else None
        if filled is not None:
            return filled
    return None


def _steps(
    page: Page, words: frozenset[str], values: Mapping[str, str], environment: Mapping[str, Any]
) -> tuple[Step, ...]:
    steps: list[Step] = []
    seen: set[str] = set()
    for offer in page.fix:
        if not holds(offer.when, words):
            continue
        text, command = _filled(offer.text, values), _filled(offer.command, values) if offer.command else None
        if text is None or (offer.command and command is None) or (command and already_there(command, environment)):
            continue
        if (command or text) in seen or text in seen:
            continue
        seen |= {command or text, text}
        steps.append(Step(text, command))
    with_command = [s for s in steps if s.command]
    rest = [s for s in steps if not s.command]
    return tuple(s for s in steps if s in (with_command[:MOST] + rest)[:MOST])


def _as_many_as_fit(texts: Iterable[str]) -> tuple[str, ...]:
    """The first texts that fit one line of the report, with commas between them."""
    kept: list[str] = []
    for text in texts:
        if not kept or len(", ".join([*kept, text])) <= LINE:
            kept.append(text)
    return tuple(kept)


def advice(
    cause: str | None,
    culprit: Culprit | None = None,
    client: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    environment: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Advice:
    """What to do about ``cause``.

    Args:
        cause: identifier of docs/causes.md; None, or one without a page, has an empty advice.
        culprit: who is to blame; names and addresses go into commands if they have the form of such.
        client: name of the command (``go``, ``git``, ``curl``, ``pip``, ``npm``; anything else is ``generic``).
        attributes: the verdict's attributes (``origin``, ``alert``, ``against``, ``status``, ``direction``).
        environment: the result's ``run.environment``: ``go_env``, ``proxies``, ``resolvers``, ``mtu`` …
        facts: what else is known: ``host`` and ``address`` in question (where the culprit is the path or a proxy),
            ``server_role``, ``failing_hosts``, ``qname``, ``resolver``, ``interface``, ``path_mtu``, ``argv``,
            ``module``, ``toolchain``, ``lock``, ``status``, ``setting``, ``program``, ``kind`` (of the final error),
            ``timer`` (the ``Timer`` that fired).

    >>> advice("tls/client-hello-dropped", Culprit("module-proxy", "proxy.golang.org"), "go").fix[0].command
    'GOPROXY=https://goproxy.cn,direct go mod download'
    """
    page = PAGES.get(cause or "")
    if page is None or cause is None:
        return Advice()
    if (attributes or {}).get("link") == "dead":
        page = tcp_pages.DEAD_LINK
    environment, facts = environment or {}, facts or {}
    words, values = situation(culprit, client, attributes or {}, environment, facts)
    if phase_of(cause) in client_by_name(client).unguarded:
        words |= {"for-ever"}
    timer = facts.get("timer")
    vain = [offer.text for offer in page.no_use if holds(offer.when, words)]
    return Advice(
        fix=_steps(page, words, values, environment),
        verify=_first(page.verify, words, values),
        no_use=_as_many_as_fit(dict.fromkeys(vain)),
        where=_first(page.where, words, values) or "",
        explain_timer=explanation(cause, client, timer if isinstance(timer, Timer) else None),
    )
