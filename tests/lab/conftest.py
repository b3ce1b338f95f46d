"""A namespace of the test's own in which ``netanalyze live`` is run."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from live_lab import DEAD, LIVE, OURS, Terminal

from netanalyze.errors import MissingProgram, NotPermitted
from netanalyze.lab.namespaces import Network, require_laboratory

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def laboratory():
    """Skip where no laboratory can be made, and say what is missing."""
    try:
        require_laboratory()
        with Network():
            pass
    except (NotPermitted, MissingProgram, RuntimeError) as lack:
        pytest.skip(f"no laboratory here: {lack}")


@pytest.fixture(scope="module")
def namespace():
    """A namespace whose default route leads to a neighbour that swallows everything."""
    name = f"nalive{os.getpid()}"

    def ip(*words):
        subprocess.run(["ip", *words], check=True, capture_output=True)

    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "link", "add", "va", "type", "veth", "peer", "name", "vb")
        for end in ("va", "vb"):
            ip("-n", name, "link", "set", end, "up")
        ip("-n", name, "address", "add", f"{OURS}/24", "dev", "va")
        ip("-n", name, "neighbour", "add", DEAD, "lladdr", "02:00:00:00:00:01", "dev", "va")
        ip("-n", name, "route", "add", "default", "via", DEAD)
        yield name
    finally:
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


@pytest.fixture
def inside(namespace, tmp_path):
    """Runs command lines inside the namespace, in a folder of their own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GOPROXY": f"https://{DEAD}", "GONOSUMDB": "*"}
    environment |= {"GOMODCACHE": str(tmp_path / "modules"), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        environment.pop(name, None)

    class Inside:
        folder = tmp_path
        env = environment

        def argv(self, *words):
            return ["ip", "netns", "exec", namespace, *words]

        def run(self, *words, **options):
            options = {
                "capture_output": True,
                "text": True,
                "timeout": 60,
                "cwd": tmp_path,
                "env": environment,
            } | options
            return subprocess.run(self.argv(*words), **options)

        def live(self, *words, **options):
            return self.run(*LIVE, *words, **options)

        def start(self, *words, **options):
            return subprocess.Popen(self.argv(*words), cwd=tmp_path, env=environment, **options)

        def project(self):
            (tmp_path / "go.mod").write_text("module a.test/a\n\ngo 1.21\n\nrequire example.test/m v1.0.0\n")

        def terminal(self, *words):
            return Terminal(self.argv(*words), tmp_path, environment)

    return Inside()


@pytest.fixture
def open_folder():
    """A folder that everybody may write to; pytest keeps its own to root."""
    folder = Path(tempfile.mkdtemp(prefix="netanalyze-"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in this very hook
def pytest_collection_modifyitems(items):
    """What runs real commands goes one after the other also where several processes share the tests: they watch clocks, and
    what captures loses frames where it has no processor to itself. They mostly wait, so that two such rows go side by side:
    the tests of live, and those of the laboratory."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("live" if "live" in item.path.name else "lab"))
