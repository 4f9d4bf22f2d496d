"""Programs of PyTorch and JAX that know nothing about eclip.

- `torch` and `jax` print digests of what they compute, and `loop` prints its rate.
- `model NAME/BATCH` serves a model in a CUDA graph as fast as possible.
- `eager NAME/BATCH [default | granules]` serves it kernel by kernel, on a stream of its own, on the default one, or on
  one in a green context that the program makes: one request for each line that it reads, whose time it prints.
  `granules` needs `eclip_torch` on PYTHONPATH.
- `alone NAME/BATCH...` serves several models one after another.
- `load NAME/BATCH graph|eager FILE` serves a model at as many random requests a second as the file says, or as
  fast as possible if the file says 0.
- `providers` prints what ONNX Runtime can compute on.
- `ranges` opens NVTX ranges and prints where its graphs ran. It needs `eclip_torch` on PYTHONPATH.

The other programs that serve models print JSON for every half second.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def digest(array: Any) -> str:
    """A digest of an array's bytes."""
    return hashlib.sha256(array.tobytes()).hexdigest()[:16]


def of_torch() -> dict[str, str]:
    """A small model run eagerly, in a CUDA graph and compiled, and training steps."""
    import torch

    torch.manual_seed(0)
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    layers = [torch.nn.Conv2d(8, 32, 3), torch.nn.ReLU(), torch.nn.Conv2d(32, 64, 3), torch.nn.Flatten()]
    model = torch.nn.Sequential(*layers, torch.nn.Linear(64 * 28 * 28, 256), torch.nn.LayerNorm(256)).cuda()
    x = torch.randn(16, 8, 32, 32, device="cuda")
    seen = {}

    def note(name: str, run: Callable[[], Any]) -> None:
        try:
            seen[name] = digest(run().detach().float().cpu().numpy())
        except Exception as error:
            seen[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:120]}"

    def in_stream(run: Callable[[], Any]) -> Any:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            y = run()
        stream.synchronize()
        return y

    def graphed() -> Any:
        with torch.no_grad():
            in_stream(lambda: model(x))
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                y = model(x)
            for _ in range(3):
                graph.replay()
            torch.cuda.synchronize()
        return y

    def trained() -> Any:
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        for _ in range(5):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
        return next(model.parameters())

    with torch.no_grad():
        note("eager", lambda: model(x))
        note("eager on a stream", lambda: in_stream(lambda: model(x)))
    note("graph", graphed)
    with torch.no_grad():
        note("compile", lambda: torch.compile(model)(x))
        note("compile with graphs", lambda: [torch.compile(model, mode="reduce-overhead")(x) for _ in range(3)][-1])
    note("training", trained)
    return seen


def of_jax() -> dict[str, str]:
    """A jitted function, and its gradient."""
    import jax
    import numpy

    def function(x: Any, w: Any) -> Any:
        return jax.numpy.tanh(x @ w).sum(axis=1)

    random = numpy.random.default_rng(0)
    x, w = (jax.numpy.asarray(random.normal(size=(512, 512)), dtype="float32") for _ in range(2))
    gradient = jax.jit(jax.grad(lambda x, w: function(x, w).sum()))
    values = {"jit": jax.jit(function)(x, w), "grad": gradient(x, w)}
    return {name: digest(numpy.asarray(value)) for name, value in values.items()}


def loop() -> None:
    """Eager products without end. Prints their rate for every half second."""
    import torch

    x = torch.randn(2048, 2048, device="cuda", dtype=torch.bfloat16)
    while True:
        began, count = time.monotonic(), 0
        while time.monotonic() - began < 0.5:
            for _ in range(16):
                torch.relu(x @ x)
            torch.cuda.synchronize()
            count += 16
        print(f"{count / (time.monotonic() - began):.2f}", flush=True)


def built(name: str) -> Callable[[int], tuple[Any, tuple[Any, ...]]]:
    """Makes a model with random weights, and its inputs for a batch."""
    import torch

    def image(batch: int) -> tuple[Any, tuple[Any, ...]]:
        import torchvision

        model = torchvision.models.get_model(name, weights=None).to(memory_format=torch.channels_last)
        return model, (torch.randn(batch, 3, 224, 224).half().to(memory_format=torch.channels_last),)

    def text(batch: int) -> tuple[Any, tuple[Any, ...]]:
        import transformers

        sizes = {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072, "embedding_size": 128}
        tokens = torch.randint(0, 30000, (batch, 128))
        return transformers.AlbertModel(transformers.AlbertConfig(**sizes)), (tokens,)

    return text if name == "albert" else image


def served(member: str, is_eager: bool = False, stream_name: str = "own") -> Callable[[], Any]:
    """A function that serves one request of a model in half precision, given as `NAME/BATCH`, and waits for its
    answer. Only an eager model returns the answer."""
    import torch

    name, batch = member.split("/")
    torch.manual_seed(0)
    model, inputs = built(name)(int(batch))
    model, inputs = model.eval().half().cuda(), tuple(one.cuda() for one in inputs)
    stream = stream_called(stream_name)
    stream.wait_stream(torch.cuda.current_stream())
    with torch.no_grad(), torch.cuda.stream(stream):
        for _ in range(3):
            model(*inputs)
    stream.synchronize()
    graph = torch.cuda.CUDAGraph()
    if not is_eager:
        with torch.no_grad(), torch.cuda.graph(graph, stream=stream):
            model(*inputs)

    def serve() -> Any:
        with torch.no_grad(), torch.cuda.stream(stream):
            answer = model(*inputs) if is_eager else graph.replay()
        stream.synchronize()
        return answer

    return serve


def stream_called(name: str) -> Any:
    """A stream of the program's own, the `default` one, or one in a green context over `granules` 0 to 15."""
    import torch

    if name == "default":
        return torch.cuda.default_stream()
    if name == "granules":
        from eclip_torch.driver import Driver
        from eclip_torch.partition import Partitioner

        torch.cuda.init()
        partitioner = Partitioner(Driver())
        return torch.cuda.ExternalStream(partitioner.create_stream(partitioner.create(tuple(range(16)))))
    return torch.cuda.Stream()


def half_second(serve: Callable[[], None]) -> dict[str, Any]:
    """The requests of half a second: its start, their rate, and their latencies in ms."""
    began, latencies = time.monotonic(), []
    now = began
    while now - began < 0.5:
        sent, _ = now, serve()
        now = time.monotonic()
        latencies.append(round(1e3 * (now - sent), 4))
    return {"began": began, "ended": now, "perSecond": len(latencies) / (now - began), "ms": latencies}


def model(member: str) -> None:
    """Serves a model in a graph without end."""
    serve = served(member)
    while True:
        print(json.dumps(half_second(serve)), flush=True)


def load(member: str, how: str, file: str) -> None:
    """Serves a model without end, at the rate in a file. Latencies are counted from the arrival of a request."""
    serve = served(member, how == "eager")
    come = time.monotonic()
    while True:
        rate = float(Path(file).read_text())
        if rate == 0:
            part, come = half_second(serve), time.monotonic()
            # Each stretch of random requests starts from the same seed, so it has the same requests.
            random.seed(1)
        else:
            part, come = open_half_second(serve, rate, come)
        print(json.dumps(part), flush=True)


def open_half_second(serve: Callable[[], None], rate: float, come: float) -> tuple[dict[str, Any], float]:
    """The same for random requests, the first of which comes at a time of the clock. Also returns when the next
    one comes."""
    began, latencies = time.monotonic(), []
    now = began
    while now - began < 0.5:
        time.sleep(max(0.0, come - now - 2e-4))
        while time.monotonic() < come:
            pass
        serve()
        now = time.monotonic()
        latencies.append(round(1e3 * (now - come), 4))
        come += random.expovariate(rate)
    return {"began": began, "ended": now, "perSecond": len(latencies) / (now - began), "ms": latencies}, come


def eager(member: str, stream_name: str = "own") -> None:
    """Serves one request kernel by kernel for each line of input. At first it prints a digest of its answer."""
    serve = served(member, True, stream_name)
    print(json.dumps({"digest": digest(serve().float().cpu().numpy())}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        serve()
        print(json.dumps({"ms": 1e3 * (time.perf_counter() - began), "peakKB": peak_kb()}), flush=True)


def alone(*members: str) -> dict[str, Any]:
    """Models one after another, each for two seconds, of which the first is not counted."""
    seen = {}
    for member in members:
        serve = served(member)
        seen[member] = [half_second(serve) for _ in range(4)][2:]
    return seen


def peak_kb() -> int:
    """The most host memory that this process has used."""
    found = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(found.split()[1])


def providers() -> dict[str, Any]:
    """What ONNX Runtime can compute on here."""
    import onnxruntime

    return {"version": onnxruntime.__version__, "providers": onnxruntime.get_available_providers()}


def ranges(kernel: str) -> dict[str, list[int]]:
    """The SMs on which graphs ran that were captured in a range, by the name of the range."""
    import torch
    from eclip_torch.driver import Driver
    from eclip_torch.probe import Probe

    stream = torch.cuda.Stream()
    torch.ones(8, device="cuda").sum().item()
    probe = Probe(Driver(), Path(kernel).read_bytes() + b"\0")
    seen = {}
    for name in ("text", "image", "other"):
        graph = torch.cuda.CUDAGraph()
        torch.cuda.nvtx.range_push(name)
        with torch.cuda.graph(graph, stream=stream):
            probe.launch(stream.cuda_stream)
        torch.cuda.nvtx.range_pop()
        with torch.cuda.stream(stream):
            seen[name] = probe.seen("graph", graph.replay, stream.cuda_stream)["sms"]
    return seen


def main() -> None:
    """Runs the program that the first word names."""
    what, *rest = sys.argv[1:]
    programs = {"torch": of_torch, "jax": of_jax, "loop": loop, "ranges": ranges, "model": model, "alone": alone}
    programs |= {"eager": eager, "load": load, "providers": providers}
    result = programs[what](*rest)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
