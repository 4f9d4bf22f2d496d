"""A program that knows nothing of eclip: `python3 -m h200.eager REQUESTS MODEL/BATCH...`, PyTorch eager, one model
after the other. Prints JSON: by model, the latencies of its requests in ms, and digests of what they computed."""

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
    """Requests one by one, each waited for, as a profile's model at its batch size."""
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
