"""Laws of scaled branches and of sums that are normalized."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.connections.blocks import Blocks
from properties.connections.call_laws import LIKE
from properties.connections.size_laws import enlarged
from reference.connection_facts import twice
from reference.connections.branches import branch
from reference.connections.normalized import normalized

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array
    from reference.technique import Fact

LAYERS = 128
"""Of an encoder: alpha is (2 N)^(1/4) = 4, beta (8 N)^(-1/4)."""


def scales_features_apart(trial: Blocks, fact: Fact) -> Finding:
    """Twice the scale of the first feature changes no other feature of y, and no other gradient of
    the scale, by a bit.
    """
    del fact
    other = trial.replaced({"scale": _first_doubled})
    which = trial.subject.technique.inputs.index("scale")
    g, moved = (t.pulled(trial.cotangents)[which] for t in (trial, other))
    return trial.same(("y", trial.y[:, 1:], other.y[:, 1:]), ("scale", g[1:], moved[1:]))


def _first_doubled(scale: Array) -> Array:
    scale = scale.copy()
    scale[0] = scale[0] + scale[0]
    return scale


def scales_with_its_layers(trial: Blocks, fact: Fact) -> Finding:
    """Without biases inside, each of m - 1 layers L^(-1/(2 m - 2)) times as large makes the branch
    L^(-1/2) times as large: L^(1/2) times the multiplier undoes it, in y and in the gradient of x,
    to the last bit (L = 4^(m - 1): both are powers of 2).
    """
    del fact
    depth = len(trial.named("weights"))
    bare = trial.replaced({"biases": _only_the_last})
    grown = bare.replaced({"weights": _first_halved, "multiplier": enlarged(depth - 1)})
    of_x, as_much = (t.pulled(trial.cotangents)[0] for t in (bare, grown))
    floor = trial.coarse * 2.0**depth + trial.floor
    return trial.same(("y", bare.y, grown.y), ("x", of_x, as_much), floor=floor)


def _only_the_last(biases: Array) -> Array:
    biases = biases.copy()
    biases[:-1] = 0
    return biases


def _first_halved(weights: list[Array]) -> list[Array]:
    half = enlarged(-1)
    return [*(half(w) for w in weights[:-1]), weights[-1]]


def absorbs_its_scale(trial: Blocks, fact: Fact) -> Finding:
    """Twice alpha, twice the branch and four times eps is a normalization of twice the sum: y and
    the gradient of x are the same, to the last bit.
    """
    del fact
    p = trial.parameters
    here = trial.replaced({}, alpha=2.0)
    there = trial.replaced({"w2": twice, "b2": twice}, alpha=4.0, eps=4 * p["eps"])
    of_x, as_much = (t.pulled(trial.cotangents)[0] for t in (here, there))
    return trial.same(
        ("y", here.y, there.y), ("x", of_x, as_much), floor=trial.floor + trial.coarse
    )


def stays_near_its_input(trial: Blocks, fact: Fact) -> Finding:
    """At initialization, of an encoder of N layers, y is LN(x) to within 2 |w| sqrt(D) |F| / |a x|
    in every row: a x less its mean, a = (2 N)^(1/4), F made of layers (8 N)^(-1/4) times as large.
    """
    del fact
    beta = (8 * LAYERS) ** -0.25
    near = trial.replaced(
        {"w1": _times(beta), "w2": _times(beta), "b1": 0.0, "b2": 0.0},
        alpha=(2 * LAYERS) ** 0.25,
    )
    v, p = near.wide(), near.parameters
    alone = normalized(p["alpha"] * v["x"], v["weight"], v["bias"], p["eps"]).outputs
    added = branch(v["x"], v["w1"], v["b1"], v["w2"], v["b2"]).outputs
    centered = p["alpha"] * (v["x"] - np.mean(v["x"], axis=1, keepdims=True))
    width = alone.shape[1]
    size = np.sqrt(np.sum(centered**2, axis=1) + width * p["eps"])
    moved = np.linalg.norm(added - np.mean(added, axis=1, keepdims=True), axis=1)
    bound = 2 * np.max(np.abs(v["weight"])) * np.sqrt(width) * moved / size
    seen = np.linalg.norm(near.observed()[0][1].astype(np.float64) - alone, axis=1)
    t = near.truth[0]
    around = near.slack(t.high, t.allowed, about={"output": t.path}, like=LIKE[0])
    return near.compare(np.maximum(seen, bound), bound, np.linalg.norm(around, axis=1))


def _times(factor: float) -> Any:
    return lambda w: (w.astype(np.float64) * factor).astype(w.dtype)
