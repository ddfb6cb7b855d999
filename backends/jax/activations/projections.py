"""Rows brought to a set, by jax.nn and optax."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from backends.binding import absent, deviates, offers
from backends.equations import UNBOUNDED
from backends.equations.activations.projections import (
    ONE_PASS,
    ONE_PASS_GRADIENT,
    READ_AS_ZERO,
    THREE_TERMS,
    THRESHOLD,
    mean_outweighs,
    outlies,
    slope_overflows,
    squares_overflow,
)

_HUGE = {"float64": 1e308, "float32": 2e38}
_BECAUSE = (
    'the default algorithm, "fast", takes mean(x^2) - mean(x)^2 for the variance, which cancels '
    'where the mean is far from 0; with "stable" it agrees'
)
_APART = (0.914, 0.0271, -1.042, 0.513, -0.487, 0.031, 1.523, -1.478)
_FAR, _FAR_HALF = ({"x": tuple(m + v for v in _APART)} for m in (1000.0, 100.0))
_FAR_ROWS = {"float64": _FAR, "float32": _FAR, "bfloat16": _FAR_HALF, "float16": _FAR_HALF}
_ONE = (0.0005, -0.0005, 0.001, -0.001, 0.0, 1.0, 0.0, 0.0)

l2_normalize = absent("jax has none: its users compose x / jax.numpy.linalg.norm(x, axis=-1, ...)")


@offers(
    "float64", "float32",
    because="optax divides 1 by an integer array, which is float32, and adds it to 16-bit rows: "
    "values come back in float32, and its own rule for derivatives raises a TypeError",
)  # fmt: skip
@deviates(
    "agrees_with_reference", "gradient_agrees",
    where=lambda x, largest: np.sum(np.abs(x), axis=-1, keepdims=True) > largest,
    at_most=UNBOUNDED, because="the cumulative sum overflows to -inf, which lets every number in",
    witness={k: {"x": (0.0, *(-v,) * 7)} for k, v in _HUGE.items()},
)  # fmt: skip
@deviates(
    "sums_to_one",
    where=lambda x: np.max(np.abs(x), axis=-1) > 0, at_most=THRESHOLD,
    because="optax takes a threshold of the size of x from x", dtypes=("float64", "float32"),
    witness={"x": tuple(1000.0 + v / 16 for v in _APART)},
)  # fmt: skip
def sparsemax(x: Any) -> Any:
    return jnp.vectorize(optax.projections.projection_simplex, signature="(n)->(n)")(x)


@deviates(
    "agrees_with_reference", "gradient_agrees",
    where=squares_overflow, at_most=UNBOUNDED,
    because="squares overflow, and infinity less infinity is NaN",
    witness={
        "float64": {"x": (1e200, -2e200, *(0.0,) * 6)},
        "float32": {"x": (1e30, -2e30, *(0.0,) * 6)},
        "bfloat16": {"x": (1e30, -2e30, *(0.0,) * 6)},
        "float16": {"x": (1000.0, -2000.0, *(0.0,) * 6)},
    },
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=mean_outweighs, at_most=ONE_PASS, because=_BECAUSE, witness=_FAR_ROWS,
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=mean_outweighs, at_most=ONE_PASS_GRADIENT, because=_BECAUSE, witness=_FAR_ROWS,
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=slope_overflows, at_most=UNBOUNDED, dtypes=("float16",), witness={"x": (3.0,) * 8},
    because="autograd forms (v + eps)^(-3/2), which overflows, and infinity times 0 is NaN",
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=outlies, at_most=THREE_TERMS,
    because="autograd adds three terms that cancel where one number outweighs the others",
    witness={"x": _ONE},
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x, tiny: np.any(np.abs(x) < tiny, axis=-1, keepdims=True),
    at_most=READ_AS_ZERO, because="XLA on the CPU reads subnormal numbers as 0",
    witness={
        "float64": {"x": (1e-308, -1e-308, *(0.0,) * 6)},
        "float32": {"x": (1e-38, -1e-38, *(0.0,) * 6)},
        "bfloat16": {"x": (1e-38, -1e-38, *(0.0,) * 6)},
    },
    devices=("cpu",),
)  # fmt: skip
def standardize(x: Any, *, eps: Any) -> Any:
    return jax.nn.standardize(x, axis=-1, epsilon=eps)
