"""Wrong self-gated activations."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from properties.mutants.mutant import mutant
from reference.activations.gates import SILU_MINIMUM, mish, silu, swish
from reference.numerics import Array, Jet, logistic

_BUFFERS: dict[tuple[int, ...], Array] = {}


@mutant("activations.silu", "the product rule's second term is forgotten: y' = s(x)")
def silu_holds_its_gate_constant(x: Array) -> Jet:
    return silu(x)._replace(first=logistic(x))


@mutant("activations.silu", "y' = s(x) (1 + x): the factor s(-x) of s'(x) is forgotten")
def silu_forgets_half_of_the_logistic_slope(x: Array) -> Jet:
    return silu(x)._replace(first=logistic(x) * (1 + x))


@mutant("activations.silu", "x / (1 + exp(-x)): exp(-x) overflows", blind_spot="scale")
def silu_overflows_in_its_tail(x: Array) -> Jet:
    return silu(x)._replace(value=np.where(np.isneginf(x), x.dtype.type(0), x / (1 + np.exp(-x))))


@mutant(
    "activations.silu",
    "pytorch issue 160876: the gate is 0 at -inf, and -inf * 0 is NaN",
    blind_spot="special values",
)
def silu_multiplies_infinity_by_zero(x: Array) -> Jet:
    return silu(x)._replace(value=x * logistic(x))


@mutant(
    "activations.silu", "a kernel skips inputs below -5 in its backward pass", blind_spot="scale"
)
def silu_lets_the_gradient_die_below_minus_five(x: Array) -> Jet:
    jet = silu(x)
    return jet._replace(first=np.where(x < -5, 0, jet.first).astype(x.dtype))


@mutant("activations.silu", "autocast: bfloat16 inside", blind_spot="tolerance")
def silu_computes_in_bfloat16(x: Array) -> Jet:
    return silu(x.astype(ml_dtypes.bfloat16).astype(x.dtype))


@mutant("activations.silu", "the piecewise stand-in, x relu6(x + 3) / 6", blind_spot="tolerance")
def silu_takes_a_hard_gate(x: Array) -> Jet:
    return silu(x)._replace(value=np.where(x > -3, x * np.clip(x / 6 + 0.5, 0, 1), 0 * np.sign(x)))


@mutant(
    "activations.silu",
    "max(0, x) - |x| s(-|x|): right, but for the sign of zero",
    blind_spot="special values",
)
def silu_splits_into_a_rectifier_and_a_bump(x: Array) -> Jet:
    jet = silu(x)
    return jet._replace(value=np.maximum(x, 0) - np.abs(silu(-np.abs(x)).value))


@mutant("activations.silu", "fmax of C returns the number beside NaN", blind_spot="special values")
def silu_swallows_nan_when_it_clips_to_its_minimum(x: Array) -> Jet:
    jet = silu(x)
    return jet._replace(value=np.fmax(jet.value, x.dtype.type(SILU_MINIMUM)))


@mutant("activations.silu", "an integer kernel's table without a step at 0", blind_spot="tolerance")
def silu_is_quantized_between_two_steps(x: Array) -> Jet:
    jet = silu(x)
    return jet._replace(value=((np.floor(jet.value * 1024) + 0.5) / 1024).astype(x.dtype))


@mutant("activations.silu", "the second derivative of a rectifier below 0", blind_spot="tolerance")
def silu_has_no_curvature_below_zero(x: Array) -> Jet:
    jet = silu(x)
    return jet._replace(second=np.where(x < 0, 0 * x, jet.second))


@mutant("activations.silu", "inplace=True as the default", blind_spot="protocol")
def silu_writes_into_its_input(x: Array) -> Jet:
    jet = silu(x)
    x[...] = jet.value
    return jet


@mutant("activations.silu", "one output buffer for every call of a shape", blind_spot="protocol")
def silu_returns_the_same_buffer_again(x: Array) -> Jet:
    jet = silu(x)
    buffer = _BUFFERS.setdefault(x.shape, np.empty_like(x))
    buffer[...] = jet.value
    return jet._replace(value=buffer)


@mutant(
    "activations.silu", "a kernel that ignores strides", blind_spot="structure",
    dtypes=("bfloat16",), on="torch",
)  # fmt: skip
def silu_reads_strided_memory_as_contiguous(x: Any) -> Any:
    x = x.as_strided(x.shape, x.new_empty(x.shape).stride())
    return x * x.sigmoid()


@mutant("activations.silu", "a scalar comes back as one row of one", blind_spot="structure")
def silu_gives_scalars_an_axis(x: Array) -> Jet:
    return silu(np.atleast_1d(x))


@mutant("activations.swish", "the sharpness is not passed on", blind_spot="symmetry and defaults")
def swish_ignores_its_sharpness(x: Array, *, beta: float) -> Jet:
    del beta
    return silu(x)


@mutant("activations.swish", "b x s(b x): x is scaled twice", blind_spot="symmetry and defaults")
def swish_scales_its_input_too(x: Array, *, beta: float) -> Jet:
    jet = silu(beta * x)
    return Jet(jet.value, beta * jet.first, beta * beta * jet.second)


@mutant(
    "activations.swish",
    "the chain rule's factor b of y'' is forgotten",
    blind_spot="symmetry and defaults",
)
def swish_forgets_its_sharpness_in_the_second_derivative(x: Array, *, beta: float) -> Jet:
    jet = swish(x, beta=beta)
    return jet._replace(second=jet.second / beta)


@mutant(
    "activations.mish",
    "Misra 2019, first preprint: delta = 2 exp(2 x) + exp(2 x) + 2 for 2 exp(x) + exp(2 x) + 2 "
    "(https://github.com/digantamisra98/Mish/issues/11)",
)
def mish_takes_the_misprinted_delta(x: Array) -> Jet:
    t = np.clip(x, -20, 20)
    e = np.exp(t)
    omega = 4 * (t + 1) + 4 * e * e + e**3 + e * (4 * t + 6)
    return mish(x)._replace(first=e * omega / (2 * e * e + e * e + 2) ** 2)


@mutant(
    "activations.mish",
    "x n / (n + 2), n = exp(x)^2 + 2 exp(x): n overflows, and infinity / infinity is NaN",
    blind_spot="scale",
)
def mish_squares_its_exponential(x: Array) -> Jet:
    e = np.exp(x)
    n = e * e + 2 * e
    return mish(x)._replace(value=x * (n / (n + 2)))


@mutant("activations.mish", "log(1 + exp(x)) is 0 where exp(x) < u", blind_spot="scale")
def mish_loses_its_tail_in_the_softplus(x: Array) -> Jet:
    gate = np.where(x < 20, np.tanh(np.log(1 + np.exp(np.minimum(x, 20)))), 1)
    return mish(x)._replace(value=np.where(np.isfinite(x), x * gate, mish(x).value))


@mutant("activations.mish", "y'' = g' + x g'': g' counts twice", blind_spot="tolerance")
def mish_counts_its_gate_slope_once(x: Array) -> Jet:
    jet = mish(x)
    t = np.clip(x, -40, 40)
    gate = np.tanh(np.logaddexp(t, np.zeros_like(t)))
    return jet._replace(second=jet.second - (1 - gate * gate) * logistic(t))
