"""The documents as a site: each page has its place, each link leads somewhere, and what is made of the program is as it says.

``mkdocs build --strict`` says the same, and takes a package that nothing else here needs (CONTRIBUTING.md).
"""

import re
import unicodedata

import pytest
from sources import ROOT

from build_tools.docs.__main__ import pages

DOCS = ROOT / "docs"
SITE = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
MADE = pages()


def test_each_page_has_its_place_in_the_site():
    placed = re.findall(r"^ +- (?:[^:\n]+: )?([\w/.-]+\.md)$", SITE.partition("\nnav:\n")[2], re.MULTILINE)
    assert sorted(placed) == PAGES, "mkdocs.yml, nav"


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_of_the_program_is_as_it_says(name):
    assert (DOCS / name).read_text(encoding="utf-8") == MADE[name], "python -m build_tools.docs"


def test_no_page_is_left_of_what_is_made_no_more():
    made = {name for name in MADE if "/" in name}  # of docs/ itself one page is made, in part
    folders = {name.rpartition("/")[0] for name in made}
    assert {name for name in PAGES if name.rpartition("/")[0] in folders} == made


def slug(heading):
    """The anchor of a heading, as Python-Markdown makes it."""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def anchors(page):
    """The anchors that a page has."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_pages_and_headings_that_are_there(name):
    page = DOCS / name
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        aim = (page.parent / target).resolve() if target else page
        assert aim.is_file(), f"{name} links to {target}"
        assert DOCS in aim.parents, f"{name}: {target} is not in the site"
        assert not anchor or anchor in anchors(aim), f"{name}: {target} has no heading #{anchor}"


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("zh/")])
def test_a_chinese_page_has_the_same_parts_as_the_english_one(name):
    chinese, english = ((DOCS / path).read_text(encoding="utf-8") for path in (name, name.removeprefix("zh/")))
    if name == "zh/clients.md":  # the English one goes on with what misleads, which here each client's page tells
        assert re.findall(r"^\| `(\w+)`", chinese, re.MULTILINE) == re.findall(r"^\| `(\w+)`", english, re.MULTILINE)
    elif name.startswith("zh/clients/"):
        assert chinese.count("\n## ") == english.count("\n## ")
        assert chinese.count("\n- ") == english.count("\n- ")
    else:
        assert set(re.findall(r"^\$ (netanalyze .+)$", chinese, re.MULTILINE)) <= set(
            re.findall(r"^\$ (netanalyze .+)$", english, re.MULTILINE)
        )
