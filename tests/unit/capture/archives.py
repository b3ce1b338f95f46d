"""Archives as the recorder makes them, or as somebody with bad intentions would."""

import gzip
import io
import tarfile
from pathlib import Path

FOLDER = "netanalyze-record"
ABOUT = (
    b"netanalyze-record 1\nstart 1700000000.00\nend 1700000010.50\nexit 1\nended-by \npackets tcpdump\ninterface any\n"
    b"system Linux\nmachine x86_64\nticks 100\nuptime 5000.00 1.0\nnow 1700000012.00\n"
)
TEXTS = {"about.txt": ABOUT, "command.txt": b"go\tmod\tdownload\t"}


def tar(members, folder=FOLDER):
    """A tar file of ``(name, octets)`` pairs, in that order."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, octets in members:
            header = tarfile.TarInfo(f"{folder}/{name}")
            header.size = len(octets)
            archive.addfile(header, io.BytesIO(octets))
    return out.getvalue()


def tgz(texts=None, capture: bytes | None = None, first=False) -> bytes:
    """An archive of the recorder: texts and the capture, which comes last unless it is to come first."""
    members = list((TEXTS if texts is None else texts).items())
    if capture is not None:
        members.insert(0 if first else len(members), ("capture.pcap", capture))
    return gzip.compress(tar(members), mtime=0)


def written(path: Path, octets: bytes) -> str:
    """A file of these octets; gives its name."""
    path.write_bytes(octets)
    return str(path)
