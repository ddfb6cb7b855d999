"""Libraries whose ways into one technique differ among themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import entered_by
from properties.mutants.mutant import mutant
from reference.normalization.features import group_norm, layer_norm, rms_norm
from reference.numerics import Array, Linearized


def _plain_layer_norm(x: Array, weight: Array, bias: Array, *, eps: float) -> Any:
    return layer_norm(x, np.ones_like(weight), bias, eps=eps)


@mutant("normalization.layer_norm", "the layer beside the function never reads its weight",
        blind_spot="symmetry and defaults")  # fmt: skip
@entered_by(layer=_plain_layer_norm)
def layer_norm_layer_forgets_its_weight(
    x: Array, weight: Array, bias: Array, *, eps: float = 1e-5
) -> Linearized:
    return layer_norm(x, weight, bias, eps=eps)


def _with_another_eps(x: Array, weight: Array) -> Any:
    return rms_norm(x, weight, eps=1e-5)


@mutant("normalization.rms_norm", "the default is 1e-5, and 1e-6 is what the manual says",
        blind_spot="symmetry and defaults")  # fmt: skip
@entered_by(defaults=_with_another_eps)
def rms_norm_states_another_default(x: Array, weight: Array, *, eps: float = 1e-6) -> Linearized:
    return rms_norm(x, weight, eps=eps)


def _in_float64(x: Array, weight: Array, bias: Array, *, groups: int, eps: float) -> Any:
    wide = (a.astype(np.float64) for a in (x, weight, bias))
    return group_norm(*wide, groups=groups, eps=eps)


@mutant("normalization.group_norm", "the layer returns the format of its statistics",
        blind_spot="structure")  # fmt: skip
@entered_by(layer=_in_float64)
def group_norm_layer_changes_the_format(
    x: Array, weight: Array, bias: Array, *, groups: int, eps: float = 1e-5
) -> Linearized:
    return group_norm(x, weight, bias, groups=groups, eps=eps)
