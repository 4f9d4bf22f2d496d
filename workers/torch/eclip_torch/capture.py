"""One CUDA graph per model and batch size, whose kernels can be re-homed without re-capture."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import torch

from .driver import Driver, EdgeData, KernelNodeParams, LaunchAttributeValue

KERNEL_NODE = 0
PROGRAMMATIC_EDGE = 1
PRIORITY_ATTRIBUTE = 8
USE_NODE_PRIORITY = 8
"""Without this instantiation flag the priority attribute of a node is ignored."""

WARM_UP_RUNS = 3


class GraphExec:
    """An instantiated graph: what a request launches."""

    def __init__(self, driver: Driver, handle: int) -> None:
        self._driver = driver
        self._handle = ctypes.c_void_p(handle)

    def launch(self, stream: int) -> None:
        self._driver.call("cuGraphLaunch", self._handle, ctypes.c_void_p(stream))

    def destroy(self) -> None:
        self._driver.call("cuGraphExecDestroy", self._handle)


class CapturedGraph:
    """A forward pass captured once on `stream`; `output` is overwritten by every launch."""

    def __init__(self, driver: Driver, module: Any, inputs: Sequence[Any], stream: int) -> None:
        self._driver = driver
        self.inputs = list(inputs)
        self.graph, self.output = capture(module, self.inputs, stream)
        self._raw = ctypes.c_void_p(int(self.graph.raw_cuda_graph()))
        nodes = list_nodes(driver, self._raw)
        self.kernel_nodes = [node for node in nodes if node_type(driver, node) == KERNEL_NODE]
        self.other_nodes = len(nodes) - len(self.kernel_nodes)

    def home(self, contexts: Sequence[int]) -> None:
        """Moves kernel i to `contexts[i]`; takes effect at the next instantiation.

        Needs kernels of the library kind (`kern` set), as all of PyTorch's and cuDNN's are.
        """
        for node, context in zip(self.kernel_nodes, contexts, strict=True):
            params = KernelNodeParams()
            self._driver.call("cuGraphKernelNodeGetParams_v2", node, ctypes.byref(params))
            params.func = None
            params.ctx = context
            self._driver.call("cuGraphKernelNodeSetParams_v2", node, ctypes.byref(params))

    def prioritize(self, priorities: Sequence[int], levels: int) -> None:
        """Gives kernel i priority `priorities[i]`: 0 lowest, at most `levels` - 1."""
        value = LaunchAttributeValue()
        for node, priority in zip(self.kernel_nodes, priorities, strict=True):
            value.priority = -min(priority, levels - 1)
            self._driver.call(
                "cuGraphKernelNodeSetAttribute", node, ctypes.c_int(PRIORITY_ATTRIBUTE), ctypes.byref(value)
            )

    def instantiate(self) -> GraphExec:
        handle = ctypes.c_void_p()
        self._driver.call(
            "cuGraphInstantiateWithFlags", ctypes.byref(handle), self._raw, ctypes.c_ulonglong(USE_NODE_PRIORITY)
        )
        return GraphExec(self._driver, int(handle.value or 0))

    def launch_shapes(self) -> list[tuple[list[int], list[int]]]:
        """Grid and block of every kernel, in node order."""
        shapes = []
        for node in self.kernel_nodes:
            params = KernelNodeParams()
            self._driver.call("cuGraphKernelNodeGetParams_v2", node, ctypes.byref(params))
            grid = [params.gridDimX, params.gridDimY, params.gridDimZ]
            shapes.append((grid, [params.blockDimX, params.blockDimY, params.blockDimZ]))
        return shapes

    def edge_counts(self) -> tuple[int, int]:
        """All edges of the graph, and those that are programmatic dependent launches."""
        count = ctypes.c_size_t(0)
        self._driver.call("cuGraphGetEdges_v2", self._raw, None, None, None, ctypes.byref(count))
        data = (EdgeData * max(1, count.value))()
        starts = (ctypes.c_void_p * max(1, count.value))()
        ends = (ctypes.c_void_p * max(1, count.value))()
        self._driver.call("cuGraphGetEdges_v2", self._raw, starts, ends, data, ctypes.byref(count))
        return count.value, sum(1 for edge in data if edge.type == PROGRAMMATIC_EDGE)


def capture(module: Any, inputs: Sequence[Any], stream: int) -> tuple[Any, Any]:
    """The CUDAGraph of one forward pass and its output tensors.

    The library workspaces are dropped around the capture, so that each graph owns its own and
    two graphs that run at once never write to the same one.
    """
    external = torch.cuda.ExternalStream(stream)
    with torch.no_grad():
        torch.cuda.synchronize()
        with torch.cuda.stream(external):
            for _ in range(WARM_UP_RUNS):
                module(*inputs)
        external.synchronize()
        _drop_workspaces()
        graph = torch.cuda.CUDAGraph(keep_graph=True)
        with torch.cuda.graph(graph, stream=external):
            output = module(*inputs)
        _drop_workspaces()
    torch.cuda.synchronize()
    return graph, output


def list_nodes(driver: Driver, graph: ctypes.c_void_p) -> list[ctypes.c_void_p]:
    """The graph's nodes in creation order, which for one captured stream is execution order."""
    count = ctypes.c_size_t(0)
    driver.call("cuGraphGetNodes", graph, None, ctypes.byref(count))
    handles = (ctypes.c_void_p * max(1, count.value))()
    driver.call("cuGraphGetNodes", graph, handles, ctypes.byref(count))
    return [ctypes.c_void_p(handles[index]) for index in range(count.value)]


def node_type(driver: Driver, node: ctypes.c_void_p) -> int:
    kind = ctypes.c_int()
    driver.call("cuGraphNodeGetType", node, ctypes.byref(kind))
    return kind.value


def _drop_workspaces() -> None:
    drop = getattr(torch._C, "_cuda_clearCublasWorkspaces", None)
    if drop is not None:
        drop()
