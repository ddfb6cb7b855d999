"""Equations for the size of deviations of optimizers, with their derivations.

They name what a step was given (gradient, parameter, entries of the state), `taken` (steps before
it), `update` (the true one) and the hyper-parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def correction_loss(decay: float, taken: int) -> float:
    """b^t / (1 - b^t): by how much the difference magnifies an error of the power."""
    power = decay ** (taken + 1)
    return power / (1 - power)


# A power is off by at most an ulp, 2 u b^t, and 1 - b^t keeps that; the second moment's correction
# counts half, under the root.
BIAS_CORRECTION = Bound(
    "|error| <= u |update| (2 b1^t / (1 - b1^t) + b2^t / (1 - b2^t)) + accepted, t = taken + 1:"
    " 1 - b^t cancels",
    lambda update, beta1, beta2, taken, u, allowed: (
        u * abs(update) * (2 * correction_loss(beta1, taken) + correction_loss(beta2, taken))
        + allowed
    ),
)

# The same in float32 whatever the parameters are; and beta itself is rounded to float32, by which
# beta^t is off by t u beta^t, which is at most that of the difference.
SINGLE_CORRECTION = Bound(
    "|error| <= 2^-24 |update| ((2 + t) b1^t / (1 - b1^t) + (2 + t) b2^t / (1 - b2^t) + 4)"
    " + accepted, t = taken + 1: 1 - b^t in float32",
    lambda update, beta1, beta2, taken, allowed: (
        2.0**-24
        * abs(update)
        * ((3 + taken) * (correction_loss(beta1, taken) + correction_loss(beta2, taken)) + 4)
        + allowed
    ),
)

# torch.lerp(m, g, w) is g - (g - m) (1 - w) for w >= 1/2.
INFINITE_LERP = Bound("NaN = inf - (inf - m) b1", lambda: np.inf)


def _lerp(
    gradient: Any, first_moment: Any, update: Any, beta1: float, entry: str, u: float, allowed: Any,
) -> Any:  # fmt: skip
    off = u * abs(gradient - first_moment)
    if entry == "first_moment":
        return off + allowed
    first = beta1 * first_moment + (1 - beta1) * gradient
    return abs(update) * off / abs(first) + allowed


# There b1 is taken as 1 - w with w = 1 - b1 rounded: off by u, however small b1 is.
SMALL_BETA = Bound(
    "m: |error| <= u |g - m| + accepted; params: |update / m'| times that: b1 is 1 - (1 - b1)",
    _lerp,
)
SMALL_BETA_FORGETS = Bound(
    "|error| <= m ((1 + u / b1)^n - 1) + accepted in n steps: b1 is 1 - (1 - b1)",
    lambda y, beta1, u, steps, allowed: (
        abs(y) * np.expm1(steps * np.log1p(np.divide(u, beta1))) + allowed
    ),
)

# Every step takes b1 as b1 (1 + u / b1), as if its m were that much larger; for a relative change
# of 2 a + b = 35 roundings of every m on the way a run is allowed what is accepted of it.
SMALL_BETA_GROWS = Bound(
    "|error| <= accepted (1 + 1 / (35 b1)): b1 is 1 - (1 - b1) in every step",
    lambda beta1, allowed: allowed * (1 + np.divide(1, 35 * beta1)),
)

STEP_COUNTER = Bound("1: a float32 counter stays at 2^24", lambda: 1.0)


LOST_RANGE = Bound(
    "|error| <= range_error + accepted: how far the step moves as every intermediate result that is"
    " subnormal rounds to a multiple of the smallest number, and every one beyond the largest is"
    " infinite",
    lambda range_error, allowed: range_error + allowed,
)


def loses_range(
    *laws: str, because: str, witness: Mapping[str, Any], dtypes: tuple[str, ...] = ("float16",)
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that intermediate results leave the range of a narrow format.

    Where none does (`range_error` is 0), nothing more is allowed. The laws are the step's own
    unless others are named.
    """
    return deviates(
        *(laws or ("agrees_with_reference",)),
        where=lambda range_error: range_error > 0,
        at_most=LOST_RANGE,
        because=because,
        witness=witness,
        dtypes=dtypes,
    )


COARSE = Bound(
    "|error| <= coarse + 2 accepted: how far the step moves as hyper-parameters are rounded to the"
    " format of the parameters",
    lambda coarse, allowed: coarse + 2 * allowed,
)


def rounds_hyper_parameters(witness: Mapping[str, Any]) -> Callable[..., Callable[..., Any]]:
    """Register that optax.inject_hyperparams keeps hyper-parameters in the parameters' 16 bits."""
    return deviates(
        "agrees_in_every_execution",
        where=lambda execution: execution == "inject",
        at_most=COARSE,
        because="inject_hyperparams rounds every hyper-parameter to the dtype of the parameters"
        " unless hyperparam_dtype is set: in 16 bits a beta of 0.999 is 1 or 0.9990",
        witness=witness,
        dtypes=("bfloat16", "float16"),
    )


CHECKS_NOTHING = "optax checks no hyper-parameter, which may be traced"
