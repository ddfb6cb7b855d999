"""Wrong batch renormalizations."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.groups import over_batch, second, standardized
from reference.normalization.batch import batch_norm, batch_renorm
from reference.numerics import Array, Linearized

BATCH_RENORM = "normalization.batch_renorm"
_FAR = 2.0**20


@mutant(BATCH_RENORM, "corrections left out: batch normalization under the other name",
        blind_spot="symmetry and defaults")  # fmt: skip
def batch_renorm_corrects_nothing(
    *inputs: Array, r_max: float, d_max: float, **known: Any
) -> Linearized:
    del r_max, d_max
    return batch_renorm(*inputs, r_max=1.0, d_max=0.0, **known)


@mutant(BATCH_RENORM, "corrections not clipped: alike where batch and statistics are near",
        blind_spot="boundaries")  # fmt: skip
def batch_renorm_clips_nothing(
    *inputs: Array, r_max: float, d_max: float, **known: Any
) -> Linearized:
    del r_max, d_max
    return batch_renorm(*inputs, r_max=_FAR, d_max=_FAR, **known)


@mutant(BATCH_RENORM, "r clipped from above only: it falls to 0", blind_spot="boundaries")
def batch_renorm_clips_r_above_only(
    x: Array, weight: Array, bias: Array, mean: Array, std: Array, *, r_max: float, **known: Any
) -> Linearized:
    right = batch_renorm(x, weight, bias, mean, std, r_max=r_max, **known)
    if known["mode"] == "eval":
        return right
    free = batch_renorm(x, weight, bias, mean, std, r_max=_FAR, **known)
    batch = 1 / standardized(x, over_batch(x.shape, 1, {}), known["eps"]).scale.ravel()
    low = second(batch < std, x)
    return right._replace(
        outputs=(np.where(low, free.outputs[0], right.outputs[0]), *right.outputs[1:])
    )


@mutant(
    BATCH_RENORM, "r is the running deviation over the batch's: upside down", blind_spot="scale"
)
def batch_renorm_turns_r_upside_down(
    x: Array, weight: Array, bias: Array, mean: Array, std: Array, **known: Any
) -> Linearized:
    right = batch_renorm(x, weight, bias, mean, std, **known)
    if known["mode"] == "eval":
        return right
    batch = 1 / standardized(x, over_batch(x.shape, 1, {}), known["eps"]).scale.ravel()
    wrong = batch_renorm(x, weight, bias, mean, batch * batch / std, **known)
    return right._replace(outputs=(wrong.outputs[0], *right.outputs[1:]))


@mutant(BATCH_RENORM, "gradients flow through r and d, as autograd has it without a stop")
def batch_renorm_differentiates_its_corrections(
    x: Array, weight: Array, bias: Array, mean: Array, std: Array, **known: Any
) -> Linearized:
    right = batch_renorm(x, weight, bias, mean, std, **known)

    def pullback(c: Any) -> tuple[Array, ...]:  # where nothing is clipped: y = w (x - M) / S + b
        rest = right.pullback(c)[1:]
        return (second(weight / std, x) * c[0], *rest)

    return right._replace(pullback=pullback)


@mutant(BATCH_RENORM, "running variances moved, and their root kept", blind_spot="time")
def batch_renorm_averages_variances(
    x: Array, weight: Array, bias: Array, mean: Array, std: Array, *, momentum: float, **known: Any
) -> Linearized:
    right = batch_renorm(x, weight, bias, mean, std, momentum=momentum, **known)
    if known["mode"] == "eval":
        return right
    square = 1 / standardized(x, over_batch(x.shape, 1, {}), known["eps"]).scale.ravel() ** 2
    share = x.dtype.type(momentum)
    moved = np.sqrt((1 - share) * std**2 + share * square)
    return right._replace(outputs=(*right.outputs[:2], moved))


@mutant(BATCH_RENORM, "eval goes on with the batch", blind_spot="protocol")
def batch_renorm_evaluates_with_the_batch(*inputs: Array, mode: str, **known: Any) -> Linearized:
    right = batch_renorm(*inputs, mode=mode, **known)
    trained = batch_renorm(*inputs, mode="train", **known)
    return right._replace(outputs=(trained.outputs[0], *right.outputs[1:]))


def _of_one(function: Any) -> Any:
    """Leave out the question how many numbers there are."""

    def binding(x: Array, weight: Array, bias: Array, *state: Array, **known: Any) -> Any:
        if x.size > x.shape[1]:
            return function(x, weight, bias, *state, **known)
        with np.errstate(all="ignore"):
            variance = np.var(x, axis=(0, *range(2, x.ndim)), ddof=1).astype(x.dtype)
        y = 0 * x + second(bias, x)
        return Linearized((y, state[0], variance), lambda c: (0 * c[0], weight, bias, *state))

    return binding


@mutant("normalization.batch_norm", "a batch of one is let pass: its unbiased variance is 0 / 0",
        blind_spot="structure")  # fmt: skip
def batch_norm_divides_by_one_less_than_one(*inputs: Array, **known: Any) -> Any:
    return _of_one(batch_norm)(*inputs, **known)
