"""The registries of the laboratory: what pip, npm and cargo ask for is there, the same each time, and fits its checksums."""

import base64
import gzip
import hashlib
import io
import json
import re
import tarfile
import zipfile

import pytest

from netanalyze.errors import MissingProgram
from netanalyze.lab.machine import require_program
from netanalyze.lab.servers import packages


def test_the_wheel_fits_the_hash_on_its_page():
    status, kind, page = packages.served("/simple/laboratory/")
    found = re.search(r'href="https://files\.pythonhosted\.org(/packages/[^#"]+)#sha256=([0-9a-f]+)"', page.decode())
    assert (status, kind) == (200, "text/html")
    wheel = packages.served(found[1])[2]
    assert hashlib.sha256(wheel).hexdigest() == found[2]
    assert "laboratory-1.0.0.dist-info/RECORD" in zipfile.ZipFile(io.BytesIO(wheel)).namelist()


def test_the_tarball_fits_the_integrity_of_its_document():
    document = json.loads(packages.served("/laboratory")[2])
    dist = document["versions"][document["dist-tags"]["latest"]]["dist"]
    tarball = packages.served(dist["tarball"].partition("registry.npmjs.org")[2])[2]
    assert dist["integrity"] == "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(tarball))) as archive:
        names = archive.getnames()
    assert "package/package.json" in names


def test_the_crate_fits_the_checksum_of_its_line():
    line = json.loads(packages.served("/la/bo/laboratory")[2])
    assert json.loads(packages.served("/config.json")[2])["dl"].startswith("https://")
    crate = packages.served("/crates/laboratory/1.0.0/download")[2]
    assert line["cksum"] == hashlib.sha256(crate).hexdigest()


def test_what_does_not_exist_is_404():
    assert packages.served("/simple/other/")[0] == packages.served("/other")[0] == 404


def test_a_command_that_is_not_installed_is_named():
    with pytest.raises(MissingProgram, match="no-such-command"):
        require_program("no-such-command")
