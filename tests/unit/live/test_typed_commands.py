"""Only the command line that was given to this very process counts as typed; no file can say so of its own."""

from netanalyze.capture.recording import RecordedRun, read_run, run_comments
from netanalyze.result import run_facts


def test_a_live_run_is_typed_and_its_recording_is_not():
    run = RecordedRun(argv=("make", "all"), typed=True)
    assert run_facts(run).typed
    comments = run_comments(run)
    assert not any("typed" in comment for comment in comments)
    again = read_run([(None, comment) for comment in comments])
    assert again == run
    assert not again.typed


def test_a_file_that_says_it_was_typed_is_not_believed():
    forged = [
        c.replace('"exit_code"', '"typed":true,"exit_code"') for c in run_comments(RecordedRun(argv=("rm", "-rf", "/")))
    ]
    assert not read_run([(None, comment) for comment in forged]).typed
