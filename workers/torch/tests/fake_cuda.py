"""A libcuda of Python objects: one Hopper-like GPU of 132 SMs whose launches are written to a log.

It keeps the rules that were met on a real H200: a graph homed to a destroyed context cannot be
instantiated, and an executable graph is a snapshot that later edits do not touch. A kernel that is launched alone
runs in its stream's context, needs its clusters and its shared memory, and finds its arguments in its node. A context
is destroyed after its streams.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count, pairwise
from typing import Any

PRIMARY = 1
KERNEL, MEMCPY, MEMSET = 0, 1, 2
INVALID_CONTEXT = 201
ILLEGAL_STATE = 401
CAPTURE_INVALIDATED = 901
INVALID_CLUSTER_SIZE = 912
INVALID_RESOURCES = 915


@dataclass
class Node:
    kind: int
    label: int
    context: int = PRIMARY
    priority: int = 0


@dataclass
class Graph:
    nodes: dict[int, Node]
    edges: list[tuple[int, int]] = field(default_factory=list)
    twins: dict[int, int] = field(default_factory=dict)


def handle(value: Any) -> int:
    return int(getattr(value, "value", value) or 0)


class FakeCuda:
    """Only the calls that eclip makes; every one returns 0 unless a rule is broken."""

    kernel = 6
    """Handle of every kernel, which belongs to a library."""

    def __init__(self) -> None:
        self._handles = count(1000)
        self.graphs: dict[int, Graph] = {}
        self.executables: dict[int, list[Node]] = {}
        self.contexts: dict[int, int] = {}
        self.streams: dict[int, int] = {}
        self.events: set[int] = set()
        self.splits = 0
        self.under_mps = False
        self.fixed: set[int] = set()
        self.capturing: int | None = None
        self.spoilt = False
        self.shared_bytes = 0
        self.allowed_shared_bytes = 0
        self.log: list[tuple[int, int, int, int]] = []
        self.order: list[str] = []

    def graph(self, kinds: list[int]) -> int:
        """A chain of nodes of these kinds; kernels are labelled 0, 1, 2, ..."""
        labels = count()
        nodes = {next(self._handles): Node(kind, next(labels) if kind == KERNEL else -1) for kind in kinds}
        keys = list(nodes)
        made = next(self._handles)
        self.graphs[made] = Graph(nodes, list(pairwise(keys)))
        return made

    def cuGetErrorName(self, code: int, text: Any) -> int:
        text._obj.value = f"FAKE_{code}".encode()
        return 0

    def cuDeviceGet(self, device: Any, _: int) -> int:
        return 0

    def cuDeviceGetDevResource(self, _: Any, resource: Any, __: int) -> int:
        resource._obj.sm.smCount = 132
        return 0

    def cuDeviceGetAttribute(self, value: Any, attribute: Any, _: Any) -> int:
        value._obj.value = int(self.under_mps and handle(attribute) == 133)
        return 0

    def cuDeviceGetUuid_v2(self, uuid: Any, _: Any) -> int:
        for index in range(16):
            uuid[index] = index
        return 0

    def cuCtxGetCurrent(self, context: Any) -> int:
        context._obj.value = PRIMARY
        return 0

    def cuCtxGetStreamPriorityRange(self, least: Any, greatest: Any) -> int:
        least._obj.value, greatest._obj.value = 0, -5
        return 0

    def cuStreamBeginCapture_v2(self, stream: Any, mode: Any) -> int:
        self.capturing, self.spoilt = handle(stream), False
        return 0

    def cuStreamEndCapture(self, stream: Any, graph: Any) -> int:
        if self.capturing != handle(stream):
            return ILLEGAL_STATE
        self.capturing = None
        if self.spoilt:
            return CAPTURE_INVALIDATED
        graph._obj.value = self.graph([KERNEL])
        return 0

    def cuDevSmResourceSplitByCount(self, parts: Any, number: Any, full: Any, rest: Any, *_: Any) -> int:
        self.splits += 1
        if self.under_mps:
            return INVALID_RESOURCES
        number._obj.value = 15
        for index in range(15):
            parts[index].sm.smCount = 8
        rest._obj.sm.smCount = 12
        return 0

    def cuDevResourceGenerateDesc(self, *_: Any) -> int:
        return 0

    def cuGreenCtxCreate(self, green: Any, *_: Any) -> int:
        green._obj.value = next(self._handles)
        self.contexts[green._obj.value] = green._obj.value + 100_000
        return 0

    def cuCtxFromGreenCtx(self, context: Any, green: Any) -> int:
        context._obj.value = self.contexts[handle(green)]
        return 0

    def cuGreenCtxDestroy(self, green: Any) -> int:
        context = self.contexts.pop(handle(green))
        self.order.append(f"destroy {context}")
        return 1 if context in self.streams.values() else 0

    def cuGreenCtxStreamCreate(self, stream: Any, green: Any, *_: Any) -> int:
        stream._obj.value = next(self._handles)
        self.streams[stream._obj.value] = self.contexts[handle(green)]
        self.order.append(f"mask {stream._obj.value}")
        return 0

    def cuStreamCreateWithPriority(self, stream: Any, *_: Any) -> int:
        stream._obj.value = next(self._handles)
        self.streams[stream._obj.value] = PRIMARY
        return 0

    def cuStreamDestroy_v2(self, stream: Any) -> int:
        del self.streams[handle(stream)]
        return 0

    def cuStreamSynchronize(self, stream: Any) -> int:
        self.order.append(f"wait {handle(stream)}")
        return 0

    def cuEventCreate(self, event: Any, _: Any) -> int:
        event._obj.value = next(self._handles)
        self.events.add(event._obj.value)
        return 0

    def cuEventDestroy_v2(self, event: Any) -> int:
        self.events.remove(handle(event))
        return 0

    def cuEventRecord(self, event: Any, stream: Any) -> int:
        self.order.append(f"record {handle(stream)}")
        return 0

    def cuStreamWaitEvent(self, stream: Any, event: Any, _: Any) -> int:
        self.order.append(f"follow {handle(stream)}")
        return 0

    def cuGraphGetNodes(self, graph: Any, nodes: Any, number: Any) -> int:
        keys = list(self.graphs[handle(graph)].nodes)
        if nodes is not None:
            for index, key in enumerate(keys):
                nodes[index] = key
        number._obj.value = len(keys)
        return 0

    def cuGraphGetEdges_v2(self, graph: Any, starts: Any, ends: Any, _: Any, number: Any) -> int:
        edges = self.graphs[handle(graph)].edges
        if starts is not None:
            for index, (start, end) in enumerate(edges):
                starts[index], ends[index] = start, end
        number._obj.value = len(edges)
        return 0

    def cuGraphNodeGetType(self, node: Any, kind: Any) -> int:
        kind._obj.value = self._node(node).kind
        return 0

    def cuGraphKernelNodeGetParams_v2(self, node: Any, params: Any) -> int:
        params._obj.func, params._obj.kern, params._obj.ctx = 5, self.kernel, self._node(node).context
        params._obj.gridDimX = self._node(node).label + 1
        params._obj.kernelParams = handle(node)
        params._obj.sharedMemBytes = self.shared_bytes
        return 0

    def cuGraphKernelNodeSetParams_v2(self, node: Any, params: Any) -> int:
        if params._obj.func:
            return 1
        self._node(node).context = params._obj.ctx
        return 0

    def cuGraphMemsetNodeGetParams(self, node: Any, params: Any) -> int:
        params._obj.width = 4
        return 0

    def cuGraphMemcpyNodeGetParams(self, node: Any, copy: Any) -> int:
        copy._obj[24] = 5
        return 0

    def cuGraphNodeSetParams(self, node: Any, params: Any) -> int:
        kind, memset, memcpy = params._obj.type, params._obj.memset, params._obj.memcpy
        if self._node(node).kind != kind or handle(node) in self.fixed:
            return 1
        if kind == MEMSET and memset.width == 4:
            self._node(node).context = memset.ctx
            return 0
        if kind == MEMCPY and memcpy.copy[24] == 5:
            self._node(node).context = memcpy.ctx
            return 0
        return 1

    def cuGraphKernelNodeSetAttribute(self, node: Any, attribute: Any, value: Any) -> int:
        self._node(node).priority = value._obj.priority
        return 0

    def cuGraphKernelNodeGetAttribute(self, node: Any, attribute: Any, value: Any) -> int:
        if handle(attribute) != 4:
            return 1
        value._obj.cluster[0] = self._node(node).label
        return 0

    def cuKernelSetAttribute(self, attribute: Any, value: Any, kernel: Any, _: Any) -> int:
        self.allowed_shared_bytes = handle(value) if handle(attribute) == 8 else 0
        return 0

    def cuLaunchKernelEx(self, config: Any, kernel: Any, arguments: Any, _: Any) -> int:
        launch, node = config._obj, self._node(arguments)
        if handle(kernel) != self.kernel or launch.gridDimX != node.label + 1:
            return 1
        context = self.streams[launch.hStream]
        if context not in self._live():
            return INVALID_CONTEXT
        if launch.sharedMemBytes > max(48 << 10, self.allowed_shared_bytes):
            return 1
        clusters = [launch.attrs[i].value.cluster[0] for i in range(launch.numAttrs) if launch.attrs[i].id == 4]
        if clusters != [node.label][: node.label]:
            return INVALID_CLUSTER_SIZE
        self.order.append(f"launch {launch.hStream}")
        self.log.append((KERNEL, node.label, context, 0))
        return 0

    def cuGraphClone(self, clone: Any, graph: Any) -> int:
        original = self.graphs[handle(graph)]
        twins = {key: next(self._handles) for key in original.nodes}
        nodes = {twins[key]: replace(node) for key, node in original.nodes.items()}
        clone._obj.value = next(self._handles)
        edges = [(twins[start], twins[end]) for start, end in original.edges]
        self.graphs[clone._obj.value] = Graph(nodes, edges, twins)
        return 0

    def cuGraphNodeFindInClone(self, twin: Any, node: Any, clone: Any) -> int:
        twin._obj.value = self.graphs[handle(clone)].twins[handle(node)]
        return 0

    def cuGraphDestroyNode(self, node: Any) -> int:
        for graph in self.graphs.values():
            graph.nodes.pop(handle(node), None)
        return 0

    def cuGraphDestroy(self, graph: Any) -> int:
        del self.graphs[handle(graph)]
        return 0

    def cuGraphInstantiateWithFlags(self, executable: Any, graph: Any, flags: Any) -> int:
        nodes = self.graphs[handle(graph)].nodes.values()
        if any(node.context not in self._live() for node in nodes):
            return INVALID_CONTEXT
        executable._obj.value = next(self._handles)
        self.executables[executable._obj.value] = [replace(node) for node in nodes]
        return 0

    def cuGraphExecDestroy(self, executable: Any) -> int:
        del self.executables[handle(executable)]
        return 0

    def cuGraphLaunch(self, executable: Any, stream: Any) -> int:
        self.order.append(f"launch {handle(stream)}")
        for node in self.executables[handle(executable)]:
            if node.context not in self._live():
                return INVALID_CONTEXT
            self.log.append((node.kind, node.label, node.context, node.priority))
        return 0

    def _live(self) -> set[int]:
        return {PRIMARY, *self.contexts.values()}

    def _node(self, node: Any) -> Node:
        for graph in self.graphs.values():
            if handle(node) in graph.nodes:
                return graph.nodes[handle(node)]
        raise KeyError(handle(node))
