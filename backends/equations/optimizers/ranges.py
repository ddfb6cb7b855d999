"""What optimizers that average gradients and their squares lose in float16.

`entries` name what else is kept besides the first moment; in witnesses all of it is 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.equations.optimizers.steps import loses_range

if TYPE_CHECKING:
    from collections.abc import Callable

_LAWS = ("agrees_with_reference", "takes_a_first_step_of_known_length")


def _from_zero(gradient: float, entries: tuple[str, ...]) -> dict[str, float]:
    return {"gradient": gradient} | dict.fromkeys(("first_moment", *entries), 0.0)


def underflows(*entries: str, gradient: float = 1e-4) -> Callable[..., Any]:
    """Register that moments of small gradients underflow, and that eps does."""
    return loses_range(
        *_LAWS,
        because="float16 moments underflow below gradients of 1e-3, and eps = 1e-8 is 0 in float16",
        witness=_from_zero(gradient, entries),
    )


def overflows(*entries: str, gradient: float, because: str) -> Callable[..., Any]:
    """Register that squares of large gradients overflow, and what comes of it."""
    return loses_range(*_LAWS, because=because, witness=_from_zero(gradient, entries))


def loses_eps(law: str = "rests_at_zero_gradient", **small: float) -> Callable[..., Any]:
    """Register that an eps of 1e-8 is 0, by which a zero gradient is then divided.

    `small` names it where it is not the default.
    """
    return loses_range(
        law,
        because="eps = 1e-8 is 0 in float16: a zero gradient turns its parameter into NaN",
        witness={"gradient": 0.0, **small},
    )
