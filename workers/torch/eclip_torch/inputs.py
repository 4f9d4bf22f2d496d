"""The inputs of a model: their names, types and shapes, and random batches of them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

FLOATS = ("float16", "bfloat16", "float32", "float64")
WHOLE_NUMBERS = ("int8", "int16", "int32", "int64", "uint8")
DTYPES = (*FLOATS, *WHOLE_NUMBERS, "bool")
BELOW = 2
"""By default whole numbers are 0 and 1, which suits masks and indices into anything."""

IMAGE_SHAPE = (3, 224, 224)
TOKENS = 128


@dataclass(frozen=True)
class Input:
    """One input. `shape` is that of one sample, without the batch dimension. Whole numbers are below `below`."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    below: int | None = None
    example: Any = field(default=None, compare=False, repr=False)
    """Values to use instead of random whole numbers, because the example of a model may contain indices."""

    @property
    def is_float(self) -> bool:
        return self.dtype in FLOATS

    @property
    def is_image(self) -> bool:
        return self.is_float and len(self.shape) == 3

    def bytes(self, batch: int) -> int:
        """Size of a batch in bytes, known before the batch is made."""
        count = batch * torch.empty(0, dtype=getattr(torch, self.dtype)).element_size()
        for extent in self.shape:
            count *= extent
        return int(count)

    def make(self, batch: int, device: str) -> Any:
        """Makes a random batch with PyTorch's generator."""
        kind, shape = getattr(torch, self.dtype), (batch, *self.shape)
        if self.is_float:
            return torch.randn(shape, device=device, dtype=kind)
        if self.example is not None:
            return resized(self.example, batch).to(device)
        return torch.randint(0, self.below or BELOW, shape, device=device, dtype=kind)

    def __str__(self) -> str:
        """As `eclip profile --input` takes it: `ids:int64[128]<30522`."""
        below = "" if self.below is None else f"<{self.below}"
        return f"{self.name}:{self.dtype}[{','.join(map(str, self.shape))}]{below}"

    def as_json(self) -> dict[str, Any]:
        described = {"name": self.name, "dtype": self.dtype, "shape": list(self.shape)}
        return described if self.below is None else {**described, "below": self.below}


class ByName(torch.nn.Module):
    """Calls a module with its inputs by name, except for the first `positional` ones."""

    def __init__(self, module: Any, names: Sequence[str], positional: int = 0) -> None:
        super().__init__()
        self.module = module
        self._names = list(names)
        self._positional = positional

    def forward(self, *tensors: Any) -> Any:
        named = zip(self._names[self._positional :], tensors[self._positional :])
        return self.module(*tensors[: self._positional], **dict(named))


def of_example(names: Sequence[str], example: Sequence[Any], float_type: str | None) -> list[Input]:
    """The inputs that an example shows. If `float_type` is not None, floating-point inputs get that type.

    Raises ValueError for an input without a sample.
    """
    inputs = []
    for name, tensor in zip(names, example):
        if tensor.dim() == 0 or tensor.shape[0] == 0:
            raise ValueError(f"the example of {name} has no sample: expected a batch first, found {list(tensor.shape)}")
        kind = str(tensor.dtype).removeprefix("torch.")
        shape = tuple(tensor.shape[1:])
        if tensor.is_floating_point():
            inputs.append(Input(name, float_type or kind, shape))
        else:
            below = max(BELOW, int(tensor.max()) + 1) if tensor.numel() else BELOW
            inputs.append(Input(name, kind, shape, below, tensor))
    return inputs


def completed(given: Input, own: Sequence[Input], vocabulary: int | None) -> Input:
    """A given input completed with its range. If it is like one of the model's own, it keeps that one's example."""
    for known in own:
        if given == known or (replace(given, below=known.below) == known and given.below is None):
            return known
    if given.below is not None or given.dtype not in WHOLE_NUMBERS:
        return given
    are_tokens = vocabulary is not None and given.name.endswith("input_ids")
    return replace(given, below=vocabulary if are_tokens else BELOW)


def parameter_names(module: Any, count: int) -> list[str]:
    """The names of a module's first inputs in its `forward`, or input0, input1, ..."""
    names = keyword_names(module)
    return [names[index] if index < len(names) else f"input{index}" for index in range(count)]


def keyword_names(module: Any) -> list[str]:
    """The parameter names of a module's `forward`; none if it hides them, as in a scripted module."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    try:
        parameters = inspect.signature(module.forward).parameters.values()
    except (TypeError, ValueError):
        return []
    return [one.name for one in parameters if one.kind in kinds]


def resized(tensor: Any, batch: int) -> Any:
    """The example, repeated or cut along the first dimension to `batch`."""
    repeats = -(-batch // tensor.shape[0])
    return tensor.repeat(repeats, *[1] * (tensor.dim() - 1))[:batch].contiguous()
