"""Builds the captures of the recipes: ``python -m captures.build [--force] [FOLDER…]``.

A capture that is there and would become another one is replaced only with ``--force``.
"""

import importlib.util
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent
KINDS = ("hit", "near_miss")
LARGEST = 60_000


def folders():
    """Every folder that holds a recipe."""
    return sorted(path.parent for path in ROOT.glob("*/*/recipe.py"))


def recipe(folder):
    """The recipe's module."""
    name = ".".join(("captures", *folder.resolve().relative_to(ROOT).parts, "recipe"))
    specification = importlib.util.spec_from_file_location(name, folder / "recipe.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def captures(folder):
    """``{"hit": octets, "near_miss": octets}`` of the files as the recipe builds them now."""
    from captures.recipes import Timeline

    module = recipe(folder)
    built = {}
    for kind in KINDS:
        story = getattr(module, kind)
        story = story() if callable(story) else story
        built[kind] = (story if isinstance(story, Timeline) else Timeline(story)).octets()
        assert len(built[kind]) < LARGEST, f"{folder}: {kind}.pcapng has {len(built[kind])} octets, limit {LARGEST}"
    return built


def main(arguments):
    """Write the files of the folders named, or of all; those that are as they should be stay."""
    from netanalyze.errors import OutputRefused
    from netanalyze.output_files import write_octets

    force = "--force" in arguments
    try:
        for folder in [pathlib.Path(word) for word in arguments if word != "--force"] or folders():
            for kind, octets in captures(folder).items():
                path = folder / f"{kind}.pcapng"
                if not path.exists() or path.read_bytes() != octets:
                    write_octets(path, octets, force)
                    path.chmod(0o644)  # a file of the repository
            print(folder.resolve().relative_to(ROOT))
    except OutputRefused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main(sys.argv[1:])
