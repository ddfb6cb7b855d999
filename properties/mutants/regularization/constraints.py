"""Wrong constraints."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.gradients.norms import scaled_norm
from reference.numerics import Array
from reference.regularization.penalties import row_norms


def _norms(weight: Array) -> Array:
    scale, root = row_norms(weight)
    return scale * root


@mutant(
    "regularization.max_norm",
    "all rows scaled by the norm of the whole matrix",
    blind_spot="structure",
)
def max_norm_scales_by_the_global_norm(weight: Any, *, max_norm: float, eps: float) -> Any:
    del eps
    scale, root = scaled_norm([weight])
    return weight * np.minimum(np.float32(1), np.float32(max_norm) / (scale * root))


@mutant("regularization.max_norm", "columns shortened in place of rows", blind_spot="structure")
def max_norm_shortens_columns(weight: Any, *, max_norm: float, eps: float) -> Any:
    norms = _norms(weight.T).T
    share = np.float32(max_norm) / (norms + np.float32(eps))
    return np.where(norms > np.float32(max_norm), weight * share, weight).astype(weight.dtype)


@mutant(
    "regularization.max_norm",
    "short rows are stretched to the bound, and zeros become NaN",
    blind_spot="boundaries",
)
def max_norm_stretches_short_rows(weight: Any, *, max_norm: float, eps: float) -> Any:
    return weight * (np.float32(max_norm) / (_norms(weight) + np.float32(eps)))


@mutant(
    "regularization.max_norm",
    "every number is bounded, not the row: its direction changes",
    blind_spot="symmetry and defaults",
)
def max_norm_bounds_every_number(weight: Any, *, max_norm: float, eps: float) -> Any:
    del eps
    return np.clip(weight, -np.float32(max_norm), np.float32(max_norm))


@mutant(
    "regularization.max_norm",
    "the bound is compared with the squared norm: alike at 1",
    blind_spot="scale",
)
def max_norm_forgets_the_root(weight: Any, *, max_norm: float, eps: float) -> Any:
    square = np.square(_norms(weight))
    share = np.float32(max_norm) / (square + np.float32(eps))
    return np.where(square > np.float32(max_norm), weight * share, weight)


@mutant(
    "regularization.max_norm",
    "squares summed as they are: rows longer than 2e19 become 0",
    blind_spot="scale",
)
def max_norm_loses_long_rows(weight: Any, *, max_norm: float, eps: float) -> Any:
    norms = np.sqrt(np.sum(weight * weight, axis=1, keepdims=True))
    share = np.float32(max_norm) / (norms + np.float32(eps))
    return np.where(norms > np.float32(max_norm), weight * share, weight)


@mutant(
    "regularization.unit_norm",
    "the square of the norm is divided by: alike where it is 1",
    blind_spot="scale",
)
def unit_norm_forgets_the_root(weight: Any, *, eps: float) -> Any:
    square = np.maximum(np.square(_norms(weight)), np.float32(eps))
    return weight / np.where(square == 0, np.float32(1), square)


@mutant(
    "regularization.unit_norm", "0 / 0 at a row of zeros becomes NaN", blind_spot="special values"
)
def unit_norm_divides_zero_by_zero(weight: Any, *, eps: float) -> Any:
    del eps
    return weight / _norms(weight)


@mutant("regularization.unit_norm", "one norm for all rows", blind_spot="structure")
def unit_norm_takes_one_norm(weight: Any, *, eps: float) -> Any:
    del eps
    scale, root = scaled_norm([weight])
    return weight / scale / (root or np.float32(1))


@mutant(
    "regularization.unit_norm",
    "eps of 1e-4 under the root: rows of 1e-2 end shorter than 1",
    blind_spot="tolerance",
)
def unit_norm_adds_under_the_root(weight: Any, *, eps: float) -> Any:
    del eps
    return weight / np.sqrt(np.square(_norms(weight)) + np.float32(1e-4))


@mutant(
    "regularization.l2_ball",
    "every tensor is put into a ball of its own: together they are too long",
    blind_spot="structure",
)
def l2_ball_takes_every_tensor_alone(params: Any, *, max_norm: float) -> Any:
    found = []
    for w in params:
        scale, root = scaled_norm([w])
        norm = scale * root
        found.append(w if norm <= max_norm else w / norm * np.float32(max_norm))
    return found


@mutant(
    "regularization.l2_ball",
    "put on the sphere: short parameters are stretched",
    blind_spot="boundaries",
)
def l2_ball_stretches_to_the_sphere(params: Any, *, max_norm: float) -> Any:
    scale, root = scaled_norm(params)
    return [w / scale * (np.float32(max_norm) / root) for w in params]


@mutant(
    "regularization.l2_ball",
    "shortened to half of the bound: safe, and wrong",
    blind_spot="tolerance",
)
def l2_ball_shortens_again(params: Any, *, max_norm: float) -> Any:
    scale, root = scaled_norm(params)
    short = scale * root <= max_norm
    share = np.float32(max_norm / 2) / root
    return [w if short else w / scale * share for w in params]


@mutant(
    "regularization.non_negative",
    "the magnitude in place of the positive part: negative parameters are turned round",
    blind_spot="symmetry and defaults",
)
def non_negative_takes_magnitudes(params: Any) -> Any:
    return [np.abs(w) for w in params]


@mutant(
    "regularization.non_negative",
    "raised to 1e-6: nothing is 0 any more",
    blind_spot="special values",
)
def non_negative_keeps_away_from_zero(params: Any) -> Any:
    return [np.maximum(w, np.float32(1e-6)) for w in params]


@mutant(
    "regularization.non_negative",
    "shifted until the smallest is 0: all parameters move",
    blind_spot="structure",
)
def non_negative_shifts_everything(params: Any) -> Any:
    least = min(np.min(w, initial=np.float32(0)) for w in params)
    return [w - least for w in params]


@mutant(
    "regularization.non_negative",
    "negative parameters shrink by 0.01 as a leaky rectifier has it: they stay negative",
    blind_spot="boundaries",
)
def non_negative_leaks(params: Any) -> Any:
    return [np.where(w < 0, np.float32(0.01) * w, w) for w in params]
