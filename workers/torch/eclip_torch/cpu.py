"""A CPU as the device, on which CI runs. It uses the same protocol, without partitions, graphs or energy."""

from __future__ import annotations

import platform
from typing import Any

from .errors import MODEL_ERRORS, is_out_of_memory
from .models import Model
from .runner import CpuRunner, Runner
from .shared import Undo, unpinned


class CpuDevice:
    """The host processor."""

    kind = "cpu"
    meter = None

    def enter_thread(self) -> None:
        pass

    def describe(self) -> dict[str, Any]:
        return {
            "device": {
                "kind": self.kind,
                "name": platform.processor() or platform.machine(),
                "cus": 1,
                "granules": [],
                "priorityLevels": 1,
            },
            "features": dict.fromkeys(("graphs", "partitions", "segments", "energy", "rehome", "memsets"), False),
            "versions": {},
        }

    def make_runner(self, owner: str, model: Model, batch: int, stream: int) -> Runner:
        try:
            return CpuRunner(model.module, model.make_inputs(batch), batch)
        except MODEL_ERRORS as error:
            if is_out_of_memory(error):
                raise
            raise model.failed_on(batch, error) from error

    def pin(self, address: int, size: int) -> Undo:
        return unpinned(address, size)

    def memory_bytes(self) -> int:
        """How much of the device's memory this process holds. Nobody counts it for a host."""
        return 0

    def release_memory(self) -> None:
        pass
