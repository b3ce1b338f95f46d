"""Rules of the phase ``go``."""
