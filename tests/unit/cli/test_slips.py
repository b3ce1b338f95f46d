"""Slips of the hand are answered with what was meant."""

import pytest

from netanalyze.cli.main import run


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (["anlyze", "a.pcap"], "no command 'anlyze'; did you mean analyze?"),
        (["Analyze"], "did you mean analyze?"),
        (["causes"], "did you mean rules?"),
        (["hang.pcap"], "to analyse a file: netanalyze analyze hang.pcap"),
        (["tls/alert"], "its page: netanalyze rules tls/alert"),
        (["go", "mod", "download", "-x"], "to run it under a capture: netanalyze live -- go mod download -x"),
        (["curl", "a b"], "netanalyze live -- curl 'a b'"),
        (["qqq"], "there are analyze, live"),
        (["lab", "rnu"], "no command 'rnu' of lab; did you mean run?"),
        (["help", "anlyze"], "did you mean analyze?"),
        (["help", "tls/alrt"], "did you mean tls/alert?"),
        (["help", "analyze", "x"], "netanalyze analyze has no commands"),
        (["rules", "TLS/Alert"], "did you mean tls/alert?"),
        (["lab", "run", "sni-drop"], "did you mean sni-dropped"),
        (["analyze", "a.pcap", "--jsn"], "no option --jsn; did you mean --json"),
        (["analyze", "a.pcap", "--patience", "3s"], "no option --patience; it is one of netanalyze live"),
        (["--json", "a.pcap"], "no option --json; it is one of netanalyze analyze and netanalyze live"),
        (["-r", "a.pcap"], "a capture is named without an option: netanalyze analyze FILE"),
        (["analyze", "a.pcap", "--qqq"], "no option --qqq (see netanalyze analyze --help)"),
        (["analyze", "a.pcap", "--client", "crul"], "did you mean curl?"),
        (["completion", "bsh"], "did you mean bash?"),
        (["analyze", "a.pcap", "--between", "soon", "3"], "'soon' is no moment: seconds (12.5), a duration (2min) or a time"),
        (["analyze", "a.pcap", "--between", "25:00", "3"], "'25:00' is on no clock"),
    ],
)  # fmt: skip
def test_a_slip_is_told_what_was_meant(capsys, typed, answer):
    assert run(typed) == 2
    said = capsys.readouterr()
    assert answer in said.err
    assert said.out == ""
    assert said.err.count("\n") == 1


def test_live_keeps_its_own_status(capsys):
    assert run(["live", "--patinece", "3s", "--", "true"]) == 125
    assert "no option --patinece; did you mean --patience?" in capsys.readouterr().err
