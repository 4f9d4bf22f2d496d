"""GPU energy, power and clock from NVML, read through ctypes."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

POLL_SECONDS = 0.001


@dataclass(frozen=True)
class EnergySample:
    """The value of the total-energy counter (mJ) at a host time (perf_counter, s)."""

    seconds: float
    energy_mj: int
    aligned: bool


class EnergySource(Protocol):
    """Anything with a total-energy counter in mJ."""

    def energy_mj(self) -> int: ...


class Nvml:
    """One GPU's counters."""

    def __init__(self, pci_bus_id: str | None = None, library: Any = None, uuid: str | None = None) -> None:
        """Opens the GPU with the given name, or NVML's first GPU, which may differ from CUDA's."""
        self._library = library or ctypes.CDLL("libnvidia-ml.so.1")
        self._check("nvmlInit_v2", self._library.nvmlInit_v2())
        self._handle = ctypes.c_void_p()
        if uuid is not None:
            self._call("nvmlDeviceGetHandleByUUID", uuid.encode(), ctypes.byref(self._handle))
        elif pci_bus_id is not None:
            self._call("nvmlDeviceGetHandleByPciBusId_v2", pci_bus_id.encode(), ctypes.byref(self._handle))
        else:
            self._call("nvmlDeviceGetHandleByIndex_v2", ctypes.c_uint(0), ctypes.byref(self._handle))

    @classmethod
    def sole(cls, library: Any = None) -> Nvml:
        """The machine's only GPU. Raises RuntimeError if there are several."""
        meter = cls(library=library)
        count = ctypes.c_uint()
        meter._call("nvmlDeviceGetCount_v2", ctypes.byref(count))
        if count.value != 1:
            raise RuntimeError(f"{count.value} GPUs, and no name for the one in use")
        return meter

    def energy_mj(self) -> int:
        """Energy since the driver was loaded, in mJ. It moves in steps of about 100 ms."""
        value = ctypes.c_ulonglong()
        self._call("nvmlDeviceGetTotalEnergyConsumption", self._handle, ctypes.byref(value))
        return value.value

    def power_mw(self) -> int:
        value = ctypes.c_uint()
        self._call("nvmlDeviceGetPowerUsage", self._handle, ctypes.byref(value))
        return value.value

    def sm_clock_mhz(self) -> int:
        value = ctypes.c_uint()
        self._call("nvmlDeviceGetClockInfo", self._handle, ctypes.c_int(1), ctypes.byref(value))
        return value.value

    def value(self, getter: str, *arguments: int) -> int:
        """The value of an NVML getter that returns one unsigned number for this GPU."""
        value = ctypes.c_ulonglong()
        self._call(getter, self._handle, *(ctypes.c_uint(one) for one in arguments), ctypes.byref(value))
        return value.value

    def driver_version(self) -> str:
        text = ctypes.create_string_buffer(96)
        self._call("nvmlSystemGetDriverVersion", text, ctypes.c_uint(96))
        return text.value.decode()

    def _call(self, name: str, *args: Any) -> None:
        self._check(name, getattr(self._library, name)(*args))

    @staticmethod
    def _check(name: str, code: int) -> None:
        if code != 0:
            raise RuntimeError(f"{name}: NVML error {code}")


def next_step(
    source: EnergySource,
    timeout_s: float = 0.3,
    now: Callable[[], float] = time.perf_counter,
    sleep: Callable[[float], None] = time.sleep,
) -> EnergySample:
    """Waits until the counter moves, so that a window between two steps has an exact energy.

    Without this, a window of less than 2 s is off by up to 12%. `aligned` is False if the counter did not move within
    `timeout_s`.
    """
    begin = now()
    first = source.energy_mj()
    while True:
        sleep(POLL_SECONDS)
        value = source.energy_mj()
        moment = now()
        if value != first:
            return EnergySample(moment, value, True)
        if moment - begin > timeout_s:
            return EnergySample(moment, value, False)
