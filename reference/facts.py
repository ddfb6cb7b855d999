"""The facts a technique may state. Each names the law in `properties` that it entails."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

odd = Fact("is_odd")
"""f(-x) = -f(x)."""

even = Fact("is_even")
"""f(-x) = f(x)."""

nondecreasing = Fact("is_nondecreasing")
"""x <= y implies f(x) <= f(y)."""

nan = Fact("propagates_nan")
"""f(NaN) = NaN, and so are its derivatives."""

signed_zero = Fact("keeps_signed_zero")
"""f(-0) = -0 and f(+0) = +0."""


def bounds(
    low: float | Callable[..., float] | None,
    high: float | Callable[..., float] | None,
    *,
    attained: bool = False,
) -> Fact:
    """low <= f(x) <= high; a function of the hyper-parameters where the bound depends on them.

    `attained`: f takes the bound at a point (a minimum, say, and not a limit), so that an
    implementation may be below it by the accepted error there.
    """
    return Fact("stays_within_bounds", {"low": low, "high": high, "attained": attained})


def lipschitz(constant: float | Callable[..., float]) -> Fact:
    """|f'(x)| <= constant for every x."""
    return Fact("is_lipschitz", {"constant": constant})


def limits(
    at_minus_infinity: float | Callable[..., float], at_infinity: float | Callable[..., float]
) -> Fact:
    """f(-inf) and f(+inf), which every implementation returns when it is given them."""
    return Fact("reaches_its_limits", {"low": at_minus_infinity, "high": at_infinity})


def fixed_points(*points: float) -> Fact:
    """f(p) = p, exactly."""
    return Fact("fixes_its_fixed_points", {"points": points})


def kinks(*points: float | Callable[..., float]) -> Fact:
    """Points where the derivative jumps. A subgradient there lies between the one-sided ones."""
    return Fact("takes_a_subgradient_at_kinks", {"points": points})


def smooth(*jumps: float | Callable[..., float]) -> Fact:
    """Twice differentiable, the second derivative continuous but at the points named."""
    return Fact("has_a_continuous_second_derivative", {"jumps": jumps})


sums_to_one = Fact("sums_to_one")
"""The numbers of every row of the result are at least 0, and sum to 1."""

shift_invariant = Fact("is_shift_invariant", {"rate": 0})
"""f(x + s) = f(x): a row may be shifted."""

shift_equivariant = Fact("is_shift_invariant", {"rate": 1})
"""f(x + s) - s = f(x): a row's shift is the result's."""

permutation_equivariant = Fact("is_permutation_equivariant")
"""f(P x) = P f(x): the numbers of a row may change places, or the result of a row stays."""

gradient_sums_to_zero = Fact("gradient_sums_to_zero")
"""The gradient of every row sums to 0, as a shift of the row changes nothing."""

maskable = Fact("ignores_masked_entries")
"""exp(-inf) = 0: an entry of -inf adds nothing, and receives no gradient but its own."""

rowwise = Fact("keeps_rows_apart")
"""The leading axes, any number of them, are a batch: rows know nothing of each other."""


def homogeneous(name: str) -> Fact:
    """f(2 x) = 2 f(x) in the input of this name, to the last bit."""
    return Fact("is_homogeneous", {"input": name})


follows_the_step = Fact("depends_on_the_step_alone")
"""A schedule's rate at a step is the same in any order of steps, and after a restart."""

proportional = Fact("is_proportional_to_its_base_rate")
"""c times the base rate gives c times the rates."""


def stays_between(low: float | Callable[..., float], high: float | Callable[..., float]) -> Fact:
    """low <= rate / base rate <= high at every step."""
    return Fact("stays_between_its_ends", {"low": low, "high": high})


def falls(until: int | Callable[..., int]) -> Fact:
    """s <= t <= until implies rate(t) <= rate(s)."""
    return Fact("falls_until_its_end", {"until": until})


def ends(
    after: int | Callable[..., int],
    start: float | Callable[..., float],
    end: float | Callable[..., float],
) -> Fact:
    """rate(0) = start * base rate, and rate(after) = end * base rate."""
    return Fact("starts_and_ends_as_stated", {"after": after, "start": start, "end": end})


shrinks = Fact("keeps_direction")
"""Gradients are multiplied by one number between 0 and 1."""

unspoilt_zero = Fact("keeps_zero_gradients")
"""Gradients that are all 0 stay so: no 0 / 0."""


def idempotent(within: Callable[..., float]) -> Fact:
    """What was treated once stays as it is, within a relative change (0 where it is exact)."""
    return Fact("is_idempotent", {"within": within})


def at(value: Any, parameters: dict[str, Any]) -> Any:
    """Evaluate a fact's value at these hyper-parameters: it is a number or a function of them."""
    if not callable(value):
        return value
    return value(**{name: parameters[name] for name in inspect.signature(value).parameters})


def rejects(*nonsense: dict[str, Any]) -> Fact:
    """Hyper-parameters outside their domains raise ValueError: each of these alone does."""
    return Fact("refuses_nonsense", {"nonsense": nonsense})
