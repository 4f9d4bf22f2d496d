"""Reads and edits the nodes of a captured graph through the driver."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

from .driver import (
    Driver,
    DriverError,
    EdgeData,
    KernelNodeParams,
    LaunchAttribute,
    LaunchAttributeValue,
    LaunchConfig,
    NodeParams,
)

KERNEL_NODE = 0
MEMCPY_NODE = 1
MEMSET_NODE = 2
PROGRAMMATIC_EDGE = 1
COOPERATIVE_ATTRIBUTE = 2
CLUSTER_ATTRIBUTE = 4
PRIORITY_ATTRIBUTE = 8
USE_NODE_PRIORITY = 8
"""Without this instantiation flag, the priority attribute of a node is ignored."""

MOST_DYNAMIC_SHARED_ATTRIBUTE = 8
USUAL_SHARED_BYTES = 48 << 10
"""A kernel that is launched with more dynamic shared memory must have been allowed to use it."""

Node = ctypes.c_void_p


def list_nodes(driver: Driver, graph: Node) -> list[Node]:
    """The graph's nodes in creation order, which in a captured graph is consistent with its edges."""
    count = ctypes.c_size_t(0)
    driver.call("cuGraphGetNodes", graph, None, ctypes.byref(count))
    handles = (ctypes.c_void_p * max(1, count.value))()
    driver.call("cuGraphGetNodes", graph, handles, ctypes.byref(count))
    return [Node(handles[index]) for index in range(count.value)]


def node_type(driver: Driver, node: Node) -> int:
    kind = ctypes.c_int()
    driver.call("cuGraphNodeGetType", node, ctypes.byref(kind))
    return kind.value


def list_edges(driver: Driver, graph: Node) -> list[tuple[int, int, int]]:
    """Edges as (from handle, to handle, type)."""
    count = ctypes.c_size_t(0)
    driver.call("cuGraphGetEdges_v2", graph, None, None, None, ctypes.byref(count))
    size = max(1, count.value)
    data, starts, ends = (EdgeData * size)(), (ctypes.c_void_p * size)(), (ctypes.c_void_p * size)()
    driver.call("cuGraphGetEdges_v2", graph, starts, ends, data, ctypes.byref(count))
    return [(int(starts[i] or 0), int(ends[i] or 0), int(data[i].type)) for i in range(count.value)]


def kernel_params(driver: Driver, node: Node) -> Any:
    params = KernelNodeParams()
    driver.call("cuGraphKernelNodeGetParams_v2", node, ctypes.byref(params))
    return params


def home_kernel(driver: Driver, node: Node, context: int) -> None:
    """Moves a kernel node to a context without re-capturing. It must be a library kernel (`kern` set)."""
    params = kernel_params(driver, node)
    params.func = None
    params.ctx = context
    driver.call("cuGraphKernelNodeSetParams_v2", node, ctypes.byref(params))


def home_memset(driver: Driver, node: Node, context: int) -> None:
    """Moves a memset node to a context. Left behind, it would cost two context switches per launch."""
    params = NodeParams()
    driver.call("cuGraphMemsetNodeGetParams", node, ctypes.byref(params.memset))
    params.type = MEMSET_NODE
    params.memset.ctx = context
    driver.call("cuGraphNodeSetParams", node, ctypes.byref(params))


def home_memcpy(driver: Driver, node: Node, context: int) -> None:
    """Moves a copy node to a context. Left behind, it would run on all compute units between others' kernels."""
    params = NodeParams()
    driver.call("cuGraphMemcpyNodeGetParams", node, ctypes.byref(params.memcpy.copy))
    params.type = MEMCPY_NODE
    params.memcpy.ctx = context
    driver.call("cuGraphNodeSetParams", node, ctypes.byref(params))


def set_priority(driver: Driver, node: Node, priority: int) -> None:
    """Sets a priority in the driver's terms: 0 is lowest, -1 is above it, and so on."""
    value = LaunchAttributeValue()
    value.priority = priority
    driver.call("cuGraphKernelNodeSetAttribute", node, ctypes.c_int(PRIORITY_ATTRIBUTE), ctypes.byref(value))


def node_attribute(driver: Driver, node: Node, attribute: int) -> LaunchAttributeValue:
    """A launch attribute of a kernel node; all zeros if the driver does not report it."""
    value = LaunchAttributeValue()
    try:
        driver.call("cuGraphKernelNodeGetAttribute", node, ctypes.c_int(attribute), ctypes.byref(value))
    except DriverError:
        return LaunchAttributeValue()
    return value


def cluster_blocks(driver: Driver, node: Node) -> int:
    """Blocks in the node's thread-block clusters; 1 without clusters, or if the driver does not report them."""
    width, height, depth = (max(1, int(extent)) for extent in node_attribute(driver, node, CLUSTER_ATTRIBUTE).cluster)
    return width * height * depth


class KernelLaunch:
    """A kernel node as a separate launch, whose context is that of the stream it is launched on.

    The node continues to store the arguments, so it must outlive the launch and must not be edited.
    """

    def __init__(self, driver: Driver, node: Node) -> None:
        params = kernel_params(driver, node)
        if not params.kern:
            raise DriverError("cuGraphKernelNodeGetParams_v2", 1, "no library kernel, which any context could run")
        self._driver = driver
        self._kernel = ctypes.c_void_p(params.kern)
        self._arguments = ctypes.c_void_p(params.kernelParams)
        self._extra = ctypes.c_void_p(params.extra)
        self._config = LaunchConfig(*(getattr(params, name) for name, _ in LaunchConfig._fields_[:7]))
        attributes = launch_attributes(driver, node)
        self._attributes = (LaunchAttribute * len(attributes))(*attributes)
        self._config.attrs = ctypes.cast(self._attributes, ctypes.POINTER(LaunchAttribute))
        self._config.numAttrs = len(attributes)
        if params.sharedMemBytes > USUAL_SHARED_BYTES:
            driver.call(
                "cuKernelSetAttribute",
                ctypes.c_int(MOST_DYNAMIC_SHARED_ATTRIBUTE),
                ctypes.c_int(params.sharedMemBytes),
                self._kernel,
                ctypes.c_int(0),
            )

    def launch(self, stream: int) -> None:
        self._config.hStream = stream
        self._driver.call("cuLaunchKernelEx", ctypes.byref(self._config), self._kernel, self._arguments, self._extra)


def launch_attributes(driver: Driver, node: Node) -> list[LaunchAttribute]:
    """The attributes that a kernel needs at launch: its clusters, and that its blocks wait for each other."""
    attributes = []
    cluster = node_attribute(driver, node, CLUSTER_ATTRIBUTE)
    if any(cluster.cluster):
        attributes.append(LaunchAttribute(CLUSTER_ATTRIBUTE, b"", cluster))
    cooperative = node_attribute(driver, node, COOPERATIVE_ATTRIBUTE)
    if cooperative.cooperative:
        attributes.append(LaunchAttribute(COOPERATIVE_ATTRIBUTE, b"", cooperative))
    return attributes


def instantiate(driver: Driver, graph: Node) -> int:
    handle = ctypes.c_void_p()
    driver.call("cuGraphInstantiateWithFlags", ctypes.byref(handle), graph, ctypes.c_ulonglong(USE_NODE_PRIORITY))
    return int(handle.value or 0)


def subgraph(driver: Driver, graph: Node, nodes: Sequence[Node], keep: range) -> Node:
    """A clone of the graph with only the nodes at the positions in `keep`, and the edges among them."""
    clone = cloned(driver, graph)
    for index, node in enumerate(nodes):
        if index not in keep:
            driver.call("cuGraphDestroyNode", twin_of(driver, node, clone))
    return clone


def cloned(driver: Driver, graph: Node) -> Node:
    clone = ctypes.c_void_p()
    driver.call("cuGraphClone", ctypes.byref(clone), graph)
    return clone


def twin_of(driver: Driver, node: Node, clone: Node) -> Node:
    """The node of a clone that corresponds to a node of the original."""
    twin = ctypes.c_void_p()
    driver.call("cuGraphNodeFindInClone", ctypes.byref(twin), node, clone)
    return twin


def kernel_dependencies(
    nodes: Sequence[int], kernels: Sequence[int], edges: Sequence[tuple[int, int, int]]
) -> list[list[int]]:
    """The kernels that each kernel directly waits for. Other nodes pass on what they wait for.

    `nodes` and `kernels` are handles. The order of nodes must be consistent with the edges.
    """
    before: dict[int, list[int]] = {}
    for start, end, _ in edges:
        before.setdefault(end, []).append(start)
    place = {handle: index for index, handle in enumerate(kernels)}
    reaches: dict[int, set[int]] = {}
    for handle in nodes:
        waits: set[int] = set()
        for start in before.get(handle, ()):
            waits |= {place[start]} if start in place else reaches.get(start, set())
        reaches[handle] = waits
    return [sorted(reaches[handle]) for handle in kernels]
