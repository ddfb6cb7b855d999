"""What is drawn for a block: inputs and weights that keep every relu off its kink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.numerics import rounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.connections.blocks import BlockPlan
    from reference.numerics import Array, Format

PLACES = 3
"""Places of a channel."""

PUSHES = (0.0, 3.0, -3.0, 7.0, -7.0)
"""How far gates are pushed open or shut."""


class _Source:
    """Random numbers of a plan, rounded to a format as they are drawn."""

    def __init__(self, plan: BlockPlan, form: Format) -> None:
        self.random, self.form = np.random.default_rng(plan.seed), form
        self.plan = plan

    def rounded(self, x: Array) -> Array:
        return rounded(x, self.form).astype(np.float64)

    def normal(self, *shape: int, size: float = 1.0) -> Array:
        return self.rounded(size * self.random.standard_normal(shape))

    def apart(self, *shape: int, size: float = 1.0) -> Array:
        """At least a quarter of the size away from 0, on either side."""
        sign = self.random.choice((-1.0, 1.0), shape)
        return self.rounded(size * sign * (0.25 + np.abs(self.random.standard_normal(shape))))

    def weights(self, *shape: int) -> Array:
        return self.normal(*shape, size=2.0**self.plan.gain)


def drawn(plan: BlockPlan, form: Format) -> dict[str, Any]:
    """The inputs of the plan's technique, by name."""
    source = _Source(plan, form)
    return _DRAWN.get(plan.technique, _two_layers)(plan, source)


def _x(plan: BlockPlan, source: _Source, *places: int) -> Array:
    """x off the kink of relu, but for an exact 0 here and there."""
    x = source.apart(*plan.shape[:2], *places, size=2.0**plan.size)
    x[0, 0] *= plan.seed % 4 < 3
    return x


def _two_layers(plan: BlockPlan, source: _Source) -> dict[str, Any]:
    batch, width, hidden = plan.shape
    out = width + ("ws" in plan.names)
    x, w1 = _x(plan, source), source.weights(hidden, width)
    w1[0] *= plan.seed % 4 != 0
    entering = np.maximum(x, 0) if dict(plan.parameters).get("activation") == "pre" else x
    return {
        "x": x,
        "w1": w1,
        "b1": off_kinks(entering, w1, source.random),
        "w2": source.weights(out, hidden),
        "b2": source.normal(out, size=2.0**plan.size) + _offset(plan, source),
        "ws": source.apart(out, width),
        "alpha": source.apart(),
        "scale": source.apart(width),
        "weight": source.apart(width),
        "bias": source.normal(width),
        "kept": source.random.integers(0, 2, batch).astype(np.int32),
    }


def _offset(plan: BlockPlan, source: _Source) -> float:
    """A bias that all features share, where what is normalized may lie far from 0."""
    if "weight" not in plan.names:
        return 0.0
    far = 2.0 ** min(plan.size + 10, source.form.precision - 3)
    return far * source.random.choice((0.0, 0.0625, -1.0))


def off_kinks(entering: Array, w: Array, random: np.random.Generator) -> Array:
    """A bias for each unit that puts 0 into a gap between what enters it over the batch."""
    return _off_kinks(entering @ w.T, np.abs(entering) @ np.abs(w.T), random)


def _off_kinks(products: Array, sizes: Array, random: np.random.Generator) -> Array:
    """The gap below the smallest, above the largest, or the widest one between two.

    That one only where it is wide beside the terms of the sums, which may be rounded. A unit with
    zero weights stays at 0 exactly, at the kink.
    """
    ordered, room = np.sort(products, axis=0), np.max(sizes, axis=0)
    gaps = np.diff(ordered, axis=0, prepend=ordered[:1] - room, append=ordered[-1:] + room)
    edges = np.concatenate([ordered[:1] - room, ordered])
    widest = np.argmax(gaps[1:-1], axis=0) + 1 if len(products) > 1 else 0 * room.astype(int)
    unit = np.arange(len(room))
    between = (random.random(len(room)) < 0.5) & (gaps[widest, unit] >= room / 4)
    chosen = np.where(between, widest, random.choice((0, -1), len(room)))
    return -(edges[chosen, unit] + gaps[chosen, unit] / 2)


def _scalar_biases(plan: BlockPlan, source: _Source) -> dict[str, Any]:
    """Three layers, or two: a bottleneck block and a basic one."""
    _, width, hidden = plan.shape
    sizes = (width, hidden, hidden, width) if plan.shape[0] > 1 else (width, hidden, width)
    x, weights, biases = _x(plan, source), [], []
    a, depth = x, len(sizes) - 1
    for layer in range(depth):
        biases.append(source.normal(size=2.0**plan.size))
        weights.append(source.weights(sizes[layer + 1], sizes[layer]))
        a = source.rounded(a + biases[-1])
        if layer + 1 < depth:
            z, size = a @ weights[-1].T, np.abs(a) @ np.abs(weights[-1].T)
            shift = _off_kinks(z.reshape(-1, 1), size.reshape(-1, 1), source.random)[0]
            biases.append(source.rounded(shift))
            a = np.maximum(z + biases[-1], 0)
    biases.append(source.normal(size=2.0**plan.size))
    return {"x": x, "weights": weights, "biases": np.array(biases), "multiplier": source.apart()}


def _concatenated(plan: BlockPlan, source: _Source) -> dict[str, Any]:
    """Three layers that add two features each; in a batch of one, two layers."""
    h = x = _x(plan, source)
    weights, biases = [], []
    for _ in range(3 if plan.shape[0] > 1 else 2):
        r, w = np.maximum(h, 0), source.weights(2, h.shape[1])
        weights.append(w)
        biases.append(source.rounded(off_kinks(r, w, source.random)))
        h = np.concatenate((h, r @ w.T + biases[-1]), axis=1)
    return {"x": x, "weights": weights, "biases": biases}


def _encoded(plan: BlockPlan, source: _Source) -> dict[str, Any]:
    _, width, hidden = plan.shape
    x, w1, w2 = _x(plan, source), source.weights(hidden, width), source.weights(hidden, hidden)
    b1 = source.rounded(off_kinks(x, w1, source.random))
    e = np.maximum(x @ w1.T + b1, 0)
    return {
        "x": x, "w1": w1, "b1": b1, "w2": w2, "b2": off_kinks(e, w2, source.random),
        "w3": source.weights(width, 2 * hidden), "b3": source.normal(width, size=2.0**plan.size),
    }  # fmt: skip


def _gated(plan: BlockPlan, source: _Source) -> dict[str, Any]:
    """Gates open, shut and between: what enters them is at most 10 beside its rounding."""
    width = plan.shape[1]
    x, wh, wt = _x(plan, source), source.weights(width, width), source.weights(width, width)
    reach = np.max(np.abs(x) @ np.abs(wt.T))
    wt = source.rounded(wt * 2.0 ** min(0.0, np.floor(np.log2(3 / reach))))
    pushed = source.random.choice(PUSHES, width)
    return {
        "x": x, "wh": wh, "bh": off_kinks(x, wh, source.random),
        "wt": wt, "bt": pushed + source.random.uniform(-0.5, 0.5, width),
    }  # fmt: skip


def _squeezed(plan: BlockPlan, source: _Source) -> dict[str, Any]:
    _, channels, _ = plan.shape
    squeezed = 2
    x, w1 = _x(plan, source, PLACES), source.weights(squeezed, channels)
    m = np.mean(x, axis=2)
    sizes = np.mean(np.abs(x), axis=2) @ np.abs(w1.T)
    b1 = source.rounded(_off_kinks(m @ w1.T, sizes, source.random))
    w2 = source.weights(channels, squeezed)
    reach = np.max(np.maximum(m @ w1.T + b1, 0) @ np.abs(w2.T), initial=0.0) or 1.0
    w2 = source.rounded(w2 * 2.0 ** min(0.0, np.floor(np.log2(3 / reach))))
    pushed = source.random.choice(PUSHES, channels)
    return {
        "x": x, "w1": w1, "b1": b1, "w2": w2,
        "b2": pushed + source.random.uniform(-0.5, 0.5, channels),
    }  # fmt: skip


_DRAWN: dict[str, Callable[[BlockPlan, _Source], dict[str, Any]]] = {
    "fixup": _scalar_biases,
    "dense_block": _concatenated,
    "skip_concatenation": _encoded,
    "highway": _gated,
    "squeeze_excitation": _squeezed,
}
