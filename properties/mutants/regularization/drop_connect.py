"""Wrong DropConnect."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized


def _kept(seed: Any, shape: Any, rate: float) -> Array:
    return np.asarray(np.random.default_rng(int(seed)).random(shape) >= rate)


def _put(w: Any, kept: Array, rate: float, scale: float) -> Linearized:
    kept, zero = np.broadcast_to(kept, w.shape), w.dtype.type(0)
    scale = w.dtype.type(scale if rate < 1 else 0)
    return Linearized(np.where(kept, w * scale, zero), lambda c: (np.where(kept, c * scale, zero),))


def _resting(w: Any, rate: float, mode: str) -> Any:
    """The weights as they are, in eval or at a rate of 0."""
    return Linearized(w.copy(), lambda c: (c,)) if mode == "eval" or rate == 0 else None


@mutant(
    "regularization.drop_connect",
    "whole rows of weights are dropped, which is dropout of outputs",
    blind_spot="structure",
)
def drop_connect_drops_outputs(seed: Any, weight: Any, *, rate: float, mode: str) -> Any:
    shape = (*weight.shape[:1], *(1,) * (weight.ndim - 1))
    kept, scale = _kept(seed, shape, rate), 1 / max(1 - rate, 2.0**-20)
    return _resting(weight, rate, mode) or _put(weight, kept, rate, scale)


@mutant(
    "regularization.drop_connect",
    "whole columns of weights are dropped, which is dropout of inputs",
    blind_spot="structure",
)
def drop_connect_drops_inputs(seed: Any, weight: Any, *, rate: float, mode: str) -> Any:
    kept, scale = _kept(seed, weight.shape[-1:], rate), 1 / max(1 - rate, 2.0**-20)
    return _resting(weight, rate, mode) or _put(weight, kept, rate, scale)


@mutant(
    "regularization.drop_connect",
    "the root of 1 / (1 - p): the variance is kept, the mean is not",
    blind_spot="scale",
)
def drop_connect_keeps_the_variance(seed: Any, weight: Any, *, rate: float, mode: str) -> Any:
    kept, scale = _kept(seed, weight.shape, rate), max(1 - rate, 2.0**-20) ** -0.5
    return _resting(weight, rate, mode) or _put(weight, kept, rate, scale)
