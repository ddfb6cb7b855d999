"""An equation for the size of a deviation of dual averaging."""

from __future__ import annotations

from backends.binding import Bound

# A weight is off by 3 U, three roundings of float32. With A and S the parts that the newest
# gradient and the sum before it have in the quotient, that moves it by 3 U (|A| + |A + S| / 3) at
# most. What is accepted, 12 u of gradient and sum, is 12 u (|A - 2 f (A + S) / 3| + |S|) at least,
# where f <= 1 is the newest part of the square sum: 12 u (|A| + |S|) / 3. The one is at most
# 3 U (4 |A| + |S|) / (12 u (|A| + |S|)) <= U / u = 2^29 times the other.
SINGLE_WEIGHT = Bound(
    "|error| <= 2^29 accepted: weights in float32", lambda allowed: 2.0**29 * allowed
)
