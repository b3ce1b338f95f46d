"""The notebooks beside the tour: their cells run, here and without a kernel, and print what they printed when committed."""

import ast
import contextlib
import io
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("matplotlib")

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = sorted(path.stem for path in (FOLDER / "cells").glob("*.py") if path.stem != "tour")
every = pytest.mark.parametrize("name", NAMES)


def code_cells(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@every
def test_it_is_what_its_cells_say(name, monkeypatch):
    """And was committed with its outputs, none of which is an error."""
    namespace = {}
    exec((FOLDER / "cells" / f"{name}.py").read_text(encoding="utf-8"), namespace)
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    sources = [(">" if cell.cell_type == "code" else "") + cell.source for cell in notebook.cells]
    assert sources == namespace["CELLS"], f"python notebooks/make.py {name}"
    for cell in code_cells(name):
        assert cell.execution_count is not None
        assert all(out.output_type != "error" for out in cell.outputs)
    assert (FOLDER / f"{name}.ipynb").stat().st_size < 500_000


def executed(source, namespace):
    """What a cell prints; its last line's value is shown as a notebook shows it, and has to be one that it can show."""
    tree, printed = ast.parse(source), io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), namespace)
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), namespace) if last else None
    if value is not None:
        forms = (getattr(value, name, None) for name in ("_repr_html_", "_repr_png_", "__repr__"))
        assert any(form() for form in forms if form is not None)
    return printed.getvalue()


@every
def test_every_cell_runs_and_prints_what_it_printed(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    namespace = {}
    for cell in code_cells(name):
        printed = executed(cell.source, namespace)
        shown = "".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout")
        assert printed == shown, f"python notebooks/make.py {name}"
