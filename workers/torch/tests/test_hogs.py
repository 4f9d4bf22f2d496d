"""The hogs, on the CPU."""

from __future__ import annotations

import unittest
from unittest import mock

from eclip_torch.errors import UnknownModelError

from .needs import HAS_TORCH, needs_torch

if HAS_TORCH:
    import torch
    from eclip_torch import hogs, models


@needs_torch
class HogsTest(unittest.TestCase):
    def test_nobody_has_to_be_trusted_for_them(self) -> None:
        model = models.load(models.Request("eclip:cache", "float32"), "cpu", allow_code=False)
        (unused,) = model.make_inputs(2)
        self.assertEqual(unused.shape, (2, 1))
        self.assertEqual(model.module(unused).numel(), 1, "what a request hands back is small")

    def test_copies_read_one_buffer_and_write_the_other(self) -> None:
        copies = hogs.Copies(1 << 10, 2)
        self.assertEqual(copies(None).item(), 2)
        self.assertTrue(bool((copies.given == 1).all()) and bool((copies.made == 2).all()))

    def test_a_request_does_its_work_as_often_as_it_says(self) -> None:
        with mock.patch.object(torch, "add") as add, mock.patch.object(torch, "mm") as multiply:
            hogs.Copies(8, 3)(None)
            hogs.Products(2, 5)(None)
        self.assertEqual((add.call_count, multiply.call_count), (3, 5))

    def test_products_multiply_the_whole_matrix(self) -> None:
        products = hogs.Products(8, 1)
        products(None)
        self.assertTrue(torch.allclose(products.made, products.given @ products.given))

    def test_one_copies_far_more_than_a_cache_holds_and_the_other_less(self) -> None:
        bytes_moved = {name: 2 * 2 * count for name, (count, _) in hogs.COPIES.items()}
        self.assertGreater(bytes_moved["stream"], 512 << 20)
        self.assertLess(bytes_moved["cache"], 24 << 20)

    def test_an_unknown_one_is_refused(self) -> None:
        with self.assertRaisesRegex(UnknownModelError, "eclip:other: expected one of stream, cache, products"):
            models.load(models.Request("eclip:other", "float32"), "cpu", allow_code=False)


if __name__ == "__main__":
    unittest.main()
