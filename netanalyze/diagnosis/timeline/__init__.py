"""The time of a run as columns: its spans, and who has each piece of it."""
