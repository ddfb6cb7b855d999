"""Nonsense that a library accepts: hyper-parameters out of their domains that raise nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backends.binding import Bound, deviates

if TYPE_CHECKING:
    from collections.abc import Callable

_RATES = Bound("1: rates come out where an error is due", lambda: 1.0)


def accepts(*nonsense: str, because: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register each of these (spelled `decay_rate=-0.5`) as accepted, with itself as witness."""

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        for one in nonsense:
            binding = _accepted(one, because)(binding)
        return binding

    return noted


def _accepted(one: str, because: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return deviates(
        "refuses_nonsense",
        where=lambda nonsense: nonsense == one,
        at_most=_RATES,
        because=f"{one} is accepted: {because}",
        witness={"nonsense": one},
    )
