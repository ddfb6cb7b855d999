"""What torch's uniform_ does at the ends of [low, high) in 16-bit formats, and with 24 bits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from backends.backend import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable


def wraps_its_end(
    shape: tuple[int, ...] = (3, 1_000_003),
    where: Callable[..., bool] = lambda: True,
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
            at_most=Bound(
                "E - m (1 - exp(-n / m)), m = 1/u = 2^24: n draws of m equally probable values",
                lambda u, y, numbers, allowed: allowed + y + math.expm1(-numbers * u) / u,
            ),
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
