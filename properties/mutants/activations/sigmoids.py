"""Wrong sigmoids."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

from properties.mutants.mutant import mutant
from reference.activations.sigmoids import scaled_tanh, sigmoid, softsign, tanh
from reference.numerics import Array, Jet


@mutant(
    "activations.sigmoid",
    "the form exp(x) / (1 + exp(x)), stable for x < 0 only: inf / inf from x = 88.8 on",
    blind_spot="scale",
    on="torch",
)
def sigmoid_divides_two_exponentials(x: Any) -> Any:
    return x.exp() / (1 + x.exp())


@mutant(
    "activations.sigmoid",
    "a lookup kernel cut off at |x| = 16, 'where float32 cannot tell 1 - s(x) from 1 anyway'",
    blind_spot="scale",
)
def sigmoid_cuts_off_its_tails(x: Array) -> Jet:
    jet = sigmoid(x)
    value = np.where(x < -16, 0 * x, np.where(x > 16, 0 * x + 1, jet.value))
    return Jet(value, np.where(np.abs(x) > 16, 0 * x, jet.first), jet.second)


@mutant(
    "activations.sigmoid",
    "y (1 - y), as torch and JAX form it: the derivative is 0 from x = 16.64 on in float32",
    blind_spot="tolerance",
    dtypes=("float64", "float32", "bfloat16", "float16"),
)
def sigmoid_differentiates_its_rounded_output(x: Array) -> Jet:
    jet = sigmoid(x)
    return Jet(jet.value, jet.value * (1 - jet.value), jet.second)


@mutant(
    "activations.sigmoid",
    "Amin, Curtis and Hayes-Gill 1997, a piecewise linear table (PLAN) that steps back at 2.375",
    blind_spot="boundaries",
)
def sigmoid_looks_up_a_piecewise_table(x: Array) -> Jet:
    jet, a = sigmoid(x), np.abs(x)
    line = np.where(a < 1, a / 4 + 0.5, np.where(a < 2.375, a / 8 + 0.625, a / 32 + 0.84375))
    upper = np.where(a >= 5, 0 * a + 1, line).astype(x.dtype)
    return jet._replace(value=np.where(x < 0, 1 - upper, upper))


@mutant(
    "activations.sigmoid",
    "s'' = y' (1 - 2 y) with the sign of a descent direction",
    blind_spot="symmetry and defaults",
)
def sigmoid_curves_the_wrong_way(x: Array) -> Jet:
    jet = sigmoid(x)
    return jet._replace(second=-jet.second)


@mutant(
    "activations.sigmoid",
    "a threshold of 20, right in float32, is kept in float64: the curvature falls off a cliff",
    blind_spot="boundaries",
    dtypes=("float64",),
)
def sigmoid_is_one_beyond_twenty(x: Array) -> Jet:
    jet, far = sigmoid(x), x > 20
    flat = np.zeros_like(x)
    return Jet(
        np.where(far, flat + 1, jet.value),
        np.where(far, flat, jet.first),
        np.where(far, flat, jet.second),
    )


@mutant(
    "activations.sigmoid",
    "a kernel that treats its input as a vector: a scalar comes back as an array of one",
    blind_spot="structure",
)
def sigmoid_returns_at_least_one_dimension(x: Array) -> Jet:
    jet = sigmoid(x)
    return Jet(np.atleast_1d(jet.value), np.atleast_1d(jet.first), np.atleast_1d(jet.second))


@mutant(
    "activations.sigmoid",
    "a kernel walks the memory of its input, and forgets that a view has strides",
    blind_spot="structure",
    on="torch",
)
def sigmoid_ignores_strides(x: Any) -> Any:
    return x.as_strided(x.shape, x.contiguous().stride()).sigmoid()


@mutant(
    "activations.tanh",
    "autocast: float32 goes through bfloat16 inside",
    blind_spot="tolerance",
)
def tanh_computes_in_bfloat16(x: Array) -> Jet:
    jet = tanh(x.astype(ml_dtypes.bfloat16).astype(np.float32))
    return Jet(*(y.astype(ml_dtypes.bfloat16).astype(x.dtype) for y in jet))


@mutant(
    "activations.tanh",
    "a float literal or a float32 kernel narrows float64 inside",
    blind_spot="tolerance",
    dtypes=("float64",),
)
def tanh_computes_in_single_precision(x: Array) -> Jet:
    return Jet(*(y.astype(x.dtype) for y in tanh(x.astype(np.float32))))


@mutant(
    "activations.tanh",
    "to save memory the output is kept in bfloat16 for the backward pass, 1 - y y",
    blind_spot="tolerance",
)
def tanh_differentiates_a_16_bit_output(x: Array) -> Jet:
    jet = tanh(x)
    kept = jet.value.astype(ml_dtypes.bfloat16).astype(x.dtype)
    return jet._replace(first=1 - kept * kept)


@mutant(
    "activations.tanh",
    "nan_to_num 'for stability': a poisoned activation is hidden",
    blind_spot="special values",
)
def tanh_hides_nan(x: Array) -> Jet:
    return Jet(*(np.nan_to_num(y) for y in tanh(x)))


@mutant(
    "activations.tanh",
    "the textbook quotient (exp(2 x) - 1) / (exp(2 x) + 1): +0 at -0, cancelling around it",
    blind_spot="special values",
    on="torch",
)
def tanh_loses_the_sign_of_zero(x: Any) -> Any:
    return ((2 * x).exp() - 1) / ((2 * x).exp() + 1)


@mutant(
    "activations.tanh",
    "the identity 2 s(2 x) - 1: exact on paper, but not odd in floating point",
    blind_spot="scale",
    on="torch",
)
def tanh_is_shifted_from_a_sigmoid(x: Any) -> Any:
    return 2 * (2 * x).sigmoid() - 1


@mutant(
    "activations.tanh",
    "the sign slip 1 + y y: a slope of up to 2",
)
def tanh_adds_the_square(x: Array) -> Jet:
    jet = tanh(x)
    return jet._replace(first=1 + jet.value * jet.value)


@mutant(
    "activations.tanh",
    "the factor 2 of -2 y y' is dropped",
)
def tanh_halves_its_curvature(x: Array) -> Jet:
    jet = tanh(x)
    return jet._replace(second=jet.second / 2)


@mutant(
    "activations.tanh",
    "Lambert's fraction x (27 + x^2) / (27 + 9 x^2), quick on a chip, without the clamp at 3",
    blind_spot="scale",
    on="torch",
)
def tanh_leaves_its_bounds(x: Any) -> Any:
    return x * (27 + x * x) / (27 + 9 * x * x)


_buffers: dict[Any, Array] = {}


@mutant(
    "activations.tanh",
    "an output buffer kept for each shape: the next call overwrites what the last one returned",
    blind_spot="protocol",
)
def tanh_reuses_its_output(x: Array) -> Jet:
    jet = tanh(x)
    buffer = _buffers.setdefault((x.shape, x.dtype), np.empty_like(x))
    buffer[...] = jet.value
    return jet._replace(value=buffer)


@mutant(
    "activations.scaled_tanh",
    "slope 2/3 is built in: right at every default",
    blind_spot="symmetry and defaults",
)
def scaled_tanh_ignores_its_slope(x: Array, *, amplitude: float, slope: float) -> Jet:
    del slope
    return scaled_tanh(x, amplitude=amplitude)


@mutant(
    "activations.scaled_tanh",
    "the inner derivative is forgotten: A / cosh(S x)^2",
    blind_spot="symmetry and defaults",
)
def scaled_tanh_forgets_the_chain_rule(x: Array, *, amplitude: float, slope: float) -> Jet:
    jet = scaled_tanh(x, amplitude=amplitude, slope=slope)
    return jet._replace(first=jet.first / slope)


@mutant(
    "activations.softsign",
    "1 + |x| is squared before it divides: it overflows, and the derivative is 0 from 1.8e19 on",
    blind_spot="scale",
)
def softsign_squares_before_it_divides(x: Array) -> Jet:
    b = 1 + np.abs(x)
    return softsign(x)._replace(first=1 / (b * b))


@mutant(
    "activations.softsign",
    "x / (1 + |x|) as printed: inf / inf at infinity",
    blind_spot="special values",
)
def softsign_is_nan_at_infinity(x: Array) -> Jet:
    return softsign(x)._replace(value=x / (1 + np.abs(x)))
