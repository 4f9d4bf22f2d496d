"""Hogs: models that ask for one resource without end, to measure how they and others slow each other down."""

from __future__ import annotations

from typing import Any

import torch

from .errors import UnknownModelError
from .inputs import Input

COPIES = {"stream": (1 << 28, 2), "cache": (1 << 22, 100)}
"""How many numbers are copied and how many times: far more than any L2 holds, and few enough to fit in it."""

SIDE = 4096
PRODUCTS = 10
"""Matrices of this side fill every matrix unit, and a request takes this many products of them."""

INPUT = Input("unused", "float32", (1,))
"""A request needs an input, but a hog does not read it."""


class Copies(torch.nn.Module):
    """Copies one buffer to another, repeatedly."""

    def __init__(self, count: int, times: int) -> None:
        super().__init__()
        self.times = times
        self.register_buffer("given", torch.ones(count))
        self.register_buffer("made", torch.empty(count))

    def forward(self, unused: Any) -> Any:
        for _ in range(self.times):
            torch.add(self.given, 1, out=self.made)
        return self.made[:1]


class Products(torch.nn.Module):
    """Multiplies a matrix by itself, repeatedly."""

    def __init__(self, side: int, times: int) -> None:
        super().__init__()
        self.times = times
        self.register_buffer("given", torch.randn(side, side))
        self.register_buffer("made", torch.empty(side, side))

    def forward(self, unused: Any) -> Any:
        for _ in range(self.times):
            torch.mm(self.given, self.given, out=self.made)
        return self.made[:1, :1]


def hog(name: str) -> Any:
    """A hog: `stream` asks for memory bandwidth, `cache` for L2 bandwidth, `products` for the matrix units.

    Raises UnknownModelError.
    """
    if name in COPIES:
        return Copies(*COPIES[name])
    if name == "products":
        return Products(SIDE, PRODUCTS)
    raise UnknownModelError(f"eclip:{name}: expected one of {', '.join([*COPIES, 'products'])}")
