"""Models in programs of their own: side by side; beside one of high priority, with yielding and without; and what
the library costs an eager one."""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from place import BARE, ECLIP, PATIENCE_S, Place, child_of, under

MEMBERS = ["resnet152/8", "densenet201/8", "vgg19/8", "albert/8"]
UNIFORM = ("100%", "60%", "50%", "40%", "33%", "25%")


def four(place: Place) -> Any:
    """Four models in programs of their own: as they are, under uniform shares, under a plan, and with one of high
    priority."""
    seconds = 4.0
    alone = {
        member: statistics.median(part["perSecond"] for part in parts)
        for member, parts in under(place, None, [*place.frameworks, "alone", *MEMBERS]).items()
    }
    contenders = {"no eclip": None} | {f"MPS {share}": [{"share": share}] * 4 for share in UNIFORM}
    contenders |= {"planned": [{"share": "planned", "member": member} for member in MEMBERS]}
    seen = {}
    for name, terms in contenders.items():
        served = serve_models(place, MEMBERS, terms, seconds)
        parts = {member: one["perSecond"] / alone[member] for member, one in served.items()}
        seen[name] = {"weightedSpeedup": sum(parts.values()), "ofAlone": parts, "models": served}
        print(name, json.dumps(seen[name]), flush=True)
    return {"perSecondAlone": alone, "contenders": seen, "high": high(place, seconds)}


def high(place: Place, seconds: float) -> Any:
    """What the others do to a program of high priority: its latencies alone on its share, and beside them."""
    seen = {}
    for member, own, others in (("albert/8", "50%", "25%"), ("resnet152/8", "50%", "25%"), ("albert/8", "100%", "33%")):
        first = {"share": own, "priority": "high"}
        rest = [{"share": others}] * 3
        members = [member, *(other for other in MEMBERS if other != member)]
        alone = serve_models(place, members[:1], [first], seconds)[member]
        served = serve_models(place, members, [first, *rest], seconds)
        seen[f"{member} {own} beside {others}"] = {
            "p99OfAlone": served[member]["p99Ms"] / alone["p99Ms"],
            "alone": alone,
            "beside": served,
        }
        print(json.dumps(seen), flush=True)
    return seen


def yielding(place: Place) -> Any:
    """What the others do to a program of high priority on half of the GPU when they yield to it, and what they
    lose. The program runs as fast as possible and at half of its rate alone, in graphs and kernel by kernel."""
    seen = {}
    for member, how in (("albert/8", "graph"), ("resnet152/8", "graph"), ("albert/8", "eager")):
        seen[f"{member} {how}"] = yielding_to(place, member, how)
        print(json.dumps(seen), flush=True)
    return seen


def yielding_to(place: Place, member: str, how: str) -> Any:
    """The same for one program of high priority, in a single run of all four, which are stopped and changed in
    between."""
    members = [member, *(other for other in MEMBERS if other != member)]
    rates = [place.folder / f"{number}.rate" for number in range(4)]
    for file in rates:
        file.write_text("0")
    commands = [[*place.frameworks, "load", one, how, str(file)] for one, file in zip(members, rates, strict=True)]
    first, rest = {"share": "50%", "priority": "high"}, {"share": "25%", "yield": False}
    up, logs = start_models(place, commands, [first, rest, rest, rest])
    seen: dict[str, Any] = {"closed": {}, "open": {}}
    try:
        for log in logs:
            wait_for_lines(log, 2, [up])
        pids = [program["pid"] for program in json.loads(place.eclip("ps", "--json").stdout)]

        def note(name: str) -> None:
            for load in seen:
                rates[0].write_text("0" if load == "closed" else f"{seen['closed']['alone'][member]['perSecond'] / 2}")
                running = 1 if name == "alone" else 4
                seen[load][name] = during(logs[:running], members[:running], 2.5 if load == "closed" else 4.0)

        signal_all(pids[1:], signal.SIGSTOP)
        note("alone")
        signal_all(pids[1:], signal.SIGCONT)
        note("beside")
        for number in (1, 2, 3):
            place.eclip("set", f"p{number}", "--yield", "on")
        note("yielding")
    finally:
        up.terminate()
        up.wait(30)
    for of in seen.values():
        alone = of["alone"][member]["p99Ms"]
        of["p99OfAlone"] = {name: of[name][member]["p99Ms"] / alone for name in ("beside", "yielding")}
        of["othersOfBeside"] = {
            other: of["yielding"][other]["perSecond"] / of["beside"][other]["perSecond"] for other in members[1:]
        }
    said = {
        member: sorted({line for line in log.read_text().splitlines() if line.startswith("eclip: ")})
        for log, member in zip(logs, members, strict=True)
    }
    return {**seen, "remarks": said}


def signal_all(pids: Sequence[int], what: signal.Signals) -> None:
    """Sends a signal to processes."""
    for pid in pids:
        os.kill(pid, what)


def during(logs: Sequence[Path], members: Sequence[str], seconds: float) -> dict[str, dict[str, float]]:
    """Rates and latencies of models in the next seconds. Half seconds that began earlier count in part."""
    time.sleep(0.8)
    since = time.monotonic()
    time.sleep(seconds + 0.8)
    until = since + seconds
    seen = {}
    for log, member in zip(logs, members, strict=True):
        parts = parts_in(log)
        within = [part for part in parts if since <= part["began"] and part["ended"] <= until]
        overlaps = [max(0.0, min(until, part["ended"]) - max(since, part["began"])) for part in parts]
        served = sum(part["perSecond"] * overlap for part, overlap in zip(parts, overlaps, strict=True))
        seen[member] = {**(summary(within) if within else {}), "perSecond": served / seconds}
    return seen


def serve_models(
    place: Place, members: Sequence[str], terms: Sequence[dict[str, Any]] | None, seconds: float
) -> dict[str, dict[str, float]]:
    """Rates and latencies of models side by side, started by `eclip up` under terms or, without terms, as plain
    processes."""
    commands = [[*place.frameworks, "model", member] for member in members]
    if terms is None:
        logs = empty_logs(place, len(members))
        started = [place.into(log, command) for log, command in zip(logs, commands, strict=True)]
    else:
        up, logs = start_models(place, commands, terms)
        started = [up]
    try:
        since = max(wait_for_lines(log, 2, started) for log in logs)
        time.sleep(seconds + 0.6)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)
    return {
        member: summary([part for part in parts_in(log) if since <= part["began"] and part["ended"] <= since + seconds])
        for member, log in zip(members, logs, strict=True)
    }


def empty_logs(place: Place, count: int) -> list[Path]:
    """Empty files for the output of programs."""
    logs = [place.folder / f"{number}.log" for number in range(count)]
    for log in logs:
        log.write_text("")
    return logs


def start_models(
    place: Place, commands: Sequence[Sequence[str]], terms: Sequence[dict[str, Any]]
) -> tuple[subprocess.Popen[bytes], list[Path]]:
    """Starts programs p0, p1, and so on by `eclip up`, under terms. Returns the process of eclip, with their logs."""
    logs = empty_logs(place, len(commands))
    programs = [
        {"name": f"p{number}", "command": command, "log": logs[number].name, **one}
        for number, (command, one) in enumerate(zip(commands, terms, strict=True))
    ]
    file = place.folder / "programs.json"
    file.write_text(json.dumps({"format": "eclip.programs/1", "programs": programs}))
    return place.into(place.folder / "up.log", [*ECLIP, "up", str(file)]), logs


def wait_for_lines(log: Path, count: int, started: Sequence[subprocess.Popen[bytes]]) -> float:
    """When a program has printed this many lines."""
    until = time.monotonic() + PATIENCE_S
    while len(parts_in(log)) < count:
        if time.monotonic() > until or any(process.poll() is not None for process in started):
            # The program that has ended need not be the one that is waited for, so all logs are shown.
            ends = (f"{file.name}: {file.read_text()[-500:]}" for file in sorted(log.parent.glob("*.log")))
            raise RuntimeError("\n".join(ends))
        time.sleep(0.05)
    return time.monotonic()


def parts_in(log: Path) -> list[dict[str, Any]]:
    """The half seconds that a program has printed completely, among other output."""
    lines = log.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}\n")]


def summary(parts: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The rate and the latencies of half seconds."""
    latencies = sorted(one for part in parts for one in part["ms"])
    span = sum(part["ended"] - part["began"] for part in parts)
    return {
        "perSecond": len(latencies) / span,
        "p50Ms": latencies[len(latencies) // 2],
        "p99Ms": latencies[min(len(latencies) - 1, int(0.99 * len(latencies)))],
    }


# Programs that are alike differ by some 5%, and the first one started is the fastest, so four of each kind start in
# this order. They take turns for this many seconds.
KINDS = ("bare", "other", "other", "bare", "other", "bare", "bare", "other")
TURNS_S = 40


def throughput(place: Place) -> Any:
    """What eclip costs an eager program, as a part of the time of the bare program's requests on the same share, and
    whether it computes the same."""
    own = [*place.frameworks, "eager", "resnet152/1"]
    default = [*own, "default"]
    share, level = ["run", "--share", "50%"], ["run", "--share", "50%", "--priority", "1"]
    bare = [*ECLIP, *share, "--", *BARE, *own]
    pairs = {
        "on granules": ([*own, "granules"], [*ECLIP, "run", "--granules", "0-15", "--", *own]),
        "at a level": (bare, [*ECLIP, *level, "--", *own]),
        "at a level, default stream": ([*ECLIP, *share, "--", *BARE, *default], [*ECLIP, *level, "--", *default]),
    }
    return {name: in_turns(place, *of) for name, of in pairs.items()}


def in_turns(place: Place, bare: Sequence[str], other: Sequence[str]) -> Any:
    """Times of single requests of two kinds of programs that take turns on the same two cores. The speed of a host
    drifts by a third within seconds, and two requests in a row see the same of it."""
    commands = [bare if kind == "bare" else other for kind in KINDS]
    programs = [
        subprocess.Popen(words, env=place.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for words in commands
    ]
    cores = sorted(os.sched_getaffinity(0))[-2:]
    rounds: list[list[float]] = []
    try:
        digests = [answer_of(program)["digest"] for program in programs]
        for words, program in zip(commands, programs, strict=True):
            pid = child_of(program.pid) if words[0] == ECLIP[0] else program.pid
            for thread in os.listdir(f"/proc/{pid}/task"):
                os.sched_setaffinity(int(thread), cores)
        until = time.monotonic() + TURNS_S
        while time.monotonic() < until:
            # Every other round goes backwards, since a request may profit from the one before it.
            order = range(len(programs)) if len(rounds) % 2 == 0 else reversed(range(len(programs)))
            answers = {n: ask(programs[n]) for n in order}
            rounds.append([answers[n]["ms"] for n in range(len(programs))])
    finally:
        for program in programs:
            program.terminate()
            program.wait(30)
    of_kind = {
        kind: [[ms for own, ms in zip(KINDS, of, strict=True) if own == kind] for of in rounds]
        for kind in ("bare", "other")
    }
    ratios = sorted(
        statistics.mean(other) / statistics.mean(bare)
        for bare, other in zip(of_kind["bare"], of_kind["other"], strict=True)
    )
    middle, spread = len(ratios) / 2, len(ratios) ** 0.5
    return {
        "rounds": len(rounds),
        "p50Ms": {kind: statistics.median(ms for of in all_ for ms in of) for kind, all_ in of_kind.items()},
        "ofBare": statistics.median(ratios),
        # The ranks between which the median lies 95 times in 100.
        "ofBareBetween": [ratios[int(middle - spread)], ratios[int(middle + spread)]],
        "p50MsOfEach": [statistics.median(column) for column in zip(*rounds, strict=True)],
        "digests": sorted(set(digests)),
        "addedMB": (answers[1]["peakKB"] - answers[0]["peakKB"]) / 1e3,
    }


def ask(program: subprocess.Popen[str]) -> Any:
    """Has a program serve one request."""
    assert program.stdin is not None
    program.stdin.write("\n")
    program.stdin.flush()
    return answer_of(program)


def answer_of(program: subprocess.Popen[str]) -> Any:
    """The next line of a program."""
    assert program.stdout is not None
    line = program.stdout.readline()
    if not line:
        raise RuntimeError(f"{program.args} ended with {program.wait(30)}")
    return json.loads(line)
