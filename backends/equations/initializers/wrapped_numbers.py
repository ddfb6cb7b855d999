"""What torch's random numbers do at the ends of their range in 16-bit formats, and with 24 bits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from backends.binding import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable


def _different(numbers: float, values: float, each: float) -> float:
    """How many of so many values, each of this probability, are drawn in n draws: E, all told."""
    return -values * math.expm1(-numbers * each)


SYMMETRIC = Bound(
    "E - m (1 - exp(-n / m)), m = 1/u = 2^24: n draws of m equally probable values",
    lambda u, y, numbers, allowed: allowed + y - _different(numbers, 1 / u, u),
)

FROM_ZERO = Bound(
    "E - m (1 - exp(-n / m)), m = 1/u = 2^24: n draws of m equally probable values; from 0 to f "
    "times a power of 2 two of them meet above that power: m / f stay apart, (f - 1) m / 2 numbers "
    "have the probability 2 / (f m) each",
    lambda u, y, numbers, allowed, bound, interval: (
        SYMMETRIC.size(u, y, numbers, allowed)
        if interval == "symmetric"
        else allowed + y - _met(numbers, u, 2 * math.frexp(bound)[0])
    ),
)


def _met(numbers: float, u: float, f: float) -> float:
    below = _different(numbers, 1 / (f * u), u)
    return below + _different(numbers, (f - 1) / (2 * u), 2 * u / f)


def wraps_its_end(
    shape: tuple[int, ...] = (3, 1_000_003),
    where: Callable[..., bool] = lambda: True,
    distinct: Bound = SYMMETRIC,
    **free: float,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register what torch's uniform_ on [low, high) does at its ends, and with how many bits.

    A share w of the numbers moves from end to end: those that round to the rounded high end, half
    an ulp (u a at most) below it, and those between that end and the true one (u a at most), so
    w <= 2 u a / 2a = u. `free` and `shape` make that nearly so for a witness: a = 1.01122 times a
    power of 2.
    """
    witness = {"shape": shape, "seed": 0} | free
    because = (
        "numbers that round to the excluded upper end of the range are returned as its lower end: "
        "the smallest number is drawn too often, the largest never"
    )
    share = Bound("u: half an ulp and a rounding of a, over 2a", lambda u, allowed: allowed + u)
    register = (
        deviates(
            "has_zero_mean",
            where=where,
            at_most=Bound(
                "|mean| <= 2 a u = 2 sqrt(3) u s",
                lambda u, deviation, allowed: allowed + 2 * math.sqrt(3) * u * deviation,
            ),
            because=because,
            witness=witness, dtypes=("bfloat16",),
        ),
        deviates(
            "keeps_the_variance_of_sums",
            where=where,
            at_most=Bound(
                "n (5.1 u)^2: the mean, 2 sqrt(3) u with 1.6 u of luck, squared, adds up",
                lambda u, summed, allowed: allowed + summed * (5.1 * u) ** 2,
            ),
            because=because,
            witness=witness, dtypes=("bfloat16",),
        ),
        deviates(
            "follows_its_distribution",
            where=where,
            at_most=share,
            because=because,
            witness=witness, dtypes=("bfloat16",),
        ),
        deviates(
            "fills_its_tails",
            where=where,
            at_most=share,
            because=because,
            witness=witness, dtypes=("bfloat16", "float16"),
        ),
        deviates(
            "has_distinct_values",
            where=where,
            at_most=distinct,
            because="the uniform number has 24 bits, 2^24 values over the whole range; float32 has "
            "more of them near 0",
            witness=witness, dtypes=("float32",),
        ),
    )  # fmt: skip

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        for deviation in register:
            binding = deviation(binding)
        return binding

    return noted


_KEPT = (
    "numbers are rejected after they are rounded, by bounds that are rounded: all that rounds to "
    "the end is kept, up to two roundings of it too far out"
)


def _just_above_a_midpoint(u: float) -> dict[str, Any]:
    """A cut at 0.39 deviations whose end, 1 + u and a little, rounds up to 1 + 2u."""
    return {"shape": (3, 1_000_003), "seed": 0, "bound": 0.390625, "std": (1 + 1.02 * u) / 0.390625}


def keeps_its_end(binding: Callable[..., Any]) -> Callable[..., Any]:
    """Register what torch's trunc_normal_ does at its ends where it rejects normal numbers.

    It does from a probability of 0.3 between the bounds on, b = 0.3853. The end b s moves by 2u of
    it at most, of which the leeway of s allows u.
    """
    tails = deviates(
        "fills_its_tails",
        where=lambda bound: bound > 0.385,
        at_most=Bound("u: 2 u b f(b), and b f(b) <= 1/2", lambda u, allowed: allowed + u),
        because=_KEPT,
        witness={
            "bfloat16": _just_above_a_midpoint(2.0**-8),
            "float16": _just_above_a_midpoint(2.0**-11),
        },
    )
    variance = deviates(
        "has_the_stated_variance",
        where=lambda bound: bound > 0.385,
        at_most=Bound(
            "2.1 u s^2: the square of 1 + 2u over that of 1 + u",
            lambda u, y, allowed: allowed + 2.1 * u * y,
        ),
        because=_KEPT,
        witness=_just_above_a_midpoint(2.0**-8), dtypes=("bfloat16",),
    )  # fmt: skip
    return tails(variance(binding))
