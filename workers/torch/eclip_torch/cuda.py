"""The NVIDIA device: graphs that are re-homed to green contexts, or cut into segments on masked streams."""

from __future__ import annotations

import ctypes
import os
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import torch

from .capture import CapturedGraph, capture_failure
from .driver import Driver, DriverError
from .energy import Nvml
from .errors import MODEL_ERRORS, WorkerError, is_out_of_memory, is_sticky, one_line
from .models import Model
from .partition import Partitioner, PartitionPool
from .placement import EagerPlacement, Launched, Rehomed, Remasked, Segments
from .plan import KernelGroup, expand
from .runner import EAGER, GRAPH, PreparedPlan, Runner, copy_rows, host_times_ms, tensors_of
from .shared import Undo, unpinned
from .soundness import wrong_results

INVALID_CLUSTER_SIZE = 912
MPS_ENABLED = 133
"""The device attribute that tells whether MPS shares contexts between processes."""
WHOLE_DEVICE = "ECLIP_CUS"
"""The environment variable that tells a client of MPS how many SMs the whole device has."""


class CudaDevice:
    """One GPU, its granules, and the state that all workers of the process share."""

    kind = "cuda"
    can_rehome = True

    def __init__(self, results_checked: bool = False) -> None:
        torch.cuda.init()
        torch.zeros(1, device="cuda")
        self.driver = Driver()
        self.context = self.driver.current_context()
        self.partitioner = Partitioner(self.driver)
        self.pool = PartitionPool(self.partitioner)
        self.levels = self.driver.priority_levels()
        self.capture_stream = self.driver.create_stream()
        self.uuid = device_uuid(self.driver)
        self.meter = open_meter(self.driver, self.uuid)
        self.is_under_mps = shares_context(self.driver)
        if self.is_under_mps and not results_checked:
            check_results()
        self.can_partition = not self.is_under_mps and partitions_work(self.partitioner)
        self.home_memsets = self.can_partition and memsets_can_move(self)

    def enter_thread(self) -> None:
        """Makes the context current, which every thread that launches needs."""
        torch.cuda.set_device(0)
        self.driver.set_current(self.context)

    def describe(self) -> dict[str, Any]:
        """The `device`, `features` and versions of `hello`."""
        device = {
            "kind": self.kind,
            "name": torch.cuda.get_device_name(0),
            "cus": self.partitioner.total_sms,
            "granules": self.partitioner.sms_by_granule if self.can_partition else [],
            "priorityLevels": self.levels,
        }
        return {
            "device": device if self.uuid is None else {**device, "uuid": self.uuid},
            "features": {
                "graphs": True,
                "partitions": self.can_partition,
                "segments": self.can_partition,
                "energy": self.meter is not None,
                "rehome": self.can_partition and self.can_rehome,
                "memsets": self.home_memsets,
            },
            "versions": {
                "cuda": str(torch.version.cuda),
                "driver": self.meter.driver_version() if self.meter else "unknown",
            },
        }

    def make_runner(self, owner: str, model: Model, batch: int, stream: int) -> Runner:
        """A graph runner, or an eager runner with the reason why the model cannot be captured."""
        try:
            inputs = model.make_inputs(batch)
            with torch.no_grad():
                model.module(*inputs)
            torch.cuda.synchronize()
        except MODEL_ERRORS as error:
            if is_out_of_memory(error) or is_sticky(error):
                raise
            raise model.failed_on(batch, error) from error
        reason = capture_failure(self.driver, model.module, inputs, self.capture_stream)
        if reason is not None:
            return CudaEagerRunner(self, owner, model.module, inputs, batch, stream, reason)
        # Under MPS nothing is moved, but kernels have priorities there too, which hold between processes.
        editable = self.can_rehome and (self.can_partition or self.is_under_mps)
        try:
            graph = CapturedGraph(self.driver, model.module, inputs, self.capture_stream, self.home_memsets, editable)
            return GraphRunner(self, owner, graph, batch, stream)
        except MODEL_ERRORS as error:
            if is_out_of_memory(error) or is_sticky(error):
                raise
            return CudaEagerRunner(self, owner, model.module, inputs, batch, stream, one_line(error))

    def check_granules(self, groups: Sequence[KernelGroup]) -> None:
        """Raises WorkerError plan-mismatch."""
        if not self.can_partition:
            raise WorkerError("plan-mismatch", "this process cannot partition the GPU (under MPS no process can)")
        count = self.partitioner.granule_count
        for group in groups:
            if max(group.granules) >= count:
                raise WorkerError("plan-mismatch", f"granule {max(group.granules)}: the device has 0 to {count - 1}")

    def pin(self, address: int, size: int) -> Undo:
        """Pins memory, where copies took a third of the time on an H200. If that fails, copies still work."""
        runtime = torch.cuda.cudart()
        if int(runtime.cudaHostRegister(address, size, 0)) != 0:
            return unpinned(address, size)
        return lambda: runtime.cudaHostUnregister(address)

    def memory_bytes(self) -> int:
        """How much of the device's memory this process holds: weights, activations and the pools of graphs."""
        return int(torch.cuda.memory_reserved())

    def release_memory(self) -> None:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()


class _CudaRunner:
    """The common part of graph and eager runners: the stream and the copies."""

    def __init__(self, device: CudaDevice, owner: str, inputs: list[Any], batch: int, stream: int) -> None:
        self._device = device
        self._owner = owner
        self._batch = batch
        self._stream = stream
        self._external = torch.cuda.ExternalStream(stream)
        self.inputs = inputs

    @property
    def outputs(self) -> list[Any]:
        raise NotImplementedError

    @property
    def launches_on_stream(self) -> bool:
        """Whether launches follow the copies on the worker's own stream, so that no wait is needed in between."""
        return False

    def enter_thread(self) -> None:
        self._device.enter_thread()

    def copy_in(self, sources: Sequence[Any], count: int) -> None:
        on_host = not any(source.is_cuda for source in sources)
        # Sources on the GPU may not be finished yet on the caller's stream.
        if not on_host:
            torch.cuda.current_stream().synchronize()
        with torch.cuda.stream(self._external):
            copy_rows(self.inputs, sources, count, self._batch)
        # The caller may free sources on the GPU at once, for others to write to, and may launch on another stream.
        if not (on_host and self.launches_on_stream):
            self._device.driver.synchronize(self._stream)

    def copy_out(self, targets: Sequence[Any], count: int) -> None:
        with torch.cuda.stream(self._external):
            copy_rows(targets, self.outputs, count, self._batch)
        self._device.driver.synchronize(self._stream)


class GraphRunner(_CudaRunner):
    """One captured graph under the plan in force."""

    mode = GRAPH
    reason: str | None = None

    def __init__(self, device: CudaDevice, owner: str, graph: CapturedGraph, batch: int, stream: int) -> None:
        super().__init__(device, owner, graph.inputs, batch, stream)
        self.graph = graph
        self.kernels = len(graph.kernel_nodes)
        self.other_nodes = graph.other_nodes
        self.latency_us: dict[int, float] = {}
        """Latency by number of granules, as `profile` measures it before the profiler is first used."""
        self._outputs = tensors_of(graph.output)
        self._plan: Any = self.prepare(None, None)
        self._raised: list[Rehomed] = []

    @property
    def outputs(self) -> list[Any]:
        return self._outputs

    @property
    def launches_on_stream(self) -> bool:
        return isinstance(self._plan, Rehomed)

    def run(self) -> None:
        self._plan.run()

    def set_levels(self, levels: int) -> None:
        before, self._raised = self._raised, []
        for plan in before:
            plan.discard()
        for level in range(1, levels):
            priorities = [level] * self.kernels
            self._raised.append(Rehomed(self._device, self.graph, self._owner, None, priorities, self._stream))

    def run_at(self, level: int) -> None:
        self._plan_at(level).run()

    def start_at(self, level: int) -> None:
        plan = self._plan_at(level)
        # The copies of outputs follow on the same stream, so the host prepares them while the GPU computes.
        if isinstance(plan, Rehomed):
            plan.launch()
        else:
            plan.run()

    def _plan_at(self, level: int) -> Any:
        return self._plan if level == 0 else self._raised[level - 1]

    def launch(self, prepared: Any) -> None:
        prepared.run()

    def time_ms(self, prepared: Any, count: int) -> list[float]:
        pairs = [[torch.cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(count)]
        for begin, end in pairs:
            begin.record(self._external)
            prepared.launch()
            end.record(self._external)
        self._external.synchronize()
        return [float(begin.elapsed_time(end)) for begin, end in pairs]

    def prepare(self, groups: Sequence[KernelGroup] | None, mode: str | None) -> PreparedPlan:
        mode = mode or ("rehome" if self._device.can_rehome else "segments")
        if groups is None:
            groups = [KernelGroup(self.kernels, ())]
        whole = not groups[0].granules
        if not whole:
            self._device.check_granules(groups)
        granules, priorities = expand(groups, self.kernels)
        if mode == "rehome" and not whole and not self._device.can_rehome:
            raise WorkerError("plan-mismatch", "mode: graph nodes cannot be re-homed on this device, use segments")
        try:
            if mode == "remask" and not whole:
                return Remasked(self._device, self.graph, granules)
            if mode in ("launches", "remask"):
                return Launched(self._device, self.graph, self._owner, None if whole else granules, self._stream)
            if whole:
                return Rehomed(self._device, self.graph, self._owner, None, priorities, self._stream)
            if mode == "segments":
                return Segments(self._device, self.graph, self._owner, granules, priorities)
            return Rehomed(self._device, self.graph, self._owner, granules, priorities, self._stream)
        except DriverError as error:
            if error.code == INVALID_CLUSTER_SIZE:
                raise WorkerError(
                    "plan-mismatch", "a partition is too small for this model's thread-block clusters"
                ) from error
            raise

    def commit(self, prepared: PreparedPlan) -> None:
        before, self._plan = self._plan, prepared
        before.discard()

    def close(self) -> None:
        self.set_levels(1)
        self._plan.discard()
        self._outputs = []
        self.inputs = []
        del self.graph


class CudaEagerRunner(_CudaRunner):
    """A model that could not be captured. It is launched kernel by kernel on the worker's partition."""

    mode = EAGER
    kernels = 0
    other_nodes = 0

    def __init__(
        self, device: CudaDevice, owner: str, module: Any, inputs: list[Any], batch: int, stream: int, reason: str
    ) -> None:
        super().__init__(device, owner, inputs, batch, stream)
        self.reason: str | None = reason
        self._module = module
        self._outputs: list[Any] = []
        self._placement: Any = EagerPlacement(device, owner, (), 0, stream)
        self.run()

    @property
    def outputs(self) -> list[Any]:
        return self._outputs

    def run(self) -> None:
        self.launch(self._placement)

    def set_levels(self, levels: int) -> None:
        pass

    def run_at(self, level: int) -> None:
        self.run()

    def start_at(self, level: int) -> None:
        self.run()

    def launch(self, prepared: Any) -> None:
        with torch.no_grad(), torch.cuda.stream(prepared.external):
            self._outputs = tensors_of(self._module(*self.inputs))
        prepared.external.synchronize()

    def time_ms(self, prepared: Any, count: int) -> list[float]:
        return host_times_ms(lambda: self.launch(prepared), count)

    def prepare(self, groups: Sequence[KernelGroup] | None, mode: str | None) -> PreparedPlan:
        first = KernelGroup(1, ()) if groups is None else groups[0]
        if groups is not None and first.granules:
            self._device.check_granules(groups)
        return EagerPlacement(self._device, self._owner, first.granules, first.priority, self._stream)

    def commit(self, prepared: PreparedPlan) -> None:
        before, self._placement = self._placement, prepared
        before.discard()

    def close(self) -> None:
        self._placement.discard()
        self._outputs = []
        self.inputs = []


def device_uuid(driver: Driver) -> str | None:
    """The name by which NVML, MPS and CUDA_VISIBLE_DEVICES all know the process's first GPU."""
    raw = (ctypes.c_ubyte * 16)()
    try:
        driver.call("cuDeviceGetUuid_v2", raw, ctypes.c_int(0))
    except (DriverError, AttributeError):
        return None
    return f"GPU-{uuid.UUID(bytes=bytes(raw))}"


def open_meter(driver: Driver, name: str | None) -> Nvml | None:
    """The energy counter of the process's first GPU, or None if NVML has none.

    The GPU is given by name, because NVML ignores CUDA_VISIBLE_DEVICES and an index could mean another GPU.
    """
    attempts: list[Callable[[], Nvml]] = [lambda: Nvml(pci_bus_id=pci_bus_id(driver)), Nvml.sole]
    if name is not None:
        attempts.insert(0, lambda: Nvml(uuid=name))
    for attempt in attempts:
        try:
            meter = attempt()
            meter.energy_mj()
            return meter
        except (OSError, RuntimeError, AttributeError):
            continue
    return None


def pci_bus_id(driver: Driver) -> str:
    """The name of the process's first GPU for NVML."""
    text = ctypes.create_string_buffer(32)
    driver.call("cuDeviceGetPCIBusId", text, ctypes.c_int(len(text)), ctypes.c_int(0))
    return text.value.decode()


def shares_context(driver: Driver) -> bool:
    """Whether this process is a client of MPS, whose clients share one context."""
    shared = ctypes.c_int()
    driver.call("cuDeviceGetAttribute", ctypes.byref(shared), ctypes.c_int(MPS_ENABLED), ctypes.c_int(0))
    return shared.value != 0


def check_results() -> None:
    """Raises WorkerError wrong-results if libraries compute wrong results under this process's share."""
    wrong = wrong_results()
    if not wrong:
        return
    sms = torch.cuda.get_device_properties(0).multi_processor_count
    with_what = f"PyTorch {torch.__version__} with CUDA {torch.version.cuda}"
    is_told = WHOLE_DEVICE in os.environ
    cure = "take another share of MPS" + ("" if is_told else " (eclip doctor says why it is told of no more)")
    raise WorkerError("wrong-results", f"{with_what} computes {wrong[0]} wrong on {sms} SMs: {cure}")


def partitions_work(partitioner: Partitioner) -> bool:
    """Whether the driver can split the GPU, which it cannot for clients of MPS."""
    try:
        return partitioner.granule_count > 0
    except DriverError as error:
        if is_sticky(error):
            raise
        return False


def memsets_can_move(device: CudaDevice) -> bool:
    """Tries on a tiny graph whether this driver lets memset and copy nodes change their context."""
    values, copied = torch.ones(2, 1 << 16, device="cuda")
    stream = device.capture_stream

    def zero_add_and_copy(tensor: Any) -> Any:
        address, target = ctypes.c_ulonglong(tensor.data_ptr()), ctypes.c_ulonglong(copied.data_ptr())
        count = tensor.numel()
        device.driver.call(
            "cuMemsetD32Async", address, ctypes.c_uint(0), ctypes.c_size_t(count), ctypes.c_void_p(stream)
        )
        tensor.add_(1)
        device.driver.call("cuMemcpyDtoDAsync_v2", target, address, ctypes.c_size_t(4 * count), ctypes.c_void_p(stream))
        return tensor

    try:
        graph = CapturedGraph(device.driver, zero_add_and_copy, [values], stream, home_memsets=True)
        partition = device.pool.acquire("probe", (0, 1))
        try:
            graph.home([partition.context] * len(graph.kernel_nodes))
            executable = graph.instantiate()
            values.fill_(7)
            copied.fill_(7)
            torch.cuda.synchronize()
            executable.launch(stream)
            device.driver.synchronize(stream)
            executable.destroy()
            graph.home([device.context] * len(graph.kernel_nodes))
        finally:
            device.pool.release("probe", (0, 1))
        moved = graph.other_nodes == 2 and graph.fixed_nodes == 0
        return moved and bool((values == 1).all().item()) and bool((copied == 1).all().item())
    except Exception as error:
        if is_sticky(error):
            raise
        return False
