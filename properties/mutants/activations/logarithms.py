"""Wrong logarithms of probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from properties.mutants.mutant import mutant
from reference.activations.logarithms import log1mexp, log_sigmoid
from reference.numerics import Array, Jet


@mutant(
    "activations.log_sigmoid",
    "the logarithm of the sigmoid: -inf once s(x) is 0, and 0 once it is 1",
    blind_spot="scale",
    on="torch",
)
def log_sigmoid_takes_the_logarithm_of_a_rounded_sigmoid(x: Any) -> Any:
    return x.sigmoid().log()


@mutant(
    "activations.log_sigmoid",
    "log(s + 1e-8) against the logarithm of 0: the tail is cut at -18.4",
    blind_spot="scale",
    on="torch",
)
def log_sigmoid_adds_an_epsilon(x: Any) -> Any:
    return (x.sigmoid() + 1e-8).log()


@mutant(
    "activations.log_sigmoid",
    "the gradient of -softplus(-x) with one sign too many",
)
def log_sigmoid_descends_the_wrong_way(x: Array) -> Jet:
    jet = log_sigmoid(x)
    return jet._replace(first=-jet.first)


class _Kept(torch.autograd.Function):
    """log s(x) whose backward pass reads the saved input as if it were contiguous."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        """Save the input as it lies in memory."""
        ctx.save_for_backward(x)
        return torch.nn.functional.logsigmoid(x)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """Walk the memory of the input without its strides."""
        (x,) = ctx.saved_tensors
        return cotangents[0] * (-x.as_strided(x.shape, x.contiguous().stride())).sigmoid()


@mutant(
    "activations.log_sigmoid",
    "the backward kernel walks the memory of the saved input, and forgets that it has strides",
    blind_spot="structure",
    on="torch",
)
def log_sigmoid_ignores_strides_backwards(x: Any) -> Any:
    apply: Any = _Kept.apply
    return apply(x)


@mutant(
    "activations.log1mexp",
    "the formula as printed: 1 - exp(-x) cancels for small x and rounds to 1 for large",
    blind_spot="scale",
)
def log1mexp_takes_the_formula_as_printed(x: Array) -> Jet:
    return log1mexp(x)._replace(value=np.log(1 - np.exp(-x)))


@mutant(
    "activations.log1mexp",
    "Maechler's two branches, the wrong way round",
    blind_spot="boundaries",
)
def log1mexp_swaps_its_branches(x: Array) -> Jet:
    near, far = np.log(-np.expm1(-x)), np.log1p(-np.exp(-x))
    return log1mexp(x)._replace(value=np.where(x < np.log(2), far, near).astype(x.dtype))


@mutant(
    "activations.log1mexp",
    "max(1 - exp(-x), tiny) against the logarithm of 0: NaN below 0 is hidden",
    blind_spot="special values",
)
def log1mexp_clamps_what_is_no_probability(x: Array) -> Jet:
    jet = log1mexp(x)
    floor = np.log(np.finfo(x.dtype).tiny)
    return jet._replace(value=np.where(x <= 0, floor, jet.value).astype(x.dtype))
