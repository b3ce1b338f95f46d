"""``netanalyze version``: what a bug report needs."""

import importlib.metadata
import platform

import click


@click.command()
def version() -> None:
    """Print the versions of netanalyze, Python, NumPy and numba."""
    click.echo(f"netanalyze {_version('netanalyze')}")
    click.echo(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    click.echo(f"NumPy {_version('numpy')}")
    click.echo(f"numba {_version('numba')} (compiled kernels for large captures)")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
