"""``netanalyze version``: what a bug report needs."""

import importlib.metadata
import platform

import click

from netanalyze.cli.sections import Sectioned


@click.command(cls=Sectioned)
def version() -> None:
    """Print the versions of netanalyze, Python and NumPy, and how packets are counted."""
    from netanalyze.analyzer import Analyzer

    click.echo(f"netanalyze {_version('netanalyze')}")
    click.echo(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    click.echo(f"NumPy {_version('numpy')}")
    engine = Analyzer().engine
    click.echo("kernels compiled ahead of time" if engine.compiled else f"kernels as plain Python: {engine.why}")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
