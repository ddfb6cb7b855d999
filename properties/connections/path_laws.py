"""Laws of the paths through a block: what the shortcut passes on, and what the branch adds."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.connections.blocks import Blocks
from properties.trial import all_of
from reference.connection_facts import norm
from reference.connection_facts import twice as twice_as_large
from reference.trees import mapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.finding import Finding
    from reference.numerics import Array, Linearized
    from reference.technique import Fact


def _called(function: Callable[..., Any], trial: Blocks) -> Any:
    """A function of some of the inputs, in float64."""
    return function(**trial.wide(*inspect.signature(function).parameters))


def is_its_shortcut_at_initialization(trial: Blocks, fact: Fact) -> Finding:
    """With the inputs that the fact names as at initialization, the block is its shortcut, and the
    gradient of x the shortcut's: exactly.
    """
    still = trial.replaced(fact.values["change"])
    passed: Linearized = _called(fact.values["shortcut"], still)
    due = passed.pullback(np.asarray(still.cotangents, np.float64))[0]
    gradient = still.observed_gradients()[0][1]
    return still.same(("y", passed.outputs, still.y), ("gradient", due, gradient))


def superposes_its_paths(trial: Blocks, fact: Fact) -> Finding:
    """Twice the branch adds F once more: y is the mean of the shortcut and of that."""
    twice = trial.replaced(fact.values["change"])
    passed = _called(fact.values["shortcut"], trial).outputs
    y, double = (t.y.astype(np.float64) for t in (trial, twice))
    slack = 2 * trial.truth[0].allowed + twice.truth[0].allowed
    return trial.compare(double, 2 * y - passed, slack, floor=3 * trial.floor)


def adds_the_jacobians_of_its_paths(trial: Blocks, fact: Fact) -> Finding:
    """(S + J_F)^T c for several cotangents c: twice the branch adds J_F^T c once more, and what is
    left is the shortcut's own, c itself for the identity.
    """
    twice = trial.replaced(fact.values["change"])
    passed: Linearized = _called(fact.values["shortcut"], trial)
    c = trial.cotangents
    one = np.zeros_like(c)
    one[0, -1] = 1
    found = []
    for name, pulled in (("drawn", c), ("one", one), ("turned", -c[::-1])):
        g, double = (t.pulled(pulled)[0].astype(np.float64) for t in (trial, twice))
        once, again = (t.pulled_truth(pulled)[0].allowed for t in (trial, twice))
        due = passed.pullback(pulled.astype(np.float64))[0]
        found.append(
            trial.compare(
                2 * g - double, due, 2 * once + again, floor=3 * trial.floor,
                about={"cotangents": name},
            )
        )  # fmt: skip
    return all_of(iter(found))


def keeps_a_lower_bound_on_the_gradient(trial: Blocks, fact: Fact) -> Finding:
    """|dL/dx| >= (1 - |F'|) |dL/dy| for every row, in spectral norms (1/2 for every layer)."""
    halved = dict.fromkeys(fact.values["contracted"], contracted)
    small = trial.replaced(halved | fact.values["change"])
    share = _called(fact.values["least"], small)
    axes = tuple(range(1, small.cotangents.ndim))
    least = share * np.sqrt(np.sum(small.cotangents.astype(np.float64) ** 2, axis=axes))
    seen = np.sqrt(np.sum(small.observed_gradients()[0][1].astype(np.float64) ** 2, axis=axes))
    slack = np.sqrt(np.sum(small.true_gradients[0].allowed ** 2, axis=axes))
    return small.compare(np.minimum(seen, least), least, slack, floor=small.floor)


def contracted(x: Any) -> Any:
    """Every matrix with the spectral norm 1/2; of vectors and numbers the largest is 1/2."""

    def leaf(w: Array) -> Array:
        whole = w.astype(np.float64)
        return (whole / (2 * (norm(whole) or 1.0))).astype(w.dtype)

    return mapped(leaf, x)


def scales_its_branch_exactly(trial: Blocks, fact: Fact) -> Finding:
    """At x = 0 y is the scaled branch: with twice the scale it doubles, and so do the gradients of
    the branch's last weights and biases, to the last bit.
    """
    name, names = fact.values["scale"], trial.subject.technique.inputs
    once = trial.replaced({"x": 0.0})
    twice = trial.replaced({"x": 0.0, name: twice_as_large})
    before, after = once.pulled(trial.cotangents), twice.pulled(trial.cotangents)
    pairs = [("y", 2 * once.y.astype(np.float64), twice.y)]
    for n in fact.values["gradients"]:
        k = names.index(n)
        pairs.append((n, 2 * before[k].astype(np.float64), after[k]))
    return trial.same(*pairs, floor=trial.floor + trial.coarse)
