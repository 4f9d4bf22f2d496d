"""How to load the models of a folder of profiles again. Each profile has its recipe."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from eclip_torch.inputs import Input
from eclip_torch.models import Request


def requests_of(profiles: Path) -> dict[str, Request]:
    """Requests by the short names of models. A model with several batch sizes has the request of the last file."""
    requests = {}
    for file in sorted(profiles.glob("*.json.gz")):
        profile = json.loads(gzip.decompress(file.read_bytes()))
        if "recipe" not in profile:
            continue
        recipe = profile["recipe"]
        inputs = tuple(
            Input(one["name"], one["dtype"], tuple(one["shape"]), one.get("below")) for one in recipe["inputs"]
        )
        name = file.name.removesuffix(".json.gz").rpartition("-")[0]
        requests[name] = Request(
            recipe["specification"],
            profile.get("dtype", "float16"),
            recipe["channelsLast"],
            recipe["seed"],
            inputs,
        )
    return requests
