"""PyTorch side of eclip: partitions, captured graphs, load loops, energy, and the worker process."""

from pathlib import Path

VERSION = "0.1.0"
PROTOCOL = 3
"""Version of docs/protocol.md."""
SHARED_MEMORY = Path("/dev/shm")
"""The names of a worker's files there begin with `eclip-PID-`."""
