"""The AMD device: kernel groups run as segments of the graph on streams with a compute-unit mask.

HIP graphs cannot move a node to another context, so the segments of `placement.Segments` carry out the plan. That code
is also tested on CUDA. Granule i is bit i of the mask; the client, which knows how bits map to shader engines and XCDs,
chooses the granules. Needs PyTorch for ROCm.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import torch

from .cuda import CudaDevice
from .driver import Driver, DriverError
from .partition import Granules, Partition, Partitioner, PartitionPool

MASK_WORD_BITS = 32

HIP_NAMES = {
    "cuGraphGetNodes": "hipGraphGetNodes",
    "cuGraphNodeGetType": "hipGraphNodeGetType",
    "cuGraphClone": "hipGraphClone",
    "cuGraphNodeFindInClone": "hipGraphNodeFindInClone",
    "cuGraphDestroyNode": "hipGraphDestroyNode",
    "cuGraphDestroy": "hipGraphDestroy",
    "cuGraphInstantiateWithFlags": "hipGraphInstantiateWithFlags",
    "cuGraphLaunch": "hipGraphLaunch",
    "cuGraphExecDestroy": "hipGraphExecDestroy",
    "cuStreamCreateWithPriority": "hipStreamCreateWithPriority",
    "cuStreamDestroy_v2": "hipStreamDestroy",
    "cuStreamSynchronize": "hipStreamSynchronize",
    "cuStreamWaitEvent": "hipStreamWaitEvent",
    "cuStreamBeginCapture_v2": "hipStreamBeginCapture",
    "cuStreamEndCapture": "hipStreamEndCapture",
    "cuEventCreate": "hipEventCreateWithFlags",
    "cuEventRecord": "hipEventRecord",
    "cuEventDestroy_v2": "hipEventDestroy",
}


class HipDriver(Driver):
    """The graph, stream and event calls of the CUDA driver under their HIP names."""

    def __init__(self, library: Any = None) -> None:
        super().__init__(library or ctypes.CDLL("libamdhip64.so"))

    def call(self, name: str, *args: Any) -> None:
        translated = HIP_NAMES.get(name, name)
        if translated.startswith("cu"):
            raise DriverError(name, 801, "HIP has no such call")
        super().call(translated, *args)

    def current_context(self) -> int:
        return 0

    def set_current(self, context: int) -> None:
        """HIP's runtime only needs the device, which PyTorch sets."""

    def priority_levels(self) -> int:
        return 1

    def _describe(self, code: int) -> str:
        self._library.hipGetErrorName.restype = ctypes.c_char_p
        return (self._library.hipGetErrorName(code) or b"unknown").decode()


@dataclass(frozen=True)
class MaskedPartition(Partition):
    """A partition that is only a set of mask bits."""

    granules: Granules = ()


class MaskPartitioner(Partitioner):
    """Every compute unit is a granule."""

    def __init__(self, driver: Driver, cus: int) -> None:
        self._driver = driver
        self.total_sms = cus

    @property
    def sms_by_granule(self) -> list[int]:
        return [1] * self.total_sms

    @property
    def granule_count(self) -> int:
        return self.total_sms

    def create(self, granules: Granules) -> Partition:
        return MaskedPartition(0, 0, len(granules), granules)

    def destroy(self, partition: Partition) -> None:
        """Until a stream is made, there is nothing in the driver to destroy."""

    def create_stream(self, partition: Partition, priority: int = 0) -> int:
        assert isinstance(partition, MaskedPartition)
        words = mask_words(partition.granules, self.total_sms)
        stream = ctypes.c_void_p()
        array = (ctypes.c_uint32 * len(words))(*words)
        self._driver.call("hipExtStreamCreateWithCUMask", ctypes.byref(stream), ctypes.c_uint32(len(words)), array)
        return int(stream.value or 0)


def mask_words(granules: Granules, cus: int) -> list[int]:
    """The mask as 32-bit words, with the lowest compute units first."""
    words = [0] * -(-cus // MASK_WORD_BITS)
    for granule in granules:
        words[granule // MASK_WORD_BITS] |= 1 << granule % MASK_WORD_BITS
    return words


class RocmDevice(CudaDevice):
    """One AMD GPU."""

    kind = "rocm"
    can_rehome = False

    def __init__(self) -> None:
        torch.zeros(1, device="cuda")
        self.driver = HipDriver()
        self.context = 0
        self.partitioner = MaskPartitioner(self.driver, torch.cuda.get_device_properties(0).multi_processor_count)
        self.pool = PartitionPool(self.partitioner)
        self.levels = 1
        self.capture_stream = self.driver.create_stream()
        self.meter = None
        self.uuid = None
        self.can_partition = True
        self.home_memsets = False

    def enter_thread(self) -> None:
        torch.cuda.set_device(0)

    def describe(self) -> dict[str, Any]:
        facts = super().describe()
        facts["versions"] = {"hip": str(torch.version.hip)}
        return facts
