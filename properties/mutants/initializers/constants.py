"""Constants that vary, are cut, or do not arrive."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.initializers.drawing import misfilled, source, standard


@misfilled("initializers.constant", "common slip: a list of integers makes an integer array")
def constant_is_cut_to_an_integer(seed: Any, weight: Any, p: Any) -> Any:
    del seed
    return np.full(weight.shape, int(p.value)).astype(weight.dtype)


@misfilled("initializers.constant", "a little noise added, lest all units stay alike")
def constant_trembles(seed: Any, weight: Any, p: Any) -> Any:
    return (p.value + 1e-4 * standard(source(seed), weight.shape)).astype(weight.dtype)


@misfilled(
    "initializers.zeros",
    "common slip: weight * 0, which keeps the NaN of memory that was never filled",
    blind_spot="special values",
)
def zeros_multiplies_by_zero(seed: Any, weight: Any, p: Any) -> Any:
    del seed, p
    return weight * 0


@misfilled(
    "initializers.ones",
    "a flat fill of the elements that lie one after the other: a view in another order is missed",
    blind_spot="structure",
)
def ones_fills_a_copy_of_strided_weights(seed: Any, weight: Any, p: Any) -> Any:
    del seed, p
    np.ravel(weight)[...] = 1.0
    return weight
