"""Gaussian error linear units of torch.nn.functional."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from backends.binding import Bound, deviates
from backends.equations import DEAD, LOST, UNBOUNDED, VANISHED
from backends.equations.activations.gates import (
    complement_of_erf,
    complement_of_logistic,
    complement_of_tanh,
    lost,
    tanh_slope,
    undefined_at_minus_infinity,
)

_ISSUE = "https://github.com/pytorch/pytorch/issues/185770"
_ERF = "the kernel forms 1 + erf, which cancels below zero"
_TANH = "the kernel forms 1 + tanh and 1 - tanh^2, which cancel where tanh is next to -1 or 1"
_OVERFLOW = "exp(-v) overflows and the gate becomes 0, while x times it is still a normal number"
_COMPLEMENT = "autograd forms 1 - s(v), which cancels where s(v) is next to 1"

# y' = (1/2 + x p) + erf / 2 is summed next to 1/2, where numbers are u / 2 apart: 6 u / 2 from
# erf, 2 u from x p <= 1/4, whose product and exponential are rounded; all of y' once it is small.
_NEXT_TO_A_HALF = Bound(
    "|error| <= 5 u: 1/2 + x p(x) + erf / 2 cancels", lambda u, tiny, y: lost(np.abs(y), 5, u, tiny)
)
_NEXT_TO_A_HALF_IN_SINGLE = Bound(
    "|error| <= accepted + 5 * 2^-24: 1/2 + x p(x) + erf / 2 cancels in float32",
    lambda allowed, tiny, y: allowed + lost(np.abs(y), 5, 2.0**-24, tiny),
)

# On processors with AVX-512 oneDNN multiplies x by 1 + erf before it halves the product.
_DOUBLED = (
    "oneDNN's kernel for AVX-512 doubles first: x (1 + erf) overflows beyond half the largest"
    " number, and at infinity the result is NaN"
)
_AT_INFINITY_LINK = "https://github.com/pytorch/pytorch/issues/185770"
_MINIMAX_LINK = "https://github.com/openvinotoolkit/oneDNN/pull/154"


@undefined_at_minus_infinity("x / 2 * (1 + erf)", _ISSUE)
@deviates(
    "agrees_with_reference",
    where=lambda x: x < 0, at_most=complement_of_erf(0, 2, single=True), because=_ERF,
    witness={"float64": {"x": -8.5}, "bfloat16": {"x": -5.75}},
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x: x < 0, at_most=complement_of_erf(0, 6), dtypes=("float32",),
    because=f"{_ERF}; oneDNN's erf is Abramowitz and Stegun 7.1.26, off by 1.5e-7 = 2.5 u and its "
    "own roundings (quotient, exponential, polynomial), 3.5 u", witness={"x": -5.625},
)  # fmt: skip
@deviates(
    "derivative_agrees",
    where=lambda x: x < 0, at_most=complement_of_erf(1, 2), because=_ERF,
    witness={"x": -8.5}, dtypes=("float64",),
)  # fmt: skip
@deviates(
    "derivative_agrees", "keeps_gradient_alive",
    where=lambda x: x < 0, at_most=_NEXT_TO_A_HALF, dtypes=("float32",), witness={"x": -6.1875},
    because="oneDNN adds x p(x) + 1/2 first and erf / 2 then, which cancels below zero",
    devices=("cpu",),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, largest: x * x > largest, at_most=UNBOUNDED,
    because="x^2 overflows, and infinity times a density of 0 is NaN",
    witness={
        "float64": {"x": 1e200}, "float32": {"x": 1e30}, "bfloat16": {"x": 1e30},
        "float16": {"x": 1000.0},
    },
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, tiny: np.exp(-x * x / 2) < 4 * tiny,
    at_most=Bound(
        "|error| <= allowed + 2 u tiny (2 + x^2): the density is subnormal, and off by 2 u tiny "
        "(its exponential and its product), when 2 - x^2 multiplies it",
        lambda x, u, tiny, allowed: allowed + 2 * u * tiny * (2 + x * x),
    ),
    because="the density is subnormal before the product with 2 - x^2",
    witness={"float64": {"x": 38.25}, "float32": {"x": 13.9375}, "float16": {"x": 5.703125}},
)  # fmt: skip
@deviates(
    "keeps_signed_zero",
    where=lambda x: (x == 0) & np.signbit(x), at_most=LOST,
    because="oneDNN adds x / 2 + x / 2 * erf: -0 + 0 is 0", witness={"x": -0.0},
    dtypes=("float32",), devices=("cpu",), kernels=("default", "avx2"),
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x, largest: x > largest / 2, at_most=UNBOUNDED, because=_DOUBLED,
    witness={"x": 2.5e38}, dtypes=("float32", "bfloat16"), devices=("cpu",), kernels=("avx512",),
)  # fmt: skip
@deviates(
    "reaches_its_limits",
    where=lambda x: x == np.inf, at_most=UNBOUNDED, because=_DOUBLED, witness={"x": np.inf},
    link=_AT_INFINITY_LINK,
    dtypes=("float32", "bfloat16"), devices=("cpu",), kernels=("avx512",),
)  # fmt: skip
@deviates(
    "reaches_its_limits",
    where=lambda x: x == np.inf, at_most=UNBOUNDED, witness={"x": np.inf},
    because="with AVX512-FP16 oneDNN takes float16 as well, and computes in float32: at infinity"
    " the result is NaN", link=_AT_INFINITY_LINK,
    dtypes=("float16",), devices=("cpu",), kernels=("avx512_fp16",),
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x: x < 0, at_most=complement_of_erf(0, 13), dtypes=("float32",),
    because=f"{_ERF}; oneDNN's erf for AVX-512 is of minimax polynomials, off by at most 12.8 u"
    " among 4 million numbers of each octave", witness={"x": -3.463510513305664},
    devices=("cpu",), kernels=("avx512",), link=_MINIMAX_LINK,
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x: x < 0, at_most=complement_of_erf(0, 13, single=True), dtypes=("bfloat16",),
    because=f"{_ERF}, in float32 by oneDNN's erf for AVX-512", witness={"x": -5.5625},
    devices=("cpu",), kernels=("avx512",), link=_MINIMAX_LINK,
)  # fmt: skip
@deviates(
    "agrees_with_reference",
    where=lambda x, tiny: np.abs(x) < 2 * tiny, at_most=VANISHED, dtypes=("bfloat16",),
    because="oneDNN's kernel for AVX-512 flushes subnormal results", witness={"x": 1e-38},
    devices=("cpu",), kernels=("avx512",),
)  # fmt: skip
@deviates(
    "derivative_agrees",
    where=lambda x: x < 0, at_most=_NEXT_TO_A_HALF_IN_SINGLE, dtypes=("bfloat16",),
    because="oneDNN adds x p(x) + 1/2 first and erf / 2 then, which cancels below zero",
    witness={"x": -6.1875}, devices=("cpu",), kernels=("avx512",),
)  # fmt: skip
def gelu(x: Any) -> Any:
    return functional.gelu(x, approximate="none")


@undefined_at_minus_infinity("x / 2 * (1 + tanh)", _ISSUE)
@deviates(
    "agrees_with_reference",
    where=lambda x: x < 0, at_most=complement_of_tanh(0, 2, single=True), because=_TANH,
    witness={"float64": {"x": -7.375}, "float32": {"x": -5.25}, "bfloat16": {"x": -5.25}},
)  # fmt: skip
@deviates(
    "derivative_agrees",
    where=lambda x: np.abs(x) > 0.5, at_most=complement_of_tanh(1, 2, single=True),
    because=_TANH,
    witness={
        "float64": {"x": -7.375}, "float32": {"x": -5.25}, "bfloat16": {"x": -5.25},
        "float16": {"x": -5.0625},
    },
)  # fmt: skip
@deviates(
    "keeps_gradient_alive",
    where=lambda x: x < 0, at_most=complement_of_tanh(1, 2), because=_TANH,
    witness={"float64": {"x": -7.375}, "float32": {"x": -5.25}},
)  # fmt: skip
@deviates(
    "derivative_agrees", "keeps_gradient_alive",
    where=lambda x, largest: x * x > largest, at_most=UNBOUNDED,
    because="x^2 overflows, and infinity times 1 - tanh^2 = 0 is NaN (16-bit formats compute in "
    "float32, so that float16 is spared)",
    witness={"float64": {"x": 1e200}, "float32": {"x": 1e30}, "bfloat16": {"x": 1e30}},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: np.abs(x) > 0.5, at_most=complement_of_tanh(2, 2, by_cosh=True),
    because=_TANH,
    witness={
        "float64": {"x": -7.25}, "float32": {"x": -5.25}, "bfloat16": {"x": -3.125},
        "float16": {"x": -3.625},
    },
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, u, largest: np.abs(x) / 2 * tanh_slope(x) * (1 + 8 * u) > largest,
    at_most=UNBOUNDED,
    because="x w' / 2, of the size of x^3, overflows, and infinity times 1 - tanh^2 = 0 is NaN",
    witness={
        "float64": {"x": 1e200}, "float32": {"x": 1e30}, "bfloat16": {"x": 1e30},
        "float16": {"x": 1000.0},
    },
)  # fmt: skip
def gelu_tanh(x: Any) -> Any:
    return functional.gelu(x, approximate="tanh")


@undefined_at_minus_infinity("x * sigmoid(1.702 x)")
@deviates(
    "agrees_with_reference", "derivative_agrees", "second_derivative_agrees",
    "keeps_gradient_alive",
    where=lambda x, u, largest: 1.702 * x * (1 + 2 * u) <= -np.log(largest), at_most=DEAD,
    because=_OVERFLOW,
    witness={"float64": {"x": -417.5}, "float32": {"x": -52.25}},
)  # fmt: skip
@deviates(
    "derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_logistic(1, 1.702), because=_COMPLEMENT,
    witness={"x": 21.5625}, dtypes=("float64",),
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x: x > 0, at_most=complement_of_logistic(2, 1.702), because=_COMPLEMENT,
    witness={"x": 7.0},
)  # fmt: skip
@deviates(
    "second_derivative_agrees",
    where=lambda x, largest: 1.702 * np.abs(x) > largest, at_most=UNBOUNDED,
    because="1.702 x overflows, and infinity meets the 0 of 1 - s or of s",
    witness={
        "float64": {"x": 1.7e308}, "float32": {"x": 3e38}, "bfloat16": {"x": 3e38},
        "float16": {"x": 6e4},
    },
)  # fmt: skip
def quick_gelu(x: Any) -> Any:
    return x * functional.sigmoid(1.702 * x)
