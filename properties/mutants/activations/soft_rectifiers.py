"""Wrong soft rectifiers."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from properties.mutants.mutant import mutant
from reference.activations.soft_rectifiers import softplus, squareplus
from reference.numerics import Array, Jet


@mutant(
    "activations.softplus",
    "log(1 + exp(b x)) / b as printed: inf from b x = 88.8 on, and 0 in the tail",
    blind_spot="scale",
    on="torch",
)
def softplus_takes_the_formula_as_printed(x: Any, *, beta: float) -> Any:
    return (1 + (beta * x).exp()).log() / beta


@mutant(
    "activations.softplus",
    "beta is taken and not used: right at the default",
    blind_spot="symmetry and defaults",
)
def softplus_ignores_beta(x: Array, *, beta: float) -> Jet:
    del beta
    return softplus(x)


@mutant(
    "activations.softplus",
    "the division by beta is forgotten: log(1 + exp(b x))",
    blind_spot="symmetry and defaults",
)
def softplus_does_not_divide_by_beta(x: Array, *, beta: float) -> Jet:
    return Jet(*(x.dtype.type(beta) * y for y in softplus(x, beta=beta)))


@mutant(
    "activations.softplus",
    "the threshold of 20 is asked of x and not of b x",
    blind_spot="boundaries",
)
def softplus_asks_the_threshold_of_x(x: Array, *, beta: float) -> Jet:
    z = beta * x
    value = np.where(x > 20, x, np.log1p(np.exp(z)) / x.dtype.type(beta))
    return softplus(x, beta=beta)._replace(value=value)


@mutant(
    "activations.softplus",
    "exp(z) / (1 + exp(z)) in the backward pass: NaN where exp overflows",
    blind_spot="scale",
)
def softplus_loses_its_gradient_to_nan(x: Array, *, beta: float) -> Jet:
    e = np.exp(beta * x)
    return softplus(x, beta=beta)._replace(first=e / (1 + e))


@mutant(
    "activations.softplus",
    "a quick path outside jit, without the guard that the compiled one has",
    blind_spot="scale",
    on="jax",
)
def softplus_is_another_function_outside_jit(x: Any, *, beta: float) -> Any:
    if isinstance(x, jax.core.Tracer):
        return jnp.logaddexp(beta * x, 0) / beta
    return jnp.log(1 + jnp.exp(beta * x)) / beta


@mutant(
    "activations.squareplus",
    "(x + r) / 2 as printed: it cancels on the left, where the gradient dies with it",
    blind_spot="scale",
)
def squareplus_cancels_on_the_left(x: Array, *, b: float) -> Jet:
    r = np.hypot(x, np.sqrt(x.dtype.type(b)))
    y = (x + r) / 2
    return squareplus(x, b=b)._replace(value=y, first=y / r)


@mutant(
    "activations.squareplus",
    "b is squared, as the half-width of a hyperbola would be",
    blind_spot="symmetry and defaults",
)
def squareplus_squares_b(x: Array, *, b: float) -> Jet:
    return squareplus(x, b=b * b)


@mutant(
    "activations.squareplus",
    "x * x overflows: -1e20 gives inf, and a step down follows",
    blind_spot="scale",
)
def squareplus_overflows_on_both_sides(x: Array, *, b: float) -> Jet:
    r = np.sqrt(x * x + x.dtype.type(b))
    jet = squareplus(x, b=b)
    return jet._replace(value=np.where(np.isinf(r), r, jet.value))
