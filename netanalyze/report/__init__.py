"""Reports: one file per form, each with ``render(result) -> str``; nothing in them that is not in the Result."""
