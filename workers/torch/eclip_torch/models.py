"""Models by their specification, and input batches of the right shape for each model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from .errors import MODEL_ERRORS, ModelError, WorkerError, is_out_of_memory, one_line
from .inputs import IMAGE_SHAPE, ByName, Input, completed, keyword_names, parameter_names
from .sources import Source, open_source

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


@dataclass(frozen=True)
class Request:
    """A model as a client asks for it: see `load` in docs/protocol.md."""

    model: str
    dtype: str = "float16"
    channels_last: bool = True
    seed: int = 0
    inputs: tuple[Input, ...] = ()
    tokens: int | None = None

    @property
    def specification(self) -> str:
        """The full specification of the model: short names are spelled out, and files have their absolute path."""
        specification = SHORT_NAMES.get(self.model, self.model)
        if specification.endswith(".pt2"):
            return os.path.abspath(specification)
        source, _, name = specification.partition(":")
        if source == "transformers" and name.endswith(".json"):
            return f"{source}:{os.path.abspath(name)}"
        return specification


@dataclass
class Model:
    """A module that is ready to run, and its inputs."""

    request: Request
    module: Any
    inputs: Sequence[Input]
    device: str
    channels_last: bool

    @property
    def spec(self) -> str:
        return self.request.model

    @property
    def name(self) -> str:
        """A short name for profiles: the name of `torchvision:resnet152` is resnet152."""
        return Path(self.spec.split("?")[0].split(":")[-1]).stem

    def recipe(self) -> dict[str, Any]:
        """How to load the model again, in the form of `eclip.profile/1`."""
        return {
            "specification": self.request.specification,
            "inputs": [one.as_json() for one in self.inputs],
            "channelsLast": self.channels_last,
            "seed": self.request.seed,
        }

    def failed_on(self, batch: int, error: BaseException) -> ModelError:
        """The model raised an error on its first input, which may not be one that it takes."""
        given = ", ".join(map(str, self.inputs))
        hint = "" if self.request.inputs else " (eclip profile --input says what it takes)"
        return ModelError(f"{self.spec}: fails at batch {batch} with {given}: {one_line(error)}{hint}")

    def weight_bytes(self) -> int:
        """Size of its parameters and buffers in bytes."""
        tensors = [*self.module.parameters(), *self.module.buffers()]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def input_bytes(self, batch: int) -> int:
        """Size of an input batch in bytes, known before the batch is made."""
        return sum(one.bytes(batch) for one in self.inputs)

    def make_inputs(self, batch: int, seed: int = 0) -> list[Any]:
        """Random inputs of batch size `batch`. The same seed gives the same inputs."""
        torch.manual_seed(seed)
        return [self._made(one, batch) for one in self.inputs]

    def _made(self, one: Input, batch: int) -> Any:
        tensor = one.make(batch, self.device)
        in_channels_last = self.channels_last and one.is_image
        return tensor.to(memory_format=torch.channels_last) if in_channels_last else tensor


def load(request: Request, device: str, allow_code: bool = True) -> Model:
    """Builds a model with random weights, or with an exported program's own weights.

    Raises UnknownModelError, ModelError, and WorkerError code-not-allowed for a model that runs code or reads a file of
    the client's choice.
    """
    kind = getattr(torch, request.dtype, None)
    if not isinstance(kind, torch.dtype):
        raise WorkerError("bad-argument", f"dtype: expected a torch dtype such as float16, found {request.dtype!r}")
    torch.manual_seed(request.seed)
    try:
        source = open_source(request.specification, device, kind, request.tokens, allow_code)
        inputs = inputs_of(source, request)
        module = source.module if source.is_placed else source.module.eval().to(device=device, dtype=kind)
        channels_last = request.channels_last and not source.has_example and any(one.is_image for one in inputs)
        if channels_last:
            module = module.to(memory_format=torch.channels_last)
        return Model(request, called(module, source, request), inputs, device, channels_last)
    except WorkerError:
        raise
    except MODEL_ERRORS as error:
        if is_out_of_memory(error):
            raise
        raise ModelError(f"{request.specification}: {one_line(error)}") from error


def inputs_of(source: Source, request: Request) -> list[Input]:
    """The inputs given by the client, or those that the model shows, or else one image. Raises ModelError."""
    if request.inputs:
        return [completed(one, source.inputs, source.vocabulary) for one in request.inputs]
    if source.unknown_input is not None:
        unknown = f"takes {source.unknown_input}, whose shape is not known (eclip profile --input says it)"
        raise ModelError(f"{request.specification}: {unknown}")
    return [*source.inputs] or [Input(parameter_names(source.module, 1)[0], request.dtype, IMAGE_SHAPE)]


def called(module: Any, source: Source, request: Request) -> Any:
    """The module, wrapped if it takes by name the inputs that it is called with in order."""
    names = [one.name for one in request.inputs or source.inputs]
    if source.positional < len(names):
        return ByName(module, names, source.positional)
    by_name = request.inputs and set(names) <= set(keyword_names(module))
    return ByName(module, names) if by_name else module
