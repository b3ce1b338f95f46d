"""The one sentence a verdict begins with: what is wrong, where, in plain words. Figures stand in the findings."""

from dataclasses import replace

from netanalyze.causes.cause import cause_of
from netanalyze.findings import Finding
from netanalyze.urls import authority
from netanalyze.wording import Text, message, names, sentence

DEAD_LINK = "{neighbour} does not answer on the local link: nothing gets out."
"""Where the next hop, or the server on the same link, was asked for in vain."""

DOWN_LINK = "{interface} went down on this machine, and nothing got out."
"""Where the machine's own interface is why."""

OTHER_SIDE = "the other side"

SILENT_WHERE = "the server, or the path to it: a socket alone does not tell which"


def headline(finding: Finding) -> Text:
    """The sentence for a finding, in its cause's words; its own message where these have none."""
    attributes = finding.attributes
    if attributes.get("link") == "dead":
        return message(DEAD_LINK, neighbour=attributes["neighbour"])
    if attributes.get("link") == "down":
        return message(DOWN_LINK, interface=attributes["interface"])
    cause = cause_of(finding.cause)
    template = cause.template(finding)
    if template is None:
        return replace(sentence(finding.message), begins="")
    words = {word: attributes.get(word) or cause.unnamed.get(word) for word in names(template)}
    place = _place(finding)
    figures = {
        "place": place or words.get("place") or OTHER_SIDE,
        "name": finding.quantities.get("name") or words.get("name") or place or OTHER_SIDE,
        "number": finding.quantities.get("lost"),
        "octets": attributes.get("silent_after"),
    }
    text = replace(
        message(template, **(words | {word: figures[word] for word in words if word in figures})), ends="stop"
    )
    return text if place else replace(text, begins="capital")


def _place(finding: Finding) -> str:
    """Who or where it is, as a headline names it; empty where that is not known."""
    culprit = finding.culprit
    if culprit.role == "client-host":  # it is no place: what is meant is where this machine's traffic was to go
        return str(finding.quantities.get("host") or "the server")
    if culprit.role == "http-proxy" and culprit.address and not culprit.host:
        return authority(culprit.address, culprit.port)
    return culprit.host or culprit.address or ""
