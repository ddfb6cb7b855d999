"""Gated linear units, of torch.nn.functional and composed of its gates."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from torch.nn import functional

from backends.binding import deviates
from backends.equations import UNBOUNDED, VANISHED
from backends.equations.activations.products import (
    HALVES_SLOPE,
    SUBNORMAL_GATE,
    gated_by,
    second_half,
)
from backends.torch.activations.gates import silu
from backends.torch.activations.gelus import gelu, gelu_tanh

_APPROXIMATE = {"exact": "none", "tanh": "tanh"}


@deviates(
    "gradient_agrees",
    where=second_half, at_most=HALVES_SLOPE, because="autograd forms 1 - s(b)",
    witness={"x": (1.0, 2.0, 3.0, 4.0, 9.0, 7.0, 6.0, 8.0)},
)  # fmt: skip
def glu(x: Any) -> Any:
    return functional.glu(x, dim=-1)


def reglu(a: Any, b: Any) -> Any:
    return functional.relu(a) * b


@deviates(
    "agrees_with_reference",
    where=lambda b, y, tiny: np.abs(y) < np.abs(b) * tiny, at_most=SUBNORMAL_GATE,
    because="the gate is rounded to float16 first", witness={"a": -5.5, "b": 250.0},
    dtypes=("float16",),
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda a, form, largest: (a > largest / 2) & (form == "exact"), at_most=UNBOUNDED,
    because="the gate of oneDNN's kernel for AVX-512 overflows beyond half the largest number",
    witness={"a": 2.5e38, "b": 0.25, "form": "exact"}, dtypes=("float32", "bfloat16"),
    devices=("cpu",), kernels=("avx512",),
)  # fmt: skip
@deviates(
    "gradient_agrees",
    where=lambda y, tiny, form: (np.abs(y) < 2 * tiny) & (form == "exact"), at_most=VANISHED,
    because="oneDNN's kernel for AVX-512 flushes subnormal results",
    witness={"a": -1.0, "b": 1e-38, "form": "exact"}, dtypes=("bfloat16",),
    devices=("cpu",), kernels=("avx512",),
)  # fmt: skip
@gated_by(gelu, form="exact", but="doubles")
@gated_by(gelu_tanh, form="tanh")
def geglu(a: Any, b: Any, *, form: Literal["exact", "tanh"]) -> Any:
    return functional.gelu(a, approximate=_APPROXIMATE[form]) * b


@deviates(
    "agrees_with_reference",
    where=lambda b, y, tiny: np.abs(y) < np.abs(b) * tiny, at_most=SUBNORMAL_GATE,
    because="the gate is rounded to float16 first", witness={"a": -18.0, "b": 250.0},
    dtypes=("float16",),
)  # fmt: skip
@gated_by(silu)
def swiglu(a: Any, b: Any) -> Any:
    return functional.silu(a) * b
