"""Secrets do not travel: what is recorded or reported passes through here, by one table of rules (``names``, ``tokens``).

``redacted`` takes any text, ``redacted_line`` a command line, ``redacted_value`` whatever a report is made of, and
``recorded_variables`` an environment. None of them raises, each takes time in proportion to its text, and doing it twice
changes nothing more. What is hidden reads ``xxxxx``, as go itself has it (net/url, URL.Redacted). The octets of captured
frames are not touched: they are the capture.
"""

from netanalyze.redaction.command_line import redacted_line
from netanalyze.redaction.switch import NOT_REDACTED, hide_also, redacts, show_secrets
from netanalyze.redaction.text import Lines, redacted
from netanalyze.redaction.values import redacted_environment, redacted_value
from netanalyze.redaction.variables import recorded_proxies, recorded_variables

__all__ = [
    "NOT_REDACTED",
    "Lines",
    "hide_also",
    "recorded_proxies",
    "recorded_variables",
    "redacted",
    "redacted_environment",
    "redacted_line",
    "redacted_value",
    "redacts",
    "show_secrets",
]
