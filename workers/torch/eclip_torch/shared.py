"""Tensors in POSIX shared memory: one file in /dev/shm per slot, which is unlinked on every way out."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from . import SHARED_MEMORY
from .errors import WorkerError

ALIGNMENT = 64


@dataclass(frozen=True)
class TensorPlace:
    """One tensor of a slot, dense and row-major."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    bytes: int

    def as_json(self) -> dict[str, Any]:
        return {"dtype": self.dtype, "shape": list(self.shape), "offset": self.offset, "bytes": self.bytes}


Undo = Callable[[], None]
Pin = Callable[[int, int], Undo]
"""Locks a range of memory, given by address and size in bytes, so that a GPU can read and write it directly."""


def unpinned(address: int, size: int) -> Undo:
    return lambda: None


class SharedMemory:
    """All segments of this process. `close` unlinks whatever is left."""

    def __init__(self, limit_bytes: int, directory: Path = SHARED_MEMORY, pin: Pin = unpinned) -> None:
        self.limit_bytes = limit_bytes
        self._directory = directory
        self._pin = pin
        self._unpin: dict[str, Undo] = {}
        self._count = 0
        self._slots: dict[str, Slot] = {}

    def create(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> Slot:
        """A slot with room for tensors like the given ones. Raises WorkerError tensor-too-large."""
        places: list[TensorPlace] = []
        end = 0
        for tensor in [*inputs, *outputs]:
            size = tensor.numel() * tensor.element_size()
            places.append(TensorPlace(dtype_name(tensor), tuple(tensor.shape), end, size))
            end += -(-size // ALIGNMENT) * ALIGNMENT
        check_size(end, self.limit_bytes)
        self._count += 1
        name = f"eclip-{os.getpid()}-{self._count}"
        slot = Slot(self._directory / name, max(end, 1), places[: len(inputs)], places[len(inputs) :])
        self._slots[name] = slot
        self._unpin[name] = self._pin(slot.address, slot.size)
        return slot

    def release(self, slot: Slot) -> None:
        self._slots.pop(slot.name, None)
        self._unpin.pop(slot.name, lambda: None)()
        slot.unlink()

    def close(self) -> None:
        for slot in list(self._slots.values()):
            self.release(slot)


class Slot:
    """Room for the tensors of one request."""

    def __init__(self, path: Path, size: int, inputs: list[TensorPlace], outputs: list[TensorPlace]) -> None:
        self._path = path
        self.name = path.name
        self.size = size
        self.inputs = inputs
        self.outputs = outputs
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            # Reserves the pages now, so that a full /dev/shm is an error here instead of a SIGBUS later.
            os.posix_fallocate(self._file, 0, size)
            self._memory = mmap.mmap(self._file, size)
        except OSError:
            self.unlink()
            raise
        self.input_tensors = [self._tensor(place) for place in inputs]
        self.output_tensors = [self._tensor(place) for place in outputs]

    @property
    def address(self) -> int:
        return ctypes.addressof(ctypes.c_char.from_buffer(self._memory))

    def part(self, offset: int, size: int) -> memoryview:
        """A part of its memory, by offset and size in bytes."""
        return memoryview(self._memory)[offset : offset + size]

    def check(self) -> None:
        """Raises WorkerError bad-tensor if the client truncated or removed the file: touching it would be fatal."""
        state = os.fstat(self._file)
        if state.st_size < self.size or state.st_nlink == 0:
            raise WorkerError("bad-tensor", f"shared memory {self.name} was cut short or removed")

    def unlink(self) -> None:
        """Removes the name. The pages are freed with the last mapping."""
        with suppress(FileNotFoundError):
            os.unlink(self._path)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def as_json(self) -> dict[str, Any]:
        return {
            "shm": self.name,
            "bytes": self.size,
            "inputs": [place.as_json() for place in self.inputs],
            "outputs": [place.as_json() for place in self.outputs],
        }

    def _tensor(self, place: TensorPlace) -> Any:
        kind = getattr(torch, place.dtype)
        count = 1
        for extent in place.shape:
            count *= extent
        if count == 0:
            return torch.empty(place.shape, dtype=kind)
        return torch.frombuffer(self._memory, dtype=kind, count=count, offset=place.offset).view(place.shape)


def check_size(size: int, limit: int) -> None:
    if size > limit:
        raise WorkerError("tensor-too-large", f"a slot of {size} bytes, at most {limit} are allowed")


def dtype_name(tensor: Any) -> str:
    return str(tensor.dtype).removeprefix("torch.")
