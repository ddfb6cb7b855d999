"""Deviations that optimizers which average gradients share, each by the arithmetic it is due to.

`rest` names the other entries of the state, for witnesses: there they are 1.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates
from backends.equations.optimizers.steps import (
    BIAS_CORRECTION,
    CHECKS_NOTHING,
    INFINITE_LERP,
    SINGLE_CORRECTION,
    SMALL_BETA,
    SMALL_BETA_FORGETS,
    SMALL_BETA_GROWS,
    STEP_COUNTER,
)
from backends.nonsense import accepts

if TYPE_CHECKING:
    from collections.abc import Callable

_STEP = "agrees_with_reference"
_SMALL = "lerp with a weight of 1/2 or more keeps beta1 to the ulp of 1, not to its own"


def _all(*decorators: Callable[..., Any]) -> Callable[..., Any]:
    """Several decorators as one."""
    return lambda binding: functools.reduce(lambda b, noted: noted(b), decorators, binding)


def counts_in_float32(**rest: float) -> Callable[..., Any]:
    """Register that torch counts steps in float32."""
    return deviates(
        _STEP,
        where=lambda entry, taken: entry == "step" and taken >= 2**24,
        at_most=STEP_COUNTER,
        because="torch counts steps in float32, which ends at 2^24",
        witness={"taken": 2**24, "gradient": 1.0, "first_moment": 1.0} | rest,
    )


def averages_by_lerp(
    small: Bound = SMALL_BETA,
    grows: Bound = SMALL_BETA_GROWS,
    *,
    seed: int = 28,
    spoiled: tuple[str, ...] = ("first_moment",),
    **rest: float,
) -> Callable[..., Any]:
    """Register what torch.lerp does to a first moment whose beta is small.

    `small` bounds the error of a step and `grows` that of a run; `seed` gives one that shows it.
    `spoiled` are the entries that are to be infinite after an infinite gradient, and are NaN.
    """
    return _all(
        deviates(
            _STEP,
            where=lambda entry, gradient, beta1: (
                (entry in spoiled) & np.isinf(gradient) & (beta1 <= 0.5)
            ),
            at_most=INFINITE_LERP,
            because="lerp with a weight of 1/2 or more turns an infinite gradient into NaN",
            witness={"gradient": np.inf, "first_moment": 0.0, "beta1": 0.5} | rest,
        ),
        deviates(
            _STEP,
            where=lambda entry, beta1: entry in ("params", "first_moment") and 0 < beta1 <= 0.5,
            at_most=small,
            because=_SMALL,
            witness={"taken": 5, "gradient": 0.0, "first_moment": 1.0, "beta1": 0.0037} | rest,
            dtypes=("float64", "float32"),
        ),
        deviates(
            "forgets_at_its_decay",
            where=lambda entry, beta1: entry == "first_moment" and 0 < beta1 <= 0.5,
            at_most=SMALL_BETA_FORGETS,
            because=_SMALL,
            witness={"float64": {"beta1": 0.0037}, "float32": {"beta1": 0.09281250089406967}},
        ),
        deviates(
            "trajectories_agree",
            where=lambda entry, beta1: entry in ("params", "first_moment") and 0 < beta1 <= 0.5,
            at_most=grows,
            because=_SMALL,
            witness={"beta1": 0.0037, "seed": seed},
            dtypes=("float64", "float32"),
        ),
    )


def corrects_by_difference(
    because: str, *dtypes: str, bound: Bound = BIAS_CORRECTION, **rest: float
) -> Callable[..., Any]:
    """Register that 1 - beta^t is formed by subtraction, which cancels."""
    return deviates(
        _STEP,
        where=lambda entry: entry == "params",
        at_most=bound,
        because=because,
        witness={"taken": 1, "gradient": 1.0, "first_moment": 0.1} | rest,
        dtypes=dtypes,
    )


def differentiates_in_float32(
    bound: Bound = SINGLE_CORRECTION, **rest: float
) -> Callable[..., Any]:
    """Register that torch's differentiable=True corrects in the float32 of its counter."""
    return deviates(
        "agrees_in_every_execution",
        where=lambda entry, execution: entry == "params" and execution == "differentiable",
        at_most=bound,
        because="differentiable=True forms 1 - beta^t of its float32 counter, in float32",
        witness={"taken": 1, "gradient": 1.0, "first_moment": 0.1} | rest,
        dtypes=("float64",),
    )


LOST_UPDATE = Bound(
    "|error| <= |update| + accepted: m / inf = 0", lambda update, allowed: abs(update) + allowed
)
LOST_UPDATE_BESIDE_DECAY = Bound(
    "|error| <= |update + a d w| + accepted: m / inf = 0, and w decays",
    lambda update, learning_rate, weight_decay, parameter, allowed: (
        abs(update + learning_rate * weight_decay * parameter) + allowed
    ),
)


def divides_by_the_rate_first(bound: Bound = LOST_UPDATE, **rest: float) -> Callable[..., Any]:
    """Register that torch's differentiable=True divides sqrt(v) by the rate, which overflows.

    What m is divided by is m over the update, without decay, whose size the bound tells.
    """
    return deviates(
        "agrees_in_every_execution",
        where=_overflows_over_the_rate if bound is LOST_UPDATE else _overflows_beside_decay,
        at_most=bound,
        because="differentiable=True divides the root of the second moment by the rate: beyond"
        " 65504 times the rate that is infinite in float16, and the parameter stands still",
        witness={"taken": 256, "gradient": 1e-5, "first_moment": 311.25, "learning_rate": 1e-4,
                 "beta2": 0.0039} | rest,
        dtypes=("float16",),
    )  # fmt: skip


def _overflows_over_the_rate(
    entry: str, execution: str, gradient: Any, first_moment: Any, update: Any, beta1: float,
    largest: float,
) -> Any:  # fmt: skip
    m = beta1 * first_moment + (1 - beta1) * gradient
    reaches = abs(m) >= abs(update) * largest * (1 - 2.0**-8)
    return (entry == "params") & (execution == "differentiable") & reaches


def _overflows_beside_decay(
    entry: str, execution: str, gradient: Any, first_moment: Any, update: Any, beta1: float,
    largest: float, learning_rate: float, weight_decay: float, parameter: Any,
) -> Any:  # fmt: skip
    moved = update + learning_rate * weight_decay * parameter
    return _overflows_over_the_rate(entry, execution, gradient, first_moment, moved, beta1, largest)


def divides_once(law: str) -> Callable[..., Any]:
    """Register that XLA divides m by c1 (sqrt(v / c2) + e): in float16 that underflows before e."""
    return deviates(
        law,
        where=lambda gradient, eps, beta1: (gradient == 0) & (eps * (1 - beta1) < 2.0**-24),
        at_most=Bound("NaN = 0 / 0: (1 - b1) e is below 2^-24", lambda: np.inf),
        because="of a tensor of one number, XLA divides the first moment once, by the product of"
        " 1 - beta1 and eps, which is 0 in float16 from an eps of 3e-7 down",
        witness={"gradient": 0.0, "eps": 1e-7},
        dtypes=("float16",),
    )


def checks_nothing(*names: str) -> Callable[..., Any]:
    """Register that optax takes a negative rate, eps or decay, and betas of 1 and below 0."""
    nonsense = [
        f"{name}={x}"
        for name in names
        for x in ((1.0, -0.5) if name.startswith("beta") else (-0.5,))
    ]
    return accepts(*nonsense, because=CHECKS_NOTHING)


# Where betas of 0.99 and of 0.999 show that they are rounded to 16 bits.
SHOWS_ROUNDED_BETA1 = {
    "taken": 2, "gradient": 1.0, "first_moment": 0.0, "second_moment": 0.1, "beta1": 0.99,
}  # fmt: skip
SHOWS_ROUNDED_BETA2 = {
    "bfloat16": {"taken": 2, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.1},
    "float16": {
        "taken": 256, "gradient": 3.57, "first_moment": -0.154, "second_moment": 0.00239,
    },
}  # fmt: skip

TORCH_CANCELS = "torch forms 1 - beta^t in float64, which cancels in the first steps"
OPTAX_CANCELS = (
    "optax forms 1 - beta^t in float32 (float64 with x64): it cancels in the first steps"
)


# For Adamax, 2 a + b = 27 roundings are accepted of every m on the way.
SMALL_BETA_GROWS_IN_ADAMAX = Bound(
    "|error| <= accepted (1 + 1 / (27 b1)): b1 is 1 - (1 - b1) in every step",
    lambda beta1, allowed: allowed * (1 + np.divide(1, 27 * beta1)),
)

DROPPED_NAN = Bound("NaN: max(x, NaN) is x", lambda: np.inf)

# v / (1 - b2^t) is off by 2 u b2^t / (1 - b2^t) of itself, and is at most its maximum.
LARGEST_CORRECTED = Bound(
    "|error| <= 2 u y b2^t / (1 - b2^t) + accepted, t = taken + 1: 1 - b^t cancels",
    lambda y, beta2, taken, u, allowed: (
        2 * u * abs(y) * beta2 ** (taken + 1) / (1 - beta2 ** (taken + 1)) + allowed
    ),
)

# In a run the first steps lose most: those of t = 1.
LARGEST_CORRECTED_IN_A_RUN = Bound(
    "|error| <= 2 u y b2 / (1 - b2) + accepted; params: u (b2 / (1 - b2) + 2 b1 / (1 - b1))"
    " sum |update| + accepted: 1 - b^t cancels",
    lambda y, entry, travelled, beta1, beta2, u, allowed: (
        u * (2 * abs(y) * beta2 / (1 - beta2) if entry != "params"
             else travelled * (beta2 / (1 - beta2) + 2 * beta1 / (1 - beta1)))
        + allowed
    ),
)  # fmt: skip


# The true update holds the decay as well: Adam's part of it is at most |update| + a d |w|.
def _adams_part(update: Any, parameter: Any, learning_rate: float, weight_decay: float) -> Any:
    return abs(update) + learning_rate * weight_decay * abs(parameter)


DECOUPLED_CORRECTION = Bound(
    "|error| <= u (|update| + a d |w|) (2 b1^t / (1 - b1^t) + b2^t / (1 - b2^t)) + accepted,"
    " t = taken + 1: 1 - b^t cancels",
    lambda update, parameter, learning_rate, weight_decay, beta1, beta2, taken, u, allowed: (
        BIAS_CORRECTION.size(
            _adams_part(update, parameter, learning_rate, weight_decay),
            beta1, beta2, taken, u, allowed,
        )
    ),
)  # fmt: skip

DECOUPLED_SINGLE_CORRECTION = Bound(
    SINGLE_CORRECTION.equation.replace("|update|", "(|update| + a d |w|)"),
    lambda update, parameter, learning_rate, weight_decay, beta1, beta2, taken, allowed: (
        SINGLE_CORRECTION.size(
            _adams_part(update, parameter, learning_rate, weight_decay),
            beta1, beta2, taken, allowed,
        )
    ),
)  # fmt: skip

DECOUPLED_SMALL_BETA = Bound(
    "m: |error| <= u |g - m| + accepted; params: (|update| + a d |w|) / |m'| times that:"
    " b1 is 1 - (1 - b1)",
    lambda gradient, first_moment, update, parameter, learning_rate, weight_decay, beta1, entry, u,
    allowed: SMALL_BETA.size(
        gradient, first_moment, _adams_part(update, parameter, learning_rate, weight_decay),
        beta1, entry, u, allowed,
    ),
)  # fmt: skip
