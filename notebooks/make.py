"""Writes the notebooks anew and executes them: ``python notebooks/make.py [NAME…]``. Needs nbformat, nbclient and ipykernel.

What stands in one is a list in cells/NAME.py: Markdown, or code behind a ``>``.
"""

import importlib
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem for path in (HERE / "cells").glob("*.py"))


def notebook(name: str) -> nbformat.NotebookNode:
    """The notebook, not yet executed; ids are numbers, so that it is the same each time."""
    made = nbformat.v4.new_notebook()
    for number, text in enumerate(importlib.import_module(f"cells.{name}").CELLS):
        cell = nbformat.v4.new_code_cell(text[1:]) if text.startswith(">") else nbformat.v4.new_markdown_cell(text)
        cell["id"] = f"cell-{number}"
        made.cells.append(cell)
    made.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return made


def execute(made: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Execute every cell, in this folder."""
    NotebookClient(made, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(HERE)}}).execute()
    for cell in made.cells:
        cell.metadata.pop("execution", None)
    return made


if __name__ == "__main__":
    for wanted in sys.argv[1:] or NAMES:
        nbformat.write(execute(notebook(wanted)), HERE / f"{wanted}.ipynb")
