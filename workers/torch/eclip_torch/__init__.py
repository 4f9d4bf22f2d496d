"""PyTorch side of eclip: partitions, captured graphs, load loops, energy, and the worker process."""

VERSION = "0.1.0"
PROTOCOL = 3
"""Version of docs/protocol.md."""
