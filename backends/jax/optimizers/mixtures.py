"""Kin of AdamW that mix two views of the past, of optax."""

from __future__ import annotations

from typing import Any

import optax.contrib

from backends.binding import deviates
from backends.equations.optimizers.mixtures import (
    INFINITE_SQUARE,
    MIXED_CORRECTION,
    SUMMED_CORRECTION,
    SUMMED_IN_A_RUN,
)
from backends.equations.optimizers.moments import (
    OPTAX_CANCELS,
    SHOWS_ROUNDED_BETA1,
    checks_nothing,
    corrects_by_difference,
)
from backends.equations.optimizers.ranges import loses_eps, overflows, underflows
from backends.equations.optimizers.steps import loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps

_STEP = "agrees_with_reference"
_FIRST = "takes_a_first_step_of_known_length"
_EARLY = {
    "taken": 1,
    "gradient": 1.7,
    "momentum_buffer": 1.0,
    "second_moment": 0.001,
    "beta2": 0.999,
}
_EARLY_HALF = _EARLY | {"gradient": 23.6875, "second_moment": 0.07343, "beta2": 0.99}
_DIFFERENCES = (
    "optax forms v as g^2 + beta2 (v - g^2), with beta2 in the parameters' format, and 1 - beta2^t"
    " by subtraction: both cancel in the first steps; in bfloat16 a beta2 of 0.999 is 1, v stays 0,"
    " and parameters are thrown as far as eps allows"
)


@corrects_by_difference(
    OPTAX_CANCELS, "float64", bound=MIXED_CORRECTION, second_moment=0.001, slow_moment=0.0
)
@corrects_by_difference(
    OPTAX_CANCELS,
    "float32",
    bound=MIXED_CORRECTION,
    taken=2,
    second_moment=0.001,
    slow_moment=0.0,
    beta2=0.9998931884765625,
)
@checks_nothing("learning_rate", "beta1", "beta2", "beta3", "eps", "weight_decay")
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA1)
@underflows("second_moment", "slow_moment")
@overflows(
    "second_moment",
    "slow_moment",
    gradient=300.0,
    because="g^2 or v / (1 - beta2^t) overflows in float16: the second moment is infinite for good,"
    " and but for decay the parameter stands still",
)
@loses_eps()
@steps(step="count", first_moment="m1", slow_moment="m2", second_moment="nu")
def ademamix(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    beta3: float = 0.9999,
    alpha: float = 5.0,
    eps: float = 1e-8,
    eps_root: float = 0.0,
    weight_decay: float = 0.0,
) -> Any:
    return optax.contrib.ademamix(
        learning_rate, beta1, beta2, beta3, alpha, eps, eps_root, weight_decay=weight_decay
    )


@deviates(
    _STEP,
    where=lambda entry: entry in ("params", "second_moment"),
    at_most=SUMMED_CORRECTION,
    because=_DIFFERENCES,
    witness=dict.fromkeys(("float64", "float32", "bfloat16"), _EARLY) | {"float16": _EARLY_HALF},
)
@deviates(
    _FIRST,
    where=lambda entry: entry == "params",
    at_most=SUMMED_CORRECTION,
    because=_DIFFERENCES,
    witness={"gradient": 1.7, "beta2": 0.9999},
    dtypes=("bfloat16", "float16"),
)
@deviates(
    _FIRST,
    where=lambda entry: entry == "params",
    at_most=SUMMED_CORRECTION,
    because=_DIFFERENCES + "; where the processor multiplies and adds with one rounding, the first"
    " v is exact",
    witness={"gradient": 1.7, "beta2": 0.9999},
    dtypes=("float64", "float32"),
    devices=("cpu",),
    kernels=("no_fma",),
)
@deviates(
    "trajectories_agree",
    where=lambda entry: entry in ("params", "second_moment"),
    at_most=SUMMED_IN_A_RUN,
    because=_DIFFERENCES,
    witness={"beta2": 0.9999},
)
@checks_nothing("learning_rate", "beta1", "beta2", "eps", "weight_decay")
@loses_range(
    _STEP,
    _FIRST,
    because="squares underflow in float16 below gradients of 1e-3, and eps = 1e-8 is 0 in float16",
    witness={"gradient": 1e-4, "momentum_buffer": 0.0, "second_moment": 0.0},
)
@deviates(
    _STEP,
    _FIRST,
    where=lambda gradient: gradient * gradient > 2.0**15,
    at_most=INFINITE_SQUARE,
    because="g^2 overflows in float16 from gradients of 256 on, and is then subtracted from itself:"
    " parameter and second moment are NaN for good",
    witness={"gradient": 300.0, "momentum_buffer": 0.0, "second_moment": 0.0},
    dtypes=("float16",),
)
@loses_eps()
@steps(step="t", momentum_buffer="m", second_moment="n")
def simplified_ademamix(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.99,
    beta2: float = 0.95,
    alpha: float = 0.0,
    eps: float = 1e-8,
    eps_root: float = 0.0,
    weight_decay: float = 0.0,
) -> Any:
    return optax.contrib.simplified_ademamix(
        learning_rate, beta1, beta2, alpha, eps, eps_root, weight_decay
    )
