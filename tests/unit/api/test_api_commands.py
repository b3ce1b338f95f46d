"""``netanalyze slice`` and ``netanalyze verify``."""

import shutil

import pytest
from click.testing import CliRunner

import netanalyze
from netanalyze.cli.rewriting.slice import command as slice_command
from netanalyze.cli.verify import command as verify_command
from netanalyze.cli.verify import compared
from netanalyze.interop.tshark import Reading

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def run(command, *arguments):
    """The command's outcome; what it returns is its status."""
    status = []
    runner = CliRunner()
    done = runner.invoke(command, [str(argument) for argument in arguments], standalone_mode=False)
    status.append(done.return_value)
    return done, status[0]


def test_slice_writes_the_proof(recorded, tmp_path, hang):
    out = tmp_path / "proof.pcapng"
    done, status = run(slice_command, recorded("client-hello-dropped"), "--finding", 0, "-o", out)
    assert status == 0, done.exception
    assert f"{hang.save(tmp_path / 'same.pcapng', findings=[0])} of 32 frames" in done.output
    assert out.read_bytes() == (tmp_path / "same.pcapng").read_bytes()


def test_slice_of_a_flow_and_quietly(recorded, tmp_path):
    out = tmp_path / "flow.pcapng"
    done, status = run(slice_command, recorded("healthy"), "--flow", 3, "-q", "-o", out)
    assert (status, done.output) == (0, "")
    assert len(netanalyze.open(out).flows) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--finding", "9"], "no finding 9"), (["--flow", "9"], "no flow 9"), ([], "names no finding")],
)
def test_slice_says_what_is_not_there(recorded, tmp_path, arguments, said):
    done, _ = run(slice_command, recorded("healthy"), *arguments, "-o", tmp_path / "x.pcapng")
    assert said in str(done.exception)


def test_slice_does_not_read_standard_input(tmp_path):
    done, _ = run(slice_command, "-", "-o", tmp_path / "x.pcapng")
    assert "save standard input" in str(done.exception)


@needs_tshark
@pytest.mark.parametrize("name", ["client-hello-dropped", "healthy", "loss", "forged-dns-answer"])
def test_recordings_agree_with_tshark(recorded, name):
    done, status = run(verify_command, recorded(name))
    assert status == 0, done.output
    assert "all agree" in done.output


def test_a_difference_is_named(hang):
    theirs = Reading(version="4.0.0", frames=32, streams={"tcp": 2, "udp": 2})
    theirs.marks = {(17, "retransmission"), (99, "zero_window")}
    lines, differences = compared(hang.result, theirs)
    text = "\n".join(lines)
    assert differences >= 3
    assert "only tshark: #99" in text
    assert "only netanalyze: #18, #21, #22, #23, #24 and 6 more" in text
    assert "ClientHello names" in text
    assert lines[-1].endswith("differ (tshark 4.0.0)")


def test_every_option_has_help():
    for command in (slice_command, verify_command):
        for parameter in command.params:
            assert getattr(parameter, "help", None) or parameter.param_type_name == "argument", parameter.name
