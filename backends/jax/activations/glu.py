"""Gated linear units, of jax.nn and composed of its gates."""

from __future__ import annotations

from typing import Any, Literal

import jax
import numpy as np
from scipy import special

from backends.binding import deviates
from backends.equations.activations.products import (
    FLUSHED_DENSITY,
    FLUSHED_GATE,
    HALVES_SLOPE,
    SUBNORMAL_SHARE,
    gated_by,
    halves,
    second_half,
    slope_overflows,
)
from backends.equations.activations.projections import NOTHING_LEFT
from backends.jax.activations.gates import silu
from backends.jax.activations.gelus import gelu, gelu_tanh

_CLOSED = "exp(-b) overflows and the gate becomes 0, while a times it is still a normal number"


@deviates(
    "gradient_agrees",
    where=second_half, at_most=HALVES_SLOPE, because="autograd forms 1 - s(b)",
    witness={"x": (1.0, 2.0, 3.0, 4.0, 9.0, 7.0, 6.0, 8.0)},
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x, largest: halves(x)[1] <= -np.log(largest), at_most=NOTHING_LEFT,
    because=_CLOSED, witness={"x": (1e4,) * 4 + (-12.0,) * 4}, dtypes=("float16",),
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=lambda x, largest: np.tile(halves(x)[1] <= -np.log(largest), 2), at_most=NOTHING_LEFT,
    because=_CLOSED, witness={"x": (1e4,) * 4 + (-12.0,) * 4}, dtypes=("float16",),
)  # fmt: skip
def glu(x: Any) -> Any:
    return jax.nn.glu(x, axis=-1)


def reglu(a: Any, b: Any) -> Any:
    return jax.nn.relu(a) * b


@slope_overflows(("float32", "bfloat16", "float16"), form="exact")
@slope_overflows(("float64", "float32", "bfloat16", "float16"), form="tanh")
@deviates(
    "agrees_with_reference",
    where=lambda a, form, tiny: (form == "exact") & (special.ndtr(a) < tiny), at_most=FLUSHED_GATE,
    because="erfc is flushed to 0",
    witness={"float64": {"a": -38.0, "b": 1e12}, "float32": {"a": -13.25, "b": 1e4}},
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=lambda a, form, tiny: (form == "exact") & (np.exp(-a * a / 2) < tiny),
    at_most=FLUSHED_DENSITY, because="erfc and the density are flushed to 0",
    witness={"float64": {"a": -38.0, "b": 1e12}, "float32": {"a": -13.375, "b": 1e4}},
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda a, b, y, tiny: np.abs(y) < np.abs(b) * (1 + np.abs(a)) * tiny,
    at_most=SUBNORMAL_SHARE, because="every operation is rounded to float16",
    witness={"a": -5.5, "b": 250.0}, dtypes=("float16",),
)  # fmt: skip
@gated_by(gelu, form="exact", but="flushed")
@gated_by(gelu_tanh, form="tanh")
def geglu(a: Any, b: Any, *, form: Literal["exact", "tanh"]) -> Any:
    return jax.nn.gelu(a, approximate=form == "tanh") * b


@slope_overflows(("float64", "float32", "bfloat16", "float16"))
@gated_by(silu)
def swiglu(a: Any, b: Any) -> Any:
    return jax.nn.silu(a) * b
