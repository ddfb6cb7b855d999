"""Equations for deviations of averaged gradient descent."""

from __future__ import annotations

from backends.binding import Bound

# The rate falls to a quarter in a run; the one before it is then at most four times as large.
LATE_RATE = Bound(
    "|error| <= (3 + 2^-21) |update| + 4 accepted: the step is taken with the rate before, which is"
    " kept in float32",
    lambda update, allowed: (3 + 2.0**-21) * abs(update) + 4 * allowed,
)

# Rate and share are off by half an ulp of float32 each: 2^-24 of themselves.
SINGLE_RATE = Bound(
    "params: |error| <= 2^-24 (|update| + l a |w|) + accepted; average: that, + 2^-24 |w - x|",
    lambda entry, update, parameter, average, learning_rate, decay, allowed: (
        2.0**-24 * (abs(update) + learning_rate * decay * abs(parameter))
        + (entry == "average") * 2.0**-24 * abs(parameter + update - average)
        + allowed
    ),
)

# Where all of w is taken, x + (w - x) is w but for what the difference rounds.
THROUGH_THE_DIFFERENCE = Bound(
    "|error| <= 2 u (|x| + |y|) + accepted: x + 1 (w - x)",
    lambda y, average, u, allowed: 2 * u * (abs(average) + abs(y)) + allowed,
)
