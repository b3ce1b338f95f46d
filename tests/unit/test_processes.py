"""What was seen of processes survives its way through the recording, and any text is read calmly."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from netanalyze.processes import (
    CHILD,
    KINDS,
    LOCK,
    RUNNING,
    FullDisk,
    Process,
    Processes,
    ProcessWait,
    SocketOwner,
    processes_from_json,
)  # fmt: skip
from netanalyze.units import NEVER_NS, SECOND_NS
from netanalyze.wording import english

texts = st.text(max_size=20)
numbers = st.integers(0, 2**40)
rows = st.builds(
    Processes,
    root=numbers,
    processes=st.lists(
        st.builds(
            Process, numbers, numbers, numbers, numbers | st.just(NEVER_NS), st.lists(texts, max_size=3).map(tuple),
            st.none() | st.integers(-64, 255), st.booleans(), st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
            st.lists(texts, max_size=3).map(tuple), st.lists(texts, max_size=2).map(tuple),
        ), max_size=3,
    ).map(tuple),
    sockets=st.lists(
        st.builds(SocketOwner, numbers, texts, numbers, texts, numbers, numbers, numbers, numbers, texts), max_size=3
    ).map(tuple),
    waits=st.lists(
        st.builds(ProcessWait, numbers, st.sampled_from(KINDS), numbers, numbers, texts, numbers, texts, st.floats(0, 64)),
        max_size=3,
    ).map(tuple),
    full_disks=st.lists(st.builds(FullDisk, texts, texts, numbers, numbers), max_size=2).map(tuple),
    means=texts,
)  # fmt: skip
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)


@given(rows)
def test_what_is_written_is_read(seen):
    assert processes_from_json(seen.to_json()) == seen


@given(st.dictionaries(st.sampled_from(["processes", "sockets", "waits", "full_disks", "means"]), anything))
def test_rows_of_another_form_are_left_out(body):
    import json

    found = processes_from_json(json.dumps({"version": 1, "root": 7, **body}))
    assert found is not None
    assert all(isinstance(p.pid, int) for p in found.processes)
    assert all(w.kind in KINDS for w in found.waits)


def test_a_row_without_earlier_command_lines_is_read_as_before():
    text = '{"version":1,"root":7,"processes":[[7,1,5,null,["go"],null,true]]}'
    assert processes_from_json(text).processes == (Process(7, 1, 5, argv=("go",)),)


@given(anything)
def test_what_stands_beside_a_process_may_be_anything(beside):
    import json

    row = [7, 1, 5, None, ["go"], None, True, {"was": beside, "streams": beside, "askpass": beside}]
    found = processes_from_json(json.dumps({"version": 1, "root": 7, "processes": [row]}))
    assert found.processes[0].argv == ("go",)


@given(texts)
def test_any_text_is_processes_or_nothing(text):
    assert processes_from_json(text) is None or text.strip()


GO = Process(7, 1, 0, argv=("go", "mod", "download"))
S = SECOND_NS


def test_looks_of_one_wait_are_pieced_together_and_last_to_the_end():
    waits = (ProcessWait(7, LOCK, 1 * S, 4 * S, "/l", 9), ProcessWait(7, LOCK, 5 * S, 9 * S, "/l", 9))
    assert Processes(7, (GO,), waits=waits).waits_for(LOCK, end_ns=10 * S) == [
        ProcessWait(7, LOCK, 1 * S, 10 * S, "/l", 9)
    ]


def test_a_wait_that_gave_way_to_another_does_not_last_to_the_end():
    waits = (ProcessWait(7, LOCK, 1 * S, 9 * S, "/l", 9), ProcessWait(7, RUNNING, 9 * S, 10 * S))
    assert Processes(7, (GO,), waits=waits).waits_for(LOCK, end_ns=10 * S)[0].end_ns == 9 * S


def test_a_process_that_ended_well_does_not_wait_to_the_end_of_the_run():
    ended = replace(GO, end_ns=9 * S, exit_code=0)
    seen = Processes(7, (ended,), waits=(ProcessWait(7, LOCK, 1 * S, 9 * S - S // 10, "/l", 9),))
    assert seen.waits_for(LOCK, end_ns=10 * S)[0].end_ns == 9 * S - S // 10


def test_strangers_waits_are_not_the_commands():
    assert Processes(7, (replace(GO, own=False),), waits=(ProcessWait(7, LOCK, 1, 2),)).waits_for(LOCK) == []


def test_a_number_that_was_given_twice_is_told_by_the_time():
    first, second = Process(7, 1, 0, 5, ("git",)), Process(7, 1, 6, argv=("ssh",))
    seen = Processes(1, (first, second))
    assert (seen.process(7, 3), seen.process(7, 8), seen.process(8)) == (first, second, None)


def test_a_wait_names_its_parties():
    holder = Process(9, 1, 0, argv=("go", "build"), own=False)
    seen = Processes(7, (GO, holder))
    wait = ProcessWait(7, LOCK, 1, 2, "/cache/lock", 9, "T stopped")
    assert english(seen.sentence(wait)) == "go (pid 7) asks for the lock /cache/lock"
    assert english(seen.holding(wait)) == "go (pid 9): go build, stopped"
    assert english(seen.sentence(ProcessWait(7, CHILD, 1, 2))) == "go (pid 7) waits for its child to end"
