"""One CUDA graph per model and batch size, whose kernels can be re-homed without re-capture."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import torch

from . import nodes
from .driver import Driver, DriverError
from .errors import MODEL_ERRORS, is_out_of_memory, is_sticky, one_line

WARM_UP_RUNS = 3
THREAD_LOCAL = 1
"""In this capture mode, only calls of the capturing thread can spoil the capture."""

NEEDS_GENERATOR = "generator not in capture mode"

MOVABLE = {nodes.MEMSET_NODE: nodes.home_memset, nodes.MEMCPY_NODE: nodes.home_memcpy}
"""How nodes of these types change their context. Kernels have a different way."""

_SPOILT: list[Any] = []
"""Graphs whose capture failed. They are never freed, because PyTorch's allocator may still point at them."""


class GraphExec:
    """An instantiated graph, which a request launches."""

    def __init__(self, driver: Driver, handle: int) -> None:
        self._driver = driver
        self._handle = ctypes.c_void_p(handle)

    def launch(self, stream: int) -> None:
        self._driver.call("cuGraphLaunch", self._handle, ctypes.c_void_p(stream))

    def destroy(self) -> None:
        self._driver.call("cuGraphExecDestroy", self._handle)


class Launchable(Protocol):
    """Work that is launched on a stream."""

    def launch(self, stream: int) -> None: ...


class SingleLaunches:
    """A graph's kernels one by one: `kernels[k]` lists what is launched, in order, for kernel k.

    Other nodes go with the kernel after them, and the last ones with the last kernel. If nodes can be edited, kernels
    take their arguments from `copy`, which no plan ever edits, and run in the context of their stream.
    """

    def __init__(
        self,
        driver: Driver,
        kernels: Sequence[Sequence[Launchable]] = (),
        graphs: Sequence[GraphExec] = (),
        copy: nodes.Node | None = None,
    ) -> None:
        self._driver = driver
        self.kernels = kernels
        self._graphs = graphs
        self._copy = copy

    def destroy(self) -> None:
        for graph in self._graphs:
            graph.destroy()
        if self._copy is not None:
            self._driver.call("cuGraphDestroy", self._copy)


class CapturedGraph:
    """A forward pass captured once on `stream`. Every launch overwrites `output`.

    `home_memsets` also moves memset and copy nodes, see `nodes.home_memset`. If nodes are not `editable` (HIP), `home`
    and `prioritize` do nothing, and a plan needs `instantiate_stretch`.
    """

    def __init__(
        self,
        driver: Driver,
        module: Any,
        inputs: Sequence[Any],
        stream: int,
        home_memsets: bool = False,
        editable: bool = True,
    ) -> None:
        self._driver = driver
        self._editable = editable
        self.moves_memsets = home_memsets
        self._fixed: set[int] = set()
        self.inputs = list(inputs)
        self.graph, self.output = capture(module, self.inputs, stream)
        self._raw = ctypes.c_void_p(int(self.graph.raw_cuda_graph()))
        self._nodes = nodes.list_nodes(driver, self._raw)
        self._types = [nodes.node_type(driver, node) for node in self._nodes]
        self._places = [index for index, kind in enumerate(self._types) if kind == nodes.KERNEL_NODE]
        self.kernel_nodes = [self._nodes[place] for place in self._places]
        self.other_nodes = len(self._nodes) - len(self.kernel_nodes)

    def home(self, contexts: Sequence[int]) -> None:
        """Moves kernel i to `contexts[i]`, and memsets and copies to the context of the kernel after them."""
        if not self._editable:
            return
        waiting: list[int] = []
        remaining = iter(contexts)
        context = contexts[0] if contexts else 0
        for index, kind in enumerate(self._types):
            if kind == nodes.KERNEL_NODE:
                context = next(remaining)
                nodes.home_kernel(self._driver, self._nodes[index], context)
                self._home_waiting(waiting, context)
            elif kind in MOVABLE and self.moves_memsets and index not in self._fixed:
                waiting.append(index)
        self._home_waiting(waiting, context)

    def _home_waiting(self, waiting: list[int], context: int) -> None:
        for index in waiting:
            try:
                MOVABLE[self._types[index]](self._driver, self._nodes[index], context)
            except DriverError:
                # The node still runs where it was captured, only more slowly.
                self._fixed.add(index)
        waiting.clear()

    @property
    def fixed_nodes(self) -> int:
        """The number of memsets and copies that could not be moved."""
        return len(self._fixed)

    def prioritize(self, priorities: Sequence[int], levels: int) -> None:
        """Gives kernel i the priority `priorities[i]`, from 0 (lowest) to at most `levels` - 1."""
        if not self._editable:
            return
        for node, priority in zip(self.kernel_nodes, priorities):
            nodes.set_priority(self._driver, node, -min(priority, levels - 1))

    def instantiate(self) -> GraphExec:
        return GraphExec(self._driver, nodes.instantiate(self._driver, self._raw))

    def instantiate_stretch(self, first: int, end: int) -> GraphExec:
        """Kernels `first` to `end` (exclusive) alone, with the other nodes just before them."""
        return self._instantiate_nodes(self._node_range(first, end))

    def single_launches(self) -> SingleLaunches:
        """Every kernel as a separate launch."""
        graphs: list[GraphExec] = []
        copy = nodes.cloned(self._driver, self._raw) if self._editable else None
        try:
            kernels = [self._launches_of(kernel, copy, graphs) for kernel in range(len(self._places))]
        except Exception:
            SingleLaunches(self._driver, graphs=graphs, copy=copy).destroy()
            raise
        return SingleLaunches(self._driver, kernels, graphs, copy)

    def _launches_of(self, kernel: int, copy: nodes.Node | None, graphs: list[GraphExec]) -> list[Launchable]:
        """A kernel together with the other nodes that go with it. Every graph made on the way is added to `graphs`."""

        def graph_of(keep: range) -> list[Launchable]:
            if not keep:
                return []
            graphs.append(self._instantiate_nodes(keep))
            return [graphs[-1]]

        around, place = self._node_range(kernel, kernel + 1), self._places[kernel]
        if copy is None:
            return graph_of(around)
        launch = nodes.KernelLaunch(self._driver, nodes.twin_of(self._driver, self._nodes[place], copy))
        return [*graph_of(range(around.start, place)), launch, *graph_of(range(place + 1, around.stop))]

    def _instantiate_nodes(self, keep: range) -> GraphExec:
        part = nodes.subgraph(self._driver, self._raw, self._nodes, keep)
        try:
            return GraphExec(self._driver, nodes.instantiate(self._driver, part))
        finally:
            self._driver.call("cuGraphDestroy", part)

    def _node_range(self, first: int, end: int) -> range:
        start = 0 if first == 0 else self._places[first - 1] + 1
        stop = len(self._nodes) if end == len(self._places) else self._places[end - 1] + 1
        return range(start, stop)

    def launch_shapes(self) -> list[tuple[list[int], list[int]]]:
        """Grid and block of every kernel, in node order."""
        shapes = []
        for node in self.kernel_nodes:
            params = nodes.kernel_params(self._driver, node)
            grid = [params.gridDimX, params.gridDimY, params.gridDimZ]
            shapes.append((grid, [params.blockDimX, params.blockDimY, params.blockDimZ]))
        return shapes

    def memsets_before(self) -> list[int]:
        """The number of memset nodes between each kernel and the kernel before it."""
        counts, waiting = [], 0
        for kind in self._types:
            if kind == nodes.KERNEL_NODE:
                counts.append(waiting)
                waiting = 0
            waiting += kind == nodes.MEMSET_NODE
        return counts

    def cluster_blocks(self) -> list[int]:
        """The number of blocks in each kernel's thread-block clusters, or 1 without clusters."""
        return [nodes.cluster_blocks(self._driver, node) for node in self.kernel_nodes]

    def edge_counts(self) -> tuple[int, int]:
        """The number of edges in the graph, and how many of them are programmatic dependent launches."""
        edges = nodes.list_edges(self._driver, self._raw)
        return len(edges), sum(1 for edge in edges if edge[2] == nodes.PROGRAMMATIC_EDGE)

    def dependencies(self) -> list[list[int]]:
        """The kernels that each kernel directly waits for."""
        handles = [int(node.value or 0) for node in self._nodes]
        kernels = [int(node.value or 0) for node in self.kernel_nodes]
        return nodes.kernel_dependencies(handles, kernels, nodes.list_edges(self._driver, self._raw))


def capture_failure(driver: Driver, module: Any, inputs: Sequence[Any], stream: int) -> str | None:
    """Why a forward pass cannot be captured, in one line; None if it can.

    A trial capture through the driver finds out, and is then thrown away. A failed capture by PyTorch itself would
    leave PyTorch's allocator pointing at a graph that no longer exists, and the process would die later.
    """
    external = torch.cuda.ExternalStream(stream)
    with torch.no_grad(), torch.cuda.stream(external):
        for _ in range(WARM_UP_RUNS):
            module(*inputs)
        external.synchronize()
        reason = try_capture(driver, lambda: module(*inputs), stream)
    if reason is not None:
        _clear_error()
    torch.cuda.synchronize()
    return reason


def _clear_error() -> None:
    """Clears the last error, which the next kernel launch would otherwise report, whoever makes it."""
    with suppress(RuntimeError, AssertionError):
        torch.zeros(1, device="cuda")


def try_capture(driver: Driver, work: Callable[[], Any], stream: int) -> str | None:
    """Captures `work` on `stream`, which is the thread's current stream, and drops the graph."""
    graph = ctypes.c_void_p()
    reason = None
    driver.call("cuStreamBeginCapture_v2", ctypes.c_void_p(stream), ctypes.c_int(THREAD_LOCAL))
    try:
        work()
    except MODEL_ERRORS as error:
        if is_out_of_memory(error) or is_sticky(error):
            _end_capture(driver, stream, graph)
            raise
        # Random numbers need PyTorch's own capture, which will tell whether the rest works.
        if NEEDS_GENERATOR not in str(error):
            reason = one_line(error)
    ended = _end_capture(driver, stream, graph)
    return reason or ended


def _end_capture(driver: Driver, stream: int, graph: ctypes.c_void_p) -> str | None:
    """Ends a capture, even one that a forbidden call has spoilt; in that case returns the reason."""
    try:
        driver.call("cuStreamEndCapture", ctypes.c_void_p(stream), ctypes.byref(graph))
    except DriverError as error:
        if is_sticky(error):
            raise
        return one_line(error)
    if graph.value:
        driver.call("cuGraphDestroy", graph)
    return None


def capture(module: Any, inputs: Sequence[Any], stream: int) -> tuple[Any, Any]:
    """The CUDAGraph of one forward pass and its output tensors.

    The library workspaces are dropped before and after the capture. Each graph then owns its workspace, and two graphs
    that run at the same time never write to the same one.
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
        before = torch.cuda.current_stream()
        try:
            # The threads of other workers continue to serve, so only calls of this thread may spoil the capture.
            with torch.cuda.graph(graph, stream=external, capture_error_mode="thread_local"):
                output = module(*inputs)
        except MODEL_ERRORS:
            _SPOILT.append(graph)
            torch.cuda.set_stream(before)
            raise
        _drop_workspaces()
    torch.cuda.synchronize()
    return graph, output


def _drop_workspaces() -> None:
    drop = getattr(torch._C, "_cuda_clearCublasWorkspaces", None)
    if drop is not None:
        drop()
