"""Wrong normalization layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from properties.mutants.mutant import mutant
from reference.normalization.batch import batch_norm
from reference.numerics import Array, Linearized

if TYPE_CHECKING:
    from collections.abc import Callable

BATCH_NORM = "normalization.batch_norm"


def _over_batch(x: Array) -> tuple[int, ...]:
    return (0, *range(2, x.ndim))


def _features(values: Array, x: Array) -> Array:
    return np.reshape(values, (1, -1, *(1,) * (x.ndim - 2)))


def _with_output(right: Linearized, y: Array) -> Linearized:
    """The reference's state and pullback, with another output."""
    return right._replace(outputs=(y, *right.outputs[1:]))


def _with_gradient(right: Linearized, which: int, gradient: Any) -> Linearized:
    """The reference with another gradient for one input: a function of the cotangent of y."""

    def pullback(cotangents: tuple[Array, ...]) -> tuple[Array, ...]:
        gradients = list(right.pullback(cotangents))
        gradients[which] = gradient(cotangents[0])
        return tuple(gradients)

    return right._replace(pullback=pullback)


def _batch(x: Array, axes: tuple[int, ...] | None = None) -> tuple[Array, Array]:
    axes = _over_batch(x) if axes is None else axes
    return np.mean(x, axis=axes, keepdims=True), np.var(x, axis=axes, keepdims=True)


def _normalized(mean: Array, root: Array, x: Array, weight: Array, bias: Array) -> Array:
    return _features(weight, x) * ((x - mean) / root) + _features(bias, x)


@mutant(BATCH_NORM, "A4 4 takes np.mean(x**2) for the variance", blind_spot="symmetry and defaults")
def batch_norm_takes_the_mean_square_for_the_variance(
    x: Array, weight: Array, bias: Array, *state: Array, eps: float, mode: str, **known: Any
) -> Linearized:
    right = batch_norm(x, weight, bias, *state, eps=eps, mode=mode, **known)
    if mode == "eval":
        return right
    square = np.mean(x**2, axis=_over_batch(x), keepdims=True)
    return _with_output(right, _normalized(_batch(x)[0], np.sqrt(square + eps), x, weight, bias))


@mutant(BATCH_NORM, "A2 4.7 takes one mean and one deviation over all axes", blind_spot="structure")
def batch_norm_normalizes_over_all_axes(
    x: Array, weight: Array, bias: Array, *state: Array, eps: float, mode: str, **known: Any
) -> Linearized:
    right = batch_norm(x, weight, bias, *state, eps=eps, mode=mode, **known)
    if mode == "eval":
        return right
    mean, var = _batch(x, tuple(range(x.ndim)))
    return _with_output(right, _normalized(mean, np.sqrt(var + eps), x, weight, bias))


@mutant(BATCH_NORM, "A2 4.7 divides by the deviation alone: eps is given and not used",
        blind_spot="special values")  # fmt: skip
def batch_norm_drops_eps(x: Array, *rest: Array, eps: float, **known: Any) -> Linearized:
    del eps
    return batch_norm(x, *rest, eps=0.0, **known)


@mutant(BATCH_NORM, "A4 3.1 calls sigma the variance, and squares it", blind_spot="scale")
def batch_norm_squares_the_variance(
    x: Array, weight: Array, bias: Array, *state: Array, eps: float, mode: str, **known: Any
) -> Linearized:
    right = batch_norm(x, weight, bias, *state, eps=eps, mode=mode, **known)
    if mode == "eval":
        return right
    mean, var = _batch(x)
    return _with_output(right, _normalized(mean, np.sqrt(var**2 + eps), x, weight, bias))


@mutant(BATCH_NORM, "eps is added to the root instead of under it", blind_spot="tolerance")
def batch_norm_adds_eps_outside_the_root(
    x: Array, weight: Array, bias: Array, *state: Array, eps: float, mode: str, **known: Any
) -> Linearized:
    right = batch_norm(x, weight, bias, *state, eps=eps, mode=mode, **known)
    mean, var = _batch(x) if mode == "train" else (_features(s, x) for s in state)
    return _with_output(right, _normalized(mean, np.sqrt(var) + eps, x, weight, bias))


@mutant(BATCH_NORM, "E[x^2] - E[x]^2 in the working precision cancels: a library's default",
        blind_spot="scale")  # fmt: skip
def batch_norm_subtracts_squares(
    x: Array, weight: Array, bias: Array, *state: Array, eps: float, mode: str, **known: Any
) -> Linearized:
    right = batch_norm(x, weight, bias, *state, eps=eps, mode=mode, **known)
    if mode == "eval":
        return right
    mean = np.mean(x, axis=_over_batch(x), keepdims=True)
    var = np.maximum(np.mean(x * x, axis=_over_batch(x), keepdims=True) - mean * mean, 0)
    return _with_output(right, _normalized(mean, np.sqrt(var + eps), x, weight, bias))


@mutant(BATCH_NORM, "each image is normalized by itself, as instance normalization does",
        blind_spot="structure")  # fmt: skip
def batch_norm_normalizes_each_image(
    x: Array, weight: Array, bias: Array, *state: Array, eps: float, mode: str, **known: Any
) -> Linearized:
    right = batch_norm(x, weight, bias, *state, eps=eps, mode=mode, **known)
    if mode == "eval" or x.ndim == 2:
        return right
    mean, var = _batch(x, tuple(range(2, x.ndim)))
    return _with_output(right, _normalized(mean, np.sqrt(var + eps), x, weight, bias))


@mutant(BATCH_NORM, "the running variance takes in the biased variance", blind_spot="tolerance")
def batch_norm_tracks_the_biased_variance(
    x: Array, *rest: Array, running_variance: str, **known: Any
) -> Linearized:
    del running_variance
    return batch_norm(x, *rest, running_variance="biased", **known)


@mutant(BATCH_NORM, "momentum is taken for the old's share", blind_spot="symmetry and defaults")
def batch_norm_swaps_the_momentum(
    x: Array, *rest: Array, momentum_of: str, **known: Any
) -> Linearized:
    swapped = "old" if momentum_of == "new" else "new"
    return batch_norm(x, *rest, momentum_of=swapped, **known)


@mutant(BATCH_NORM, "the running variance averages deviations", blind_spot="time")
def batch_norm_tracks_the_deviation(x: Array, *rest: Array, **known: Any) -> Linearized:
    *learned, mean, var = rest
    right = batch_norm(x, *learned, mean, np.sqrt(var), **known)
    y, new_mean, _ = batch_norm(x, *rest, **known).outputs
    if known["mode"] == "eval":
        return batch_norm(x, *rest, **known)
    return right._replace(outputs=(y, new_mean, right.outputs[2] ** 2))


@mutant(BATCH_NORM, "eval mode goes on with the statistics of the batch", blind_spot="protocol")
def batch_norm_evaluates_with_the_batch(
    x: Array, *rest: Array, mode: str, **known: Any
) -> Linearized:
    right = batch_norm(x, *rest, mode=mode, **known)
    return batch_norm(x, *rest, mode="train", **known)._replace(
        outputs=(batch_norm(x, *rest, mode="train", **known).outputs[0], *right.outputs[1:])
    )


@mutant(BATCH_NORM, "eval mode goes on moving the running statistics", blind_spot="protocol")
def batch_norm_keeps_tracking_in_eval(
    x: Array, *rest: Array, mode: str, **known: Any
) -> Linearized:
    right = batch_norm(x, *rest, mode=mode, **known)
    moved = batch_norm(x, *rest, mode="train", **known).outputs[1:]
    return right._replace(outputs=(right.outputs[0], *moved))


@mutant(BATCH_NORM, "the running statistics are moved where the caller keeps them",
        blind_spot="protocol")  # fmt: skip
def batch_norm_writes_into_the_running_statistics(
    x: Array, weight: Array, bias: Array, mean: Array, var: Array, **known: Any
) -> Linearized:
    right = batch_norm(x, weight, bias, mean.copy(), var.copy(), **known)
    mean[:], var[:] = right.outputs[1:]
    return right


def _with_gradient_of_a_batch(
    inputs: tuple[Array, ...], known: dict[str, Any], of_pulled: Callable[..., Array]
) -> Linearized:
    """The reference, in training with another gradient of x: of c, x^ and the mean over a batch."""
    x, weight, *_ = inputs
    right = batch_norm(*inputs, **known)
    if known["mode"] == "eval":
        return right
    mean, var = _batch(x)
    root = np.sqrt(var + known["eps"])

    def over_batch(values: Array) -> Array:
        return np.mean(values, axis=_over_batch(x), keepdims=True)

    def gradient(c: Array) -> Array:
        return _features(weight, x) / root * of_pulled(c, (x - mean) / root, over_batch)

    return _with_gradient(right, 0, gradient)


@mutant(BATCH_NORM, "mean and variance are taken for constants in the backward pass")
def batch_norm_holds_its_statistics_constant(*inputs: Array, **known: Any) -> Linearized:
    return _with_gradient_of_a_batch(inputs, known, lambda c, _, __: c)


@mutant(BATCH_NORM, "the backward pass forgets that the mean depends on x")
def batch_norm_forgets_the_gradient_of_the_mean(*inputs: Array, **known: Any) -> Linearized:
    return _with_gradient_of_a_batch(inputs, known, lambda c, unit, mean: c - unit * mean(c * unit))


@mutant(BATCH_NORM, "the backward pass forgets that the variance depends on x")
def batch_norm_forgets_the_gradient_of_the_variance(*inputs: Array, **known: Any) -> Linearized:
    return _with_gradient_of_a_batch(inputs, known, lambda c, _, mean: c - mean(c))


@mutant(BATCH_NORM, "the gradient of the weight is taken with x instead of x^", blind_spot="scale")
def batch_norm_weighs_the_gradient_with_raw_inputs(
    x: Array, weight: Array, *rest: Array, **known: Any
) -> Linearized:
    right = batch_norm(x, weight, *rest, **known)
    return _with_gradient(right, 1, lambda c: np.sum(c * x, axis=_over_batch(x)))


@mutant(BATCH_NORM, "the kernel reads channels-last memory as if it were contiguous", on="torch",
        blind_spot="structure")  # fmt: skip
def batch_norm_reads_memory_in_order(
    x: Any, *rest: Any, running_variance: Literal["unbiased"], momentum_of: Literal["new"],
    **known: Any,
) -> Any:  # fmt: skip
    del running_variance, momentum_of
    from backends.torch.normalization import batch

    straight = x.new_empty(x.shape).stride()
    return batch.batch_norm(x.as_strided(x.shape, straight), *rest, **known)
