"""The pages of docs/ that are made of what the program itself says: commands, tables, clients. ``python -m build_tools.docs``."""
