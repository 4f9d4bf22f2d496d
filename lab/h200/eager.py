"""A program that knows nothing about eclip: `python3 -m h200.eager REQUESTS MODEL/BATCH...`.

It runs PyTorch eagerly, one model after the other. It prints JSON: for each model the latencies of its requests in
ms, and digests of their results.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from typing import Any

import torch
from eclip_torch import models

WARM_UP = 4


def main() -> int:
    requests, *members = sys.argv[1:]
    device = "cuda" if torch.cuda.is_available() else "cpu"
    print(json.dumps({member: serve(member, int(requests), device) for member in members}))
    return 0


def serve(member: str, requests: int, device: str) -> dict[str, Any]:
    """Serves requests one by one, and waits for each, with the model of a profile at its batch size."""
    name, _, batch = member.partition("/")
    model = models.load(models.Request(name, dtype="float16" if device == "cuda" else "float32"), device)
    inputs = model.make_inputs(int(batch))
    latencies_ms, outputs = [], []
    with torch.no_grad():
        for _ in range(WARM_UP + requests):
            begin = time.perf_counter()
            output = model.module(*inputs)
            if device == "cuda":
                torch.cuda.synchronize()
            latencies_ms.append(1e3 * (time.perf_counter() - begin))
            outputs.append(output)
    digests = {hashlib.sha256(output.cpu().numpy().tobytes()).hexdigest() for output in outputs}
    return {"latenciesMs": latencies_ms[WARM_UP:], "digests": sorted(digests)}


if __name__ == "__main__":
    sys.exit(main())
