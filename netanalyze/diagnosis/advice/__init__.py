"""What to do about a cause: fixes, a check, what is of no use, and whose fault it is.

``advice`` picks from the pages (one module per phase) what holds for this culprit, client and environment, and fills in
the real names. Nothing here weakens a check: no GOSUMDB=off, no GOINSECURE, no unverified certificate.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from netanalyze.causes.advice.dead_link import dead_link
from netanalyze.causes.advice.form import Advice, Page, holds
from netanalyze.causes.cause import advice_page, cause_of
from netanalyze.clients import client_by_name
from netanalyze.diagnosis.advice.situation import already_there, situation
from netanalyze.findings import Check, Culprit, Step
from netanalyze.wording import Message, message, names

__all__ = ["Advice", "Page", "advice"]


MOST = 5
"""Steps a person reads."""
LINE = 69
"""Characters that a line of the report has for texts."""


def _words(template: str, values: Mapping[str, str]) -> dict[str, str] | None:
    """What the words of a template stand for; None if one is not known."""
    words = names(template)
    return {word: values[word] for word in words} if all(word in values for word in words) else None


def _text(template: str, values: Mapping[str, str]) -> Message | None:
    words = _words(template, values)
    return None if words is None else message(template, **words)


def _command(template: str, values: Mapping[str, str]) -> str | None:
    words = _words(template, values)
    return None if words is None else template.format(**words)


def _first(candidates: Iterable[Any]) -> Any:
    """The first that could be filled; None where none could."""
    return next((candidate for candidate in candidates if candidate is not None), None)


def _steps(
    page: Page, words: frozenset[str], values: Mapping[str, str], environment: Mapping[str, Any]
) -> tuple[Step, ...]:
    steps: list[Step] = []
    for offer in page.fix:
        if not holds(offer.when, words):
            continue
        text, command = _text(offer.text, values), _command(offer.command, values) if offer.command else None
        if text is None or (offer.command and command is None) or (command and already_there(command, environment)):
            continue
        if any(text == step.what or (command and command == step.command) for step in steps):
            continue
        steps.append(Step(text, command, offer.scope, offer.otherwise))
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


NOTHING: Mapping[str, Any] = MappingProxyType({})


def advice(
    cause: str | None,
    culprit: Culprit | None = None,
    client: str | None = None,
    attributes: Mapping[str, Any] = NOTHING,
    environment: Mapping[str, Any] = NOTHING,
    facts: Mapping[str, Any] = NOTHING,
) -> Advice:
    """What to do about ``cause``.

    Args:
        cause: identifier of docs/causes.md; None, or one without a page, has an empty advice.
        culprit: who is to blame; names and addresses go into commands if they have the form of such.
        client: name of the command (``go``, ``git``, ``curl``, ``pip``, ``npm``; anything else is ``generic``).
        attributes: the verdict's attributes (``origin``, ``alert``, ``against``, ``status``, ``direction``).
        environment: the result's ``run.environment``: ``go_env``, ``proxies``, ``resolvers``, ``mtu`` …
        facts: what else is known: ``host`` and ``address`` in question (where the culprit is the path or a proxy),
            ``client_address`` (who asked it),
            ``server_role``, ``failing_hosts``, ``qname``, ``resolver``, ``interface``, ``path_mtu``, ``argv``,
            ``typed`` (argv was given to this process, no file says it), ``module``, ``toolchain``, ``lock``,
            ``status``, ``setting``, ``program``, ``kind`` (of the final error),
            ``given_up`` (something did end the wait), ``own_timer`` (the client says that its own time did).

    >>> advice("tls/client-hello-dropped", Culprit("module-proxy", "proxy.golang.org"), "go").fix[0].command
    'GOPROXY=https://goproxy.cn,direct go mod download'
    """
    page = advice_page(cause) if cause is not None else None
    if page is None or cause is None:
        return Advice()
    if attributes.get("link") == "dead":
        page = dead_link()
    words, values = situation(culprit, client, attributes, environment, facts)
    if cause_of(cause).guarded_by in client_by_name(client).unguarded and not facts.get("given_up"):
        words |= {"for-ever"}
    if facts.get("own_timer"):
        words |= {"own-timer"}
    vain = [offer.text for offer in page.no_use if holds(offer.when, words)]
    check = _first(_command(offer.command or "", values) for offer in page.verify if holds(offer.when, words))
    return Advice(
        fix=_steps(page, words, values, environment),
        verify=None if check is None else Check(command=check),
        no_use=_as_many_as_fit(dict.fromkeys(vain)),
        where=_first(_text(offer.text, values) for offer in page.where if holds(offer.when, words)) or "",
    )
