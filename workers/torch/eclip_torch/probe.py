"""A program in PyTorch or JAX that reports where kernels of its process ran: `probe FRAMEWORK KERNEL.ptx`.

It launches the kernel of `native/probe/probe.c` and prints the same JSON. In PyTorch, the kernel runs on a stream and
in a graph of PyTorch's own. JAX does not expose its streams, so the kernel runs beside those of JAX, in the same
context.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .driver import Driver

BLOCKS_PER_SM = 64
HOLD_NS = 100_000
SM_COUNT = 16


class Block(ctypes.Structure):
    """What the kernel writes for each of its blocks."""

    _fields_ = [("sm", ctypes.c_uint64), ("began_ns", ctypes.c_uint64), ("ended_ns", ctypes.c_uint64)]


class Probe:
    """The kernel in the current context, and the memory that it writes to."""

    def __init__(self, driver: Driver, ptx: bytes) -> None:
        self._driver = driver
        device, count = ctypes.c_int(), ctypes.c_int()
        driver.call("cuCtxGetDevice", ctypes.byref(device))
        driver.call("cuDeviceGetAttribute", ctypes.byref(count), SM_COUNT, device)
        self.sms = count.value
        library, self._kernel, self._memory = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_uint64()
        driver.call("cuLibraryLoadData", ctypes.byref(library), ptx, None, None, 0, None, None, 0)
        driver.call("cuLibraryGetKernel", ctypes.byref(self._kernel), library, b"locate")
        self._blocks = (Block * (self.sms * BLOCKS_PER_SM))()
        driver.call("cuMemAlloc_v2", ctypes.byref(self._memory), ctypes.c_size_t(ctypes.sizeof(self._blocks)))

    def launch(self, stream: int) -> None:
        """Launches the kernel on a stream."""
        hold = ctypes.c_uint64(HOLD_NS)
        values = (ctypes.byref(self._memory), ctypes.byref(hold))
        parameters = (ctypes.c_void_p * 2)(*(ctypes.cast(value, ctypes.c_void_p) for value in values))
        shape = (len(self._blocks), 1, 1, 1, 1, 1, 0)
        self._driver.call("cuLaunchKernel", self._kernel, *shape, ctypes.c_void_p(stream), parameters, None)

    def seen(self, how: str, start: Callable[[], Any], stream: int) -> dict[str, Any]:
        """Where the kernel ran that `start` launches on a stream."""
        start()
        self._driver.synchronize(stream)
        size = ctypes.c_size_t(ctypes.sizeof(self._blocks))
        self._driver.call("cuMemcpyDtoH_v2", self._blocks, self._memory, size)
        spans: dict[int, tuple[int, int]] = {}
        for block in self._blocks:
            began, ended = spans.get(block.sm, (block.began_ns, block.ended_ns))
            spans[block.sm] = min(began, block.began_ns), max(ended, block.ended_ns)
        held_ns = sum(ended - began for began, ended in spans.values())
        return {"how": how, "sms": sorted(spans), "smTimeUs": held_ns // 1000}


def in_torch(ptx: bytes) -> tuple[Probe, list[dict[str, Any]]]:
    """Runs it on a stream of PyTorch's, and in a graph that PyTorch captures and launches."""
    import torch

    (torch.ones(8, device="cuda") + 1).sum().item()
    probe, stream, graph = Probe(Driver(), ptx), torch.cuda.Stream(), torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=stream):
        probe.launch(stream.cuda_stream)

    def replay() -> None:
        with torch.cuda.stream(stream):
            graph.replay()

    by_itself = probe.seen("stream", lambda: probe.launch(stream.cuda_stream), stream.cuda_stream)
    return probe, [by_itself, probe.seen("graph", replay, stream.cuda_stream)]


def in_jax(ptx: bytes) -> tuple[Probe, list[dict[str, Any]]]:
    """Runs it on a stream of ours, in the context that JAX uses."""
    import jax

    jax.jit(lambda x: x + 1)(jax.numpy.ones(8)).block_until_ready()
    driver, context = Driver(), ctypes.c_void_p()
    driver.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), 0)
    driver.call("cuCtxSetCurrent", context)
    probe, stream = Probe(driver, ptx), driver.create_stream()
    return probe, [probe.seen("process", lambda: probe.launch(stream), stream)]


def main() -> None:
    """Prints the observations for the framework that is named."""
    framework, kernel = sys.argv[1:]
    ptx = Path(kernel).read_bytes() + b"\0"
    probe, ran = {"torch": in_torch, "jax": in_jax}[framework](ptx)
    print(json.dumps({"sms": probe.sms, "ran": ran}))


if __name__ == "__main__":
    main()
