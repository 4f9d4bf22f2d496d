"""The commands of docs/protocol.md."""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from . import PROTOCOL, VERSION, models
from .arguments import Arguments
from .errors import WorkerError
from .files import ClientFiles, FilePart
from .frames import MAX_FRAME_BYTES
from .inputs import DTYPES, Input
from .instance import BatchSize, WorkerInstance
from .kernel_profile import profile_runner
from .loads import Load, run_loads
from .plan import KernelGroup
from .runner import Runner
from .shared import SharedMemory, Slot, check_size
from .verify import verify_runner

MAX_BATCH = 1 << 20
MAX_SLOTS = 64
MAX_LEVELS = 64
MAX_EXTENT = 1 << 24
MAX_KERNELS = 1 << 24
MAX_FILE = 1 << 31
MAX_POSITION = 1 << 53
MODES = ("rehome", "segments", "launches", "remask")

Reply = Callable[[Any], None]
IndexedParts = list[tuple[int, FilePart]]
"""Parts of files, each with its index in the request."""


class Commands:
    """The state behind one session: the device, its workers and their shared memory."""

    def __init__(self, device: Any, memory: SharedMemory, files: ClientFiles, allow_code: bool = True) -> None:
        self._device = device
        self._allow_code = allow_code
        self._memory = memory
        self._files = files
        self._instances: dict[str, WorkerInstance] = {}
        self._alone = threading.Event()
        self._table: dict[str, Callable[[Arguments], dict[str, Any]]] = {
            "hello": self._hello,
            "load": self._load,
            "plan": self._plan,
            "profile": self._profile,
            "run": self._run,
            "verify": self._verify,
            "unload": self._unload,
            "shutdown": self._shutdown,
        }

    def enter_thread(self) -> None:
        """Must be called once by every thread that computes."""
        # Other processes serve while this one loads a model. Its libraries would otherwise take all cores.
        torch.set_num_threads(1)
        self._device.enter_thread()

    def run(self, message: dict[str, Any]) -> dict[str, Any]:
        """Runs any command except `infer`. Raises whatever goes wrong."""
        command = self._table.get(message["command"])
        if command is None:
            raise WorkerError("unknown-command", f"{str(message['command'])[:60]}: no such command")
        return command(Arguments(message))

    def infer(self, message: dict[str, Any], reply: Reply) -> None:
        """Runs or queues a request for a worker, and calls `reply` when it is done. Raises WorkerError."""
        arguments = Arguments(message)
        instance, batch, size = self._find(arguments)
        slot = size.slots[arguments.integer("slot", 0, len(size.slots) - 1, 0)]
        level = arguments.integer("level", 0, size.levels - 1, 0)
        moves_tensors = arguments.flag("tensors", True)
        count = arguments.integer("count", 1, MAX_BATCH, batch)
        if count > batch:
            raise WorkerError("bad-tensor", f"count: {count} rows in a batch of {batch}")
        sources, targets = read_files(arguments, slot) if moves_tensors else ([], [])
        if self._alone.is_set():
            raise WorkerError("busy", "the device is taken by run, profile or verify")
        arrival = time.perf_counter()

        def serve() -> None:
            try:
                begin = time.perf_counter()
                if moves_tensors:
                    slot.check()
                missed = [index for index, part in sources if not self._files.fill(part)]
                filled = time.perf_counter()
                if moves_tensors:
                    size.runner.copy_in(slot.input_tensors, count)
                    size.runner.start_at(level)
                    slot.check()
                    size.runner.copy_out(slot.output_tensors, count)
                else:
                    size.runner.run_at(level)
                computed = time.perf_counter()
                missed += [index for index, part in targets if not self._files.store(part)]
                answer: dict[str, Any] = {
                    "queueMs": milliseconds(begin - arrival),
                    "inputMs": milliseconds(filled - begin),
                    "computeMs": milliseconds(computed - filled),
                    "outputMs": milliseconds(time.perf_counter() - computed),
                }
                reply({**answer, "missed": missed} if missed else answer)
            except BaseException as error:
                reply(error)

        # With several instances, the thread that reads requests must go on to those of the others.
        if len(self._instances) == 1:
            instance.run_here(serve)
        else:
            instance.submit(serve)

    def close(self) -> None:
        """Returns all resources without waiting for a request that hangs."""
        self._memory.close()
        for instance in self._instances.values():
            instance.stop(timeout_s=1.0)

    def _hello(self, arguments: Arguments) -> dict[str, Any]:
        asked = arguments.integer("protocol", 0, 1 << 31)
        if asked != PROTOCOL:
            raise WorkerError("protocol-mismatch", f"this worker speaks protocol {PROTOCOL}, not {asked}")
        facts = self._device.describe()
        versions = {"python": platform.python_version(), "torch": torch.__version__, **facts["versions"]}
        return {
            "protocol": PROTOCOL,
            "worker": VERSION,
            "pid": os.getpid(),
            "versions": versions,
            "device": facts["device"],
            "features": facts["features"],
            "files": self._files.are_open,
            "limits": {"frameBytes": MAX_FRAME_BYTES, "tensorBytes": self._memory.limit_bytes},
        }

    def _load(self, arguments: Arguments) -> dict[str, Any]:
        name = arguments.text("worker")
        if name in self._instances:
            raise WorkerError("worker-exists", f"{name}: already loaded")
        batches = sorted(set(arguments.integers("batches", 1, MAX_BATCH)))
        slots = arguments.integer("slots", 1, MAX_SLOTS, 1)
        levels = arguments.integer("levels", 1, MAX_LEVELS, 1)
        on_cpu = self._device.kind == "cpu"
        request = read_model(arguments, "float32" if on_cpu else "float16")
        held_bytes = self._device.memory_bytes()
        model = models.load(request, "cpu" if on_cpu else "cuda", self._allow_code)
        for batch in batches:
            check_size(model.input_bytes(batch), self._memory.limit_bytes)
        instance = WorkerInstance(name, model, self.enter_thread, self._create_stream())
        try:
            for batch in batches:
                self._add_batch(instance, batch, slots, levels)
        except BaseException:
            self._give_back(instance)
            raise
        self._instances[name] = instance
        return {
            "worker": name,
            "memoryBytes": max(model.weight_bytes(), self._device.memory_bytes() - held_bytes),
            "batches": [instance.batches[batch].as_json(batch) for batch in batches],
        }

    def _add_batch(self, instance: WorkerInstance, batch: int, slots: int, levels: int) -> None:
        runner = self._device.make_runner(instance.name, instance.model, batch, instance.stream)
        runner.set_levels(levels)
        size = BatchSize(runner, levels=levels)
        instance.batches[batch] = size
        for _ in range(slots):
            size.slots.append(self._memory.create(runner.inputs, runner.outputs))

    def _plan(self, arguments: Arguments) -> dict[str, Any]:
        mode = arguments.choice("mode", MODES) if arguments.has("mode") else None
        wanted = self._wanted_plans(arguments)
        answer: dict[str, dict[str, Any]] = {}
        prepared: list[tuple[WorkerInstance, Runner, Any]] = []
        try:
            for instance, batch, runner, groups in wanted:
                begin = time.perf_counter()
                plan = runner.prepare(groups, mode)
                prepared.append((instance, runner, plan))
                answer.setdefault(instance.name, {})[str(batch)] = {
                    "switches": plan.facts.switches,
                    "partitions": plan.facts.partitions,
                    "preparedMs": milliseconds(time.perf_counter() - begin),
                }
        except BaseException:
            for _, _, plan in prepared:
                plan.discard()
            raise
        for instance, runner, plan in prepared:
            instance.call(lambda runner=runner, plan=plan: runner.commit(plan))  # type: ignore[misc]
        return {"workers": answer}

    def _wanted_plans(self, arguments: Arguments) -> list[tuple[WorkerInstance, int, Runner, list[KernelGroup] | None]]:
        wanted = []
        for name, by_batch in arguments.table("workers"):
            instance = self._instance(name)
            inner = Arguments({"batches": by_batch}, f"workers.{name}")
            for key, value in inner.table("batches"):
                batch = int(key) if key.isdigit() else 0
                if batch not in instance.batches:
                    raise WorkerError("unknown-batch", f"{name}: batch {key[:20]} is not loaded")
                groups = None if value is None else read_groups(value, f"workers.{name}.{key}")
                wanted.append((instance, batch, instance.batches[batch].runner, groups))
        return wanted

    def _profile(self, arguments: Arguments) -> dict[str, Any]:
        instance, batch, _ = self._find(arguments)
        runners = {batch: size.runner for batch, size in instance.batches.items()}
        counts = arguments.integers("granuleCounts", 1, 1 << 16) if arguments.has("granuleCounts") else None
        repeats = arguments.integer("repeats", 1, 1000, 5)
        with self._exclusive():
            return profile_runner(self._device, runners, instance.model, batch, counts, repeats)

    def _run(self, arguments: Arguments) -> dict[str, Any]:
        seconds = arguments.number("seconds", 0.01, 3600.0)
        warm = arguments.number("warmSeconds", 0.0, 60.0, 0.3)
        keep = arguments.flag("latencies", False)
        loads: list[Load] = []
        for entry in arguments.objects("workers"):
            instance, batch, size = self._find(entry)
            if any(name == instance.name for name, _, _, _, _ in loads):
                raise WorkerError("bad-argument", f"workers: {instance.name} appears twice")
            load = entry.inner("load", {"kind": "closed"})
            poisson = load.choice("kind", ("closed", "poisson")) == "poisson"
            rate = load.number("rate", 1e-6, 1e9) if poisson else None
            loads.append((instance.name, batch, size.runner, rate, load.integer("seed", 0, 1 << 31, 0)))
        with self._exclusive():
            return run_loads(loads, seconds, warm, self._device.meter, keep)

    def _verify(self, arguments: Arguments) -> dict[str, Any]:
        instance, batch, size = self._find(arguments)
        seeds = arguments.integer("seeds", 1, 10_000, 3)
        with self._exclusive():
            return verify_runner(size.runner, instance.model, batch, seeds)

    def _unload(self, arguments: Arguments) -> dict[str, Any]:
        instance = self._instance(arguments.text("worker"))
        del self._instances[instance.name]
        self._give_back(instance)
        return {}

    def _shutdown(self, arguments: Arguments) -> dict[str, Any]:
        for name in list(self._instances):
            self._give_back(self._instances.pop(name))
        return {}

    def _give_back(self, instance: WorkerInstance) -> None:
        instance.stop()
        for size in instance.batches.values():
            for slot in size.slots:
                self._memory.release(slot)
            size.runner.close()
        instance.batches.clear()
        self._destroy_stream(instance.stream)
        self._device.release_memory()

    def _create_stream(self) -> int:
        return 0 if self._device.kind == "cpu" else int(self._device.driver.create_stream())

    def _destroy_stream(self, stream: int) -> None:
        if stream:
            self._device.driver.destroy_stream(stream)

    def _instance(self, name: str) -> WorkerInstance:
        instance = self._instances.get(name)
        if instance is None:
            raise WorkerError("unknown-worker", f"{name[:60]}: no such worker")
        return instance

    def _find(self, arguments: Arguments) -> tuple[WorkerInstance, int, BatchSize]:
        instance = self._instance(arguments.text("worker"))
        batch = arguments.integer("batch", 1, MAX_BATCH)
        size = instance.batches.get(batch)
        if size is None:
            raise WorkerError("unknown-batch", f"{instance.name}: batch {batch} is not loaded")
        return instance, batch, size

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Refuses new requests, and waits for those that are already queued."""
        self._alone.set()
        try:
            for instance in self._instances.values():
                instance.drain()
            yield
        finally:
            self._alone.clear()


def read_model(arguments: Arguments, dtype: str) -> models.Request:
    """The model that `load` asks for. Raises WorkerError bad-argument."""
    given = arguments.objects("inputs") if arguments.has("inputs") else []
    inputs = tuple(
        Input(
            one.text("name"),
            one.choice("dtype", DTYPES),
            tuple(one.integers("shape", 1, MAX_EXTENT, fewest=0)),
            one.integer("below", 1, 1 << 31) if one.has("below") else None,
        )
        for one in given
    )
    return models.Request(
        arguments.text("model"),
        arguments.text("dtype", dtype),
        arguments.flag("channelsLast", True),
        arguments.integer("seed", 0, 1 << 31, 0),
        inputs,
        arguments.integer("tokens", 1, MAX_EXTENT) if arguments.has("tokens") else None,
    )


def read_files(arguments: Arguments, slot: Slot) -> tuple[IndexedParts, IndexedParts]:
    """The files for inputs and outputs that are not in the slot. Raises WorkerError bad-argument."""
    sources: IndexedParts = []
    targets: IndexedParts = []
    for index, entry in enumerate(arguments.objects("files", fewest=0) if arguments.has("files") else []):
        is_input = entry.has("input")
        places = slot.inputs if is_input else slot.outputs
        place = places[entry.integer("input" if is_input else "output", 0, len(places) - 1)]
        offset = entry.integer("offset", 0, place.bytes)
        memory = slot.part(place.offset + offset, entry.integer("bytes", 0, place.bytes - offset))
        part = FilePart(entry.integer("file", 0, MAX_FILE), entry.integer("position", 0, MAX_POSITION), memory)
        (sources if is_input else targets).append((index, part))
    return sources, targets


def read_groups(groups: Any, path: str) -> list[KernelGroup]:
    """The kernel groups of a plan, of which either all name granules or none does. Raises WorkerError bad-argument."""
    read: list[KernelGroup] = []
    for entry in Arguments({"groups": groups}, path).objects("groups"):
        granules = tuple(sorted(set(entry.integers("granules", 0, 1 << 16, fewest=0))))
        priority = entry.integer("priority", 0, 1 << 16, 0)
        if read and bool(granules) != bool(read[0].granules):
            raise WorkerError("bad-argument", f"{path}: granules in some groups and none in others")
        read.append(KernelGroup(entry.integer("kernels", 1, MAX_KERNELS), granules, priority))
    return read


def milliseconds(seconds: float) -> float:
    return round(seconds * 1e3, 4)
