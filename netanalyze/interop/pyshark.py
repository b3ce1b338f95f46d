"""A second opinion on one frame: tshark's dissection, through pyshark.

pyshark drives tshark with an event loop of its own and fails where one is running already, as in Jupyter. Here it runs in
a thread that has none.
"""

import asyncio
import io
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from typing import TYPE_CHECKING, Any

from netanalyze.capture.write import PcapngWriter
from netanalyze.errors import MissingProgram, NetanalyzeError
from netanalyze.interop.tshark import find_tshark
from netanalyze.output_files import OutputFile
from netanalyze.wording import Verbatim, message

if TYPE_CHECKING:
    from netanalyze.notebook.frame import Frame


def dissected(paths: Sequence[str], frame: "Frame") -> Any:
    """A frame as tshark reads it; with what came before it where the capture is one file, else by itself.

    Raises:
        MissingProgram: tshark or pyshark is not installed.
        NetanalyzeError: tshark could not read the frame.
    """
    find_tshark("Frame.dissect()")
    try:
        import pyshark
    except ImportError as error:
        raise MissingProgram("Frame.dissect()", "pyshark", "pip install pyshark") from error
    if len(paths) == 1:
        return in_thread(lambda: _packet(pyshark, paths[0], frame.number))
    with tempfile.TemporaryDirectory() as folder:
        alone = os.path.join(folder, "frame.pcapng")
        with OutputFile(alone) as file, PcapngWriter(file.stream) as writer:
            interface = writer.add_interface(frame.interface, frame.link_type)
            writer.write(interface, max(frame.time_ns, 0), frame.octets, frame.original_length)
        return in_thread(lambda: _packet(pyshark, alone, 1))


def in_thread(work: Callable[[], Any]) -> Any:
    """What ``work`` returns or raises, done in a thread in which no event loop runs."""
    found: list[Any] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="netanalyze-dissect")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def _packet(pyshark: Any, path: str, number: int) -> Any:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    capture = pyshark.FileCapture(
        path, display_filter=f"frame.number=={number}", custom_parameters=["-c", str(number)], keep_packets=False,
        eventloop=loop,
    )  # fmt: skip
    try:
        return capture.next()
    except StopIteration:
        raise NetanalyzeError(
            message("{path}: tshark finds no frame {number} in it", path=Verbatim(path), number=number)
        ) from None
    finally:
        with redirect_stderr(io.StringIO()):
            capture.close()
        asyncio.set_event_loop(None)
        loop.close()
