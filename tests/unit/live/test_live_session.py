"""A session with a sniffer of the test's own: no rights needed, nothing is captured."""

import os
import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from netanalyze import kept_runs
from netanalyze.api import analyze
from netanalyze.capture.recording import read_run
from netanalyze.capture.source import open_source
from netanalyze.diagnosis.status import RunStatus
from netanalyze.diagnostics import Diagnostics
from netanalyze.errors import CommandNotFound, LiveError, NotPermitted
from netanalyze.kernel import Engine
from netanalyze.live.analysis import LiveAnalysis
from netanalyze.live.capture.frames import CapturedFrame, Counted
from netanalyze.live.capture.links import Link
from netanalyze.live.command.plan import Options
from netanalyze.live.session import Session
from tests.users import own_folder


class Sniffer:
    """Gives the frames it is told to."""

    backend, latency_ns, losses = "fake", 0, ()

    def __init__(self, frames=(), fails=False):
        self.links = [Link("eth0", 1)]
        self._frames, self._fails = list(frames), fails
        self._out, self._in = os.pipe()
        os.write(self._in, b"!")
        self.stopped = False

    def arm(self):
        """Nothing to do."""

    def fileno(self):
        return self._out

    def read(self):
        if self._fails:
            raise LiveError("it is gone")
        frames, self._frames = self._frames, []
        if not frames:
            os.set_blocking(self._out, False)
            try:
                os.read(self._out, 9)
            except BlockingIOError:
                pass
        return frames

    def statistics(self):
        return [Counted(10, 2)]

    def stop(self, at_once=False):
        self.stopped = True
        return [CapturedFrame(0, 2_000_000_000, b"late", 4)] if not self._fails else []


class Analyzer:
    """Remembers what it was given."""

    def __init__(self):
        self.batches, self.times, self.end = [], [], None

    def feed(self, batch, interfaces):
        self.batches.append(
            (batch.first_frame_number, batch.frames.tolist(), batch.buffer.tobytes(), len(interfaces.rows))
        )

    def run_status(self, now_ns, run, trace):
        self.times.append(now_ns)
        return RunStatus(now_ns, now_ns)

    def finish(self, **facts):
        self.end = facts
        return SimpleNamespace(facts=facts)


FRAMES = [CapturedFrame(0, 1_000_000_000, b"one", 3), CapturedFrame(0, 1_500_000_000, b"three", 900)]


def run(tmp_path, *argv, sniffer=None, analyzer=None, **options):
    sniffer, analyzer = sniffer or Sniffer(FRAMES), analyzer or Analyzer()
    diagnostics = Diagnostics()
    path = str(tmp_path / "run.pcapng")
    session = Session(
        Options(argv=argv, interfaces=("lo",), path=path, quiet=True, **options),
        lambda *asked: sniffer,
        LiveAnalysis(analyzer, diagnostics),
    )
    return session.run(), analyzer, diagnostics


def recorded(path):
    with open_source([path], Diagnostics(), Engine(mode="plain")) as source:
        rows = [row for batch in source.batches() for row in batch.frames.tolist()]
        return rows, read_run(source.comments), source.interfaces.rows


def test_frames_are_recorded_and_analysed_as_the_same_rows(tmp_path):
    outcome, analyzer, diagnostics = run(tmp_path, "sh", "-c", "sleep 0.2; exit 4")
    assert (outcome.status, outcome.frame_count, outcome.backend) == (4, 3, "fake")
    rows, told, (interface,) = recorded(outcome.path)
    live = [row[1:] for _, batch, _, _ in analyzer.batches for row in batch]
    assert live == [row[1:] for row in rows]  # all but the place in the buffer
    assert (interface.name, interface.received, interface.dropped) == ("eth0", 10, 2)
    assert told.exit_code == 4
    assert told.argv == ("sh", "-c", "sleep 0.2; exit 4")
    assert 0.15 < (told.end_ns - told.start_ns) / 1e9 < 5
    assert analyzer.end["end_ns"] == told.end_ns
    assert analyzer.end["run"].exit_code == 4
    assert diagnostics.count("kernel_drops") == 2


def test_time_goes_on_while_nothing_comes(tmp_path):
    _, analyzer, _ = run(tmp_path, "sleep", "0.8")
    assert len(analyzer.times) >= 2
    assert analyzer.times == sorted(analyzer.times)


def test_an_analysis_that_fails_does_not_touch_the_command(tmp_path):
    analyzer = Analyzer()
    analyzer.feed = lambda *_: 1 / 0
    outcome, _, _ = run(tmp_path, "sh", "-c", "exit 3", analyzer=analyzer)
    assert outcome.status == 3
    assert outcome.result is None
    assert isinstance(outcome.failure, ZeroDivisionError)
    assert len(recorded(outcome.path)[0]) == 3


def test_a_capture_that_ends_early_is_said(tmp_path):
    outcome, _, _ = run(tmp_path, "sh", "-c", "sleep 0.3; exit 3", sniffer=Sniffer(fails=True))
    assert outcome.status == 3
    assert any("ended before the command did: it is gone" in str(note) for note in outcome.notes)


def test_patience_ends_the_command_and_all_it_started(tmp_path):
    begun = time.monotonic()
    outcome, analyzer, _ = run(tmp_path, "sh", "-c", "sleep 30; sleep 30", patience_ns=500_000_000)
    assert time.monotonic() - begun < 5
    assert outcome.status == 128 + signal.SIGINT
    told = analyzer.end["run"]
    assert told.exit_code is None  # we ended it
    assert 0.4 < told.wall < 1.5
    assert any("patience ran out" in str(note) for note in outcome.notes)


def test_a_command_that_will_not_end_is_killed(tmp_path):
    outcome, _, _ = run(tmp_path, "sh", "-c", "trap '' INT TERM; while :; do sleep 0.1; done", patience_ns=200_000_000)
    assert outcome.status == 128 + signal.SIGKILL


def test_a_signal_to_us_is_passed_on(tmp_path):
    timer = threading.Timer(0.6, lambda: os.kill(os.getpid(), signal.SIGTERM))
    timer.start()
    outcome, analyzer, _ = run(tmp_path, "sleep", "20")
    assert outcome.status == 128 + signal.SIGTERM
    assert analyzer.end["run"].exit_code is None


def test_nothing_is_recorded_of_a_command_that_is_not_there(tmp_path):
    with pytest.raises(CommandNotFound) as caught:
        run(tmp_path, "no-such-command-at-all")
    assert caught.value.status == 127
    (tmp_path / "file").write_text("text")
    with pytest.raises(CommandNotFound) as caught:
        run(tmp_path, str(tmp_path / "file"))
    assert caught.value.status == 126
    (tmp_path / "program").write_text("#!/no/such/interpreter\n")
    (tmp_path / "program").chmod(0o755)
    with pytest.raises(CommandNotFound):
        run(tmp_path, str(tmp_path / "program"))
    assert not (tmp_path / "run.pcapng").exists()


def test_an_interface_that_is_not_there_is_said_before_the_command_begins(tmp_path):
    def refuse(*_):
        raise LiveError("there is no interface nowhere")

    options = Options(argv=("touch", str(tmp_path / "started")), interfaces=("nowhere",))
    with pytest.raises(LiveError):
        Session(options, refuse, LiveAnalysis(Analyzer())).run()
    assert not (tmp_path / "started").exists()


def test_who_may_not_capture_gets_the_command_run_all_the_same(tmp_path, monkeypatch):
    def refuse(*_):
        raise NotPermitted("capture on lo", "sudo")

    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr("netanalyze.live.capture.elevated.ask", lambda *_: None)
    options = Options(argv=("sh", "-c", "exit 3"), interfaces=("lo",), path=str(tmp_path / "run.pcapng"))
    outcome = Session(options, refuse, LiveAnalysis(Analyzer())).run()
    assert (outcome.status, outcome.backend) == (3, "sockets")
    assert any("sudo" in str(note) for note in outcome.notes)


def test_a_script_without_a_first_line_runs(tmp_path):
    script = tmp_path / "script"
    script.write_text("exit 6\n")
    script.chmod(0o755)
    assert run(tmp_path, str(script))[0].status == 6


@pytest.fixture
def kept(monkeypatch):
    """Where runs are kept that nobody asked to record."""
    with own_folder(os.geteuid()) as folder:
        monkeypatch.setattr(kept_runs, "place_of_kept_runs", lambda: str(folder / "netanalyze"))
        yield folder / "netanalyze"


def unnamed(*argv, frames=FRAMES):
    """A run whose recording nobody named."""
    return Session(Options(argv=argv, interfaces=("lo",), quiet=True), lambda *asked: Sniffer(frames)).run()


def test_a_run_that_nobody_asked_to_record_is_kept_elsewhere_and_told_of(kept, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = unnamed("sh", "-c", "exit 4")
    assert list(tmp_path.iterdir()) == []
    with kept_runs.open_kept_runs() as runs:
        (one,) = runs.runs()
    assert (outcome.path, outcome.again) == (one.path, "netanalyze last")
    assert len(recorded(one.path)[0]) == 3
    assert (one.text("command"), one.text("status")) == ("sh -c exit 4", outcome.result.verdict.status)
    assert one.wall_ns == outcome.result.run.end_ns - outcome.result.run.start_ns


def test_a_kept_run_is_bounded_and_the_oldest_make_room_for_it(kept, monkeypatch):
    monkeypatch.setattr("netanalyze.live.capture.recording.MOST_OF_ONE", 3000)
    monkeypatch.setattr(kept_runs, "MOST_RUNS", 2)
    frames = [CapturedFrame(0, 10**18 + n, bytes(1000), 1000) for n in range(9)]
    outcomes = [unnamed("true", frames=frames) for _ in range(3)]
    assert sorted(path.name for path in kept.glob("*.pcapng")) == sorted(Path(o.path).name for o in outcomes[1:])
    assert any("frames missing" in str(note) and "-w FILE" in str(note) for note in outcomes[0].notes)


def test_where_no_folder_is_safe_the_run_is_not_kept_and_that_is_said_once(kept, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    kept.mkdir()
    kept.chmod(0o777)
    outcome = unnamed("sh", "-c", "exit 4")
    assert (outcome.status, outcome.again, outcome.frame_count) == (4, "", 3)
    assert sum("not kept" in str(note) for note in outcome.notes) == 1
    assert list(tmp_path.iterdir()) == list(kept.iterdir()) == []
    assert outcome.result.capture.files == ()


def test_nothing_is_kept_of_a_command_that_is_not_there(kept):
    with pytest.raises(CommandNotFound):
        unnamed("no-such-command-at-all")
    assert not kept.exists() or list(kept.iterdir()) == []


RECORDED = Path(__file__).parents[3] / "captures" / "recorded"


def shifted(name):
    """The frames of a recording of Ethernet, as if the last had come a moment ago."""
    (path,) = (RECORDED / name).glob("capture.pcap*")
    with open_source([str(path)], Diagnostics(), Engine(mode="plain")) as source:
        taken = [
            (row[3], batch.buffer[row[0] : row[0] + row[1]].tobytes(), row[2])
            for batch in source.batches()
            for row in batch.frames.tolist()
        ]
    later = time.time_ns() - max(ns for ns, _, _ in taken)
    return [CapturedFrame(0, ns + later, octets, original) for ns, octets, original in taken]


@pytest.mark.parametrize("slim", [False, True], ids=["whole", "slim"])
@pytest.mark.parametrize("name", ["body-stalled", "healthy", "loss", "mtu-black-hole-down", "response-missing"])
def test_a_recording_says_what_was_said_live(tmp_path, name, slim):
    """The law: analysed from the file, it gives what it gave live; comments on the frames change nothing."""
    sniffer = Sniffer(shifted(name))
    sniffer.stop = lambda at_once=False: []
    path = str(tmp_path / "run.pcapng")
    options = Options(argv=("sleep", "0.4"), interfaces=("lo",), path=path, quiet=True, slim=slim)
    outcome = Session(options, lambda *asked: sniffer).run()
    assert outcome.failure is None
    live, again = outcome.result.to_json(), analyze([path], kernels="plain").to_json()
    assert again == live
    proved = {e["ref"] for f in live["findings"] for e in f["evidence"] if e["kind"] == "frame"}
    with open_source([path], Diagnostics(), Engine(mode="plain")) as source:
        for _ in source.batches():
            pass
        remarked = {frame for frame, text in source.comments if frame and text.startswith("netanalyze: ")}
    assert remarked == proved


def test_a_recording_grows_no_larger_than_asked(tmp_path):
    frames = [CapturedFrame(0, 10**18 + n, bytes(1000), 1000) for n in range(300)]
    outcome, analyzer, _ = run(tmp_path, "sleep", "0.3", sniffer=Sniffer(frames), most=100_000)
    assert Path(outcome.path).stat().st_size < 110_000
    rows, told, _ = recorded(outcome.path)
    assert 80 < len(rows) < 100
    assert told.exit_code == 0  # its end is told all the same
    assert sum(len(batch) for _, batch, _, _ in analyzer.batches) == 301  # and everything was analysed
    assert any("--max-size" in str(note) for note in outcome.notes)
