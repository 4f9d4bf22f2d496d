"""What some tests need, and the reason they give when it is missing."""

from __future__ import annotations

import importlib.util
import unittest

HAS_TORCH = importlib.util.find_spec("torch") is not None
HAS_TORCHVISION = importlib.util.find_spec("torchvision") is not None

needs_torch = unittest.skipUnless(HAS_TORCH, "PyTorch is not installed")
needs_torchvision = unittest.skipUnless(HAS_TORCH and HAS_TORCHVISION, "torchvision is not installed")
