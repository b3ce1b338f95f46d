"""What the command line says on standard error in Chinese: errors, slips and the notes at a run's end, each a whole line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from netanalyze.cli.main import run
from netanalyze.errors import NotPermitted
from netanalyze.live import outcome as ends
from netanalyze.live.outcome import Outcome
from netanalyze.report.language import Language
from netanalyze.wording import message

CAPTURE = Path(__file__).resolve().parents[3] / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
CHINESE = Language("zh")
linux = pytest.mark.skipif(sys.platform != "linux", reason="live runs on Linux")


@pytest.fixture(autouse=True)
def chinese(monkeypatch, tmp_path):
    """A locale of simplified characters, and a folder to work in."""
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.chdir(tmp_path)


def line(capsys, *words, status=2):
    """The one line that a command line is answered with."""
    assert run(list(words)) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    return said.err.rstrip("\n")


def test_a_file_that_is_not_there(capsys):
    assert line(capsys, "analyze", "gone.pcap") == "netanalyze: gone.pcap：没有该文件或文件夹"


def test_an_empty_file(capsys, tmp_path):
    (tmp_path / "empty.pcap").touch()
    said = line(capsys, "analyze", "empty.pcap")
    assert said == "netanalyze: empty.pcap：文件为空；抓包以至少 24 字节的文件头开始"


def test_a_file_that_is_cut_within_its_header(capsys, tmp_path):
    (tmp_path / "cut.pcap").write_bytes(CAPTURE.read_bytes()[:20])
    said = line(capsys, "analyze", "cut.pcap")
    assert said == "netanalyze: cut.pcap：字节 0：需要 24 字节，而依文件长度只剩 20"


def test_a_file_that_is_no_capture(capsys, tmp_path):
    (tmp_path / "notes.txt").write_text("go: downloading")
    said = line(capsys, "analyze", "notes.txt")
    assert said.startswith("netanalyze: notes.txt：字节 0：67 6f 3a 20 64 6f 77 6e 不是已知抓包格式")
    assert said.endswith("它是由 tcpdump -w、dumpcap 或 Wireshark 写出的吗？")


@linux
def test_an_interface_that_is_not_there(capsys):
    said = line(capsys, "live", "-q", "-i", "nosuch0", "--", "true", status=125)
    assert said.startswith("netanalyze: 这里没有接口 'nosuch0'；有：")
    assert said.endswith("（或 any，即全部）")


@linux
def test_a_recording_that_is_there(capsys, tmp_path):
    (tmp_path / "hang.pcapng").touch()
    said = line(capsys, "live", "-w", "hang.pcapng", "--", "true", status=125)
    assert said == "netanalyze: -w hang.pcapng：文件已存在；请另给一个名称，或用 --force 替换它"


@linux
def test_a_command_that_is_not_there(capsys):
    said = line(capsys, "live", "--", "no-such-command | less", status=127)
    assert said == (
        "netanalyze: no-such-command | less：PATH 中没有此命令；"
        "含管道、变量或多个词的命令行要交给 shell：-- sh -c 'no-such-command | less'"
    )


def test_a_right_that_is_missing():
    refused = NotPermitted(message("capture on {interfaces}", interfaces="eth0"), "sudo netanalyze live …")
    assert str(refused) == "not permitted to capture on eth0; this grants it: sudo netanalyze live …"
    told = message("no packets were captured: {why}", why=refused.sentence)
    assert CHINESE.say(told) == "没有抓到报文：没有权限在 eth0 上抓包；授予权限：sudo netanalyze live …"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (["anlyze", "a.pcap"], "没有命令 'anlyze'；您是指 analyze 吗？（见 netanalyze --help）"),
        (["lab", "rnu"], "lab 没有命令 'rnu'；您是指 run 吗？（见 netanalyze lab --help）"),
        (["hang.pcap"], "没有命令 'hang.pcap'；分析文件：netanalyze analyze hang.pcap（见 netanalyze --help）"),
        (["analyze"], "缺少参数 'FILE...'（见 netanalyze analyze --help）"),
        (["analyze", "a", "--jsn"], "没有选项 --jsn；您是指 --json 或 --json-to 吗？（见 netanalyze analyze --help）"),
        (["analyze", "a", "--width", "3"], "'--width' 的值无效：3 不在范围 x>=40 之内（见 netanalyze analyze --help）"),
        (["analyze", "a", "--lang"], "选项 '--lang' 需要一个值（见 netanalyze --help）"),
        (
            ["analyze", "a", "--between", "soon", "3"],
            "'--between' 的值无效：'soon' 不是时刻：秒数（12.5）、时长（2min）或时刻（14:03:10、2024-05-01T14:03:10Z）"
            "（见 netanalyze analyze --help）",
        ),
        (
            ["analyze", "a", "--json", "--html", "-"],
            "--json 和 --html - 不能都打印；请给其中之一文件名（见 netanalyze analyze --help）",
        ),
        (["rules", "tls/alrt"], "没有原因 'tls/alrt'；您是指 tls/alert 吗？（见 netanalyze rules --help）"),
        (["settle", "a b"], "'a b' 不是 HOST 或 HOST:PORT；请写成 proxy.golang.org 或 192.0.2.1:443"),
    ],
)  # fmt: skip
def test_a_slip(capsys, typed, answer):
    assert line(capsys, *typed) == f"netanalyze: {answer}"


@pytest.mark.parametrize("locale", ["zh_TW.UTF-8", "zh_HK", "C.UTF-8", "de_DE.UTF-8"])
def test_who_reads_no_simplified_characters_is_given_none(capsys, monkeypatch, locale):
    monkeypatch.setenv("LANG", locale)
    assert line(capsys, "analyze", "gone.pcap") == "netanalyze: gone.pcap: No such file or directory"


def test_lang_goes_before_the_locale(capsys, monkeypatch):
    assert "No such file" in line(capsys, "--lang", "en", "analyze", "gone.pcap")
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert "没有该文件" in line(capsys, "--lang", "zh", "analyze", "gone.pcap")
    assert "没有该文件" in line(capsys, "analyze", "gone.pcap", "--lang", "zh")


def test_a_stream_that_has_no_chinese_is_given_english():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "netanalyze", "analyze", "gone.pcap"], capture_output=True, text=True, env=environment
    )
    assert done.stderr == "netanalyze: gone.pcap: No such file or directory\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("https://me:hunter2@example.test/a.pcap", "https://xxxxx@example.test/a.pcap"),
        ("token=hunter2", "token=xxxxx"),
        ("--password hunter2", "--password xxxxx"),
    ],
)
def test_a_secret_in_a_name_is_hidden_and_the_reason_stays(capsys, name, shown):
    assert line(capsys, "analyze", "--", name) == f"netanalyze: {shown}：没有该文件或文件夹"


def test_what_is_hidden_to_the_end_of_a_line_in_english_is_hidden_in_chinese(capsys):
    said = line(capsys, "analyze", "Authorization: Bearer hunter2hunter2")
    assert said == "netanalyze: Authorization: Bearer xxxxx"


def test_a_file_that_is_called_like_a_word_of_the_reports_keeps_its_name(capsys):
    assert line(capsys, "analyze", "flow").startswith("netanalyze: flow：")


@pytest.mark.parametrize(
    ("again", "count", "said"),
    [
        ("netanalyze last", 1, "已录制 eth0, lo 的 1 帧；netanalyze last 可再看这次运行"),
        ("netanalyze analyze a.pcapng", 12_345, "已录制 eth0, lo 的 12,345 帧，在 a.pcapng"),
        ("", 7, "已抓取 eth0, lo 的 7 帧，均未录制"),
    ],
)
def test_what_was_recorded(again, count, said):
    outcome = Outcome(0, None, "a.pcapng", count, ("eth0", "lo"), "raw", again=again)
    assert CHINESE.say(ends.recorded(outcome)) == said
    assert str(ends.recorded(outcome)).startswith(f"{count:,} frame")


def test_an_interruption_and_a_failure():
    outcome = Outcome(0, None, "a.pcapng", 1, ("lo",), "raw", ZeroDivisionError("x"), again="netanalyze last")
    assert CHINESE.say(ends.interrupted("netanalyze last")) == "在报告之前中断；netanalyze last 可得到报告"
    assert CHINESE.say(ends.failed(outcome)) == "分析失败（ZeroDivisionError('x')）；录制文件是完整的：netanalyze last"


def test_json_stays_english(capsys):
    assert run(["analyze", str(CAPTURE), "--json"]) == 1
    assert capsys.readouterr().out.isascii()
