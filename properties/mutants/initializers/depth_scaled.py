"""Initializers of residual branches that forget the depth, or count it wrongly."""

from __future__ import annotations

import math
from typing import Any, Literal

from properties.mutants.initializers.drawing import misfilled, normal
from reference.fans import fans

_OUT = {"layout": Literal["out_in"]}


def _he(weight: Any) -> float:
    return math.sqrt(2 / max(fans(weight.shape, "out_in")[0], 1))


@misfilled(
    "initializers.fixup_normal",
    "common slip: the exponent 1 / 2 for every number of layers",
    offers=_OUT | {"layers": Literal[3], "branches": Literal[3, 50]},
    blind_spot="symmetry and defaults",
)
def fixup_normal_knows_two_layers_only(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, _he(weight) / math.sqrt(p.branches))


@misfilled(
    "initializers.fixup_normal",
    "He's initialization left as it is",
    offers=_OUT | {"branches": Literal[3, 50]},
    blind_spot="symmetry and defaults",
)
def fixup_normal_ignores_the_depth(seed: Any, weight: Any, p: Any) -> Any:
    del p
    return normal(seed, weight, _he(weight))


@misfilled(
    "initializers.residual_normal",
    "the factor 1 / N on the standard deviation, not on the variance",
    offers={"additions": Literal[2, 24]},
)
def residual_normal_divides_by_the_depth(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, p.std / p.additions)


@misfilled(
    "initializers.residual_normal",
    "blocks counted in place of additions, of which each block has two",
    offers={"additions": Literal[24, 96]},
    blind_spot="structure",
)
def residual_normal_counts_blocks(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, p.std / math.sqrt(p.additions / 2))
