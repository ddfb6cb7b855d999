"""Wrong penalties."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized

Tensors = list[Array]


def _squares(params: Tensors) -> Any:
    return sum((np.sum(w * w) for w in params), params[0].dtype.type(0))


def _pulled(params: Tensors, slope: Any) -> Any:
    """The pullback of a penalty whose slope at every tensor is this function of it."""
    kind = params[0].dtype.type
    return lambda c: tuple((c * slope(w)).astype(kind) for w in params)


def _charged(value: Any, params: Tensors, slope: Any) -> Linearized:
    return Linearized(np.asarray(value, params[0].dtype), _pulled(params, slope))


def _half(square: str) -> float:
    return 0.5 if square == "half" else 1.0


@mutant(
    "regularization.l2_penalty",
    "A2 4.1 takes a factor lambda and returns the plain sum of squares: lambda is never used",
    blind_spot="symmetry and defaults",
)
def l2_penalty_ignores_its_strength(params: Any, *, strength: float, square: str) -> Any:
    del strength, square
    return _charged(_squares(params), params, lambda w: 2 * w)


@mutant(
    "regularization.l2_penalty",
    "the half is in the value and not in the gradient: twice the pull",
    blind_spot="symmetry and defaults",
)
def l2_penalty_forgets_the_half_in_its_gradient(
    params: Any, *, strength: float, square: str
) -> Any:
    value = _half(square) * strength * _squares(params)
    return _charged(value, params, lambda w: 2 * np.float32(strength) * w)


@mutant(
    "regularization.l2_penalty",
    "the mean of squares and not their sum: weaker, the more parameters there are",
    blind_spot="structure",
)
def l2_penalty_takes_the_mean(params: Any, *, strength: float, square: str) -> Any:
    count = sum(w.size for w in params)
    k = np.float32(2 * _half(square) * strength / count)
    return _charged(k / 2 * _squares(params), params, lambda w: k * w)


@mutant(
    "regularization.l2_penalty",
    "the mean over every tensor, then their sum: small tensors weigh as much as large ones",
    blind_spot="structure",
)
def l2_penalty_averages_every_tensor(params: Any, *, strength: float, square: str) -> Any:
    k = np.float32(2 * _half(square) * strength)
    value = sum(np.mean(w * w) for w in params if w.size) * k / 2
    return _charged(value, params, lambda w: k * w / max(w.size, 1))


@mutant(
    "regularization.l2_penalty",
    "the norm and not its square: the gradient is w over the norm, NaN where all are 0",
    blind_spot="special values",
)
def l2_penalty_takes_the_norm(params: Any, *, strength: float, square: str) -> Any:
    norm = np.sqrt(_squares(params))
    k = np.float32(_half(square) * strength)
    return _charged(k * norm, params, lambda w: k * w / norm)


@mutant(
    "regularization.l2_penalty",
    "the square of the norms' sum: mixed products of tensors are charged too",
    blind_spot="structure",
)
def l2_penalty_adds_norms_first(params: Any, *, strength: float, square: str) -> Any:
    k = np.float32(2 * _half(square) * strength)
    total = sum(np.sqrt(np.sum(w * w)) for w in params)
    return _charged(k / 2 * total * total, params, lambda w: k * w)


@mutant(
    "regularization.l2_penalty",
    "only matrices are charged: biases and scales are left out where nobody asked for it",
    blind_spot="structure",
)
def l2_penalty_leaves_out_vectors(params: Any, *, strength: float, square: str) -> Any:
    k = np.float32(2 * _half(square) * strength)
    charged = [w for w in params if w.ndim > 1]
    return _charged(k / 2 * _squares(charged), params, lambda w: k * w * (w.ndim > 1))


@mutant(
    "regularization.l2_penalty",
    "squares summed before the factor: inf from |w| of 2e19 on, where the penalty is finite",
    blind_spot="scale",
    dtypes=("float64",),
)
def l2_penalty_charges_the_whole_square(params: Any, *, strength: float, square: str) -> Any:
    del square
    return _charged(strength * _squares(params), params, lambda w: 2 * strength * w)


@mutant(
    "regularization.l2_penalty",
    "NaN taken out of the sum: a spoiled model looks cheap",
    blind_spot="special values",
)
def l2_penalty_hides_nan(params: Any, *, strength: float, square: str) -> Any:
    k = np.float32(2 * _half(square) * strength)
    clean = [np.nan_to_num(w, nan=0.0, posinf=np.inf, neginf=-np.inf) for w in params]
    return _charged(
        k * sum(np.sum((w * np.float32(0.5)) * w) for w in clean), params, lambda w: k * w
    )


@mutant(
    "regularization.l2_penalty",
    "only what is above 0 is charged",
    blind_spot="symmetry and defaults",
)
def l2_penalty_spares_negative_parameters(params: Any, *, strength: float, square: str) -> Any:
    k = np.float32(2 * _half(square) * strength)
    above = [np.maximum(w, np.float32(0)) for w in params]
    return _charged(k / 2 * _squares(above), params, lambda w: k * np.maximum(w, np.float32(0)))


@mutant(
    "regularization.l1_penalty",
    "sign(0) = 1, as `where(w >= 0, 1, -1)` has it: parameters of 0 do not stay there",
    blind_spot="special values",
)
def l1_penalty_pushes_zeros(params: Any, *, strength: float) -> Any:
    k = np.float32(strength)
    value = sum(np.sum(np.abs(w)) for w in params) * k
    return _charged(value, params, lambda w: np.where(w >= 0, k, -k))


@mutant(
    "regularization.l1_penalty",
    "w / |w| for the sign: NaN at 0",
    blind_spot="special values",
)
def l1_penalty_divides_by_magnitudes(params: Any, *, strength: float) -> Any:
    k = np.float32(strength)
    value = sum(np.sum(np.abs(w)) for w in params) * k
    return _charged(value, params, lambda w: k * w / np.abs(w))


@mutant(
    "regularization.l1_penalty",
    "magnitudes of sums and not sums of magnitudes",
    blind_spot="structure",
)
def l1_penalty_adds_before_it_takes_magnitudes(params: Any, *, strength: float) -> Any:
    k = np.float32(strength)
    value = k * sum(np.abs(np.sum(w)) for w in params)
    return _charged(value, params, lambda w: k * np.sign(w))


@mutant(
    "regularization.l1_penalty",
    "the L2 gradient under an L1 value: nothing becomes 0",
    blind_spot="symmetry and defaults",
)
def l1_penalty_pulls_in_proportion(params: Any, *, strength: float) -> Any:
    k = np.float32(strength)
    value = k * sum(np.sum(np.abs(w)) for w in params)
    return _charged(value, params, lambda w: k * w)


@mutant(
    "regularization.l1_penalty",
    "|w| smoothed to sqrt(w^2 + 1e-6): alike far from 0, and never 0",
    blind_spot="tolerance",
)
def l1_penalty_rounds_its_corner(params: Any, *, strength: float) -> Any:
    k = np.float32(strength)
    smooth = [np.sqrt(w * w + np.float32(1e-6)) for w in params]
    return _charged(
        k * sum(np.sum(s) for s in smooth),
        params,
        lambda w: k * w / np.sqrt(w * w + np.float32(1e-6)),
    )


@mutant(
    "regularization.elastic_net",
    "the ratio is that of the L2 penalty: alike at the default of 1/2",
    blind_spot="symmetry and defaults",
)
def elastic_net_turns_its_ratio_round(params: Any, *, strength: float, l1_ratio: float) -> Any:
    flat, bowl = np.float32(strength * (1 - l1_ratio)), np.float32(strength * l1_ratio)
    value = sum(np.sum(flat * np.abs(w) + bowl / 2 * w * w) for w in params)
    return _charged(value, params, lambda w: flat * np.sign(w) + bowl * w)


@mutant(
    "regularization.elastic_net",
    "no half of the square, as Zou and Hastie print it, under the ratio's definition",
    blind_spot="symmetry and defaults",
)
def elastic_net_forgets_the_half(params: Any, *, strength: float, l1_ratio: float) -> Any:
    flat, bowl = np.float32(strength * l1_ratio), np.float32(strength * (1 - l1_ratio))
    value = sum(np.sum(flat * np.abs(w) + bowl * w * w) for w in params)
    return _charged(value, params, lambda w: flat * np.sign(w) + 2 * bowl * w)


@mutant(
    "regularization.group_lasso",
    "the norm of all weights and not the sum over rows: no row becomes 0 alone",
    blind_spot="structure",
)
def group_lasso_takes_one_group(weight: Any, *, strength: float) -> Any:
    k, norm = np.float32(strength), np.sqrt(np.sum(weight * weight))
    safe = norm or np.float32(1)
    return Linearized(np.asarray(k * norm), lambda c: ((c * k * weight / safe).astype(np.float32),))


@mutant(
    "regularization.group_lasso",
    "columns taken for groups",
    blind_spot="structure",
)
def group_lasso_groups_columns(weight: Any, *, strength: float) -> Any:
    k = np.float32(strength)
    norm = np.sqrt(np.sum(weight * weight, axis=0, keepdims=True))
    safe = np.where(norm == 0, np.float32(1), norm)
    return Linearized(np.asarray(np.sum(k * norm)), lambda c: (c * k * weight / safe,))


@mutant(
    "regularization.group_lasso",
    "0 / 0 at a row of zeros: one pruned unit spoils the step with NaN",
    blind_spot="special values",
)
def group_lasso_divides_zero_by_zero(weight: Any, *, strength: float) -> Any:
    k = np.float32(strength)
    norm = np.sqrt(np.sum(weight * weight, axis=1, keepdims=True))
    return Linearized(np.asarray(np.sum(k * norm)), lambda c: (c * k * weight / norm,))


@mutant(
    "regularization.group_lasso",
    "squared norms: a row shrinks, and never becomes 0",
    blind_spot="scale",
)
def group_lasso_forgets_the_root(weight: Any, *, strength: float) -> Any:
    k = np.float32(strength)
    return Linearized(np.asarray(k * np.sum(weight * weight)), lambda c: (c * 2 * k * weight,))
