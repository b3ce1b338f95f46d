"""What the command said, where no packets tell: its last error and its own account of how far it got, as a cause."""

from netanalyze.causes.from_words.judge import judge_words

__all__ = ["judge_words"]
