"""Wrong dropout."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized

_CALLS = itertools.count()
"""Which call of this process it is."""


def _source(seed: Any) -> np.random.Generator:
    return np.random.default_rng(int(seed))


def _kept(seed: Any, shape: Any, rate: float) -> Array:
    return np.asarray(_source(seed).random(shape) >= rate)


def _inverse(rate: float) -> np.float32:
    return np.float32(1 / (1 - rate) if rate < 1 else 0.0)


def _passed(x: Any) -> Linearized:
    return Linearized(x.copy(), lambda c: (c,))


def _put(x: Any, kept: Array, scale: Any) -> Linearized:
    """What is kept, scaled; 0 elsewhere; and backwards the same."""
    kept, zero = np.broadcast_to(kept, x.shape), x.dtype.type(0)
    scale = x.dtype.type(scale)
    return Linearized(np.where(kept, x * scale, zero), lambda c: (np.where(kept, c * scale, zero),))


def _resting(rate: float, mode: str) -> bool:
    return mode == "eval" or rate == 0


@mutant(
    "regularization.dropout",
    "scaled by 1 / p: alike at the default of 1/2",
    blind_spot="symmetry and defaults",
)
def dropout_divides_by_the_rate(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, _kept(seed, x.shape, rate), 1 / rate)


@mutant(
    "regularization.dropout",
    "not scaled in training: what follows is fed less than in eval",
    blind_spot="protocol",
)
def dropout_does_not_scale(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    return _passed(x) if _resting(rate, mode) else _put(x, _kept(seed, x.shape, rate), 1.0)


@mutant(
    "regularization.dropout",
    "multiplied by 1 - p in training: the scale of eval in the classical form, at the wrong time",
    blind_spot="symmetry and defaults",
)
def dropout_scales_down(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    return _passed(x) if _resting(rate, mode) else _put(x, _kept(seed, x.shape, rate), 1 - rate)


@mutant(
    "regularization.dropout",
    "multiplied by 1 - p in eval on top of the inverted scale in training",
    blind_spot="protocol",
)
def dropout_scales_in_eval(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if mode == "eval":
        return _put(x, np.ones(x.shape, bool), 1 - rate)
    return _passed(x) if rate == 0 else _put(x, _kept(seed, x.shape, rate), _inverse(rate))


@mutant("regularization.dropout", "drops in eval too", blind_spot="protocol")
def dropout_drops_in_eval(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    del mode
    return _passed(x) if rate == 0 else _put(x, _kept(seed, x.shape, rate), _inverse(rate))


@mutant(
    "regularization.dropout",
    "the rate taken for that of keeping: alike at 1/2, and 0 gives zeros",
    blind_spot="symmetry and defaults",
)
def dropout_keeps_at_its_rate(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if mode == "eval":
        return _passed(x)
    return _put(x, _kept(seed, x.shape, 1 - rate), 1 / rate if rate else 0.0)


@mutant(
    "regularization.dropout",
    "the mask turned round: what was to be dropped is kept, and scaled as if it were not",
    blind_spot="symmetry and defaults",
)
def dropout_turns_its_mask_round(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, ~_kept(seed, x.shape, rate), _inverse(rate))


@mutant(
    "regularization.dropout",
    "a new mask in the backward pass: gradients of what was dropped",
    blind_spot="protocol",
)
def dropout_draws_again_in_backward(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    there = _put(x, _kept(seed, x.shape, rate), _inverse(rate))
    back = _put(x, _kept(int(seed) + 1, x.shape, rate), _inverse(rate))
    return Linearized(there.outputs, back.pullback)


@mutant(
    "regularization.dropout",
    "the gradient is masked and not scaled",
    blind_spot="protocol",
)
def dropout_does_not_scale_its_gradient(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    kept = _kept(seed, x.shape, rate)
    return Linearized(_put(x, kept, _inverse(rate)).outputs, _put(x, kept, 1.0).pullback)


@mutant("regularization.dropout", "one mask for all rows of a batch", blind_spot="structure")
def dropout_shares_its_mask_between_rows(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, _kept(seed, x.shape[1:], rate), _inverse(rate))


@mutant("regularization.dropout", "one mask for ever: the seed is not read", blind_spot="protocol")
def dropout_ignores_its_seed(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    del seed
    return _passed(x) if _resting(rate, mode) else _put(x, _kept(0, x.shape, rate), _inverse(rate))


@mutant(
    "regularization.dropout",
    "a generator that every call moves on: no step can be repeated from its seed",
    blind_spot="protocol",
)
def dropout_cannot_be_repeated(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, _kept(int(seed) + 2**32 * next(_CALLS), x.shape, rate), _inverse(rate))


@mutant(
    "regularization.dropout",
    "exactly p n numbers of every row are dropped: rows are as thin as each other",
    blind_spot="structure",
)
def dropout_drops_a_fixed_number(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    order = np.argsort(_source(seed).random(x.shape), axis=-1) if x.ndim else np.asarray(0)
    ranks = np.argsort(order, axis=-1) if x.ndim else order
    width = x.shape[-1] if x.ndim else 1
    return _put(x, ranks >= round(rate * width), _inverse(rate))


@mutant(
    "regularization.dropout",
    "every other number is kept by its neighbour's draw: pairs share their fate",
    blind_spot="structure",
)
def dropout_drops_pairs(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    drawn = np.repeat(_kept(seed, -(-x.size // 2), rate), 2)[: x.size]
    return _put(x, drawn.reshape(x.shape), _inverse(rate))


@mutant(
    "regularization.dropout",
    "multiplied by the mask: a NaN that is dropped is NaN all the same",
    blind_spot="special values",
)
def dropout_multiplies_by_its_mask(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    mask = _kept(seed, x.shape, rate).astype(x.dtype) * _inverse(rate)
    return Linearized(x * mask, lambda c: (c * mask,))


@mutant(
    "regularization.dropout",
    "NaN hidden where it is kept, too",
    blind_spot="special values",
)
def dropout_hides_nan_that_it_keeps(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    clean = np.where(np.isnan(x), x.dtype.type(0), x)
    return _put(clean, _kept(seed, x.shape, rate), _inverse(rate))


@mutant(
    "regularization.dropout",
    "0 / 0 at a rate of 1: NaN in place of 0",
    blind_spot="boundaries",
)
def dropout_divides_zero_by_zero(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    mask = _kept(seed, x.shape, rate).astype(x.dtype) / np.float32(1 - rate)
    return Linearized(np.where(mask > 0, x * mask, mask), lambda c: (c * mask,))


@mutant(
    "regularization.dropout",
    "a rate of 0 drops all the same: `u > 0.004` for `u >= 0`, from a rate that is clipped",
    blind_spot="boundaries",
)
def dropout_always_drops_something(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if mode == "eval":
        return _passed(x)
    rate = min(max(rate, 2.0**-5), 1 - 2.0**-7)
    return _put(x, _kept(seed, x.shape, rate), _inverse(rate))


@mutant(
    "regularization.dropout",
    "uniform numbers of 7 bits: rates are multiples of 1/128, and small ones are 0 or 1/128",
    blind_spot="tolerance",
)
def dropout_draws_coarse_numbers(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    uniform = np.floor(128 * _source(seed).random(x.shape)) / 128
    return _put(x, uniform >= rate, _inverse(rate))


@mutant(
    "regularization.dropout",
    "x is dropped in place: the input of the layer is lost to the residual path",
    blind_spot="protocol",
)
def dropout_writes_into_its_input(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    done = _put(x, _kept(seed, x.shape, rate), _inverse(rate))
    x[...] = done.outputs
    return done


@mutant(
    "regularization.dropout",
    "a vector is made of everything: the shape is lost",
    blind_spot="structure",
)
def dropout_flattens(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode) or x.ndim > 1:
        return (
            _passed(x)
            if _resting(rate, mode)
            else _put(x, _kept(seed, x.shape, rate), _inverse(rate))
        )
    return _put(np.atleast_1d(x), _kept(seed, max(x.size, 1), rate), _inverse(rate))


@mutant(
    "regularization.spatial_dropout",
    "the mask drawn for each number: neighbours fill the hole in, as in plain dropout",
    blind_spot="structure",
)
def spatial_dropout_drops_single_numbers(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, _kept(seed, x.shape, rate), _inverse(rate))


@mutant(
    "regularization.spatial_dropout",
    "one channel mask for the whole batch",
    blind_spot="structure",
)
def spatial_dropout_shares_between_samples(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, _kept(seed, (1, x.shape[1], *(1,) * (x.ndim - 2)), rate), _inverse(rate))


@mutant(
    "regularization.spatial_dropout",
    "channels taken to be last, as flax lays them out: places are dropped",
    blind_spot="structure",
)
def spatial_dropout_takes_the_last_axis(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    shape = (x.shape[0], *(1,) * (x.ndim - 2), x.shape[-1])
    return _put(x, _kept(seed, shape, rate), _inverse(rate))


@mutant(
    "regularization.variational_dropout",
    "a new mask at every step of time: plain dropout",
    blind_spot="time",
)
def variational_dropout_draws_at_every_step(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, _kept(seed, x.shape, rate), _inverse(rate))


@mutant(
    "regularization.stochastic_depth",
    "the whole batch goes without the branch, or none of it",
    blind_spot="structure",
)
def stochastic_depth_drops_the_batch(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, _kept(seed, (1,) * x.ndim, rate), _inverse(rate))


@mutant(
    "regularization.stochastic_depth",
    "not scaled in training nor in eval: Huang et al. without the factor of their eval",
    blind_spot="protocol",
)
def stochastic_depth_does_not_scale(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if _resting(rate, mode):
        return _passed(x)
    return _put(x, _kept(seed, (len(x), *(1,) * (x.ndim - 1)), rate), 1.0)
