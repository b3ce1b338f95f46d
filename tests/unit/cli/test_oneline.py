"""analyze --oneline: a line for each capture."""

import pytest

from netanalyze.cli.main import run
from tests.house.sources import ROOT

CAPTURE = str(ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "HUNG The ClientHello to proxy.golang.org is swallowed on the way. "
               "7.50 of 7.56 s lost, tls/client-hello-dropped, confidence 0.93\n"),
        ("zh", "卡住 发给 proxy.golang.org 的 ClientHello 在途中被吞掉。 "
               "7.56 秒中损失 7.50 秒，tls/client-hello-dropped，可信度 0.93\n"),
    ],
)  # fmt: skip
def test_it_is_one_line(capsys, language, said):
    assert run(["analyze", "--oneline", "--lang", language, CAPTURE]) == 1
    assert capsys.readouterr().out == f"{CAPTURE}: {said}"


def test_of_a_healthy_run_it_says_so(capsys):
    healthy = ROOT / "captures" / "tls" / "client_hello_dropped" / "near_miss.pcapng"
    assert run(["analyze", "--oneline", str(healthy)]) == 0
    line = capsys.readouterr().out
    assert line.startswith(f"{healthy}: HEALTHY ")
    assert line.count("\n") == 1


def test_one_form_is_printed(capsys):
    assert run(["analyze", "--oneline", "--json", CAPTURE]) == 2
    assert "--json and --oneline cannot both be printed" in capsys.readouterr().err
