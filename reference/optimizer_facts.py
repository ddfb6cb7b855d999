"""The facts of optimizers. Each names the law in `properties` that it entails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

elementwise_steps = Fact("moves_every_element_alone")
"""A parameter's step depends on its own gradient and state only, not on its neighbours."""

tensors_apart = Fact("moves_every_tensor_alone")
"""A tensor's step depends on its own gradient and state, and on what all share (a count)."""


def rests(keeps: Callable[..., float] = lambda: 1.0) -> Fact:
    """From the beginning, a zero gradient multiplies params by `keeps` (1 without weight decay).

    `keeps` takes hyper-parameters by name. Every entry of the state stays, but counts.
    """
    return Fact("rests_at_zero_gradient", {"keeps": keeps})


def symmetric_steps(*odd: str) -> Fact:
    """step(-g, -w) = -step(g, w), the state's `odd` entries changing sign too."""
    return Fact("mirrors_its_gradients", {"odd": odd})


def unitless_without_eps(**powers: int) -> Fact:
    """Where eps is 0, c g moves as far as g does; a state entry is in units of c^power."""
    return Fact("ignores_the_unit_of_gradients", {"powers": powers})


def first_step(longest: Callable[..., float], fades: Callable[..., float]) -> Fact:
    """longest / (1 + fades / |g|) <= |first step| <= longest, against the gradient's sign."""
    return Fact("takes_a_first_step_of_known_length", {"longest": longest, "fades": fades})


def forgets(**decays: str) -> Fact:
    """At zero gradient a state entry falls by its decay, the hyper-parameter named, every step."""
    return Fact("forgets_at_its_decay", {"decays": decays})


def refuses(**nonsense: tuple[float, ...]) -> Fact:
    """Values of hyper-parameters that raise: a negative rate, a decay of 1, a negative eps."""
    pairs = tuple((name, value) for name, values in nonsense.items() for value in values)
    return Fact("refuses_nonsense", {"nonsense": pairs})


def converges(rate: Callable[..., float], steps: int = 32) -> Fact:
    """On the quadratic c w^2 / 2 parameters fall by at least the factor `rate` a step.

    `rate` takes the curvature c and hyper-parameters by name; over `steps` steps from rest.
    """
    return Fact("converges_on_a_quadratic", {"rate": rate, "steps": steps})


def moves_by_share(share: Callable[..., float], **chosen: str) -> Fact:
    """From the beginning, without eps, a tensor moves by `share` of its norm.

    `share` takes hyper-parameters by name; the conventions `chosen` are those it holds for.
    """
    return Fact("moves_by_a_share_of_the_norm", {"share": share, "chosen": chosen})


def at_most_a_share(share: Callable[..., float], **chosen: float) -> Fact:
    """However much gradients grow, a tensor moves by at most `share` of its norm.

    `share` takes hyper-parameters by name; `chosen` are those it holds for.
    """
    return Fact("moves_by_at_most_a_share", {"share": share, "chosen": chosen})


keeps_norms = Fact("keeps_the_norm_at_right_angles")
"""A gradient at right angles to a tensor turns it, and leaves its norm."""
