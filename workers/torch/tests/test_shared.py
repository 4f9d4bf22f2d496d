"""Shared memory is pinned for as long as a slot lives."""

from __future__ import annotations

import os
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

from eclip_torch.errors import WorkerError

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

    def test_every_tensor_begins_at_a_multiple_of_64_bytes_behind_the_one_before_it(self) -> None:
        with TemporaryDirectory() as folder:
            memory = SharedMemory(1 << 20, Path(folder))
            slot = memory.create([torch.zeros(5), torch.zeros(16)], [torch.zeros(17), torch.zeros(1)])
            self.assertEqual([place.offset for place in [*slot.inputs, *slot.outputs]], [0, 64, 128, 256])
            self.assertEqual(slot.size, 320)
            memory.close()

    def test_a_slot_may_be_as_large_as_the_limit_and_no_larger(self) -> None:
        with TemporaryDirectory() as folder:
            memory = SharedMemory(128, Path(folder))
            self.assertEqual(memory.create([torch.zeros(16)], [torch.zeros(16)]).size, 128)
            with self.assertRaisesRegex(WorkerError, "a slot of 192 bytes, at most 128 are allowed"):
                memory.create([torch.zeros(16)], [torch.zeros(17)])
            memory.close()

    def test_a_slot_whose_file_was_removed_or_cut_short_is_not_touched(self) -> None:
        for harm in (lambda path: path.unlink(), lambda path: os.truncate(path, 1)):
            with TemporaryDirectory() as folder:
                memory = SharedMemory(1 << 20, Path(folder))
                slot = memory.create([torch.zeros(4)], [])
                slot.check()
                harm(Path(folder) / slot.name)
                with self.assertRaisesRegex(WorkerError, "was cut short or removed"):
                    slot.check()
                memory.close()


if __name__ == "__main__":
    unittest.main()
