"""The sources of models: torchvision, transformers, exported programs and the user's own functions."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import torch

from .errors import ModelError, UnknownModelError, WorkerError
from .hogs import INPUT, hog
from .inputs import TOKENS, Input, of_example, parameter_names

EVERY_INPUT = 1 << 16
VISION_MODELS = "torchvision.models"


@dataclass
class Source:
    """A module as it was built, and the inputs that it shows. If it shows none, it takes one image."""

    module: Any
    inputs: Sequence[Input] = ()
    has_example: bool = False
    is_placed: bool = False
    """Whether it is already on its device and of its type."""
    positional: int = EVERY_INPUT
    """This many inputs are passed by position, and the rest by name."""
    vocabulary: int | None = None
    """The number of different tokens."""
    unknown_input: str | None = None
    """An input whose shape only the client can know."""


def open_source(specification: str, device: str, kind: Any, tokens: int | None, allow_code: bool) -> Source:
    """Builds the module of a specification, with random weights or with an exported program's own.

    `torchvision:NAME`, `transformers:TYPE[?key=value&...]`, `transformers:CONFIG.json`, `eclip:HOG`, `FILE.pt2`, or
    `module:function`, which takes no argument and returns a module, or a module and a tuple of example inputs. Raises
    UnknownModelError, ModelError, WorkerError code-not-allowed, and whatever a model raises.
    """
    source, _, name = specification.partition(":")
    is_file = specification.endswith(".pt2")
    if not is_file and not (source and name):
        others = "torchvision:NAME, transformers:CONFIG, FILE.pt2 or module:function"
        raise UnknownModelError(f"{specification}: no such model, expected {others}")
    if not allow_code and not is_built_in(specification):
        raise WorkerError("code-not-allowed", f"{specification}: runs code, which needs the worker's --allow-code")
    if is_file:
        made = exported(specification, device)
    elif source == "torchvision":
        made = torchvision(name)
    elif source == "transformers":
        return transformers(name, kind, tokens, allow_code)
    elif source == "eclip":
        with initialized_on(device):
            made = Source(hog(name), [INPUT])
    else:
        made = function(source, name, kind)
    if tokens is not None:
        raise ModelError(f"{specification}: takes no tokens")
    return made


def is_built_in(specification: str) -> bool:
    """Whether a library builds the model from a name alone, so that no code or file of the client's choice is used."""
    source, _, name = specification.partition(":")
    return source in ("torchvision", "transformers", "eclip") and not name.endswith(".json")


def import_library(specification: str) -> None:
    """Imports what a built-in model is made with, and builds nothing. Raises whatever an import raises."""
    source, _, name = specification.partition(":")
    if source == "torchvision":
        importlib.import_module(VISION_MODELS)
    elif source == "transformers" and is_built_in(specification):
        library = importlib.import_module("transformers")
        model_type, _, _ = name.partition("?")
        # Looking a class up imports its module.
        library.MODEL_MAPPING.get(library.CONFIG_MAPPING[model_type])


def torchvision(name: str) -> Source:
    library = importlib.import_module(VISION_MODELS)
    known: Callable[[], list[str]] = getattr(library, "list_models", lambda: dir(library))
    if name not in known():
        raise UnknownModelError(f"torchvision:{name}: no such model")
    maker = library.get_model_builder(name) if hasattr(library, "get_model_builder") else getattr(library, name)
    # Segmentation models would otherwise download the weights of their backbone.
    asked = ("weights", "weights_backbone")
    options = {key: None for key in asked if key in inspect.signature(maker).parameters}
    # A GPU's generator gives different numbers on different numbers of SMs, and so under every share of MPS.
    return Source(maker(**options))


class FirstOutput(torch.nn.Module):
    """Returns only the first output: an encoder's last hidden state, as a plain tensor."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, **inputs: Any) -> Any:
        return self.model(**inputs)[0]


def transformers(name: str, kind: Any, tokens: int | None, allow_code: bool) -> Source:
    """A model with a configuration given by type and overrides, or by a configuration file."""
    if name.endswith(".json"):
        check_file(f"transformers:{name}", name)
        values = json.loads(Path(name).read_text())
    else:
        model_type, _, query = name.partition("?")
        values = {"model_type": model_type, **{key: number(value) for key, value in parse_qsl(query)}}
        if not allow_code:
            check_overrides(name, values)
    library = importlib.import_module("transformers")
    if values.get("model_type") not in library.CONFIG_MAPPING:
        raise UnknownModelError(f"transformers:{name}: no such model")
    config = library.AutoConfig.for_model(**values)
    model = library.AutoModel.from_config(config, trust_remote_code=False)
    vocabulary = getattr(config, "vocab_size", None)
    source = Source(FirstOutput(model), positional=0, vocabulary=vocabulary)
    main = str(getattr(model, "main_input_name", "input_ids"))
    size = getattr(config, "image_size", None)
    if main == "input_ids" and vocabulary is not None:
        source.inputs = [Input(main, "int64", (tokens or TOKENS,), int(vocabulary))]
    elif tokens is not None:
        raise ModelError(f"transformers:{name}: takes no tokens")
    elif main == "pixel_values" and size is not None:
        height, width = size if isinstance(size, (list, tuple)) else (size, size)
        shape = (int(getattr(config, "num_channels", 3)), int(height), int(width))
        source.inputs = [Input(main, str(kind).removeprefix("torch."), shape)]
    else:
        source.unknown_input = main
    return source


PLAIN_TEXT = re.compile(r"[\w.-]*")
REMOTE = ("auto_map", "quantization_config")


def check_overrides(name: str, overrides: dict[str, Any]) -> None:
    """Raises WorkerError code-not-allowed for an override that could lead transformers to other code."""
    for key, value in overrides.items():
        is_plain = isinstance(value, (int, float, list)) or value is None
        is_plain = is_plain or (isinstance(value, str) and PLAIN_TEXT.fullmatch(value) is not None)
        if key.startswith("_") or key in REMOTE or not is_plain:
            raise WorkerError("code-not-allowed", f"transformers:{name}: {key} needs the worker's --allow-code")


def exported(path: str, device: str) -> Source:
    """An exported program with its own types and its example inputs."""
    check_file(path, path)
    if not hasattr(torch, "export"):
        raise ModelError(f"{path}: PyTorch {torch.__version__} cannot load exported programs")
    with without_pickle():
        program = torch.export.load(path)
    arguments, keywords = program.example_inputs or ((), {})
    if not arguments and not keywords:
        raise ModelError(f"{path}: the program was saved without example inputs")
    if device != "cpu":
        passes = importlib.import_module("torch.export.passes")
        program = passes.move_to_device_pass(program, device)
    module = program.module()
    names = [*parameter_names(module, len(arguments)), *keywords]
    inputs = of_example(names, [*arguments, *keywords.values()], None)
    return Source(module, inputs, has_example=True, is_placed=True, positional=len(arguments))


def check_file(specification: str, path: str) -> None:
    """Raises UnknownModelError if there is no such file."""
    if not Path(path).is_file():
        raise UnknownModelError(f"{specification}: no such file")


@contextmanager
def without_pickle() -> Iterator[None]:
    """Makes PyTorch read weights and examples only as data, even where its loader would fall back to pickle."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def function(module: str, name: str, kind: Any) -> Source:
    """What a function of the user's returns: a module, or a module and a tuple of example inputs."""
    try:
        library = importlib.import_module(module)
    except ModuleNotFoundError as error:
        # The module may exist and import something else that is missing.
        if not f"{module}.".startswith(f"{error.name}."):
            raise
        found_by = "PYTHONPATH=. lets one in this folder be found"
        raise UnknownModelError(f"{module}:{name}: No module named '{error.name}' ({found_by})") from error
    if not hasattr(library, name):
        raise UnknownModelError(f"{module}:{name}: {module} has no {name}")
    made = getattr(library, name)()
    built, *examples = made if isinstance(made, tuple) else (made,)
    if len(examples) > 1 or not hasattr(built, "forward"):
        returned = "a module, or a module and a tuple of example inputs"
        raise ModelError(f"{module}:{name}: expected to return {returned}, found {type(made).__name__}")
    if not examples:
        return Source(built)
    (example,) = examples
    inputs = of_example(parameter_names(built, len(example)), example, str(kind).removeprefix("torch."))
    return Source(built, inputs, has_example=True)


def initialized_on(device: str) -> Any:
    """Makes parameters directly on the device, which is much faster. PyTorch 1 cannot do this."""
    place = torch.device(device)
    return place if hasattr(place, "__enter__") else nullcontext()


def number(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
