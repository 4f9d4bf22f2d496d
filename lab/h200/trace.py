"""A trace for `eclip import`, as the PyTorch profiler exports it: `python3 -m h200.trace MODEL BATCH OUT.json.gz`."""

from __future__ import annotations

import sys

import torch
from torch.profiler import ProfilerActivity, profile

from eclip_torch import models

REQUESTS = 5
WARM = 3


def main() -> int:
    name, batch, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    model = models.load(models.Request(name), "cuda")
    inputs = model.make_inputs(batch)
    with torch.inference_mode():
        for _ in range(WARM):
            model.module(*inputs)
        torch.cuda.synchronize()
        with profile(activities=[ProfilerActivity.CUDA]) as recorded:
            for _ in range(REQUESTS):
                model.module(*inputs)
            torch.cuda.synchronize()
    recorded.export_chrome_trace(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
