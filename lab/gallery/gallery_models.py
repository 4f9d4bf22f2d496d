"""Models of the gallery that no library builds from a name. `eclip profile gallery_models:NAME` takes them.

Every function returns a module, and an example of its inputs unless it takes an image. Weights are random, because
the speed does not depend on them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

GPT2_LAYERS, GPT2_HEADS, GPT2_WIDTH, GPT2_TOKENS = 12, 12, 768, 50257
DECODED = 512
"""The token that `gpt2_decode` makes is the last of so many."""


def whisper_small_encoder() -> Any:
    """The encoder of Whisper small, over 30 s of sound."""
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    config = WhisperConfig(d_model=768, encoder_layers=12, encoder_attention_heads=12, encoder_ffn_dim=3072)
    return FirstOutput(WhisperEncoder(config)), (torch.zeros(1, config.num_mel_bins, 3000),)


def retinanet_resnet50_fpn() -> Any:
    """RetinaNet without the final choice among its boxes, which depends on the boxes and takes time on the host."""
    from torchvision.models.detection import retinanet_resnet50_fpn as make

    return Detector(make(weights=None, weights_backbone=None))


def gpt2_decode() -> Any:
    """One token of GPT-2 (124 million weights) after 511 others, whose keys and values are in a cache."""
    return Decoder(), (torch.tensor([[0], [GPT2_TOKENS - 1]]),)


class FirstOutput(torch.nn.Module):
    """Only the first output, as a plain tensor."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, features: Any) -> Any:
        return self.model(features)[0]


class Detector(torch.nn.Module):
    """The features of a detector, and the outputs of its heads."""

    def __init__(self, detector: Any) -> None:
        super().__init__()
        self.backbone, self.head = detector.backbone, detector.head

    def forward(self, image: Any) -> Any:
        return self.head(list(self.backbone(image).values()))


class DecoderLayer(torch.nn.Module):
    """A layer of GPT-2 for the last token of a cache."""

    def __init__(self) -> None:
        super().__init__()
        self.before, self.between = torch.nn.LayerNorm(GPT2_WIDTH), torch.nn.LayerNorm(GPT2_WIDTH)
        self.projections = torch.nn.Linear(GPT2_WIDTH, 3 * GPT2_WIDTH)
        self.attended = torch.nn.Linear(GPT2_WIDTH, GPT2_WIDTH)
        self.wider = torch.nn.Linear(GPT2_WIDTH, 4 * GPT2_WIDTH)
        self.narrower = torch.nn.Linear(4 * GPT2_WIDTH, GPT2_WIDTH)

    def forward(self, x: Any, cache: Any) -> Any:
        batch = x.shape[0]
        parts = self.projections(self.before(x)).view(batch, 1, 3, GPT2_HEADS, -1).permute(2, 0, 3, 1, 4)
        cache[:, :, :, -1:] = parts[1:]
        attended = functional.scaled_dot_product_attention(parts[0], cache[0], cache[1])
        x = x + self.attended(attended.transpose(1, 2).reshape(batch, 1, GPT2_WIDTH))
        return x + self.narrower(functional.gelu(self.wider(self.between(x)), approximate="tanh"))


class Decoder(torch.nn.Module):
    """The last token of a sequence whose other tokens are in a cache. Each batch size has a cache of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = torch.nn.Embedding(GPT2_TOKENS, GPT2_WIDTH)
        self.places = torch.nn.Embedding(1024, GPT2_WIDTH)
        self.layers = torch.nn.ModuleList(DecoderLayer() for _ in range(GPT2_LAYERS))
        self.after = torch.nn.LayerNorm(GPT2_WIDTH)
        self._caches: dict[int, list[Any]] = {}

    def forward(self, ids: Any) -> Any:
        x = self.tokens(ids) + self.places.weight[DECODED - 1]
        for layer, cache in zip(self.layers, self._cache(x)):
            x = layer(x, cache)
        return functional.linear(self.after(x), self.tokens.weight)

    def _cache(self, x: Any) -> list[Any]:
        """The keys and values of each layer. They are made at the first request of a batch size, before any
        capture."""
        batch = x.shape[0]
        if batch not in self._caches:
            shape = (2, batch, GPT2_HEADS, DECODED, GPT2_WIDTH // GPT2_HEADS)
            self._caches[batch] = [x.new_zeros(shape) for _ in self.layers]
        return self._caches[batch]
