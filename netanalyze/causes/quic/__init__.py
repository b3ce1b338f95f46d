"""Causes of waits in QUIC."""
