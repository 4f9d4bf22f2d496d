"""The `verify` command: compares outputs under the plan with those of an unpartitioned run, bit for bit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from .models import Model
from .runner import Runner


def verify_runner(runner: Runner, model: Model, batch: int, seeds: int) -> dict[str, Any]:
    """Runs each seed's input twice without partitions and once under the plan in force."""
    reference = runner.prepare(None, None)

    def launch_reference() -> None:
        runner.launch(reference)

    identical = repeats = True
    largest = spread = 0.0
    try:
        for seed in range(seeds):
            runner.copy_in(model.make_inputs(batch, seed), batch)
            first = outputs_after(runner, launch_reference)
            second = outputs_after(runner, launch_reference)
            planned = outputs_after(runner, runner.run)
            identical = identical and same_bits(first, planned)
            repeats = repeats and same_bits(first, second)
            largest = max(largest, difference(first, planned))
            spread = max(spread, difference(first, second))
    finally:
        reference.discard()
    return {
        "seeds": seeds,
        "identical": identical,
        "repeats": repeats,
        "largestDifference": finite(largest),
        "ownSpread": finite(spread),
    }


def outputs_after(runner: Runner, launch: Callable[[], None]) -> list[Any]:
    """Copies of the outputs. They are poisoned before the launch, so that an output that is not written is noticed."""
    for tensor in runner.outputs:
        if tensor.is_floating_point():
            tensor.fill_(math.nan)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    launch()
    return [tensor.clone() for tensor in runner.outputs]


def same_bits(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether all tensors agree in every bit; a NaN equals the same NaN."""
    return len(one) == len(other) and all(
        a.shape == b.shape and torch.equal(bits(a), bits(b)) for a, b in zip(one, other)
    )


def bits(tensor: Any) -> Any:
    return tensor.contiguous().view(-1).view(torch.uint8) if tensor.numel() else tensor


def difference(one: Sequence[Any], other: Sequence[Any]) -> float:
    """The largest absolute difference, which is infinite if only one of the two is NaN."""
    largest = 0.0
    for a, b in zip(one, other):
        if a.numel() == 0 or torch.equal(bits(a), bits(b)):
            continue
        gap = (a.double() - b.double()).abs()
        gap = gap[~(a.isnan() & b.isnan())] if a.is_floating_point() else gap
        if gap.numel():
            largest = max(largest, float(gap.nan_to_num(nan=math.inf).max().item()))
    return largest


def finite(value: float) -> float | None:
    """The value, or None if it is infinite or NaN, which JSON cannot express."""
    return value if math.isfinite(value) else None
