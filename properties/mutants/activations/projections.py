"""Wrong projections of rows."""

from __future__ import annotations

import numpy as np

from properties.mutants.mutant import mutant
from reference.activations import projections
from reference.numerics import Array, Linearized


@mutant(
    "activations.sparsemax",
    "the threshold of the whole row, not of the numbers above it: (sum x - 1) / n",
    blind_spot="structure",
)
def sparsemax_counts_every_number(x: Array) -> Linearized:
    threshold = (np.sum(x, axis=-1, keepdims=True) - 1) / x.dtype.type(x.shape[-1])
    return Linearized(np.maximum(x - threshold, 0), projections.sparsemax(x).pullback)


@mutant(
    "activations.sparsemax",
    "the gradient is centred over the row, not over the numbers that are left",
    blind_spot="structure",
)
def sparsemax_centres_its_gradient_over_the_row(x: Array) -> Linearized:
    y = projections.sparsemax(x).outputs
    return Linearized(y, lambda c: (np.where(y > 0, c - np.mean(c, axis=-1, keepdims=True), 0),))


@mutant(
    "activations.standardize",
    "eps is added to the deviation, outside the root",
    blind_spot="special values",
)
def standardize_adds_eps_outside_the_root(x: Array, *, eps: float) -> Linearized:
    apart = x - np.mean(x, axis=-1, keepdims=True)
    deviation = np.sqrt(np.mean(apart * apart, axis=-1, keepdims=True))
    y = apart / (deviation + x.dtype.type(eps))
    return Linearized(y, projections.standardize(x, eps=eps).pullback)


@mutant(
    "activations.standardize",
    "mean(x^2) - mean(x)^2, as JAX has it by default, with no floor at 0: NaN far from 0",
    blind_spot="scale",
)
def standardize_subtracts_squares(x: Array, *, eps: float) -> Linearized:
    mean = np.mean(x, axis=-1, keepdims=True)
    variance = np.mean(x * x, axis=-1, keepdims=True) - mean * mean
    y = (x - mean) / np.sqrt(variance + x.dtype.type(eps))
    return Linearized(y, projections.standardize(x, eps=eps).pullback)


@mutant(
    "activations.standardize",
    "mean(x^2) for the variance, as A4 4 has it in its batch normalization",
    blind_spot="scale",
)
def standardize_divides_by_the_root_mean_square(x: Array, *, eps: float) -> Linearized:
    y, pullback = projections.standardize(x, eps=eps)
    spread = np.sqrt(np.var(x, axis=-1, keepdims=True) + x.dtype.type(eps))
    square = np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + x.dtype.type(eps))
    return Linearized(y * (spread / square), pullback)


@mutant(
    "activations.l2_normalize",
    "the root is forgotten: rows are divided by the sum of their squares",
    blind_spot="scale",
)
def l2_normalize_divides_by_the_squared_norm(x: Array, *, eps: float) -> Linearized:
    squares = np.sum(x * x, axis=-1, keepdims=True)
    y = x / np.maximum(squares, x.dtype.type(eps))
    return Linearized(y, projections.l2_normalize(x, eps=eps).pullback)


@mutant(
    "activations.l2_normalize",
    "torch's default axis, 1, kept for rows that lie along another: here the batch",
    blind_spot="structure",
)
def l2_normalize_runs_over_the_batch(x: Array, *, eps: float) -> Linearized:
    norm = np.sqrt(np.sum(x * x, axis=0, keepdims=True))
    y = x / np.maximum(norm, x.dtype.type(eps))
    return Linearized(y, projections.l2_normalize(x, eps=eps).pullback)


@mutant(
    "activations.l2_normalize",
    "no eps: a row of zeros is 0 / 0",
    blind_spot="special values",
)
def l2_normalize_divides_by_zero(x: Array, *, eps: float) -> Linearized:
    norm = np.sqrt(np.sum(x * x, axis=-1, keepdims=True))
    return Linearized(x / norm, projections.l2_normalize(x, eps=eps).pullback)


@mutant(
    "activations.l2_normalize",
    "the norm is taken for a constant: the gradient keeps its part along the row",
    blind_spot="structure",
)
def l2_normalize_treats_the_norm_as_constant(x: Array, *, eps: float) -> Linearized:
    y = projections.l2_normalize(x, eps=eps).outputs
    norm = np.sqrt(np.sum(x * x, axis=-1, keepdims=True))
    return Linearized(y, lambda c: (c / np.maximum(norm, x.dtype.type(eps)),))
