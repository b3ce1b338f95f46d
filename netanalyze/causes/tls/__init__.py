"""Rules of the phase ``tls``."""
