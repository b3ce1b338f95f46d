"""Which lines of what a command printed are errors: of go, git, curl, ssh, pip, npm and others, and what each tells."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netanalyze.clients.message_forms import DNS_ANSWER
from netanalyze.clients.messages import classify
from netanalyze.clients.trace_lines import TraceLine
from netanalyze.patterns import lazy_pattern

_NO_ERROR = lazy_pattern(
    r"go: (?:downloading|finding|extracting|warning|added|upgraded|downgraded|removed|found|creating|trying|copying"
    r"|to add module|no module dependencies|using)\b"
)
_AGAIN = lazy_pattern(
    r"WARNING: Retrying \(|spurious network error|Will retry in |\bRetrying\.$|Retrying in [0-9]+ second"
    r"|[Rr]etrying after [0-9]|Trying again in [0-9]"
    r"|Retrying fetcher due to error"
    r"|attempt [0-9]+ failed with|retrying in [0-9]+ ms|Waiting for (?:cache lock|another )|Blocking waiting for"
    r"|timed out while downloading"
    r"|waiting for it to exit"
)
"""pip, cargo, curl --retry, wget, docker, npm --loglevel http; apt, cargo and yum at a lock."""
_ERROR = lazy_pattern(
    r"go: |fatal: |error: |verifying .*checksum mismatch|verifying \S+@\S+: |package \S+: .*: dial "
    r"|SECURITY ERROR|curl: \([0-9]+\)|wget: |ssh: |ERROR: |Error: "
    r"|npm (?:ERR!|error) |.*\bWARNING: Retrying \(|warning: spurious network error|Warning: Problem|.*\bRetrying\.$"
    r"|npm http fetch .* attempt|WARNING: Certificate did not|\s*Could not fetch URL"
    r"|\s+File \".*, in _prompt_for_password|Exception in thread |(?:[A-Za-z_]\w*(?:\.|::|\\))*\w+(?:Error|Exception"
    r"|Timeout)(?::|$| with )"
    r"|\s+(?:cause: )?\[?\w*Error.*: |psql: error|E: |W: Failed to fetch |ERROR[ :\[]|Error response from daemon: |ssh_exchange"
    r"|Unable to negotiate with |(?:Invoke|Start|Install|Update)-\w{1,40} ?: |Could not connect to Redis at "
    r"|kex_exchange_identification: |Connection (?:closed|reset) by |client_loop: |Host key verification failed"
    r"|.{0,60}\brpc error: code = |(?:Get|Head|Post|Put|Patch|Delete) \"https?://|\s*> Could not (?:GET|HEAD|get|resolve) "
    r"|(?:\S.{0,300}: )?error [A-Z]{2,6}[0-9]{2,6}: |rsync(?: error)?: |AggregateError|SSL SYSCALL error: "
    r"|Connect timeout on endpoint|Could not connect to the endpoint"
    r"|upstream connect error |\s+- Curl error \([0-9]+\): "
    r"|\s*× Failed |WARNING: fetching |ldap_\w{1,30}(?:\([A-Z]{1,10}\))?: |error connecting to |Got socket error "
    r"|nc: |write:errno="
    r"|Connection to \S{1,255} (?:port [0-9]{1,5} timed out|closed by remote host)"
    r"|failed to (?:do request|copy|solve|fetch)|Unable to connect to the server: "
    r"|[\w.-]{1,64}@[\w.-]{1,255}: Permission denied|\s*curl error [0-9]+ while downloading |svn: E[0-9]{6}: "
    r"|WARNING: Connection timed out while|Err:[0-9]+ |channel [0-9]+: open failed: |Error in \w+: |.{0,120}\b(?:System"
    r"|Microsoft)\.[\w.]+Exception: |panic: |Fetch error: |docker: |\[(?:ERROR"
    r"|FATAL)\] |ORA-[0-9]{5}: |Retrying fetcher due to error "
    r"|\s*\* (?:Error|error|failed) |\{ Error: |\*\*\* (?:Request to |.{1,300} can't find )|.*: ERROR [45][0-9]{2}: "
)
_JSON_ERROR = lazy_pattern(r'\s*"Error": ("(?:[^"\\]|\\.){1,8000}"),?$')
"""A field of ``go mod download -json`` and ``go list -json`` (modcmd/download.go)."""
_BECAUSE = ("Caused by:", "error: caused by:", "info: caused by:")
"""How cargo, uv and rustup go on with what lies behind an error."""
_CODE = lazy_pattern(r"error [A-Z]{2,6}[0-9]{2,6}: |svn: ")
"""NuGet, MSBuild and Subversion repeat the code, or their name, before each line of one error."""
_COMPLAINS = lazy_pattern(
    r"(?<!\b0 )(?<!\bno )(?<!\blast )(?<![-./\w])(?:errors?|exception|fatal|fail(?:ed|ure|s)?|cannot|can't"
    r"|could ?n[o']t|couldn't|unable to|timed out|refused|denied|unreachable|lost (?:communication|connection)|aborted"
    r"|100% packet loss)\b(?! ?[:=]? ?0\b| rates?\b|[-/]|\.\w)",
    re.IGNORECASE,
)
"""How a program of which nothing is known says that it did not succeed; what is part of a name says nothing."""
DONE = lazy_pattern(
    r" saved \[[0-9]+(?:/[0-9]+)?\]$|^Successfully (?:installed|downloaded|built) |^(?:added|changed|up to date)\b.* packages?\b"
    r"|^(?:✨ +)?Done in |^Status: (?:Downloaded newer|Image is up to date)|^ +Finished |^BUILD SUCCESS|\bBUILD SUCCESS$"
    r"|^(?:Resolving deltas|Updating files): +100% .*done|^Bundle complete|^Generating (?:optimized )?autoload|^Complete!$"
    r"|^Installed [0-9]+ packages? in|^HEAD is now at |has been successfully initialized!"
    r"|^Escape character is |^(?:Setting up|Unpacking) \S+ \(|^Processing triggers for "
    r"|^100 +[0-9.]+[kMG]? +100 "
    r"|^\* Connection #[0-9]+ to host \S+ left intact"
)
"""wget, pip, npm, yarn and pnpm, docker, cargo, Gradle and Maven, git, Bundler, Composer, dnf, uv, Terraform, dpkg, curl: it is
done; telnet: it is connected."""
_ANSWER = lazy_pattern(DNS_ANSWER)
_WENT_WELL = lazy_pattern(r"\s*(?:[✓✔√]|ok\b|PASS(?:ED)?\b|--- PASS|test \S.* \.\.\. ok$|.* PASSED(?:\s|$))")
"""How runners of tests tell of one that passed: what its name speaks of did not befall the run."""
_STEP = lazy_pattern(r"[<>{}*] |debug[1-3]: ")
"""``curl -v`` and ``ssh -v`` tell of a step, or of a try among several (clients/steps.py)."""
_NO_END = lazy_pattern(
    r"\$ |\W{0,3}(?:\S{1,40} )?(?:debug|info|trace|notice|warn(?:ing)?)\b|.{0,400}\b(?:retrying|trying again)\b",
    re.IGNORECASE,
)
"""What was typed, lines of a log below errors, and tries that are followed by another, end no command."""


@dataclass(frozen=True)
class ErrorLine:
    """One error: ``text`` with its indented continuation, ``kind`` and ``facts`` as in clients/messages.py."""

    line: int
    text: str
    kind: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def again(self) -> bool:
        """It tells of a try that failed, after which the command tries once more: no end."""
        return bool(_AGAIN.search(self.text))


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text


def read_errors(lines: tuple[TraceLine, ...]) -> tuple[ErrorLine, ...]:
    """Error lines with the indented lines that continue them; failing those, the last line of a known kind."""
    found: list[tuple[int, list[str]]] = []
    going_on = False
    for line in lines:
        text = line.text
        told = _JSON_ERROR.match(text)
        if told:
            found.append((line.number, [_unquoted(told[1])]))
            going_on = False
            continue
        chained = going_on and found[-1][1][0].startswith("error: ") and (text.startswith(_BECAUSE) or not text.strip())
        same = _CODE.match(text) if going_on else None
        chained = chained or (same is not None and found[-1][1][0].startswith(same[0]))
        if chained or (going_on and text[:1] in ("\t", " ") and text.strip()):
            if len(found[-1][1]) < 40:
                found[-1][1].append(text)
            continue
        going_on = bool(_ERROR.match(text)) and not _NO_ERROR.match(text)
        if going_on:
            found.append((line.number, [text]))
    errors = [ErrorLine(number, "\n".join(texts), *classify("\n".join(texts))) for number, texts in found]
    if all(error.kind == "unknown" for error in errors):
        taken = {error.line for error in errors}
        for line in reversed(lines[-200:]):
            if _ANSWER.match(line.text):
                break  # what went wrong before it was asked again
            told_of = (
                ()
                if line.number in taken
                or line.text.startswith("# get ")
                or _STEP.match(line.text)
                or _WENT_WELL.match(line.text)
                else classify(line.text)
            )
            if told_of and told_of[0] != "unknown":
                errors.append(ErrorLine(line.number, line.text, *told_of))
                break
    return tuple(sorted(errors, key=lambda error: error.line))


def complaint(lines: tuple[TraceLine, ...]) -> str | None:
    """The last line that sounds of a failure, in words that no form knows; None where it went well after it."""
    for line in reversed(lines):
        if _ANSWER.match(line.text) or DONE.search(line.text):
            break
        if _COMPLAINS.search(line.text) and not any(p.match(line.text) for p in (_STEP, _NO_END, _WENT_WELL)):
            return line.text.strip()
    return None
