"""Laws of sizes: how a block's output grows with its input, up to the ends of a format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.connections.blocks import Blocks
from properties.connections.path_laws import contracted
from properties.trial import all_of
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.finding import Finding
    from reference.numerics import Array
    from reference.technique import Fact

ROOM = 8
"""Powers of 2 left between the largest number on the way and the largest of the format."""


def scales_with_its_input(trial: Blocks, fact: Fact) -> Finding:
    """With layers of the norm 1/2, 2^k times x and all biases is 2^k times y, and 2^k times the
    gradients of weights, to the last bit; the gradients of x and of biases stay. k takes the
    largest number next to the end of the format.
    """
    names = fact.values["names"]
    layers = [n for n in trial.subject.technique.inputs if n.startswith("w")]
    small = trial.replaced(dict.fromkeys(layers, contracted))
    size = sum(float(np.sum(np.abs(a))) for _, a in leaves(small.wide(*names)))
    form = trial.subject.form
    k = max(0, int(np.floor(np.log2(form.largest) - np.log2(size))) - ROOM)
    large = small.replaced(dict.fromkeys(names, enlarged(k)))
    floor = (trial.floor + trial.coarse) * 2.0**k
    pairs = [("y", 2.0**k * small.y.astype(np.float64), large.y)]
    paths = [
        n for n in trial.subject.technique.inputs for _ in leaves(trial.wide(n)) if n != "kept"
    ]
    pulled = (t.pulled(trial.cotangents) for t in (small, large))
    gradients = zip(paths, *pulled, strict=True)
    for n, g, h in gradients:
        grown = 1.0 if n in names else 2.0**k
        pairs.append((n, grown * g.astype(np.float64), h))
    return large.same(*pairs, floor=floor)


def enlarged(k: int) -> Callable[[Any], Any]:
    """2^k times every array: exactly."""

    def leaf(x: Array) -> Array:
        return np.ldexp(x.astype(np.float64), k).astype(x.dtype)

    return lambda x: mapped(leaf, x)


def overflows_only_where_due(trial: Blocks, fact: Fact) -> Finding:
    """With every number positive, what scales a branch at least 1, and a branch that reaches
    the largest number, or four times as far, y is what the reference gives, but for one part in so
    many as there are roundings: infinite only where that is beyond the largest number.
    """
    first, last = fact.values["first"], fact.values["last"]
    positive = dict.fromkeys(trial.subject.technique.inputs, _at_least_one)
    plain = trial.replaced(positive | dict.fromkeys((*first, *last), _magnitudes))
    end = np.log2(trial.subject.form.largest)
    half = int(end) // 2
    rest = int(np.floor(end - np.log2(np.max(plain.truth[0].high)))) - half
    # The shortcut grows with the first inputs alone: it is far from the largest number.
    large = plain.replaced(dict.fromkeys(first, enlarged(half)))
    found = []
    for k in (rest, rest + 2):
        case = large.replaced({n: enlarged(half + k if n == "b2" else k) for n in last})
        t, claim = case.truth[0], trial.subject.technique.accuracy
        # Nothing cancels: every rounding moves y by one part in 1 / u.
        parts = (claim.ulps + claim.roundings(case.given)) * 2 * trial.subject.form.unit_roundoff
        slack = np.where(np.isfinite(t.high), parts * t.high, 0.0)
        found.append(case.compare(case.y, t.high, slack, low=t.low))
    return all_of(iter(found))


def _at_least_one(x: Any) -> Any:
    return mapped(lambda leaf: np.maximum(np.abs(leaf), np.ones_like(leaf)), x)


def _magnitudes(x: Any) -> Any:
    return mapped(np.abs, x)
