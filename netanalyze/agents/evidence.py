"""Frames of a capture as rows of JSON: ``python -m netanalyze.agents.evidence FILE NUMBER…``."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from netanalyze.errors import NetanalyzeError
from netanalyze.numerals import integer
from netanalyze.report.sheet import clean

FRAMES_MOST = 40
LAYERS_MOST, TEXT_MOST = 10, 160
"""Frames in one answer, lines of one, and characters of a line: an agent that wants more asks again."""


def frames(path: str, numbers: Sequence[int]) -> list[dict[str, Any]]:
    """One row a frame: its number, when and by whom it was sent, and what each layer says.

    Raises:
        CaptureError: the file cannot be read.
        IndexError: there is no frame of a number.
    """
    import netanalyze

    analysis = netanalyze.open(path)
    return [_row(analysis.frame(number)) for number in list(dict.fromkeys(numbers))[:FRAMES_MOST]]


def _row(frame: Any) -> dict[str, Any]:
    about, *layers = (clean(" ".join(line.split()))[:TEXT_MOST] for line in repr(frame).split("\n")[:LAYERS_MOST])
    return {"frame": frame.number, "about": about, "layers": layers}


def main(words: Sequence[str]) -> int:
    """Print the rows; 2 where a frame is not there, or the file is none."""
    numbers = [number for word in words[1:] if (number := integer(word)) is not None]
    try:
        rows = frames(words[0], numbers)
    except (IndexError, NetanalyzeError) as error:
        print(clean(str(error)), file=sys.stderr)
        return 2
    print(json.dumps(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
