"""Equations for the size of deviations of optimizers that follow the gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates
from backends.equations.optimizers.steps import loses_range

if TYPE_CHECKING:
    from collections.abc import Callable


def _left_out(
    entry: str, gradient: Any, parameter: Any, learning_rate: float, dampening: float,
    weight_decay: float, allowed: Any,
) -> Any:  # fmt: skip
    slope = abs(gradient) + weight_decay * abs(parameter)
    return dampening * slope * (learning_rate if entry == "params" else 1.0) + 2 * allowed


# The buffer is g + l w where (1 - d) (g + l w) is due; and the step is a times that. The accepted
# error counts twice, as that of the larger step counts too.
UNDAMPENED = Bound(
    "|error| <= d |g + l w| + 2 accepted in the buffer, a times that in params: the first gradient"
    " is taken whole",
    _left_out,
)

COMPLEX_PRODUCT = Bound("NaN = a inf - 0 inf: a real rate times a complex number", lambda: np.inf)


def multiplies_complex_numbers() -> Callable[..., Callable[..., Any]]:
    """Register that torch's SGD takes complex numbers as such, not their parts."""
    return deviates(
        "agrees_in_every_execution",
        where=lambda execution, gradient: (
            execution == "complex" and not np.all(np.isfinite(gradient))
        ),
        at_most=COMPLEX_PRODUCT,
        because="torch.optim.SGD alone does not step the two parts of a complex number apart: an"
        " infinite part makes both NaN",
        witness={"gradient": np.inf},
        dtypes=("float64", "float32"),
    )


def looks_too_far_ahead() -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that Nesterov's look ahead overflows before the rate makes it small."""
    return loses_range(
        because="g + m b overflows in float16, though a times that would not",
        witness={"gradient": 16384.0, "momentum_buffer": 44416.0},
    )
