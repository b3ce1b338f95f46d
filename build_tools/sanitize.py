"""The laws of kernels under AddressSanitizer and UBSan: no index lies outside its array, no number exceeds 64 bits.

    python -m build_tools.sanitize                # tests/laws, as far as kernels run in them
    python -m build_tools.sanitize TEST...        # other tests

They run in a copy of the checkout whose library is built with the sanitizers; ``FUZZ=10`` tries ten times as many examples. gcc
and its libasan are needed (on Debian: gcc).
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .kernels import build, compiler

ROOT = Path(__file__).resolve().parent.parent
LAWS = ("tests/laws/test_kernels.py", "tests/laws/test_readers.py")
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "dist", "__pycache__", ".*_cache", ".hypothesis", "*.so")


def main() -> None:
    """Copy, build, run; ends with pytest's status."""
    runtime = subprocess.run([compiler(), "-print-file-name=libasan.so"], capture_output=True, text=True, check=True)
    library = runtime.stdout.strip()
    if not Path(library).is_absolute():
        sys.exit("build_tools.sanitize: the compiler has no libasan.so")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND, symlinks=True)
        build(copy / "netanalyze" / "_kernels.so", sanitize=True)
        environment = os.environ | {
            "LD_PRELOAD": library,
            "ASAN_OPTIONS": "detect_leaks=0",  # Python's own, at its end
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "NETANALYZE_KERNELS": "compiled",
            "PYTHONPATH": str(copy),
        }
        argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--capture=sys", *(sys.argv[1:] or LAWS)]
        sys.exit(subprocess.run(argv, cwd=copy, env=environment).returncode)


if __name__ == "__main__":
    main()
