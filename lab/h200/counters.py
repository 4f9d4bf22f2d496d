"""Hardware counters of every kernel, by Nsight Compute, for one eager forward pass per model and batch size.

`measure` starts one ncu process for each model. The processes import at the same time and take turns on the GPU.
Each runs this module: `ncu ... python3 -m h200.counters MODEL FOLDER LOCK` waits for `MODEL-BATCH.go` or `stop` in
the folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from .output import Output, elapsed, say

NCU = shutil.which("ncu") or "/opt/nvidia/nsight-compute/2025.3.1/ncu"
METRICS = (
    "dram__bytes_read.sum",
    "dram__bytes_write.sum",
    "lts__t_bytes.sum",
    "gpu__time_duration.sum",
    "sm__warps_active.avg.per_cycle_active",
    "sm__inst_executed_pipe_tensor.sum",
    "sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active",
    "sm__inst_executed.sum",
)
LAUNCH_METRICS = (
    "launch__occupancy_limit_blocks",
    "launch__occupancy_limit_registers",
    "launch__occupancy_limit_shared_mem",
    "launch__occupancy_limit_warps",
    "launch__waves_per_multiprocessor",
    "launch__registers_per_thread",
)
MODELS = ("vgg19", "alexnet", "albert", "shufflenet", "resnet152", "resnext101", "densenet201")
BATCHES = (8, 32, 1)
MOST_CHARACTERS = 6_000_000


def known_metrics() -> list[str]:
    """Those of METRICS that this ncu supports on this chip, and the launch metrics."""
    command = [NCU, "--query-metrics", "--chip", "gh100"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    names = {line.split()[0] for line in answer.stdout.splitlines() if line.strip()}
    known = [metric for metric in METRICS if metric.split(".")[0] in names]
    if not known:
        say(f"ncu lists none of the metrics: {answer.stdout[:300]} {answer.stderr[:300]}")
    return [*(known or METRICS[:4]), *LAUNCH_METRICS]


def start(model: str, folder: Path, lock: Path, metrics: list[str]) -> subprocess.Popen[bytes]:
    scratch = folder / f"tmp-{model}"
    scratch.mkdir(parents=True, exist_ok=True)
    options = "--profile-from-start off --clock-control none --cache-control none --target-processes all"
    output = ["--csv", "--page", "raw", "--print-units", "base", "--log-file", str(folder / f"{model}.csv")]
    child = [sys.executable, "-m", "h200.counters", model, str(folder), str(lock)]
    return subprocess.Popen(
        [NCU, *options.split(), "--metrics", ",".join(metrics), *output, *child],
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=(folder / f"{model}.out").open("w"),
        stderr=subprocess.STDOUT,
    )


def measure(out: Output, folder: Path, lock: Path, grant_until: float, end: float) -> None:
    """Runs one model and batch after the other until `grant_until`. All times are in seconds since the start."""
    metrics = known_metrics()
    say(f"ncu metrics: {metrics}")
    children = {model: start(model, folder, lock, metrics) for model in MODELS}
    for model, batch in ((model, batch) for batch in BATCHES for model in MODELS):
        if elapsed() > grant_until:
            break
        begin = time.time()
        (folder / f"{model}-{batch}.go").touch()
        done = folder / f"{model}-{batch}.done"
        while not done.exists() and children[model].poll() is None and elapsed() < end:
            time.sleep(0.05)
        say(f"ncu {model}/{batch}: {'done' if done.exists() else 'NOT done'} in {time.time() - begin:.1f} s")
    (folder / "stop").touch()
    for model, child in children.items():
        try:
            child.wait(max(0.5, end - elapsed()))
        except subprocess.TimeoutExpired:
            child.kill()
            say(f"ncu {model}: killed")
        table = folder / f"{model}.csv"
        if table.exists():
            out.append("counters", {"model": model, "text": table.read_text()[-MOST_CHARACTERS:]})


def forward_when_told(model: str, folder: Path, lock: Path) -> None:
    """The child process. ncu counts what runs between the start and the stop of the profiler."""
    import torch
    import torchvision.models  # noqa: F401
    import transformers  # noqa: F401
    from eclip_torch import models

    from .rig import exclusive_gpu

    loaded = None
    for batch in BATCHES:
        if not wait_for(folder / f"{model}-{batch}.go", folder / "stop"):
            return
        with exclusive_gpu(lock), torch.no_grad():
            loaded = loaded or models.load(models.Request(model), "cuda")
            inputs = loaded.make_inputs(batch)
            for _ in range(2):
                loaded.module(*inputs)
            torch.cuda.synchronize()
            torch.cuda.cudart().cudaProfilerStart()
            loaded.module(*inputs)
            torch.cuda.synchronize()
            torch.cuda.cudart().cudaProfilerStop()
        (folder / f"{model}-{batch}.done").touch()


def wait_for(path: Path, stop: Path) -> bool:
    """Returns False if the parent stops first."""
    while not path.exists():
        if stop.exists():
            return False
        time.sleep(0.05)
    return True


if __name__ == "__main__":
    forward_when_told(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
