"""Models for the checks on a GPU: one that no graph can hold, and one that does not fit into memory."""

from __future__ import annotations

from typing import Any

import torch


class Reading(torch.nn.Module):
    """Reads a value back to the host, which a capture does not allow."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1024, 1024)

    def forward(self, x: Any) -> Any:
        y = self.layer(x)
        return y * (2.0 if float(y.float().sum().item()) > 0 else 3.0)


class Huge(torch.nn.Module):
    """Asks for a terabyte."""

    def forward(self, x: Any) -> Any:
        return x + torch.empty(1 << 40, dtype=torch.uint8, device=x.device)[: x.shape[-1]]


def reading() -> Any:
    return Reading(), (torch.zeros(1, 1024),)


def huge() -> Any:
    return Huge(), (torch.zeros(1, 16),)
