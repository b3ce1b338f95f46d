"""Rules of the phase ``tcp``."""
