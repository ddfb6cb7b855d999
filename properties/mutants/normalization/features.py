"""Wrong normalizations of samples by themselves."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.groups import over_features, over_places, over_some_features, second
from reference.normalization.features import group_norm, instance_norm, layer_norm, rms_norm
from reference.numerics import Array, Linearized

LAYER_NORM = "normalization.layer_norm"
RMS_NORM = "normalization.rms_norm"
GROUP_NORM = "normalization.group_norm"
INSTANCE_NORM = "normalization.instance_norm"


def _rows(x: Array, weight: Array) -> Array:
    return over_features(x.shape, weight.ndim, {}).rows(x)


def _like(rows: Array, x: Array, weight: Array) -> Array:
    return over_features(x.shape, weight.ndim, {}).array(rows, x)


def _moments(x: Array, weight: Array, ddof: int = 0) -> tuple[Array, Array]:
    rows = _rows(x, weight)
    return np.mean(rows, axis=1, keepdims=True), np.var(rows, axis=1, keepdims=True, ddof=ddof)


def _value(x: Array, weight: Array, bias: Array, mean: Any, root: Array) -> Array:
    return weight * _like((_rows(x, weight) - mean) / root, x, weight) + bias


def _gradient(right: Linearized, which: int, gradient: Any) -> Linearized:
    """The reference with another gradient for one input."""

    def pullback(c: Array) -> tuple[Array, ...]:
        found = list(right.pullback(c))
        found[which] = gradient(c)
        return tuple(found)

    return right._replace(pullback=pullback)


@mutant(LAYER_NORM, "the unbiased variance, as x.std() has it by default", blind_spot="tolerance")
def layer_norm_takes_the_unbiased_variance(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    right = layer_norm(x, weight, bias, eps=eps)
    mean, var = _moments(x, weight, ddof=1)
    return right._replace(outputs=_value(x, weight, bias, mean, np.sqrt(var + np.float32(eps))))


@mutant(LAYER_NORM, "eps added to the deviation, as annotated transformers have it",
        blind_spot="tolerance")  # fmt: skip
def layer_norm_adds_eps_outside_the_root(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    right = layer_norm(x, weight, bias, eps=eps)
    mean, var = _moments(x, weight)
    return right._replace(outputs=_value(x, weight, bias, mean, np.sqrt(var) + np.float32(eps)))


@mutant(LAYER_NORM, "no eps: a sample that does not vary is 0 / 0", blind_spot="special values")
def layer_norm_drops_eps(x: Array, weight: Array, bias: Array, *, eps: float) -> Linearized:
    del eps
    return layer_norm(x, weight, bias, eps=0.0)


@mutant(LAYER_NORM, "one mean and one deviation over all axes, the batch among them (A2 4.7)",
        blind_spot="structure")  # fmt: skip
def layer_norm_mixes_its_samples(x: Array, weight: Array, bias: Array, *, eps: float) -> Linearized:
    right = layer_norm(x, weight, bias, eps=eps)
    y = weight * (x - np.mean(x)) / np.sqrt(np.var(x) + np.float32(eps)) + bias
    return right._replace(outputs=y)


@mutant(LAYER_NORM, "only the last axis, where the weight has two", blind_spot="structure")
def layer_norm_reduces_the_last_axis_alone(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    right = layer_norm(x, weight, bias, eps=eps)
    mean, var = (f(x, axis=-1, keepdims=True) for f in (np.mean, np.var))
    return right._replace(outputs=weight * (x - mean) / np.sqrt(var + np.float32(eps)) + bias)


@mutant(LAYER_NORM, "E[x^2] - E[x]^2 in the working precision", blind_spot="scale")
def layer_norm_subtracts_squares(x: Array, weight: Array, bias: Array, *, eps: float) -> Linearized:
    right = layer_norm(x, weight, bias, eps=eps)
    rows = _rows(x, weight)
    mean = np.mean(rows, axis=1, keepdims=True)
    var = np.maximum(np.mean(rows * rows, axis=1, keepdims=True) - mean * mean, 0)
    return right._replace(outputs=_value(x, weight, bias, mean, np.sqrt(var + np.float32(eps))))


@mutant(LAYER_NORM, "the weight is left out of the pullback of x: alike where it is 1",
        blind_spot="symmetry and defaults")  # fmt: skip
def layer_norm_pulls_back_without_its_weight(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    right = layer_norm(x, weight, bias, eps=eps)
    plain = layer_norm(x, np.ones_like(weight), bias, eps=eps)
    return _gradient(right, 0, lambda c: plain.pullback(c)[0])


@mutant(LAYER_NORM, "the gradient of the bias is averaged over samples instead of summed",
        blind_spot="structure")  # fmt: skip
def layer_norm_averages_the_gradient_of_its_bias(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    right = layer_norm(x, weight, bias, eps=eps)
    return _gradient(right, 2, lambda c: right.pullback(c)[2] * np.float32(weight.size / x.size))


@mutant(LAYER_NORM, "statistics added up in float16: squares overflow", dtypes=("float16",),
        blind_spot="scale")  # fmt: skip
def layer_norm_adds_up_in_float16(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    right = layer_norm(x, weight, bias, eps=eps)
    rows = _rows(x, weight).astype(np.float16)
    mean = np.mean(rows, axis=1, keepdims=True, dtype=np.float16)
    square = np.sum(np.square(rows - mean), axis=1, keepdims=True, dtype=np.float16)
    root = np.sqrt(square.astype(np.float32) / rows.shape[1] + np.float32(eps))
    return right._replace(outputs=_value(x, weight, bias, mean.astype(np.float32), root))


@mutant(RMS_NORM, "the mean is subtracted first: layer normalization", blind_spot="scale")
def rms_norm_subtracts_the_mean(x: Array, weight: Array, *, eps: float) -> Linearized:
    right = rms_norm(x, weight, eps=eps)
    return right._replace(outputs=layer_norm(x, weight, 0 * weight, eps=eps).outputs)


@mutant(RMS_NORM, "divided by the norm, not by the root of the mean square", blind_spot="scale")
def rms_norm_divides_by_the_norm(x: Array, weight: Array, *, eps: float) -> Linearized:
    right = rms_norm(x, weight, eps=eps)
    return right._replace(outputs=right.outputs / np.float32(np.sqrt(weight.size)))


@mutant(
    RMS_NORM, "scaled by 1 + w, as Gemma stores its weights", blind_spot="symmetry and defaults"
)
def rms_norm_adds_one_to_its_weight(x: Array, weight: Array, *, eps: float) -> Linearized:
    return rms_norm(x, 1 + weight, eps=eps)


@mutant(RMS_NORM, "no eps: zeros become NaN", blind_spot="special values")
def rms_norm_drops_eps(x: Array, weight: Array, *, eps: float) -> Linearized:
    del eps
    return rms_norm(x, weight, eps=0.0)


@mutant(RMS_NORM, "the root mean square is taken for a constant in the backward pass")
def rms_norm_holds_its_size_constant(x: Array, weight: Array, *, eps: float) -> Linearized:
    right = rms_norm(x, weight, eps=eps)
    square = np.mean(_rows(x, weight) ** 2, axis=1, keepdims=True)
    slope = 1 / np.sqrt(square + np.float32(eps))
    return _gradient(right, 0, lambda c: _like(slope * _rows(weight * c, weight), x, weight))


@mutant(
    GROUP_NORM, "every n-th feature to a group, not neighbours: a shuffle", blind_spot="structure"
)
def group_norm_shuffles_its_features(
    x: Array, weight: Array, bias: Array, *, groups: int, eps: float
) -> Linearized:
    right = group_norm(x, weight, bias, groups=groups, eps=eps)
    order = np.arange(x.shape[1]).reshape(groups, -1).T.ravel()
    back = np.argsort(order)
    y = group_norm(x[:, back], weight[back], bias[back], groups=groups, eps=eps).outputs
    return right._replace(outputs=y[:, order])


@mutant(GROUP_NORM, "as many features to a group as there should be groups", blind_spot="structure")
def group_norm_takes_groups_for_their_size(
    x: Array, weight: Array, bias: Array, *, groups: int, eps: float
) -> Linearized:
    return group_norm(x, weight, bias, groups=x.shape[1] // groups, eps=eps)


@mutant(
    GROUP_NORM, "one weight for each group, the first of it: alike at 1", blind_spot="structure"
)
def group_norm_scales_by_group(
    x: Array, weight: Array, bias: Array, *, groups: int, eps: float
) -> Linearized:
    shared = np.repeat(weight.reshape(groups, -1)[:, 0], x.shape[1] // groups)
    return group_norm(x, shared, bias, groups=groups, eps=eps)


@mutant(GROUP_NORM, "statistics of the whole batch for every group", blind_spot="structure")
def group_norm_mixes_its_samples(
    x: Array, weight: Array, bias: Array, *, groups: int, eps: float
) -> Linearized:
    right = group_norm(x, weight, bias, groups=groups, eps=eps)
    there = over_some_features(x.shape, 1, {"groups": groups})
    rows = there.rows(x).reshape(len(x), groups, -1)
    mean, var = (f(rows, axis=(0, 2), keepdims=True) for f in (np.mean, np.var))
    rows = (rows - mean) / np.sqrt(var + np.float32(eps))
    normalized = there.array(rows.reshape(len(x) * groups, -1), x)
    return right._replace(outputs=second(weight, x) * normalized + second(bias, x))


@mutant(INSTANCE_NORM, "weight and bias are given and not used: affine is off by default",
        blind_spot="symmetry and defaults")  # fmt: skip
def instance_norm_forgets_weight_and_bias(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    right = instance_norm(x, weight, bias, eps=eps)
    plain = instance_norm(x, np.ones_like(weight), np.zeros_like(bias), eps=eps)
    return right._replace(outputs=plain.outputs)


@mutant(INSTANCE_NORM, "all features of an image together: layer normalization",
        blind_spot="structure")  # fmt: skip
def instance_norm_mixes_its_features(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    return group_norm(x, weight, bias, groups=1, eps=eps)


@mutant(INSTANCE_NORM, "mean and deviation are taken for constants in the backward pass")
def instance_norm_holds_its_statistics_constant(
    x: Array, weight: Array, bias: Array, *, eps: float
) -> Linearized:
    right = instance_norm(x, weight, bias, eps=eps)
    groups = over_places(x.shape, 1, {})
    var = np.var(groups.rows(x), axis=1, keepdims=True)
    slope = groups.array(1 / np.sqrt(var + np.float32(eps)) + 0 * groups.rows(x), x)
    return _gradient(right, 0, lambda c: slope * second(weight, x) * c)
