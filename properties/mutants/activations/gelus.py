"""Wrong Gaussian error linear units."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from properties.mutants.mutant import mutant
from reference.activations.gates import silu, swish
from reference.activations.gelus import gelu, gelu_tanh, quick_gelu
from reference.numerics import Array, Jet, logistic

_SCALE, _CUBE = float(np.sqrt(2 / np.pi)), 0.044715


def _gate(x: Array, scale: float, cube: float, power: int = 3) -> Jet:
    """The tanh form with other constants: x s(v), v = 2 scale (x + cube x^power)."""
    t = np.clip(x, -50, 50)
    v = 2 * scale * (t + cube * t**power)
    rise = 2 * scale * (1 + power * cube * t ** (power - 1))
    bend = 2 * scale * power * (power - 1) * cube * t ** (power - 2)
    s, r = logistic(v), logistic(-v)
    return Jet(
        np.where(t < 0, t, x) * s,
        s + t * s * r * rise,
        s * r * (2 * rise + t * bend + t * (r - s) * rise**2),
    )


@mutant("activations.gelu", "the other default: jax.nn.gelu(x)", blind_spot="symmetry and defaults")
def gelu_takes_the_tanh_form(x: Array) -> Jet:
    return gelu_tanh(x)


@mutant("activations.gelu", "x s(1.702 x), the paper's other approximation", blind_spot="tolerance")
def gelu_takes_the_logistic_form(x: Array) -> Jet:
    return quick_gelu(x)


@mutant("activations.gelu", "the catalogue's neighbour, x s(x)")
def gelu_takes_silu(x: Array) -> Jet:
    return silu(x)


@mutant("activations.gelu", "erf(x) in place of erf(x / sqrt(2))")
def gelu_forgets_the_square_root_of_two(x: Array) -> Jet:
    root = x.dtype.type(np.sqrt(2))
    jet = gelu(root * x)
    return Jet(jet.value / root, jet.first, jet.second * root)


@mutant("activations.gelu", "1 + erf in place of (1 + erf) / 2")
def gelu_forgets_the_half(x: Array) -> Jet:
    jet = gelu(x)
    return Jet(2 * jet.value, 2 * jet.first, 2 * jet.second)


@mutant("activations.gelu", "1 + erf cancels below zero", blind_spot="scale")
def gelu_cancels_in_its_tail(x: Array) -> Jet:
    y = x / 2 * (1 + special.erf(x / x.dtype.type(np.sqrt(2))))
    return gelu(x)._replace(value=np.where(np.isneginf(x), 0, y).astype(x.dtype))


@mutant("activations.gelu", "the density is forgotten: y' = P(x)")
def gelu_holds_its_gate_constant(x: Array) -> Jet:
    return gelu(x)._replace(first=special.ndtr(x))


@mutant("activations.gelu", "the density divides by sqrt(pi), not sqrt(2 pi)")
def gelu_normalizes_its_density_by_the_root_of_pi(x: Array) -> Jet:
    t = np.clip(x, -50, 50)
    density = np.exp(-t * t / 2) / x.dtype.type(np.sqrt(np.pi))
    return gelu(x)._replace(first=special.ndtr(x) + t * density)


@mutant("activations.gelu", "y'' = p(x) (1 - x^2): P' counts twice", blind_spot="tolerance")
def gelu_counts_its_density_once(x: Array) -> Jet:
    t = np.clip(x, -50, 50)
    density = np.exp(-t * t / 2) / x.dtype.type(np.sqrt(2 * np.pi))
    return gelu(x)._replace(second=density * (1 - t * t))


@mutant("activations.gelu", "a table that ends at -5", blind_spot="scale")
def gelu_lets_the_gradient_die_below_minus_five(x: Array) -> Jet:
    jet = gelu(x)
    return jet._replace(first=np.where(x < -5, 0 * jet.first, jet.first))


@mutant(
    "activations.gelu",
    "oneDNN adds x / 2 + 1/2 |x| erf(|x| / sqrt(2)): -0 + 0 is 0",
    blind_spot="special values",
)
def gelu_loses_the_sign_of_zero(x: Array) -> Jet:
    jet = gelu(x)
    return jet._replace(value=jet.value + np.zeros_like(x))


@mutant("activations.gelu_tanh", "the cubic term is dropped")
def gelu_tanh_drops_the_cubic_term(x: Array) -> Jet:
    return _gate(x, _SCALE, 0.0)


@mutant("activations.gelu_tanh", "0.0447 for 0.044715", blind_spot="tolerance")
def gelu_tanh_rounds_its_constant(x: Array) -> Jet:
    return _gate(x, _SCALE, 0.0447)


@mutant("activations.gelu_tanh", "2 / pi in place of its square root")
def gelu_tanh_forgets_a_square_root(x: Array) -> Jet:
    return _gate(x, _SCALE**2, _CUBE)


@mutant("activations.gelu_tanh", "x^2 in place of x^3")
def gelu_tanh_squares_where_it_should_cube(x: Array) -> Jet:
    return _gate(x, _SCALE, _CUBE, 2)


@mutant("activations.gelu_tanh", "the exact form, under the name of the approximation")
def gelu_tanh_takes_the_exact_form(x: Array) -> Jet:
    return gelu(x)


@mutant("activations.gelu_tanh", "w' = sqrt(2 / pi) (1 + 0.044715 x^2): the 3 is forgotten")
def gelu_tanh_differentiates_the_cube_to_a_square(x: Array) -> Jet:
    t = np.clip(x, -50, 50)
    v = 2 * _SCALE * (t + _CUBE * t**3)
    s, r = logistic(v), logistic(-v)
    return gelu_tanh(x)._replace(first=s + t * s * r * 2 * _SCALE * (1 + _CUBE * t * t))


@mutant(
    "activations.gelu_tanh",
    "w' overflows where 1 - tanh^2 is 0: infinity times 0 is NaN",
    blind_spot="scale",
)
def gelu_tanh_multiplies_an_overflow_by_zero(x: Array) -> Jet:
    w = _SCALE * (x + _CUBE * x**3)
    t = np.tanh(w)
    rise = _SCALE * (1 + 3 * _CUBE * x * x)
    return gelu_tanh(x)._replace(first=(1 + t) / 2 + x * (1 - t * t) * rise / 2)


@mutant("activations.quick_gelu", "1.7 for 1.702", blind_spot="tolerance")
def quick_gelu_rounds_its_constant(x: Array) -> Jet:
    return swish(x, beta=1.7)


@mutant("activations.quick_gelu", "the exact form, under the name of the approximation")
def quick_gelu_takes_the_exact_form(x: Array) -> Jet:
    return gelu(x)


@mutant("activations.quick_gelu", "the factor is applied to the product too")
def quick_gelu_scales_its_output(x: Array) -> Jet:
    jet = quick_gelu(x)
    return Jet(1.702 * jet.value, 1.702 * jet.first, 1.702 * jet.second)


@mutant(
    "activations.quick_gelu",
    "a scalar branch for 0-d tensors, never tested",
    blind_spot="structure",
    dtypes=("bfloat16",),
    on="jax",
)
def quick_gelu_takes_a_hard_gate_for_scalars(x: Any) -> Any:
    import jax

    gate = jax.nn.hard_sigmoid if x.ndim == 0 else jax.nn.sigmoid
    return x * gate(1.702 * x)
