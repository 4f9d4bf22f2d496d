"""Models by name, and an input of the right shape for each."""

from __future__ import annotations

import importlib
import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import torch

from .errors import MODEL_ERRORS, WorkerError, is_out_of_memory, one_line

IMAGE_SHAPE = (3, 224, 224)
TOKENS = 128

ALBERT = "transformers:albert?hidden_size=768&num_attention_heads=12&intermediate_size=3072&embedding_size=128"

SHORT_NAMES = {
    "albert": ALBERT,
    "alexnet": "torchvision:alexnet",
    "densenet201": "torchvision:densenet201",
    "resnet152": "torchvision:resnet152",
    "resnext101": "torchvision:resnext101_32x8d",
    "shufflenet": "torchvision:shufflenet_v2_x1_0",
    "vgg19": "torchvision:vgg19",
}


class ModelError(WorkerError):
    """A model that cannot be loaded; the message is one line for the user."""

    def __init__(self, message: str) -> None:
        super().__init__("model-load", message)


@dataclass
class Model:
    """A module ready to run, and how to make an input batch for it."""

    spec: str
    module: Any
    token_vocabulary: int | None
    device: str
    dtype: Any
    channels_last: bool
    example: Sequence[Any] | None = None

    @property
    def name(self) -> str:
        """Short, for profiles: `torchvision:resnet152` is resnet152."""
        return Path(self.spec.split("?")[0].split(":")[-1]).stem

    def input_bytes(self, batch: int) -> int:
        """Size of an input batch, before it is made."""
        if self.example is not None:
            return sum(one.numel() * one.element_size() * batch // max(1, one.shape[0]) for one in self.example)
        if self.token_vocabulary is not None:
            return batch * TOKENS * 8
        size = torch.empty(0, dtype=self.dtype).element_size()
        return batch * IMAGE_SHAPE[0] * IMAGE_SHAPE[1] * IMAGE_SHAPE[2] * int(size)

    def make_inputs(self, batch: int, seed: int = 0) -> list[Any]:
        """Random inputs of batch size `batch`, the same for the same seed."""
        torch.manual_seed(seed)
        if self.example is not None:
            return [self._like(resized(tensor, batch)) for tensor in self.example]
        if self.token_vocabulary is not None:
            return [torch.randint(0, self.token_vocabulary, (batch, TOKENS), device=self.device)]
        image = torch.randn(batch, *IMAGE_SHAPE, device=self.device, dtype=self.dtype)
        return [image.to(memory_format=torch.channels_last) if self.channels_last else image]

    def _like(self, tensor: Any) -> Any:
        """Fresh values for a floating-point example; other types keep their own (they may be indices)."""
        if not tensor.is_floating_point():
            return tensor.to(self.device)
        kind = tensor.dtype if self.spec.endswith(".pt2") else self.dtype
        return torch.randn(tensor.shape, device=self.device, dtype=kind)


def load(spec: str, device: str, dtype: str = "float16", channels_last: bool = True, seed: int = 0) -> Model:
    """Builds a model with random weights (or the program's own).

    `spec` is a short name of this file, `torchvision:NAME`, `transformers:TYPE[?key=value&...]`,
    `transformers:CONFIG.json`, `FILE.pt2`, or `module:function`. The function takes no argument
    and returns a module, or a module and a tuple of example inputs.
    Raises ModelError.
    """
    given, spec = spec, SHORT_NAMES.get(spec, spec)
    kind = getattr(torch, dtype, None)
    if not isinstance(kind, torch.dtype):
        raise WorkerError("bad-argument", f"dtype: expected a torch dtype such as float16, found {dtype!r}")
    torch.manual_seed(seed)
    try:
        if spec.endswith(".pt2"):
            return _exported(spec, device, kind)
        module, vocabulary, example = _build(spec, device)
        module = module.eval().to(device=device, dtype=kind)
        channels_last = channels_last and vocabulary is None and example is None
        if channels_last:
            module = module.to(memory_format=torch.channels_last)
    except ModelError:
        raise
    except MODEL_ERRORS as error:
        if is_out_of_memory(error):
            raise
        raise ModelError(f"{spec}: {one_line(error)}") from error
    return Model(given, module, vocabulary, device, kind, channels_last, example)


def _build(spec: str, device: str) -> tuple[Any, int | None, Sequence[Any] | None]:
    source, _, name = spec.partition(":")
    if not name:
        raise ModelError(f"{spec}: expected torchvision:NAME, transformers:CONFIG, FILE.pt2 or module:function")
    if source == "torchvision":
        return _torchvision(name, device), None, None
    if source == "transformers":
        return _transformers(name)
    return _function(source, name)


def _torchvision(name: str, device: str) -> Any:
    models = importlib.import_module("torchvision.models")
    maker = getattr(models, name, None)
    if maker is None or not callable(maker):
        raise ModelError(f"torchvision:{name}: no such model")
    with _initialized_on(device):
        return maker(weights=None)


class _LastHiddenState(torch.nn.Module):
    """The encoder's last hidden state as a plain tensor output."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, tokens: Any) -> Any:
        return self.model(input_ids=tokens)[0]


def _transformers(name: str) -> tuple[Any, int, None]:
    transformers = importlib.import_module("transformers")
    if name.endswith(".json"):
        values = json.loads(Path(name).read_text())
        config = transformers.AutoConfig.for_model(**values)
    else:
        kind, _, query = name.partition("?")
        config = transformers.AutoConfig.for_model(kind, **{k: _number(v) for k, v in parse_qsl(query)})
    model = transformers.AutoModel.from_config(config)
    return _LastHiddenState(model), int(config.vocab_size), None


def _exported(path: str, device: str, kind: Any) -> Model:
    """An exported program in its own dtype, with its example inputs."""
    if not hasattr(torch, "export"):
        raise ModelError(f"{path}: PyTorch {torch.__version__} cannot load exported programs")
    program = torch.export.load(path)
    if not program.example_inputs or not program.example_inputs[0]:
        raise ModelError(f"{path}: the program was saved without example inputs")
    if device != "cpu":
        passes = importlib.import_module("torch.export.passes")
        program = passes.move_to_device_pass(program, device)
    return Model(path, program.module(), None, device, kind, False, program.example_inputs[0])


def _function(module: str, name: str) -> tuple[Any, None, Sequence[Any] | None]:
    made = getattr(importlib.import_module(module), name)()
    if isinstance(made, tuple):
        return made[0], None, made[1]
    return made, None, None


def _initialized_on(device: str) -> Any:
    """Makes parameters on the device at once, which is much faster; PyTorch 1 has no such thing."""
    place = torch.device(device)
    return place if hasattr(place, "__enter__") else nullcontext()


def _number(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def resized(tensor: Any, batch: int) -> Any:
    """The example repeated or cut to `batch` along the first dimension."""
    repeats = -(-batch // tensor.shape[0])
    return tensor.repeat(repeats, *[1] * (tensor.dim() - 1))[:batch].contiguous()
