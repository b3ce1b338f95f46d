"""Rules of the phase ``http``."""
