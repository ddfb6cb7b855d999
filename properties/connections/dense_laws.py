"""Laws of dense connections: what is put side by side."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import numpy as np

from properties.connections.blocks import Blocks
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array
    from reference.technique import Fact


def carries_its_input(trial: Blocks, fact: Fact) -> Finding:
    """The first features of y are x, to the last bit; a cotangent of these alone is the gradient of
    x, and reaches no weight.
    """
    del fact
    x, y = trial.named("x"), trial.y
    width = x.shape[1]
    c = trial.cotangents.copy()
    c[:, width:] = 0
    of_x, *rest = trial.pulled(c)
    none = [(f"[{k}]", np.zeros_like(g), g) for k, g in enumerate(rest, 1)]
    return trial.same(("y", x, y[:, :width]), ("x", c[:, :width], of_x), *none)


def sums_gradients_over_uses(trial: Blocks, fact: Fact) -> Finding:
    """What arrives at an input is the sum of what its uses send back: y, and every layer that reads
    it. For the cotangent of one row, a layer's is the gradient of its bias.
    """
    c = np.zeros_like(trial.cotangents)
    c[0] = trial.cotangents[0]
    names = [n for n in trial.subject.technique.inputs for _ in leaves(trial.wide(n))]
    known = trial.wide() | trial.parameters | {"c": c[0].astype(np.float64)}
    known["x"] = known["x"][0]
    wanted = inspect.signature(fact.values["terms"]).parameters
    direct, later, passing = fact.values["terms"](**{n: known[n] for n in wanted})
    pulled, true = trial.pulled(c), trial.pulled_truth(c)
    at = names.index(fact.values["of"])
    seen, slack = _row(pulled[at]), _row(true[at].allowed)
    due = direct + sum(pulled[k].astype(np.float64) @ w for k, w in later.items())
    slack = slack + sum(true[k].allowed @ np.abs(w) for k, w in later.items())
    return trial.compare(seen, np.where(passing, due, _skipped(direct, fact)), slack,
                         floor=trial.floor)  # fmt: skip


def _skipped(direct: Array, fact: Fact) -> Array:
    """Where relu lets nothing pass, x still stands in y; a layer's result is 0 there."""
    return direct if fact.values["of"] == "x" else np.zeros_like(direct)


def _row(x: Array) -> Array:
    return np.asarray(x[0] if x.ndim == 2 else x, np.float64)


def swaps_columns_with_the_order(trial: Blocks, fact: Fact) -> Finding:
    """In the other order, with the halves of the last matrix swapped, the block is the same."""
    del fact
    order = trial.parameters["order"]
    other = trial.replaced(
        {"w3": _halves_swapped}, order="skip last" if order == "skip first" else "skip first"
    )
    y, same = (t.y.astype(np.float64) for t in (trial, other))
    return trial.compare(same, y, 2 * trial.truth[0].allowed, floor=2 * trial.floor)


def _halves_swapped(w: Array) -> Array:
    return np.concatenate(np.split(w, 2, axis=1)[::-1], axis=1)
