"""What tests need: libraries, with the reason to skip where one is missing, and patience with an end."""

from __future__ import annotations

import importlib.util
import time
import unittest
from collections.abc import Callable

HAS_TORCH = importlib.util.find_spec("torch") is not None
HAS_TORCHVISION = importlib.util.find_spec("torchvision") is not None

needs_torch = unittest.skipUnless(HAS_TORCH, "PyTorch is not installed")
needs_torchvision = unittest.skipUnless(HAS_TORCH and HAS_TORCHVISION, "torchvision is not installed")

TIMEOUT_S = 60.0


def wait_until(condition: Callable[[], bool], timeout_s: float = TIMEOUT_S) -> bool:
    """Whether the condition came true in time."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False
