"""The notebook runs, is small, and shows what it showed when it was committed."""

import sys
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

ROOT = Path(__file__).resolve().parents[2]
TOUR = ROOT / "notebooks" / "tour.ipynb"


@pytest.fixture(scope="module")
def tour():
    return nbformat.read(TOUR, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    """What a cell printed or gave as text, without the size in inches of figures."""
    return "".join(out.get("text", "") or out.get("data", {}).get("text/plain", "") for out in cell.outputs)


def test_it_was_committed_with_its_outputs(tour):
    assert TOUR.stat().st_size < 1_000_000
    for cell in code_cells(tour):
        assert cell.execution_count is not None
        assert cell.outputs, cell.source
        assert all(out.output_type != "error" for out in cell.outputs)
    whole = TOUR.read_text(encoding="utf-8")
    for path in (str(ROOT), str(Path.home()) + "/", sys.prefix):
        assert path not in whole, f"the notebook names a path of this machine: {path}"


def test_every_cell_runs(tour, monkeypatch):
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    fresh = nbformat.read(TOUR, as_version=4)
    for cell in code_cells(fresh):
        cell.outputs = []
    resources = {"metadata": {"path": str(TOUR.parent)}}
    nbclient.NotebookClient(fresh, timeout=120, kernel_name="python3", resources=resources).execute()
    kinds = {kind for cell in code_cells(fresh) for out in cell.outputs for kind in out.get("data", {})}
    assert {"text/html", "image/png"} <= kinds
    first = printed(code_cells(fresh)[0])
    assert "tls/client-hello-dropped" in first
    assert first == printed(code_cells(tour)[0]), "python notebooks/make.py tour writes the notebook anew"
