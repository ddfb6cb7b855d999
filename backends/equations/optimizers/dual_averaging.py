"""An equation for the size of a deviation of dual averaging."""

from __future__ import annotations

from backends.binding import Bound

# A weight is off by three roundings of float32, 3 2^-24: as if its gradient were off by that in the
# sum, and by half in the sum of squares. Of a gradient 12 u are accepted, and its two parts weigh
# against each other: it moves the quotient by a third of itself, its weight by two thirds.
SINGLE_WEIGHT = Bound(
    "|error| <= 2^28 accepted: weights in float32", lambda allowed: 2.0**28 * allowed
)
