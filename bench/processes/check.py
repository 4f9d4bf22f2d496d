"""Checks shares, granules and priorities of programs that know nothing about eclip, on a GPU with nothing else
running.

    npm run build && python3 bench/processes/check.py --out processes.json [--only shares,killed] [--python python3]

It takes some twelve minutes. It needs a C compiler, PyTorch, torchvision and transformers, and JAX if that is to
be checked. Each part can be run alone.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from models import four, throughput, yielding
from place import BARE, ECLIP, LOCATE, Place, Running, child_of, rates_of, under

Loads = Sequence[tuple[Sequence[str], Sequence[str]]]


def beside(place: Place, pairs: Loads, seconds: float) -> list[dict[int, float]]:
    """The rates of programs under their terms, side by side."""
    programs = [place.start_under(terms, [*place.plain, "rates", *loads]) for terms, loads in pairs]
    try:
        return rates_of(programs, seconds)
    finally:
        for program in programs:
            program.end()


def probe(place: Place) -> Any:
    """Which SMs kernels ran on under each mechanism."""
    done = place.eclip("doctor", "--json")
    checks = json.loads(done.stdout)["checks"]
    ranges = under(place, ["--granules", "nvtx:text=0-1,nvtx:image=4"], [*place.frameworks, "ranges", LOCATE])
    return {"doctor": [check for check in checks if check["status"] != "absent"], "ranges": ranges}


def outputs(place: Place) -> Any:
    """Whether programs compute the same results, bit for bit, with and without eclip."""
    terms = {"bare": None, "share": ["--share", "50%"], "granules": ["--granules", "0-7"], "level": ["--priority", "3"]}
    programs = {
        "plain": [*place.plain, "digest"],
        "torch": [*place.frameworks, "torch"],
        "jax": [*place.frameworks, "jax"],
    }
    with ThreadPoolExecutor(len(terms) * len(programs)) as pool:
        runs = {
            name: {how: pool.submit(under, place, what, words) for how, what in terms.items()}
            for name, words in programs.items()
        }
        seen = {name: {how: run.result() for how, run in of.items()} for name, of in runs.items()}
        again = {name: under(place, None, words) for name, words in programs.items() if name != "torch"}
    return {"seen": seen, "bareAgain": again, "differ": differences(seen)}


def differences(seen: dict[str, dict[str, Any]]) -> list[str]:
    """Everything that differs from a run without eclip."""
    return [
        f"{name} {how}: {key}"
        for name, of in seen.items()
        for how, values in of.items()
        for key in of["bare"]
        if values.get(key) != of["bare"][key]
    ]


def shares(place: Place) -> Any:
    """Rates of compute-bound programs under shares, and of threads on granules, relative to their rates alone."""
    processes = {f"{one}/{other}": of_processes(place, one, other) for one, other in ((25, 75), (40, 60))}
    threads = {text: of_threads(place, text) for text in ("0-3,4-14", "0-5,6-15")}
    terms, copying = ["--share", "25%"], (["--share", "75%"], ["copy"])
    beside_copies, copies = beside(place, [(terms, ["burn"]), copying], 2)
    alone = processes["25/75"]["perSecondAlone"][0]
    return {
        "processes": processes,
        "threads": threads,
        "25% beside 75% that copies": {"ofAlone": beside_copies[0] / alone, "copiesPerSecond": copies[0]},
    }


def of_processes(place: Place, *percent: int) -> Any:
    """Rates of two processes under shares: each alone, and as parts of that beside the other."""
    terms = [(["--share", f"{one}%"], ["burn"]) for one in percent]
    alone = [beside(place, [one], 1.6)[0][0] for one in terms]
    both = [rates[0] for rates in beside(place, terms, 2)]
    return {"perSecondAlone": alone, "ofAlone": [rate / own for rate, own in zip(both, alone, strict=True)]}


def of_threads(place: Place, granules: str) -> Any:
    """The same for two threads of one process, each on granules of its own."""
    terms = ["--granules", granules]
    loads = (["burn", "none"], ["none", "burn"])
    alone = [beside(place, [(terms, load)], 1.6)[0][number] for number, load in enumerate(loads)]
    both = beside(place, [(terms, ["burn", "burn"])], 1.6)[0]
    return {"perSecondAlone": alone, "ofAlone": [both[number] / own for number, own in enumerate(alone)]}


def onnx(place: Place) -> Any:
    """What ONNX Runtime can compute on here."""
    return under(place, None, [*place.frameworks, "providers"])


def overhead(place: Place) -> Any:
    """The time in µs that a launch takes on the host, by how the program runs and how it launches. Medians of
    interleaved runs, and what the library adds compared with the bare program on the same share."""
    share, level = ["--share", "50%"], ["--share", "50%", "--priority", "1"]
    kinds = {
        "bare": lambda: place.run([*place.plain, "launches", "51200", "own", "default", "green"]),
        "bare on a share": lambda: launches_under(place, share, [*BARE, *place.plain], "own", "default"),
        "on a share": lambda: launches_under(place, share, place.plain, "own", "default"),
        "at a level": lambda: launches_under(place, level, place.plain, "own", "default"),
        "yielding": lambda: launches_under(place, [*share, "--yield"], place.plain, "own", "default"),
        "on granules": lambda: launches_under(place, ["--granules", "0-15"], place.plain, "own"),
    }
    times: dict[str, dict[str, list[float]]] = {name: {} for name in kinds}
    for _ in range(7):
        for name, run in kinds.items():
            for way, took in times_of(run()).items():
                times[name].setdefault(way, []).append(took["us"])
    medians = {name: {way: statistics.median(all_) for way, all_ in ways.items()} for name, ways in times.items()}
    bare = medians["bare on a share"]
    on_share = ("on a share", "at a level", "yielding")
    added = {name: {way: us - bare[way] for way, us in medians[name].items()} for name in on_share}
    added["on granules"] = {"own": medians["on granules"]["own"] - medians["bare"]["green"]}
    return {"medianUs": medians, "addedUs": added, "allUs": times}


def launches_under(
    place: Place, terms: Sequence[str], program: Sequence[str], *ways: str
) -> subprocess.CompletedProcess[str]:
    """Launches of the plain program under terms."""
    return place.run([*ECLIP, "run", *terms, "--", *program, "launches", "51200", *ways])


def times_of(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, float]]:
    """What the plain program says about its launches: µs, and the priority of the stream according to the driver."""
    if done.returncode != 0:
        raise RuntimeError(f"{done.args} ended with {done.returncode}: {done.stderr.strip()}")
    lines = [line.split() for line in done.stdout.strip().splitlines()]
    return {way: {"us": float(us), "priority": int(priority)} for way, us, priority in lines}


def ways(place: Place) -> Any:
    """Ways to give kernels a priority without the library. What each adds to a launch, and which part of its rate
    a compute-bound program with it keeps beside one without, both under MPS."""
    seen: dict[str, Any] = {}
    for names in (["own", "prior", "default", "attribute"], ["given"]):
        try:
            seen |= times_of(launches_under(place, [], [*BARE, *place.plain], *names))
        except RuntimeError as error:
            seen[names[0]] = {"refused": str(error)}
    for way in [name for name, one in seen.items() if "refused" not in one]:
        programs = [
            place.start_under([], [*BARE, *place.plain, "rates", f"burn@{one}"]) for one in (way, "own")
        ]
        try:
            seen[way]["perSecond"], seen[way]["otherPerSecond"] = (rates[0] for rates in rates_of(programs, 1.6))
        finally:
            for program in programs:
                program.end()
    return seen


def changes(place: Place) -> Any:
    """What `eclip set` does to PyTorch beside a compute-bound program, when both were started at the lowest level."""
    torch = place.start_under(["--priority", "0", "--name", "torch"], [*place.frameworks, "loop"])
    plain = place.start_under(["--priority", "0", "--name", "plain"], [*place.plain, "rates", "burn"])
    seen, said = {}, []
    try:
        for change in ("", "torch high", "torch 0", "plain high"):
            if change:
                name, priority = change.split()
                said.append(place.eclip("set", name, "--priority", priority).stdout.strip())
            rates = rates_of([torch, plain], 2)
            seen[change or "at first"] = {"torch": rates[0][0], "plain": rates[1][0]}
        listed = place.eclip("ps").stdout
        refused = place.eclip("set", "plain", "--share", "50%")
    finally:
        torch.end(), plain.end()
    return {"perSecond": seen, "said": said, "ps": listed, "share": [refused.returncode, refused.stdout.strip()]}


def left(place: Place) -> dict[str, Any]:
    """The processes that still run with our run folder in their environment, and the files in the folder."""
    mine = f"{place.folder}/eclip".encode()
    running = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mine in (entry / "environ").read_bytes():
                running.append(f"{entry.name} {(entry / 'comm').read_text().strip()}")
        except OSError:
            continue
    files = [str(path.relative_to(place.folder)) for path in place.folder.glob("eclip/*/*")]
    return {"processes": running, "files": [name for name in files if not name.startswith("eclip/native/")]}


def killed(place: Place) -> Any:
    """What is left after a program, eclip and the daemon are each killed by SIGKILL."""
    words = [*place.plain, "rates", "burn"]
    seen: dict[str, Any] = {}

    def started() -> Running:
        program = place.start_under(["--share", "50%"], words)
        program.wait_for(2)
        return program

    one = started()
    os.kill(child_of(one.process.pid), signal.SIGKILL)
    seen["program"] = {"code": one.process.wait(30), **left(place)}
    one = started()
    one.process.kill()
    one.process.wait()
    during = left(place)["processes"]
    seen["eclip"] = {"during": during, "next": place.eclip("run", "--", "true").returncode, **left(place)}
    one = started()
    for entry in left(place)["processes"]:
        if re.search("mps-control|nvidia-cuda-mps", entry):
            os.kill(int(entry.split()[0]), signal.SIGKILL)
    time.sleep(1)
    ended = one.process.poll()
    during = place.eclip("run", "--", "true")
    seen["daemon"] = {"codeByItself": ended, "during": [during.returncode, during.stderr.strip()]}
    one.end()
    seen["daemon"] |= {"next": place.eclip("run", "--", "true").returncode, **left(place)}
    return seen


def correct(place: Place) -> Any:
    """Both checks that do not depend on time, together."""
    with ThreadPoolExecutor(2) as pool:
        where, what = pool.submit(probe, place), pool.submit(outputs, place)
        return {"probe": where.result(), "outputs": what.result()}


PARTS: dict[str, Callable[[Place], Any]] = {
    "correct": correct,
    "probe": probe,
    "outputs": outputs,
    "changes": changes,
    "shares": shares,
    "four": four,
    "yielding": yielding,
    "overhead": overhead,
    "ways": ways,
    "throughput": throughput,
    "onnx": onnx,
    "killed": killed,
}

DEFAULT = "correct,changes,shares,four,yielding,overhead,ways,throughput,onnx,killed"


def main() -> None:
    """Runs the requested parts, and writes their results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="processes.json")
    parser.add_argument("--only", default=DEFAULT, help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--python", default=os.environ.get("ECLIP_PYTHON", "python3"))
    options = parser.parse_args()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="eclip-") as folder:
        place = Place(folder, options.python)
        for name in options.only.split(","):
            began = time.monotonic()
            try:
                results[name] = PARTS[name](place)
            except Exception as error:
                results[name] = {"failed": f"{type(error).__name__}: {error}"}
            results[name] = {"seconds": round(time.monotonic() - began, 1), **results[name]}
            Path(options.out).write_text(json.dumps(results, indent=2) + "\n")
            print(name, json.dumps(results[name]), flush=True)
        results["left"] = left(place)
    Path(options.out).write_text(json.dumps(results, indent=2) + "\n")
    sys.exit(any("failed" in result for result in results.values()))


if __name__ == "__main__":
    main()
