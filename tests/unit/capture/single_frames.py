"""Single frames of a capture, fetched through its readers by their numbers."""

from netanalyze.capture.source import open_source
from netanalyze.diagnostics import Diagnostics
from netanalyze.kernel import Engine


def read_frames(paths, frame_numbers):
    """Frame number -> (time ns, interface, original length, octets) of those frames that the capture has."""
    wanted, found = set(frame_numbers), {}
    with open_source(paths, Diagnostics(), Engine()) as source:
        for batch in source.batches():
            for number in range(batch.first_frame_number, batch.first_frame_number + len(batch)):
                if number in wanted:
                    start, captured, original, ns, interface, _ = map(
                        int, batch.frames[number - batch.first_frame_number]
                    )
                    octets = batch.buffer[start : start + captured].tobytes()
                    found[number] = (ns, source.interfaces.rows[interface], original, octets)
    return found
