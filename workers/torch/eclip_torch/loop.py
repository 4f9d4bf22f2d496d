"""Load loops: one thread per co-located worker, closed loop or Poisson arrivals."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .energy import EnergySample, EnergySource, next_step


@dataclass
class LoopWorker:
    """What a load thread drives. `prepare` runs once at first; `serve` runs one request to its end.

    If `rate_rps` is None, the loop is closed; otherwise arrivals are Poisson at that rate, from `seed`.
    """

    serve: Callable[[], None]
    prepare: Callable[[], None] = lambda: None
    rate_rps: float | None = None
    seed: int = 0


@dataclass
class LoopResult:
    """Results of the window: latencies (s) and rate (1/s) of each worker, and the energy."""

    seconds: float
    latencies_s: list[list[float]]
    rates_rps: list[float]
    power_w: float | None
    power_seconds: float
    failures: list[str] = field(default_factory=list)


class Served(NamedTuple):
    """One request: when it arrived (or was sent) and when it ended, in perf_counter seconds."""

    arrival: float
    end: float


def run_loop(
    workers: Sequence[LoopWorker],
    seconds: float,
    warm_seconds: float = 0.2,
    source: EnergySource | None = None,
) -> LoopResult:
    """Drives all workers together and measures a window of at least `seconds`.

    If there is an energy counter, the window starts and ends on one of its steps.
    """
    served: list[list[Served]] = [[] for _ in workers]
    failures: list[str] = []
    stop = threading.Event()
    threads = [
        threading.Thread(target=_drive, args=(worker, records, stop, failures), daemon=True)
        for worker, records in zip(workers, served)
    ]
    for thread in threads:
        thread.start()
    try:
        _rest(warm_seconds, stop)
        begin = _mark(source)
        _rest(seconds, stop)
        end = _mark(source)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return summarize(workers, served, begin, end, failures)


def summarize(
    workers: Sequence[LoopWorker],
    served: Sequence[Sequence[Served]],
    begin: EnergySample,
    end: EnergySample,
    failures: list[str],
) -> LoopResult:
    """Counts the requests that ended inside the window."""
    window = end.seconds - begin.seconds
    inside = [[one for one in records if begin.seconds <= one.end <= end.seconds] for records in served]
    rates = [
        closed_rate(records, window) if worker.rate_rps is None else len(records) / window
        for worker, records in zip(workers, inside)
    ]
    measured = begin.aligned and end.aligned
    power = (end.energy_mj - begin.energy_mj) / 1000 / window if measured else None
    return LoopResult(
        seconds=window,
        latencies_s=[[one.end - one.arrival for one in records] for records in inside],
        rates_rps=rates,
        power_w=power,
        power_seconds=window if measured else 0.0,
        failures=failures,
    )


def closed_rate(records: Sequence[Served], window: float) -> float:
    """Requests per second from the first end to the last end, so that no request is cut in two."""
    if len(records) < 3:
        return len(records) / window
    return (len(records) - 1) / (records[-1].end - records[0].end)


def percentile(values: Sequence[float], fraction: float) -> float:
    """The value at `fraction` (0..1) of the sorted values; nan if there are none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]


def _drive(worker: LoopWorker, records: list[Served], stop: threading.Event, failures: list[str]) -> None:
    try:
        worker.prepare()
        if worker.rate_rps is None:
            _closed(worker, records, stop)
        else:
            _poisson(worker, records, stop, worker.rate_rps)
    except BaseException as error:  # a failing worker ends the run, and its reason is reported
        failures.append(f"{type(error).__name__}: {error}")
        stop.set()


def _closed(worker: LoopWorker, records: list[Served], stop: threading.Event) -> None:
    clock = time.perf_counter
    while not stop.is_set():
        begin = clock()
        worker.serve()
        records.append(Served(begin, clock()))


def _poisson(worker: LoopWorker, records: list[Served], stop: threading.Event, rate: float) -> None:
    clock = time.perf_counter
    generator = random.Random(worker.seed)
    arrival = clock()
    while not stop.is_set():
        arrival += generator.expovariate(rate)
        wait = arrival - clock()
        if wait > 0 and stop.wait(wait):
            return
        worker.serve()
        records.append(Served(arrival, clock()))


def _rest(seconds: float, stop: threading.Event) -> None:
    stop.wait(seconds)


def _mark(source: EnergySource | None) -> EnergySample:
    if source is None:
        return EnergySample(time.perf_counter(), 0, False)
    return next_step(source)
