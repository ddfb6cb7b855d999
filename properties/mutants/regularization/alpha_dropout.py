"""Wrong alpha dropout."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Linearized
from reference.regularization.alpha_dropout import SELU_ALPHA, SELU_SCALE, saturating
from reference.regularization_facts import Affine

_LIMIT = -SELU_ALPHA * SELU_SCALE


def _put(seed: Any, x: Any, shape: Any, affine: Affine, rate: float, mode: str) -> Linearized:
    """Alpha dropout with another slope, shift or limit."""
    if mode == "eval" or rate == 0:
        return Linearized(x.copy(), lambda c: (c,))
    kept = np.broadcast_to(np.random.default_rng(int(seed)).random(shape) >= rate, x.shape)
    slope, shift, dropped = map(x.dtype.type, (affine.slope, affine.shift, affine.dropped))
    zero = x.dtype.type(0)
    return Linearized(
        np.where(kept, x * slope + shift, dropped), lambda c: (np.where(kept, c * slope, zero),)
    )


@mutant(
    "regularization.alpha_dropout",
    "dropped numbers become 0 before the moments are restored: ReLU's limit, not SELU's",
    blind_spot="structure",
)
def alpha_dropout_puts_zeros(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    slope = 1 / math.sqrt(1 - rate) if rate < 1 else 0.0
    return _put(seed, x, x.shape, Affine(slope, 0.0, 0.0), rate, mode)


@mutant(
    "regularization.alpha_dropout",
    "the limit is -alpha, without SELU's scale",
    blind_spot="symmetry and defaults",
)
def alpha_dropout_forgets_the_scale(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    if rate == 1:
        return _put(seed, x, x.shape, Affine(0.0, 0.0, 0.0), rate, mode)
    keep = 1 - rate
    slope = 1 / math.sqrt(keep * (1 + rate * SELU_ALPHA**2))
    affine = Affine(slope, slope * rate * SELU_ALPHA, -slope * keep * SELU_ALPHA)
    return _put(seed, x, x.shape, affine, rate, mode)


@mutant(
    "regularization.alpha_dropout",
    "the moments are not restored: mean and variance drift with depth",
    blind_spot="dynamics",
)
def alpha_dropout_restores_nothing(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    affine = Affine(1.0, 0.0, _LIMIT) if rate < 1 else Affine(0.0, 0.0, 0.0)
    return _put(seed, x, x.shape, affine, rate, mode)


@mutant(
    "regularization.alpha_dropout",
    "1 + p l^2 without 1 - p under the root: the variance shrinks",
    blind_spot="scale",
)
def alpha_dropout_forgets_a_factor(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    right, part = saturating(rate), math.sqrt(1 - rate)
    affine = Affine(right.slope * part, right.shift * part, right.dropped * part)
    return _put(seed, x, x.shape, affine, rate, mode)


@mutant(
    "regularization.alpha_dropout",
    "p and 1 - p exchanged in the shift: alike at 1/2",
    blind_spot="symmetry and defaults",
)
def alpha_dropout_shifts_by_the_other_share(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    right = saturating(rate)
    shift = -right.slope * (1 - rate) * _LIMIT
    affine = Affine(right.slope, shift, right.slope * _LIMIT + shift)
    return _put(seed, x, x.shape, affine, rate, mode)


@mutant(
    "regularization.feature_alpha_dropout",
    "the mask drawn for each number, not for each channel",
    blind_spot="structure",
)
def feature_alpha_dropout_drops_single_numbers(seed: Any, x: Any, *, rate: float, mode: str) -> Any:
    return _put(seed, x, x.shape, saturating(rate), rate, mode)


@mutant(
    "regularization.feature_alpha_dropout",
    "one mask for the whole batch",
    blind_spot="structure",
)
def feature_alpha_dropout_shares_between_samples(
    seed: Any, x: Any, *, rate: float, mode: str
) -> Any:
    shape = (1, x.shape[1], *(1,) * (x.ndim - 2))
    return _put(seed, x, shape, saturating(rate), rate, mode)
