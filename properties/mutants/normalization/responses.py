"""Wrong local response normalizations."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.normalization.responses import local_response_norm
from reference.numerics import Array, Linearized

LOCAL_RESPONSE_NORM = "normalization.local_response_norm"


@mutant(LOCAL_RESPONSE_NORM, "alpha not divided by n: the paper's formula under Caffe's name",
        blind_spot="symmetry and defaults")  # fmt: skip
def local_response_norm_takes_the_other_alpha(
    x: Array, *, alpha_of: str, **known: Any
) -> Linearized:
    return local_response_norm(x, alpha_of="sum" if alpha_of == "mean" else "mean", **known)


@mutant(LOCAL_RESPONSE_NORM, "an even window reaches one further up than down: CrossMapLRN2d",
        blind_spot="structure")  # fmt: skip
def local_response_norm_looks_the_other_way(x: Array, **known: Any) -> Linearized:
    right = local_response_norm(x, **known)
    turned = local_response_norm(x[:, ::-1], **known).outputs[:, ::-1]
    return right._replace(outputs=turned)


@mutant(LOCAL_RESPONSE_NORM, "the window is over neighbouring places, not channels",
        blind_spot="structure")  # fmt: skip
def local_response_norm_looks_at_places(x: Array, **known: Any) -> Linearized:
    right = local_response_norm(x, **known)
    other = local_response_norm(np.swapaxes(x, 1, -1), **known).outputs
    return right._replace(outputs=np.swapaxes(other, 1, -1))


@mutant(LOCAL_RESPONSE_NORM, "only the window's own middle: the neighbours are not looked at",
        blind_spot="structure")  # fmt: skip
def local_response_norm_looks_at_itself(
    x: Array, *, size: int, alpha: float, beta: float, k: float, alpha_of: str
) -> Linearized:
    right = local_response_norm(x, size=size, alpha=alpha, beta=beta, k=k, alpha_of=alpha_of)
    a = np.float32(alpha / (size if alpha_of == "mean" else 1))
    return right._replace(outputs=x / (np.float32(k) + a * x * x) ** np.float32(beta))


@mutant(LOCAL_RESPONSE_NORM, "magnitudes in place of squares, and the sign of x lost",
        blind_spot="symmetry and defaults")  # fmt: skip
def local_response_norm_loses_the_sign(x: Array, **known: Any) -> Linearized:
    return local_response_norm(np.abs(x), **known)


@mutant(LOCAL_RESPONSE_NORM, "the squares are taken for constants in the backward pass")
def local_response_norm_holds_its_squares_constant(x: Array, **known: Any) -> Linearized:
    right = local_response_norm(x, **known)
    slope = np.where(x == 0, 1, right.outputs / np.where(x == 0, 1, x))
    return right._replace(pullback=lambda c: (c * slope,))


@mutant(LOCAL_RESPONSE_NORM, "the batch is taken along: squares of all samples",
        blind_spot="structure")  # fmt: skip
def local_response_norm_mixes_its_samples(
    x: Array, *, alpha: float, beta: float, k: float, **known: Any
) -> Linearized:
    right = local_response_norm(x, alpha=alpha, beta=beta, k=k, **known)
    square = np.mean(x * x, axis=0, keepdims=True)
    return right._replace(outputs=x / (np.float32(k) + np.float32(alpha) * square) ** beta)
