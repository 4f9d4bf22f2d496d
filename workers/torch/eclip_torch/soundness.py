"""Checks that libraries compute right on the SMs this process may use.

Under MPS a process sees only the SMs of its share, and cuBLAS chooses its kernels for that number. On an H200 with 52
of 132 SMs, some of these kernels gave wrong products every time (docs/hardware.md). There is no error then, only wrong
outputs.
"""

from __future__ import annotations

from typing import Any

import torch

SHAPES = ((1024, 768, 768), (512, 768, 3072), (256, 2048, 256))
"""Rows, inner extent and columns of products that are typical of encoders and 1x1 convolutions."""
CONVOLVED = (8, 256, 28, 28)
CHANNELS = 128
DTYPES = ("float16", "bfloat16")


def wrong_results(device: str = "cuda") -> list[str]:
    """The computations with wrong results, among products and 1x1 convolutions whose exact results are known.

    Factors are -1, 0 and 1, so that the results are whole numbers that half precision represents exactly.
    """
    draw = torch.Generator().manual_seed(0)
    dtypes = [one for one in DTYPES if one != "bfloat16" or torch.cuda.is_bf16_supported()]
    wrong = []
    with torch.no_grad():
        for rows, inner, columns in SHAPES:
            left, right = signs(draw, rows, inner), signs(draw, inner, columns)
            exact = left @ right
            for dtype in dtypes:
                kind = getattr(torch, dtype)
                factors = [one.to(device=device, dtype=kind) for one in (left, right, right.t().contiguous())]
                plain, transposed = factors[0] @ factors[1], factors[0] @ factors[2].t()
                if not (equal(plain, exact) and equal(transposed, exact)):
                    wrong.append(f"{rows}x{inner}x{columns} products of {dtype}")
        image, weights = signs(draw, *CONVOLVED), signs(draw, CHANNELS, CONVOLVED[1], 1, 1)
        exact = torch.nn.functional.conv2d(image, weights)
        for dtype in dtypes:
            kind = getattr(torch, dtype)
            placed = image.to(device=device, dtype=kind).to(memory_format=torch.channels_last)
            made = torch.nn.functional.conv2d(placed, weights.to(device=device, dtype=kind))
            if not equal(made, exact):
                wrong.append(f"1x1 convolutions of {dtype}")
    return wrong


def signs(draw: Any, *shape: int) -> Any:
    return torch.randint(-1, 2, shape, generator=draw).float()


def equal(made: Any, exact: Any) -> bool:
    return bool(torch.equal(made.float().cpu(), exact))
