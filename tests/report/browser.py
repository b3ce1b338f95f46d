"""A headless Chromium, spoken to by the DevTools protocol over two pipes: no library, no port."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs a Chromium (apt-get install chromium)")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars",
    "--disable-dev-shm-usage",
)  # fmt: skip


class Tab:
    """One page that is open.

    Attributes:
        console: what the page wrote to the console, and the errors it did not catch.
    """

    def __init__(self, to, of):
        self._to, self._of, self._left, self._number = to, of, b"", 0
        self.console = []
        target = self.ask("Target.createTarget", {"url": "about:blank"}, of_browser=True)["targetId"]
        attached = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True}, of_browser=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def ask(self, method, parameters=None, of_browser=False):
        """Call a method and return its result."""
        self._number += 1
        said = {"id": self._number, "method": method, "params": parameters or {}}
        if not of_browser:
            said["sessionId"] = self._session
        os.write(self._to, json.dumps(said).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]

    def _message(self):
        while b"\0" not in self._left:
            assert select.select([self._of], [], [], 30)[0], "the browser says nothing"
            self._left += os.read(self._of, 1 << 20)
        line, self._left = self._left.split(b"\0", 1)
        told = json.loads(line)
        if told.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
            self.console.append(told["params"])
        return told

    def show(self, path):
        """Load a file, and wait until it is there."""
        self.ask("Page.navigate", {"url": path.resolve().as_uri()})
        self.until("document.readyState === 'complete'")
        self.frames()

    def run(self, expression):
        """The value of an expression in the page."""
        wanted = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        done = self.ask("Runtime.evaluate", wanted)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def until(self, expression, seconds=15):
        """Wait until an expression is true."""
        deadline = time.monotonic() + seconds
        while not self.run(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.02)

    def frames(self, count=3):
        """Let so many frames be drawn."""
        self.run(
            f"new Promise(done => {{ let n = {count}; const next = () => n-- ? requestAnimationFrame(next) : done(1); next(); }})"
        )

    def key(self, key):
        """Press and release a key."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        self.ask("Input.dispatchKeyEvent", {"type": "keyDown", "key": key, **text})
        self.ask("Input.dispatchKeyEvent", {"type": "keyUp", "key": key})
        self.frames()

    def mouse(self, kind, x, y, **more):
        """Something the mouse does at a place of the window."""
        self.ask("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, **more})

    def click(self, x, y):
        """Press and release the left button."""
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y, button="left", clickCount=1)
        self.frames()

    def size(self, width, height, **more):
        """Let the window be so large, in CSS pixels."""
        given = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False, **more}
        self.ask("Emulation.setDeviceMetricsOverride", given)
        self.frames()

    def picture(self, path, whole=True):
        """Save what is shown as PNG."""
        path.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot", {"captureBeyondViewport": whole})["data"]))


@contextlib.contextmanager
def browser():
    """A browser with one page; ended on leaving."""
    theirs, to = os.pipe()
    of, answers = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        program = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}"]
        words = f'exec 3<&{theirs} 4>&{answers}; exec "$@"'
        process = subprocess.Popen(
            ["bash", "-c", words, "bash", *program], pass_fds=(theirs, answers), stderr=subprocess.DEVNULL
        )
        os.close(theirs)
        os.close(answers)
        try:
            yield Tab(to, of)
        finally:
            process.terminate()
            process.wait(timeout=20)
            os.close(to)
            os.close(of)
