"""Verdicts on words alone: what a command printed, with no packets beside it and no cause to name.

No error in the words is no proof that nothing is wrong, so such a text is never called healthy.
"""

from netanalyze.causes.case import Case
from netanalyze.causes.client_errors import end_of, only_words
from netanalyze.clients.error_lines import complaint
from netanalyze.clients.steps import steps
from netanalyze.diagnosis.grounds import unexplained
from netanalyze.diagnosis.no_network import LAST_LINE, QUOTED_MOST, in_short
from netanalyze.findings import Check
from netanalyze.result import Verdict
from netanalyze.wording import Text, message

BY_WORDS = "{said} No packets were seen: this rests on what the command printed."
NOTHING_PRINTED = "Nothing was printed, and no packets were seen: nothing can be judged."
NO_ERROR = "What was printed tells of no error, and no packets were seen: nothing can be judged."
DONE_AFTER = "What was printed says that the work was done, and no packets were seen: nothing can be judged."
FAILED = "Unexplained: the command failed. No packets were seen. Its last error: {line}"
WAITS_FOR = "Unexplained: the command waits for {host}. No packets were seen."
CHILD = "Unexplained: the command waits for a program that it started. No packets were seen."
LOCK = "Unexplained: the command waits for a lock. No packets were seen."
TO_SEE = Check(command="netanalyze live -- COMMAND")


def by_words(sentence: Text) -> Text:
    """A headline that owns to what it rests on."""
    return message(BY_WORDS, said=sentence)


def speaker(case: Case) -> str:
    """Who printed what is quoted, as the proof names it."""
    return "said" if case.client.name == "generic" else case.client.name


def words_alone(case: Case) -> Verdict | None:
    """The verdict where only words are known, and they name no cause; None where there is more than words."""
    trace = case.trace
    if trace is None or not only_words(case):
        return None
    if trace.last_words is None:
        return Verdict(status="unusable", summary=NOTHING_PRINTED, confidence=0.0)
    error = trace.final_error
    if error is not None and not trace.recovered and not (error.kind == "unknown" and trace.done):
        line = error.text.split("\n")[0].strip()
        quoted = in_short(line)
        return unexplained("failed", message(FAILED, line=quoted), proof=((LAST_LINE, line),), verify=TO_SEE)
    waiting = trace.open_requests
    if waiting and waiting[-1].line == trace.last_words.number:
        return unexplained(
            "hung",
            message(WAITS_FOR, host=waiting[-1].host or waiting[-1].url),
            proof=((LAST_LINE, trace.last_words.text),),
            verify=TO_SEE,
        )
    children = trace.open_commands
    asleep = steps(trace.lines).stage
    if asleep == "lock":
        return unexplained("hung", LOCK, verify=Check(command="lslocks"))
    if asleep == "child" or (children and children[-1].line == trace.last_words.number):
        return unexplained(
            "hung", CHILD, proof=((LAST_LINE, trace.last_words.text),), verify=Check(command="ps -ef --forest")
        )
    last = complaint(trace.lines)
    if last is not None:
        return unexplained(
            "failed", message(FAILED, line=end_of(last, QUOTED_MOST)), proof=((LAST_LINE, last),), verify=TO_SEE
        )
    said = NO_ERROR if error is None else DONE_AFTER
    return Verdict(status="unusable", summary=said, confidence=0.0, proof=((LAST_LINE, trace.last_words.text),))
