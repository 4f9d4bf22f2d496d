"""Hogs: models that ask for one thing without end, to see how others bear it and how they bear others."""

from __future__ import annotations

from typing import Any

import torch

from .errors import UnknownModelError
from .inputs import Input

COPIES = {"stream": (1 << 28, 2), "cache": (1 << 22, 100)}
"""Numbers that are read and written elsewhere, and how often: far more than any L2 holds, and few enough for it."""

SIDE = 4096
PRODUCTS = 10
"""Square matrices that fill every matrix unit, and how many products of them a request takes."""

INPUT = Input("unused", "float32", (1,))
"""A request needs an input, which a hog does not look at."""


class Copies(torch.nn.Module):
    """Reads one buffer and writes another, again and again."""

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
    """Multiplies a matrix by itself, again and again."""

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
    """`stream` asks for the bandwidth of the memory, `cache` for that of the L2, `products` for the matrix units.

    Raises UnknownModelError.
    """
    if name in COPIES:
        return Copies(*COPIES[name])
    if name == "products":
        return Products(SIDE, PRODUCTS)
    raise UnknownModelError(f"eclip:{name}: expected one of {', '.join([*COPIES, 'products'])}")
