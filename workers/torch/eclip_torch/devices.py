"""Picks the device of the process."""

from __future__ import annotations

from typing import Any

import torch

from .errors import WorkerError, one_line


def open_device(kind: str, results_checked: bool = False) -> Any:
    """Opens a device.

    `auto` is the GPU PyTorch was built for, else the CPU. Raises WorkerError device or wrong-results.
    """
    if kind == "auto":
        kind = "cpu" if not torch.cuda.is_available() else "rocm" if torch.version.hip else "cuda"
    if kind == "cpu":
        from .cpu import CpuDevice

        return CpuDevice()
    if not torch.cuda.is_available():
        raise WorkerError("device", f"PyTorch {torch.__version__} sees no GPU")
    try:
        return open_gpu(kind, results_checked)
    except OSError as error:
        raise WorkerError("device", f"the GPU driver cannot be loaded: {one_line(error)}") from error


def open_gpu(kind: str, results_checked: bool) -> Any:
    if kind == "rocm":
        from .rocm import RocmDevice

        return RocmDevice()
    from .cuda import CudaDevice

    return CudaDevice(results_checked)
