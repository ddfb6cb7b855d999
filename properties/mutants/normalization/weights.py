"""Wrong normalizations of weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.normalization.weights import spectral_norm, weight_norm, weight_standardization
from reference.numerics import Array, Linearized

WEIGHT_NORM = "normalization.weight_norm"
SPECTRAL_NORM = "normalization.spectral_norm"
WEIGHT_STANDARDIZATION = "normalization.weight_standardization"


@mutant(WEIGHT_NORM, "one norm for the whole matrix: dim=None", blind_spot="structure")
def weight_norm_takes_one_norm(direction: Array, length: Array, *, eps: float) -> Linearized:
    right = weight_norm(direction, length, eps=eps)
    norm = np.sqrt(np.sum(direction**2) + np.float32(eps))
    return right._replace(outputs=length[:, None] * direction / norm)


@mutant(WEIGHT_NORM, "norms of the inputs' columns: the layer's transposed kernel",
        blind_spot="structure")  # fmt: skip
def weight_norm_takes_columns(direction: Array, length: Array, *, eps: float) -> Linearized:
    right = weight_norm(direction, length, eps=eps)
    norm = np.sqrt(np.sum(direction**2, axis=0, keepdims=True) + np.float32(eps))
    return right._replace(outputs=length[:, None] * direction / norm)


@mutant(WEIGHT_NORM, "the length's sign is lost: exp or abs of it is stored",
        blind_spot="symmetry and defaults")  # fmt: skip
def weight_norm_loses_the_sign(direction: Array, length: Array, *, eps: float) -> Linearized:
    right = weight_norm(direction, length, eps=eps)
    return right._replace(outputs=weight_norm(direction, abs(length), eps=eps).outputs)


@mutant(WEIGHT_NORM, "no eps: a row of zeros becomes NaN", blind_spot="special values")
def weight_norm_divides_zero_by_zero(direction: Array, length: Array, *, eps: float) -> Linearized:
    right = weight_norm(direction, length, eps=eps)
    norm = np.sqrt(np.sum(direction**2, axis=1, keepdims=True))
    return right._replace(outputs=length[:, None] * (direction / norm))


@mutant(WEIGHT_NORM, "the norm is taken for a constant in the backward pass")
def weight_norm_holds_its_norm_constant(
    direction: Array, length: Array, *, eps: float
) -> Linearized:
    right = weight_norm(direction, length, eps=eps)
    s = 1 / np.sqrt(np.sum(direction**2, axis=1, keepdims=True) + np.float32(eps))
    return right._replace(pullback=lambda c: ((length[:, None] * s * c), right.pullback(c)[1]))


@mutant(SPECTRAL_NORM, "the Frobenius norm in place of the largest singular value",
        blind_spot="scale")  # fmt: skip
def spectral_norm_divides_by_the_frobenius_norm(
    matrix: Array, u: Array, v: Array, **known: Any
) -> Linearized:
    right = spectral_norm(matrix, u, v, **known)
    norm = np.sqrt(np.sum(matrix**2))
    return right._replace(outputs=(matrix / (norm or np.float32(1)), right.outputs[1]))


@mutant(SPECTRAL_NORM, "the state is used and not carried on: it never comes nearer",
        blind_spot="time")  # fmt: skip
def spectral_norm_keeps_its_first_vectors(
    matrix: Array, u: Array, v: Array, *, begins_with: str, **known: Any
) -> Linearized:
    right = spectral_norm(matrix, u, v, begins_with=begins_with, **known)
    return right._replace(outputs=(right.outputs[0], u if begins_with == "u" else v))


@mutant(SPECTRAL_NORM, "eval goes on iterating, and keeps it", blind_spot="protocol")
def spectral_norm_moves_its_state_in_eval(
    matrix: Array, u: Array, v: Array, *, mode: str, **known: Any
) -> Linearized:
    right = spectral_norm(matrix, u, v, mode=mode, **known)
    moved = spectral_norm(matrix, u, v, mode="train", **known)
    return right._replace(outputs=(right.outputs[0], moved.outputs[1]))


@mutant(SPECTRAL_NORM, "vectors are not normalized: they grow from call to call", blind_spot="time")
def spectral_norm_never_normalizes_its_vectors(
    matrix: Array, u: Array, v: Array, *, begins_with: str, **known: Any
) -> Linearized:
    right = spectral_norm(matrix, u, v, begins_with=begins_with, **known)
    if known["mode"] == "eval":
        return right
    grown = matrix @ (matrix.T @ u) if begins_with == "u" else matrix.T @ (matrix @ v)
    return right._replace(outputs=(right.outputs[0], grown))


@mutant(SPECTRAL_NORM, "0 / 0 at a matrix of zeros", blind_spot="special values")
def spectral_norm_divides_zero_by_zero(
    matrix: Array, u: Array, v: Array, **known: Any
) -> Linearized:
    right = spectral_norm(matrix, u, v, **known)
    spoilt = right.outputs[0] if np.any(matrix) else matrix / np.float32(0)
    return right._replace(outputs=(spoilt, right.outputs[1]))


@mutant(SPECTRAL_NORM, "the singular value is taken for a constant in the backward pass")
def spectral_norm_holds_its_size_constant(
    matrix: Array, u: Array, v: Array, **known: Any
) -> Linearized:
    right = spectral_norm(matrix, u, v, **known)
    place = np.unravel_index(np.argmax(np.abs(matrix)), matrix.shape)
    s = matrix[place] / right.outputs[0][place]
    return right._replace(pullback=lambda c: (c[0] / s, 0 * u, 0 * v))


@mutant(SPECTRAL_NORM, "the other vector is renewed first: torch's order for flax's state",
        blind_spot="protocol")  # fmt: skip
def spectral_norm_begins_with_the_other(
    matrix: Array, u: Array, v: Array, *, begins_with: str, **known: Any
) -> Linearized:
    right = spectral_norm(matrix, u, v, begins_with=begins_with, **known)
    other = "v" if begins_with == "u" else "u"
    wrong = spectral_norm(matrix, u, v, begins_with=other, **known)
    return right._replace(outputs=(wrong.outputs[0], right.outputs[1]))


@mutant(WEIGHT_STANDARDIZATION, "the mean is not taken off: only the size is normalized",
        blind_spot="scale")  # fmt: skip
def weight_standardization_keeps_the_mean(kernel: Array, *, eps: float) -> Linearized:
    right = weight_standardization(kernel, eps=eps)
    axes = tuple(range(1, kernel.ndim))
    var = np.var(kernel, axis=axes, keepdims=True)
    return right._replace(outputs=kernel / np.sqrt(var + np.float32(eps)))


@mutant(WEIGHT_STANDARDIZATION, "what leaves an input, not what enters an output: the wrong axis",
        blind_spot="structure")  # fmt: skip
def weight_standardization_takes_inputs_for_outputs(kernel: Array, *, eps: float) -> Linearized:
    right = weight_standardization(kernel, eps=eps)
    axes = (0, *range(2, kernel.ndim))
    mean, var = (f(kernel, axis=axes, keepdims=True) for f in (np.mean, np.var))
    return right._replace(outputs=(kernel - mean) / np.sqrt(var + np.float32(eps)))


@mutant(WEIGHT_STANDARDIZATION, "the unbiased deviation plus eps, as the authors' code has it",
        blind_spot="tolerance")  # fmt: skip
def weight_standardization_takes_the_unbiased_deviation(kernel: Array, *, eps: float) -> Linearized:
    right = weight_standardization(kernel, eps=eps)
    axes = tuple(range(1, kernel.ndim))
    mean = np.mean(kernel, axis=axes, keepdims=True)
    std = np.std(kernel, axis=axes, keepdims=True, ddof=1)
    return right._replace(outputs=(kernel - mean) / (std + np.float32(eps)))
