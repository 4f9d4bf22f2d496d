"""The mixes that were measured, written "resnet152/8+vgg19/32": each model with its batch size."""

from __future__ import annotations

Member = tuple[str, int]
"""A model's short name and its batch size."""


def members(mix: str) -> list[Member]:
    """ "resnet152/8+vgg19/32" as members."""
    return [(name, int(batch)) for name, _, batch in (part.partition("/") for part in mix.split("+"))]


def replicas(mix: str) -> list[tuple[str, int, int]]:
    """The model, replica and batch of each member. Equal members are replicas 0, 1, ... with weights of their own."""
    seen: dict[str, int] = {}
    keys = []
    for model, batch in members(mix):
        keys.append((model, seen.get(model, 0), batch))
        seen[model] = seen.get(model, 0) + 1
    return keys


def same(models: str, batch: int) -> str:
    """The mix of these models, all at one batch size."""
    return "+".join(f"{name}/{batch}" for name in models.split("+"))


FOUR = "resnet152+densenet201+vgg19+albert"
LIGHT = "shufflenet+alexnet+resnext101+vgg19"

VARIED: list[str] = [
    same(FOUR, 8),
    same(FOUR, 32),
    same(FOUR, 1),
    same(LIGHT, 8),
    same("albert+densenet201+vgg19", 8),
    same("alexnet+resnet152+vgg19", 32),
    same("densenet201+densenet201+densenet201", 8),
    same("resnet152+resnet152+resnet152+resnet152", 8),
    same("albert+albert+resnext101+densenet201", 8),
    same(f"{FOUR}+{FOUR}", 8),
    same("resnet152+densenet201+vgg19+albert+shufflenet+resnext101", 8),
    "vgg19/8+densenet201/8",
    "resnet152/8+shufflenet/8",
    "albert/32+resnext101/8",
    "resnext101/32+resnet152/32",
    "vgg19/32+densenet201/1",
    "resnet152/1+vgg19/32+densenet201/8+shufflenet/32",
    same(LIGHT, 1),
    same(LIGHT, 32),
    "alexnet/32+albert/8",
    same("albert+alexnet+densenet201+resnet152+shufflenet", 1),
    "resnext101/1+vgg19/8",
]
"""Two to eight workers, from equal models to very unlike ones; the most telling first."""

WELL_KNOWN = {same(FOUR, 8), same(LIGHT, 8), same("densenet201+densenet201+densenet201", 8)}
"""Mixes that already had many points without priorities: more random windows without them would add little."""

FURTHER: list[str] = [
    same("albert+densenet201+vgg19", 8),
    same("resnext101+densenet201+vgg19+alexnet", 8),
    same("resnet152+albert+densenet201", 32),
    same("shufflenet+resnet152+alexnet", 8),
    "resnext101/32+vgg19/8+shufflenet/8",
    same("albert+densenet201+vgg19+resnext101", 1),
    same("shufflenet+densenet201+albert+resnext101", 8),
    same("alexnet+resnet152+vgg19", 32),
    same("shufflenet+alexnet+densenet201+albert", 32),
    same("resnet152+resnext101+albert", 8),
    "densenet201/32+vgg19/8+albert/1+resnet152/8",
    same("vgg19+vgg19+resnet152+densenet201", 8),
    "alexnet/8+vgg19/32+resnet152/8",
    same("shufflenet+resnet152+alexnet+resnext101", 1),
]

HELD_OUT: list[str] = [
    "resnext101/8+albert/32",
    "densenet201/8+alexnet/32",
    same("albert+shufflenet+alexnet", 8) + "+densenet201/1+vgg19/1",
    "vgg19/1+resnet152/8+shufflenet/32",
    "resnet152/32+densenet201/1+albert/8",
    "resnext101/1+shufflenet/8+vgg19/32",
    same("densenet201+albert+albert", 8),
    "alexnet/8+albert/1+resnet152/1+vgg19/8",
    same("resnet152+densenet201", 8),
    "densenet201/32+resnext101/8",
    same("vgg19+alexnet+shufflenet+densenet201", 8),
    same("resnet152+vgg19+albert", 32),
]
"""Measured once the model was made, and never fitted on; only the first is in VARIED, in another order."""

ABROAD: list[str] = [
    "vit_b_16/16+efficientnet_v2_s/16+bert/16+convnext_tiny/16",
    "vit_b_16/4+resnet50/8+bert/4",
    same(FOUR, 8),
    "swin_t/8+convnext_tiny/4",
    "efficientnet_v2_s/4+vit_b_16/16+swin_t/8+resnet50/8+bert/16",
    "vgg19/8+densenet201/1",
    "resnet50/8+resnet50/8+vit_b_16/4",
    "bert/4+convnext_tiny/16+vgg19/32",
    same(f"{FOUR}+{FOUR}", 8),
    "albert/8+swin_t/8+efficientnet_v2_s/16+resnet152/8",
    same("densenet201+densenet201+densenet201", 8),
    "vgg19/32+bert/16+densenet201/1+resnet50/8+vit_b_16/4+albert/8",
]
"""For a GPU other than the H200: two to eight workers, six of the ten models outside the seven. Never fitted on."""
