"""Rules of the phase ``local``."""
