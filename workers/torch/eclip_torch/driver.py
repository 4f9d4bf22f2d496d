"""The CUDA driver through ctypes: only the calls that eclip needs, with errors that name the call."""

from __future__ import annotations

import ctypes
from typing import Any

EVENT_DISABLE_TIMING = 2
STREAM_NON_BLOCKING = 1


class DriverError(RuntimeError):
    """A CUDA driver call that failed; `code` is the CUresult."""

    def __init__(self, call: str, code: int, text: str) -> None:
        super().__init__(f"{call}: CUDA error {code} ({text})")
        self.call = call
        self.code = code


class SmResource(ctypes.Structure):
    """The SM part of CUdevResource."""

    _fields_ = [
        ("smCount", ctypes.c_uint),
        ("minSmPartitionSize", ctypes.c_uint),
        ("smCoscheduledAlignment", ctypes.c_uint),
        ("flags", ctypes.c_uint),
    ]


class DeviceResource(ctypes.Structure):
    """CUdevResource in the layout of driver 580: 4 + 92 + 48 = 144 bytes.

    Newer language bindings assume a larger struct, and then a list of several resources fails with error 914. That is
    why eclip has its own declaration.
    """

    _fields_ = [
        ("type", ctypes.c_int),
        ("reserved", ctypes.c_ubyte * 92),
        ("sm", SmResource),
        ("oversize", ctypes.c_ubyte * 32),
    ]


class KernelNodeParams(ctypes.Structure):
    """CUDA_KERNEL_NODE_PARAMS_v2."""

    _fields_ = [
        ("func", ctypes.c_void_p),
        ("gridDimX", ctypes.c_uint),
        ("gridDimY", ctypes.c_uint),
        ("gridDimZ", ctypes.c_uint),
        ("blockDimX", ctypes.c_uint),
        ("blockDimY", ctypes.c_uint),
        ("blockDimZ", ctypes.c_uint),
        ("sharedMemBytes", ctypes.c_uint),
        ("kernelParams", ctypes.c_void_p),
        ("extra", ctypes.c_void_p),
        ("kern", ctypes.c_void_p),
        ("ctx", ctypes.c_void_p),
    ]


class LaunchAttributeValue(ctypes.Union):
    """CUlaunchAttributeValue: 64 bytes, of which eclip sets the priority and reads the extent of clusters."""

    _fields_ = [
        ("pad", ctypes.c_char * 64),
        ("cooperative", ctypes.c_int),
        ("priority", ctypes.c_int),
        ("cluster", ctypes.c_uint * 3),
    ]


class LaunchAttribute(ctypes.Structure):
    """CUlaunchAttribute: 72 bytes."""

    _fields_ = [("id", ctypes.c_int), ("pad", ctypes.c_char * 4), ("value", LaunchAttributeValue)]


class LaunchConfig(ctypes.Structure):
    """CUlaunchConfig."""

    _fields_ = [
        ("gridDimX", ctypes.c_uint),
        ("gridDimY", ctypes.c_uint),
        ("gridDimZ", ctypes.c_uint),
        ("blockDimX", ctypes.c_uint),
        ("blockDimY", ctypes.c_uint),
        ("blockDimZ", ctypes.c_uint),
        ("sharedMemBytes", ctypes.c_uint),
        ("hStream", ctypes.c_void_p),
        ("attrs", ctypes.POINTER(LaunchAttribute)),
        ("numAttrs", ctypes.c_uint),
    ]


class EdgeData(ctypes.Structure):
    """CUgraphEdgeData; `type` 1 is a programmatic dependent launch."""

    _fields_ = [
        ("from_port", ctypes.c_ubyte),
        ("to_port", ctypes.c_ubyte),
        ("type", ctypes.c_ubyte),
        ("reserved", ctypes.c_ubyte * 5),
    ]


class MemsetParams(ctypes.Structure):
    """CUDA_MEMSET_NODE_PARAMS_v2. The first version lacks `ctx`."""

    _fields_ = [
        ("dst", ctypes.c_ulonglong),
        ("pitch", ctypes.c_size_t),
        ("value", ctypes.c_uint),
        ("elementSize", ctypes.c_uint),
        ("width", ctypes.c_size_t),
        ("height", ctypes.c_size_t),
        ("ctx", ctypes.c_void_p),
    ]


class MemcpyParams(ctypes.Structure):
    """CUDA_MEMCPY_NODE_PARAMS. `copy` is a CUDA_MEMCPY3D, which eclip passes back unchanged."""

    _fields_ = [
        ("flags", ctypes.c_int),
        ("reserved", ctypes.c_int),
        ("ctx", ctypes.c_void_p),
        ("copy", ctypes.c_ulonglong * 25),
    ]


class _NodeUnion(ctypes.Union):
    _fields_ = [("memset", MemsetParams), ("memcpy", MemcpyParams), ("reserved1", ctypes.c_longlong * 29)]


class NodeParams(ctypes.Structure):
    """CUgraphNodeParams: 256 bytes."""

    _anonymous_ = ("params",)
    _fields_ = [
        ("type", ctypes.c_int),
        ("reserved0", ctypes.c_int * 3),
        ("params", _NodeUnion),
        ("reserved2", ctypes.c_longlong),
    ]


class Driver:
    """libcuda.so.1. `call` raises DriverError unless the call returned 0."""

    def __init__(self, library: Any = None) -> None:
        self._library = library or ctypes.CDLL("libcuda.so.1")

    def call(self, name: str, *args: Any) -> None:
        code = int(getattr(self._library, name)(*args))
        if code != 0:
            raise DriverError(name, code, self._describe(code))

    def _describe(self, code: int) -> str:
        text = ctypes.c_char_p()
        if self._library.cuGetErrorName(code, ctypes.byref(text)) != 0 or not text.value:
            return "unknown"
        return text.value.decode()

    def current_context(self) -> int:
        """The calling thread's context handle (with PyTorch: the primary context)."""
        context = ctypes.c_void_p()
        self.call("cuCtxGetCurrent", ctypes.byref(context))
        if not context.value:
            raise DriverError("cuCtxGetCurrent", 201, "no current context")
        return context.value

    def set_current(self, context: int) -> None:
        self.call("cuCtxSetCurrent", ctypes.c_void_p(context))

    def create_stream(self, priority: int = 0) -> int:
        """A non-blocking stream of the current context."""
        stream = ctypes.c_void_p()
        self.call(
            "cuStreamCreateWithPriority",
            ctypes.byref(stream),
            ctypes.c_uint(STREAM_NON_BLOCKING),
            ctypes.c_int(priority),
        )
        return int(stream.value or 0)

    def destroy_stream(self, stream: int) -> None:
        self.call("cuStreamDestroy_v2", ctypes.c_void_p(stream))

    def synchronize(self, stream: int) -> None:
        self.call("cuStreamSynchronize", ctypes.c_void_p(stream))

    def create_event(self) -> int:
        """An event without timing, used to order streams."""
        event = ctypes.c_void_p()
        self.call("cuEventCreate", ctypes.byref(event), ctypes.c_uint(EVENT_DISABLE_TIMING))
        return int(event.value or 0)

    def priority_levels(self) -> int:
        """The number of priorities that streams and graph nodes can have on the device."""
        least = ctypes.c_int()
        greatest = ctypes.c_int()
        self.call("cuCtxGetStreamPriorityRange", ctypes.byref(least), ctypes.byref(greatest))
        return least.value - greatest.value + 1
