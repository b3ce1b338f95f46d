"""Packets to rows: flows are numbered, TCP is tracked like a receiver and a sender would, gaps and marks are kept.

Each module has one aspect; kernels are compiled from these very sources (build_tools).
"""
