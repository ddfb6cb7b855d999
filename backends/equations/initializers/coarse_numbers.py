"""What random numbers cost that have no more bits than the fraction of the weight's format.

JAX draws t = 2u k with k uniform from 0 to 1/(2u) - 1 (u the unit roundoff of the weight's dtype),
forms v = low + (high - low) t and then sqrt(2) erfinv(v) where normal numbers are wanted. So there
are 1/(2u) values, each with the probability 2u, at or near the left end of its cell:

| numbers | low, high | mean | P(X <= x) off by |
|---|---|---|---|
| uniform | -1, 1 | -2u a | 2u |
| normal | -1 + u, 1 | -u E dZ/dv = -3.1 u s in bfloat16 | 1.5u |
| truncated normal | -+erf(sqrt 2) | -4 u s / c, c = 0.8796 | 2u, and erf(sqrt 2) rounds |
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable

_COARSE = "https://github.com/jax-ml/jax/pull/26974"
_WITNESS = {"shape": (29, 3, 5, 61), "seed": 0}
_LONG = {"shape": (3, 1_000_003), "seed": 0}


@dataclass(frozen=True)
class Coarse:
    """Sizes for one kind of numbers, in units of u: mean over s, share up to x, and their reasons.

    `chosen` says which value of the convention `distribution` draws so, where there is a choice.
    """

    mean: float
    mean_is: str
    share: float
    share_is: str
    chosen: str = ""


UNIFORM = Coarse(
    4.4, "|mean| <= 4.4 u s: 3.5 = 2 sqrt 3 for left ends, 0.9 for the rounding of x",
    2.6, "2.6 u: 2 u a cell, 0.6 u the rounding of a and x",
    "uniform",
)  # fmt: skip
NORMAL = Coarse(
    5.6, "|mean| <= 5.6 u s: 3.2 for the quarter of a cell, 2.4 = 3 E|Z| for three roundings",
    2.7, "2.7 u: 1.5 u a cell, 1.2 u the rounding of Z and s (z f(z) <= 0.25)",
    "normal",
)  # fmt: skip
# Bounds b up to 2.5: left ends 2b / c <= 5.2; v is off by 1.5 u after two roundings and dZ/dv is
# b / erf(b / sqrt 2) <= 2.6 in the mean, over c = 0.95; z f(z) <= 1/2, with b small.
TRUNCATED = Coarse(
    9.3, "|mean| <= 9.3 u s: 5.2 = 2 b / c for left ends, 4.1 for the rounding of v",
    5.6, "5.6 u: 2 u a cell, 0.8 u v, 0.8 u its ends, 2 u the rounding of Z and s",
    "truncated_normal",
)  # fmt: skip


def coarse(*kinds: Coarse, **free: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what drawing such numbers in the weight's own dtype costs a binding.

    Where it draws several kinds, the convention `distribution` tells which. `free`: parameters of
    the witnesses.
    """

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        for kind in kinds:
            chosen = {"distribution": kind.chosen} if len(kinds) > 1 else {}
            for register in _deviations(kind, chosen, free):
                binding = register(binding)
        return binding

    return noted


def _deviations(
    kind: Coarse, chosen: dict[str, str], free: dict[str, float]
) -> tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...]:
    where: Callable[..., bool] = lambda: True  # noqa: E731 - one predicate or the other
    if chosen:
        where = lambda distribution: distribution == kind.chosen  # noqa: E731
    short, long = _WITNESS | chosen | free, _LONG | chosen | free
    return (
        deviates(
            "has_zero_mean",
            where=where,
            at_most=Bound(
                kind.mean_is, lambda u, deviation, allowed: allowed + kind.mean * u * deviation
            ),
            because="the uniform number is the left end of one of 1 / (2u) cells, or near it, "
            "never the right one: the mean is negative",
            witness=long, dtypes=("bfloat16",), link=_COARSE,
        ),
        deviates(
            "keeps_the_variance_of_sums",
            where=where,
            at_most=Bound(
                f"n ({kind.mean + 1.6:.1f} u)^2: the mean, {kind.mean} u with 1.6 u of luck, "
                "squared, adds up coherently",
                lambda u, summed, allowed: allowed + summed * ((kind.mean + 1.6) * u) ** 2,
            ),
            because="the mean of the numbers is not 0 and adds up: a sum of n weights has the "
            "variance n s^2 (1 + n mean^2 / s^2)",
            witness=long, dtypes=("bfloat16",), link=_COARSE,
        ),
        deviates(
            "follows_its_distribution",
            where=where,
            at_most=Bound(kind.share_is, lambda u, allowed: allowed + kind.share * u),
            because="there are 1 / (2u) = 128 uniform numbers, so the distribution climbs in "
            "steps of 1 / 128",
            witness=short, dtypes=("bfloat16",), link=_COARSE,
        ),
        deviates(
            "fills_its_tails",
            where=where,
            at_most=Bound(
                f"{kind.share_is}, 1 u the luck of a share that large",
                lambda u, allowed: allowed + (kind.share + 1) * u,
            ),
            because="every value has the probability 2u: there a tail ends, or piles up",
            witness=short, dtypes=("bfloat16", "float16"), link=_COARSE,
        ),
        deviates(
            "has_distinct_values",
            where=where,
            at_most=Bound(
                "E - m (1 - exp(-n / m)), m = 1 / (2u): n draws of m equally probable values",
                lambda u, y, numbers, allowed: allowed + y + math.expm1(-numbers * 2 * u) / (2 * u),
            ),
            because="the uniform number has the fraction's bits and no more: 128 values in "
            "bfloat16, 1024 in float16, 2^23 in float32",
            witness=short, dtypes=("float32", "bfloat16", "float16"), link=_COARSE,
        ),
    )  # fmt: skip


divides_by_no_fan = deviates(
    "keeps_shape_and_dtype",
    where=lambda entries: np.equal(entries, 0),
    at_most=Bound("1: no weight at all", lambda: 1.0),
    because="the receptive field is size / fan_in / fan_out: 0 / 0 for an empty weight, and a "
    "ZeroDivisionError",
    witness=_WITNESS, link="https://github.com/jax-ml/jax/pull/35096",
)  # fmt: skip
"""JAX's variance scaling and what is built on it, on empty weights."""
