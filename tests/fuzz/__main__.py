"""Search for octets that break a reader, a decoder or a message parser.

    python -m tests.fuzz TARGET [--seconds 600] [--seeds FOLDER]...
    python -m tests.fuzz --list

With atheris installed (pip install atheris) the search follows the code's branches; else hypothesis changes the
seeds at random. What breaks is left as a file in tests/fuzz/finds/TARGET, where test_finds.py tries it ever after.
"""

import argparse
import hashlib
import importlib.util
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "laws"))
sys.path.insert(0, str(Path(__file__).resolve().parent))


def main() -> None:
    """Read the command line, and search."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("target", nargs="?", help="what to search (--list names them)")
    parser.add_argument("--seconds", type=int, default=600, help="how long")
    parser.add_argument("--seeds", type=Path, action="append", default=[], help="a folder of captures to begin with")
    parser.add_argument("--list", action="store_true", help="name the targets")
    options = parser.parse_args()
    guided = importlib.util.find_spec("atheris") is not None
    if guided and not options.list:
        import atheris

        with atheris.instrument_imports(include=["netanalyze"], enable_loader_override=False):
            from targets import TARGETS
    else:
        from targets import TARGETS
    if options.list or options.target not in TARGETS:
        print("\n".join(TARGETS))
        return
    import seeds

    folders = [seeds.CAPTURES, *options.seeds]
    finds = seeds.FINDS / options.target
    finds.mkdir(parents=True, exist_ok=True)
    search = by_branches if guided else by_chance
    target = keeping(TARGETS[options.target], finds)
    search(options.target, target, list(seeds.seeds(options.target, folders)), options.seconds, finds)


def keeping(target, finds: Path):
    """The target, but what breaks it is kept, once for each place where it breaks, and the search goes on."""
    seen = set()

    def careful(octets: bytes) -> None:
        try:
            target(octets)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic of a library in Rust is no Exception
            place = traceback.extract_tb(error.__traceback__)[-1]
            if (key := (type(error), place.filename, place.lineno)) not in seen:
                seen.add(key)
                path = finds / hashlib.sha256(octets).hexdigest()[:16]
                path.write_bytes(octets)
                print(f"FIND {path}\n{traceback.format_exc()}", flush=True)

    return careful


def by_branches(name: str, target, begin: list[bytes], seconds: int, finds: Path) -> None:
    """libFuzzer, by way of atheris."""
    import atheris

    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for octets in begin:
        (corpus / hashlib.sha256(octets).hexdigest()[:16]).write_bytes(octets)
    argv = [sys.argv[0], f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=3000", "-print_final_stats=1",
            "-max_len=60000", f"-artifact_prefix={finds}/", str(corpus)]  # fmt: skip
    atheris.Setup(argv, target)
    atheris.Fuzz()


def by_chance(name: str, target, begin: list[bytes], seconds: int, finds: Path) -> None:
    """Seeds changed at random by hypothesis."""
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    begin = begin or [b""]
    edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8)), min_size=1, max_size=6)
    tried = 0

    @settings(max_examples=500, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(begin) | st.binary(max_size=400), edits, st.floats(0, 1))
    def once(octets: bytes, changes: list, keep: float) -> None:
        nonlocal tried
        tried += 1
        made = bytearray(octets)
        for where, cut, put in changes:
            at = int(where * len(made))
            made[at : at + cut] = put
        made = made[: int(len(made) * keep) + 1] if keep < 0.5 else made
        target(bytes(made))

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        once()
    print(f"{name}: {tried} inputs in {seconds} s, {len(list(finds.glob('*')))} finds kept")


if __name__ == "__main__":
    main()
