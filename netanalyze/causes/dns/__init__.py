"""Rules of the phase ``dns``."""
