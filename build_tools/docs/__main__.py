"""``python -m build_tools.docs``: write the pages of docs/ that are made, where they differ from what is there.

docs/causes.md is written by ``netanalyze rules --markdown``. A test holds all of them to what this makes.
"""

from pathlib import Path

from build_tools.docs import clients, commands, result, tables

DOCS = Path(__file__).resolve().parents[2] / "docs"


def pages() -> dict[str, str]:
    """Path below docs/ -> the page."""
    made = {
        "reference/commands.md": commands.render(),
        "reference/tables.md": tables.render(),
        "json.md": result.render(),
    }
    for language, folder in (("en", ""), ("zh", "zh/")):
        for name, page in clients.pages(language).items():
            made[f"{folder}clients/{name}.md"] = page
    return made


def main() -> None:
    """Write them."""
    made = pages()
    changed = 0
    for name, text in made.items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            changed += 1
    print(f"{len(made)} pages, {changed} of them written anew")


if __name__ == "__main__":
    main()
