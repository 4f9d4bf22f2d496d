"""Shared memory is pinned for as long as a slot lives."""

from __future__ import annotations

import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from .needs import HAS_TORCH, needs_torch

if HAS_TORCH:
    import torch

    from eclip_torch.shared import SharedMemory


@needs_torch
class SharedMemoryTest(unittest.TestCase):
    def test_slots_are_pinned_where_their_tensors_lie_until_they_are_released(self) -> None:
        pinned: dict[int, int] = {}

        def pin(address: int, size: int) -> object:
            pinned[address] = size
            return lambda: pinned.pop(address)

        with TemporaryDirectory() as folder:
            memory = SharedMemory(1 << 20, Path(folder), pin)
            first, second = (memory.create([torch.zeros(4, 3)], [torch.zeros(4)]) for _ in range(2))
            addresses = {slot.input_tensors[0].data_ptr(): slot.size for slot in (first, second)}
            self.assertEqual(pinned, addresses)
            memory.release(first)
            self.assertEqual(list(pinned), [second.input_tensors[0].data_ptr()])
            memory.close()
            self.assertEqual(pinned, {})
            self.assertEqual(list(Path(folder).iterdir()), [])


if __name__ == "__main__":
    unittest.main()
