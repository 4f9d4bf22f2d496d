"""Known answers: what computes them right passes, and a single wrong entry does not."""

from __future__ import annotations

import unittest
from unittest import mock

from .needs import HAS_TORCH, needs_torch

if HAS_TORCH:
    import torch

    from eclip_torch import soundness


@needs_torch
class SoundnessTest(unittest.TestCase):
    def setUp(self) -> None:
        # A CPU multiplies in double precision what a GPU multiplies in halves.
        small = {"SHAPES": ((16, 8, 24),), "CONVOLVED": (2, 8, 4, 4), "CHANNELS": 4, "DTYPES": ("float64",)}
        patched = mock.patch.multiple(soundness, **small)
        patched.start()
        self.addCleanup(patched.stop)

    def test_what_computes_right_passes(self) -> None:
        self.assertEqual(soundness.wrong_results("cpu"), [])

    def test_one_wrong_entry_is_noticed(self) -> None:
        right = torch.Tensor.__matmul__

        def off_by_one(left: object, other: object) -> object:
            made = right(left, other)
            if made.dtype == torch.float64:
                made[3, 5] += 1
            return made

        with mock.patch.object(torch.Tensor, "__matmul__", off_by_one):
            self.assertEqual(soundness.wrong_results("cpu"), ["16x8x24 products of float64"])

    def test_a_product_that_is_wrong_only_with_a_transposed_factor_is_noticed(self) -> None:
        right = torch.Tensor.__matmul__

        def wrong_if_transposed(left: object, other: object) -> object:
            made = right(left, other)
            return made if other.is_contiguous() else made + 1

        with mock.patch.object(torch.Tensor, "__matmul__", wrong_if_transposed):
            self.assertEqual(soundness.wrong_results("cpu"), ["16x8x24 products of float64"])

    def test_a_wrong_convolution_is_noticed(self) -> None:
        right = torch.nn.functional.conv2d

        def wrong(image: object, weights: object) -> object:
            made = right(image, weights)
            return made if made.dtype == torch.float32 else made * 0

        with mock.patch.object(torch.nn.functional, "conv2d", wrong):
            self.assertEqual(soundness.wrong_results("cpu"), ["1x1 convolutions of float64"])


if __name__ == "__main__":
    unittest.main()
