"""Wrong exponential units."""

from __future__ import annotations

from typing import Any

import numpy as np
from torch.nn import functional

from properties.mutants.mutant import mutant
from reference.activations.exponentials import SELU_ALPHA, SELU_SCALE, celu, elu, selu
from reference.numerics import Array, Jet


@mutant(
    "activations.elu",
    "exp(x) - 1 in place of expm1: next to 0 nothing but rounding is left",
    blind_spot="scale",
)
def elu_subtracts_one_from_exp(x: Array, *, alpha: float) -> Jet:
    jet = elu(x, alpha=alpha)
    return jet._replace(value=np.where(x > 0, x, x.dtype.type(alpha) * (np.exp(x) - 1)))


@mutant(
    "activations.elu",
    "the derivative is taken from the output, y + a, to keep no input: 0 in the tail",
    blind_spot="tolerance",
    dtypes=("float32", "bfloat16", "float16"),
)
def elu_differentiates_its_output(x: Array, *, alpha: float) -> Jet:
    jet = elu(x, alpha=alpha)
    return jet._replace(first=np.where(x > 0, jet.first, jet.value + x.dtype.type(alpha)))


@mutant(
    "activations.elu",
    "masks x >= 0 and x <= 0 both hold at 0: the derivative there is 1 + a",
    blind_spot="special values",
)
def elu_adds_both_slopes_at_the_kink(x: Array, *, alpha: float) -> Jet:
    jet = elu(x, alpha=alpha)
    return jet._replace(first=np.where(x == 0, 1 + jet.first, jet.first))


@mutant(
    "activations.elu",
    "a scales both branches, as the scale of SELU does",
    blind_spot="symmetry and defaults",
)
def elu_scales_both_branches(x: Array, *, alpha: float) -> Jet:
    return Jet(*(x.dtype.type(alpha) * y for y in elu(x)))


@mutant(
    "activations.elu",
    "exp(x + 1e-6) - 1 'against exact zeros': elu(0) is no longer 0",
    blind_spot="special values",
)
def elu_moves_its_fixed_point(x: Array, *, alpha: float) -> Jet:
    jet = elu(x, alpha=alpha)
    moved = x.dtype.type(alpha) * np.expm1(np.minimum(x, 0) + x.dtype.type(1e-6))
    return jet._replace(value=np.where(x > 0, x, moved))


@mutant(
    "activations.elu",
    "inplace=True, left over from saving memory: the caller's tensor changes",
    blind_spot="protocol",
    on="torch",
)
def elu_overwrites_its_input(x: Any, *, alpha: float) -> Any:
    return functional.elu(x, alpha, inplace=not x.requires_grad)


@mutant(
    "activations.celu",
    "a (exp(x) - 1), the ELU: equal to it at a = 1, the default",
    blind_spot="symmetry and defaults",
)
def celu_does_not_divide_by_alpha(x: Array, *, alpha: float) -> Jet:
    return elu(x, alpha=alpha)


@mutant(
    "activations.celu",
    "a (exp(a x) - 1): multiplied where it should be divided",
    blind_spot="symmetry and defaults",
)
def celu_multiplies_by_alpha(x: Array, *, alpha: float) -> Jet:
    left = np.minimum(x, 0) * x.dtype.type(alpha)
    value = np.where(x > 0, x, x.dtype.type(alpha) * np.expm1(left))
    return celu(x, alpha=alpha)._replace(value=value)


@mutant(
    "activations.celu",
    "fmax and fmin for max and min: they prefer the number to NaN",
    blind_spot="special values",
)
def celu_prefers_a_number_to_nan(x: Array, *, alpha: float) -> Jet:
    a = x.dtype.type(alpha)
    return celu(x, alpha=alpha)._replace(value=np.fmax(x, 0) + a * np.expm1(np.fmin(x, 0) / a))


@mutant(
    "activations.celu",
    "the second derivative keeps the 1 / a of the argument twice, the a of the front not at all",
    blind_spot="symmetry and defaults",
)
def celu_divides_its_curvature_twice(x: Array, *, alpha: float) -> Jet:
    jet = celu(x, alpha=alpha)
    return jet._replace(second=jet.second / x.dtype.type(alpha))


@mutant(
    "activations.celu",
    "alpha in single precision in the backward pass, as torch has it in float64",
    blind_spot="tolerance",
    dtypes=("float64",),
)
def celu_rounds_alpha_backwards(x: Array, *, alpha: float) -> Jet:
    rounded = celu(x, alpha=float(np.float32(alpha * 1.0000001)))
    return Jet(celu(x, alpha=alpha).value, rounded.first, rounded.second)


@mutant(
    "activations.selu",
    "scale and alpha change places",
    blind_spot="symmetry and defaults",
)
def selu_swaps_its_constants(x: Array) -> Jet:
    jet = elu(x, alpha=SELU_SCALE)
    return Jet(*(x.dtype.type(SELU_ALPHA) * y for y in jet))


@mutant(
    "activations.selu",
    "the constants as the paper's text prints them, 1.0507 and 1.6733",
    blind_spot="tolerance",
)
def selu_truncates_its_constants(x: Array) -> Jet:
    jet = elu(x, alpha=1.6733)
    return Jet(*(x.dtype.type(1.0507) * y for y in jet))


@mutant(
    "activations.selu",
    "the constants in single precision, also in float64",
    blind_spot="tolerance",
    dtypes=("float64",),
)
def selu_keeps_single_constants(x: Array) -> Jet:
    scale = float(np.float32(SELU_SCALE)) / SELU_SCALE
    return Jet(*(scale * y for y in selu(x)))
