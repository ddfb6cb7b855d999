"""Wrong smooth maxima."""

from __future__ import annotations

import numpy as np

from properties.mutants.mutant import mutant
from reference.activations import log_sums
from reference.numerics import Array, Linearized


@mutant(
    "activations.logsumexp",
    "the row is shifted by its first number, not by its maximum: what exceeds it overflows",
    blind_spot="scale",
)
def logsumexp_shifts_by_the_first_number(x: Array) -> Linearized:
    first = x[..., :1]
    total = np.sum(np.exp(x - first), axis=-1)
    return Linearized(first[..., 0] + np.log(total), log_sums.logsumexp(x).pullback)


@mutant(
    "activations.logsumexp",
    "one maximum for the whole batch: rows far below it underflow to -inf",
    blind_spot="scale",
)
def logsumexp_shifts_by_the_maximum_of_the_batch(x: Array) -> Linearized:
    top = np.max(x, initial=-np.inf)
    total = np.sum(np.exp(x - top), axis=-1)
    return Linearized(top + np.log(total), log_sums.logsumexp(x).pullback)


@mutant(
    "activations.logsumexp",
    "a row that holds -inf is taken for a row of -inf alone",
    blind_spot="special values",
)
def logsumexp_gives_up_on_masked_rows(x: Array) -> Linearized:
    y, pullback = log_sums.logsumexp(x)
    return Linearized(
        np.where(np.any(np.isneginf(x), axis=-1), -np.inf, y).astype(x.dtype), pullback
    )


@mutant(
    "activations.logsumexp",
    "the exponentials are taken in place: the caller's logits are gone",
    blind_spot="protocol",
)
def logsumexp_overwrites_its_input(x: Array) -> Linearized:
    y, pullback = log_sums.logsumexp(x.copy())
    x -= np.max(x, axis=-1, keepdims=True)
    return Linearized(y, pullback)


@mutant(
    "activations.logmeanexp",
    "the mean of the row: Jensen's inequality forgotten",
    blind_spot="scale",
)
def logmeanexp_is_the_mean(x: Array) -> Linearized:
    n = x.shape[-1]
    return Linearized(np.mean(x, axis=-1), lambda c: (np.repeat(c[..., None] / n, n, axis=-1),))
