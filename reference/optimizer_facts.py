"""The facts of optimizers. Each names the law in `properties` that it entails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.facts import rejects
from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array

elementwise_steps = Fact("moves_every_element_alone")
"""A parameter's step depends on its own gradient and state only, not on its neighbours."""

tensors_apart = Fact("moves_every_tensor_alone")
"""A tensor's step depends on its own gradient and state, and on what all share (a count)."""


def rests(
    keeps: Callable[..., float] = lambda: 1.0,
    *,
    without: tuple[str, ...] = (),
    roundings: float = 0.0,
) -> Fact:
    """From the beginning, a zero gradient multiplies params by `keeps` (1 without weight decay).

    `keeps` takes hyper-parameters by name; those in `without` are 0. Every entry of the state
    stays, but what all tensors share. `roundings` is what a parameter that is put together again
    may be off by.
    """
    values = {"keeps": keeps, "without": without, "roundings": roundings}
    return Fact("rests_at_zero_gradient", values)


def symmetric_steps(*odd: str) -> Fact:
    """step(-g, -w) = -step(g, w), the state's `odd` entries changing sign too."""
    return Fact("mirrors_its_gradients", {"odd": odd})


def unitless_without_eps(*without: str, **powers: int) -> Fact:
    """Where eps (and `without`) is 0, c g moves as far as g does.

    A state entry is in units of c^power.
    """
    return Fact("ignores_the_unit_of_gradients", {"powers": powers, "without": without})


def first_step(longest: Callable[..., float], fades: Callable[..., float]) -> Fact:
    """longest / (1 + fades / |g|) <= |first step| <= longest, against the gradient's sign."""
    return Fact("takes_a_first_step_of_known_length", {"longest": longest, "fades": fades})


def forgets(*without: str, **decays: str) -> Fact:
    """At zero gradient a state entry falls by its decay, the hyper-parameter named, every step.

    Hyper-parameters in `without` are 0.
    """
    return Fact("forgets_at_its_decay", {"decays": decays, "without": without})


def refuses(**nonsense: tuple[float, ...]) -> Fact:
    """Values of hyper-parameters that raise: a negative rate, a decay of 1, a negative eps."""
    return rejects(*({name: value} for name, values in nonsense.items() for value in values))


def converges(rate: Callable[..., float], steps: int = 32) -> Fact:
    """On the quadratic c w^2 / 2 parameters fall by at least the factor `rate` a step.

    `rate` takes the curvature c and hyper-parameters by name; over `steps` steps from rest.
    """
    return Fact("converges_on_a_quadratic", {"rate": rate, "steps": steps})


def gathers(length: Callable[..., float], decay: str = "momentum") -> Fact:
    """Under a constant gradient g, steps grow from rest to `length` |g|, against its sign.

    The n-th is at least 1 - decay^n of that; `decay` names a hyper-parameter, and `length` takes
    them by name, without weight decay.
    """
    return Fact("gathers_speed_under_a_constant_gradient", {"length": length, "decay": decay})


def strides(growth: str, shrinkage: str, longest: str) -> Fact:
    """Steps grow while a gradient keeps its sign, up to the longest; at a turn they shrink.

    All three name hyper-parameters: two factors and a length.
    """
    names = {"growth": growth, "shrinkage": shrinkage, "longest": longest}
    return Fact("lengthens_its_stride_while_signs_stay", names)


matrices_only = Fact("refuses_what_is_no_matrix")
"""A vector among the parameters raises: there is nothing to orthogonalize."""


def nearly_orthogonal(low: float, high: float, factor: Callable[..., float]) -> Fact:
    """Singular values of a first step, over the learning rate and `factor`, lie in [low, high].

    So they do for gradients none of whose singular values is below 1/16 of the largest. `factor`
    takes the shape and hyper-parameters by name.
    """
    values = {"low": low, "high": high, "factor": factor}
    return Fact("moves_by_nearly_orthogonal_matrices", values)


def minimizes_quadratics(**chosen: str) -> Fact:
    """One full step without damping ends at the minimum, where the loss is a parabola.

    It is one at these conventions, from wherever the step starts.
    """
    return Fact("reaches_the_minimum_of_a_quadratic", {"chosen": chosen})


follows_units = Fact("follows_the_units_of_features")
"""Features in other units give weights in other units, and the same predictions: no damping."""


def rests_at_minima(fit: Callable[..., Array]) -> Fact:
    """Where targets are what the model says (`fit` of the scores), weights stay as they are."""
    return Fact("rests_at_a_minimum", {"fit": fit})


secant = Fact("repeats_a_step_that_halved_the_gradient")
"""Where a step halved the gradient and left its direction, the next full step is as long again.

It is Newton's step on the parabola through both gradients: to its minimum.
"""

rests_without_gradient = Fact("rests_where_gradients_vanish")
"""Where all gradients are 0 a run stays where it starts."""


def never_longer(longest: Callable[..., float], decays: Callable[..., float]) -> Fact:
    """No element moves further than `longest`, and by the share `decays` of itself besides."""
    return Fact("never_moves_further_than_its_clip", {"longest": longest, "decays": decays})


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


def moves_the_tree_by(length: Callable[..., float]) -> Fact:
    """From the beginning all tensors together move by this length.

    `length` takes hyper-parameters by name, and `norm`, that of all gradients together.
    """
    return Fact("moves_the_tree_by_a_known_length", {"length": length})


keeps_norms = Fact("keeps_the_norm_at_right_angles")
"""A gradient at right angles to a tensor turns it, and leaves its norm."""


def decays_apart(keeps: Callable[..., float]) -> Fact:
    """Whatever gradient and state are, params w end `keeps` w further than params 0 do.

    `keeps` takes hyper-parameters by name.
    """
    return Fact("decays_apart_from_the_gradient", {"keeps": keeps})


def stands_still(keeps: Callable[..., float] = lambda: 1.0) -> Fact:
    """From the beginning, a zero gradient multiplies params by `keeps`; the state may move."""
    return Fact("stands_still_at_zero_gradient", {"keeps": keeps})


def never_falls(*entries: str) -> Fact:
    """These entries of the state are at least what they were, element by element."""
    return Fact("remembers_the_largest", {"entries": entries})


moves_by_the_rate = Fact("moves_by_the_rate_or_not_at_all")
"""Params 0 step by exactly the learning rate, or not at all where the gradient and its past are."""


def creeps(**decays: str) -> Fact:
    """A state entry changes by at most (1 - decay) g^2 in a step, however far it is away."""
    return Fact("changes_no_faster_than_its_gradient", {"decays": decays})


waits_a_step = Fact("waits_for_its_second_step")
"""The first step leaves params as they are, whatever the gradient: it only begins the state."""


def averages(entry: str, begins: str) -> Fact:
    """A state's entry is the mean of parameters, from a step on that a hyper-parameter names."""
    return Fact("averages_where_it_was", {"entry": entry, "begins": begins})


proportional_steps = Fact("moves_in_proportion_to_its_gradient")
"""From one state a gradient twice as large moves twice as far: it does not divide itself."""
