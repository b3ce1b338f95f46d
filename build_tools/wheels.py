"""Wheels: one with the kernels compiled for this platform, and one for any, in which they run as plain Python.

    python -m build_tools.wheels             # both into dist/
    python -m build_tools.wheels --check     # then each into an environment of its own, where it analyses a capture

A wheel with kernels is ``py3-none-PLATFORM``: its library calls neither Python nor the C library, so that one serves every
Python there. pip prefers it where it fits.
"""

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CAPTURE = ROOT / "captures" / "recorded" / "client-hello-dropped" / "capture.pcap"
NO_COMPILER = "/nonexistent"


def wheel(folder: Path, compiled: bool) -> Path:
    """Build a wheel into a folder, by pip and in its own environment, as an installation does; returns its path."""
    kind = {"NETANALYZE_REQUIRE_KERNELS": "1"} if compiled else {"NETANALYZE_REQUIRE_KERNELS": "0", "CC": NO_COMPILER}
    with tempfile.TemporaryDirectory() as into:
        argv = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", into, str(ROOT)]
        subprocess.run(argv, check=True, env=os.environ | kind)
        [made] = Path(into).glob("*.whl")
        folder.mkdir(parents=True, exist_ok=True)
        return made.replace(folder / made.name)


def check(path: Path, compiled: bool) -> dict:
    """Install a wheel into a fresh environment, with what it depends on from this one; returns its result for a capture.

    Raises:
        SystemExit: it is another kind of wheel than it should be, or does not run so.
    """
    if ("-py3-none-any" in path.name) == compiled:
        raise SystemExit(f"{path.name}: it should be {'of this platform' if compiled else 'of any platform'}")
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        there = Path(sysconfig.get_path("purelib", vars={"base": folder, "platbase": folder}))
        (there / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", path], check=True)
        run = [str(python.with_name("netanalyze"))]
        told = subprocess.run([*run, "version"], check=True, capture_output=True, text=True, cwd=folder).stdout
        where = subprocess.run([python, "-c", "import netanalyze; print(netanalyze.__file__)"], check=True,
                               capture_output=True, text=True, cwd=folder).stdout  # fmt: skip
        if not where.startswith(folder) or ("kernels compiled" in told) != compiled:
            raise SystemExit(f"{path.name}: from {where}{told}")
        done = subprocess.run(
            [*run, "analyze", "--quiet", "--json", CAPTURE], capture_output=True, text=True, cwd=folder
        )
        return json.loads(done.stdout)


def main() -> None:
    """Make wheels, and check them if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--check", action="store_true", help="install each in an environment of its own, and run it")
    options = parser.parse_args()
    made = {kind: wheel(options.output, kind) for kind in (True, False)}
    print(*made.values(), sep="\n")
    if options.check:
        with_kernels, without = (check(path, kind) for kind, path in made.items())
        if with_kernels != without or with_kernels["verdict"]["cause"] != "tls/client-hello-dropped":
            raise SystemExit("the wheels do not give the same result")
        print("both run, and give the same result")


if __name__ == "__main__":
    main()
