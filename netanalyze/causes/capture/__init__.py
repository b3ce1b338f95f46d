"""Rules of the phase ``capture``."""
