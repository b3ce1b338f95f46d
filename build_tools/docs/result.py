"""docs/json.md: the members of the JSON, as the schema (netanalyze/report/schema.py) declares them; its prose is typed."""

from pathlib import Path
from typing import Any

from build_tools.docs.cells import cell
from netanalyze.report.schema import TABLES, schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "json.md"
BEGINS, ENDS = "<!-- members: written by python -m build_tools.docs -->\n", "<!-- end of members -->\n"
SHARED = ("culprit", "alternative", "step", "evidence", "diagnostic")
"""What several members are made of."""


def render() -> str:
    """The page: what stands between the two comments is made."""
    typed, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    return f"{typed}{BEGINS}\n{_members()}\n{ENDS}{rest.partition(ENDS)[2]}"


def _members() -> str:
    whole = schema()
    parts = [_table(whole)]
    for name, member in whole["properties"].items():
        items = member.get("items", member)
        if "properties" in items:
            of = "" if items is member else ", a row"
            parts.append(f"### {name}{of}\n\n{_table(items, name in TABLES)}")
            inner = ((one, _alone(said)) for one, said in items["properties"].items())
            parts += [f"### {name}.{one}\n\n{_table(said)}" for one, said in inner if "properties" in said]
    parts += [f"### {name}\n\n{_table(whole['$defs'][name])}" for name in SHARED]
    return "\n".join(parts)


def _alone(said: dict[str, Any]) -> dict[str, Any]:
    """What a list is of, or the thing itself."""
    items: dict[str, Any] = said.get("items", said)
    return items


def _table(said: dict[str, Any], columns: bool = False) -> str:
    """A line a member; of a column its unit, and who defines it."""
    head = ["member", "form", "unit", "meaning", "as defined by"] if columns else ["member", "form", "meaning"]
    lines = [head, ["---"] * len(head)]
    for name, one in said["properties"].items():
        meaning = cell(one.get("description", "version of this form" if name == "schema_version" else ""))
        if words := [f"`{word}`" for word in one.get("enum", ()) if word is not None]:
            meaning += ": " + ", ".join(words)
        more = [one.get("x-unit", ""), meaning, cell(one.get("x-source", ""))] if columns else [meaning]
        lines.append([f"`{name}`", _form(one), *more])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _form(said: dict[str, Any]) -> str:
    """What kind of value it is, in words."""
    if "$ref" in said:
        return f"`{said['$ref'].rpartition('/')[2]}`"
    if "anyOf" in said:
        return " or ".join("null" if one.get("type") == "null" else _form(one) for one in said["anyOf"])
    if "const" in said:
        return str(said["const"])
    kinds = said["type"] if isinstance(said["type"], list) else [said["type"]]
    if "array" in kinds and "properties" not in said["items"]:
        return f"list of {_form(said['items'])}" + " or null" * ("null" in kinds)
    return " or ".join("list" if kind == "array" else kind for kind in kinds)
