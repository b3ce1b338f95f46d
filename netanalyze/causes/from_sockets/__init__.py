"""Verdicts from sockets alone, for connections whose packets nobody saw: see ``judge``."""
