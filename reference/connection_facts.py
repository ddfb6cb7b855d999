"""The facts a connection may state. Each names the law that it entails.

A shortcut is a function of some of a block's inputs, by their names, that returns a `Linearized`:
what is passed on beside the branch, and the pullback to x. A change is a dict: what becomes of the
inputs named, a number to fill them with or a function of the input.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.numerics import Array, Linearized
from reference.technique import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Shortcut = Callable[..., Linearized]
    Change = Mapping[str, float | Callable[[Any], Any]]


def shown(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say what a function in a fact is called where facts are printed."""

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__dict__["told"] = text
        return function

    return noted


rows_apart = Fact("keeps_rows_apart")
"""A row of x alone decides its row of y and of the gradient: rows are a batch."""


@shown("x")
def identity(x: Array) -> Linearized:
    """The shortcut that passes x on as it is."""
    return Linearized(x, lambda c: (c,))


@shown("0")
def zero(x: Any) -> Any:
    """Zeros in the place of an array."""
    return np.zeros_like(x)


@shown("doubled")
def twice(x: Any) -> Any:
    """Twice an array, exactly: a power of 2."""
    return x + x


def last(change: Callable[[Any], Any]) -> Callable[[list[Any]], list[Any]]:
    """Change the last array of a list."""

    def changed(arrays: list[Any]) -> list[Any]:
        return [*arrays[:-1], change(arrays[-1])]

    return shown("the last one 0" if change is zero else "the last one changed")(changed)


def superposes(shortcut: Shortcut, **doubled: Callable[[Any], Any]) -> tuple[Fact, ...]:
    """y = shortcut(x) + F(x), its Jacobian the sum of both: a change that doubles F shows F."""
    values = {"shortcut": shortcut, "change": doubled}
    return Fact("superposes_its_paths", values), Fact("adds_the_jacobians_of_its_paths", values)


def passes(shortcut: Shortcut, **change: float | Callable[[Any], Any]) -> Fact:
    """With these inputs, as at initialization, the block is its shortcut, to the last bit."""
    return Fact("is_its_shortcut_at_initialization", {"shortcut": shortcut, "change": change})


def keeps_gradients(
    share: str,
    least: Callable[..., float],
    *contracted: str,
    **change: float | Callable[[Any], Any],
) -> Fact:
    """|dL/dx| >= least(inputs) |dL/dy| in every row, once the inputs named have the norm 1/2.

    `share` is what `least` computes, as it is printed. Other inputs may be changed as well.
    """
    values = {"least": shown(share)(least), "contracted": contracted, "change": change}
    return Fact("keeps_a_lower_bound_on_the_gradient", values)


def scales_exactly(name: str, *gradients: str) -> Fact:
    """At x = 0 y doubles with the input named, and so do the gradients of these, to the bit."""
    return Fact("scales_its_branch_exactly", {"scale": name, "gradients": gradients})


def homogeneous_in(*names: str) -> Fact:
    """A power of 2 times these inputs is that times y, and leaves the gradient of x: no bit less.

    Of x and the biases it is true wherever all nonlinear functions are relus.
    """
    return Fact("scales_with_its_input", {"names": names})


def overflows(*first: str, last: tuple[str, ...]) -> Fact:
    """The branch overflows, and y with it, where the truth does: not before.

    To make it overflow, the inputs in `first` and in `last` are enlarged.
    """
    return Fact("overflows_only_where_due", {"first": first, "last": last})


def uses(of: str, terms: Callable[..., tuple[Array, dict[int, Array], Array]]) -> Fact:
    """The gradient of one input (or bias) is the sum of what each of its uses sends back.

    terms(c, **inputs) gives, for a row's cotangent c, what arrives directly; by the number of the
    gradient of a later layer's bias, the matrix that leads from there; and where relu lets pass.
    """
    return Fact("sums_gradients_over_uses", {"of": of, "terms": terms})


def norm(w: Array) -> float:
    """The spectral norm of a matrix, the largest magnitude of anything smaller."""
    w = np.asarray(w, np.float64)
    return float(np.linalg.norm(w, 2) if w.ndim == 2 else np.max(np.abs(w), initial=0.0))
