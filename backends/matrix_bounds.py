"""Equations for the size of deviations of optimizers of matrices, with their derivations.

Besides what those of other optimizers name, they name `newton_schulz`: by how much the result moves
when every number stored in the iteration is off by its roundings, in units of the unit roundoff;
and `differences`: the same for the bias corrections, off by 2 b^t u as the power is.
"""

from __future__ import annotations

import numpy as np

from backends.backend import Bound

# What the iteration rounds is accepted at the unit roundoff of the parameters; at that of bfloat16,
# 2^-8, it is as much larger. To first order, as all of what is accepted.
IN_BFLOAT16 = Bound(
    "|error| <= 2^-8 newton_schulz + accepted: the iteration rounds to bfloat16",
    lambda newton_schulz, allowed: 2.0**-8 * newton_schulz + allowed,
)

DIFFERENCES = Bound(
    "|error| <= u differences + accepted: 1 - m^t is a difference of powers, each off by an ulp",
    lambda differences, u, allowed: u * differences + allowed,
)

# B / max(|B|, e) stands where B is due, and no number of it is beyond 1.
NORMALIZED = Bound(
    "|error| <= |B| + 1 + accepted: B / max(|B|, e) is kept in place of B; of any size where one"
    " number of B is not finite",
    lambda y, update, allowed: np.where(np.isfinite(update), abs(y) + 1 + allowed, np.inf),
)
NORMALIZED_FORGETS = Bound("|error| <= |B| + 1 + accepted", lambda y, allowed: abs(y) + 1 + allowed)

# From the second step on U is another matrix. No number of an iterated matrix is beyond its largest
# singular value, 1.21; s is at most sqrt(2) for matrices of at most twice as many rows as columns.
NORMALIZED_RUN = Bound(
    "|error| <= |B| + 1; of params travelled + 20 steps of 1.21 a sqrt(2): each step's direction is"
    " another",
    lambda entry, y, travelled, learning_rate, allowed: (
        travelled + 20 * 1.21 * learning_rate * np.sqrt(2) + allowed
        if entry == "params"
        else abs(y) + 1 + allowed
    ),
)

STEPS_OTHERS = Bound("1: a step is taken where an error is due", lambda: 1.0)
