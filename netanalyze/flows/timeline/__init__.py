"""Spans of a run: what they are, which of them decided how long it took, and the phases of a flow."""
