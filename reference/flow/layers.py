"""One layer of a stack at a point: what comes out, tangents onwards, gradients back.

A layer is written with +, -, *, /, @, **, indices, means and the functions of this file alone. So
it takes NumPy arrays, and as well numbers that know how far off they may be: those bring their own
`through`, `variance` and `beside` (`properties/flow/near.py`), and the bound of every law that
compares layer by layer is derived by running the layer itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np

from reference.numerics import Array, logistic
from reference.propagation import rectifier

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Phi: TypeAlias = Literal["tanh", "relu", "sigmoid", "linear"]
"""What follows a layer's sum."""

Norm: TypeAlias = Literal["layer", "rms", "batch", "none"]
"""What stands between a layer's sum and its activation; without scale and shift."""

EPS = 1e-5
"""Added to every variance."""


class Smooth(NamedTuple):
    """An activation: its value and slope, how steep the two are at most, and roundings of each.

    A slope is taken from the output, as both libraries do: 1 - y^2 and y (1 - y) are off by a few
    u, not by a few ulps. At a kink (0, of a rectifier) the slope may be either side's.
    """

    value: Callable[[Array], Array]
    slope: Callable[[Array], Array]
    steepest: float
    bend: float
    ulps: float
    kink: bool = False


def _tanh_slope(z: Array) -> Array:
    e = np.exp(-2 * np.abs(z))
    return 4 * e / (1 + e) ** 2


_RELU, _LINEAR = rectifier(0.0, "relu"), rectifier(1.0, "linear")

FUNCTIONS: dict[str, Smooth] = {
    "tanh": Smooth(np.tanh, _tanh_slope, 1.0, 0.77, 10.0),
    "relu": Smooth(_RELU.value, _RELU.slope, 1.0, 0.0, 0.0, kink=True),
    "sigmoid": Smooth(logistic, lambda z: logistic(z) * logistic(-z), 0.25, 0.1, 13.0),
    "linear": Smooth(_LINEAR.value, _LINEAR.slope, 1.0, 0.0, 0.0),
}


class Local(NamedTuple):
    """A layer at a point.

    `push` takes a tangent of its state to that of its output; `pull` a gradient of its output to
    those of its state and of its parameters.
    """

    outputs: Any
    push: Callable[[Any], Any]
    pull: Callable[[Any], tuple[Any, ...]]


class Flow(NamedTuple):
    """A stack at a point: what is in front of, between and behind its layers, along axis 0."""

    states: Array
    tangents: Array
    gradients: Array
    parameters: tuple[Array, ...]


def carried(
    layer: Callable[..., Local], x: Array, v: Array, c: Array, given: Sequence[tuple[Array, ...]]
) -> tuple[list[Array], list[Array], list[Array], list[tuple[Array, ...]]]:
    """Take x, and the tangent v, through a layer for each of the `given`, and c back through all.

    Returns states, tangents and gradients from the first to the last, and the gradients of what
    each layer was given.
    """
    steps, states, tangents = [], [x], [v]
    for parameters in given:
        step = layer(states[-1], *parameters)
        states.append(step.outputs)
        tangents.append(step.push(tangents[-1]))
        steps.append(step)
    gradients, own = [c], []
    for step in reversed(steps):
        back, *rest = step.pull(gradients[-1])
        gradients.append(back)
        own.append(tuple(rest))
    return states, tangents, gradients[::-1], own[::-1]


def stacked(
    layer: Callable[..., Local], x: Array, v: Array, c: Array, parameters: tuple[Array, ...]
) -> Flow:
    """`carried` through layers whose parameters lie along axis 0 of each array."""
    given = list(zip(*parameters, strict=True))
    states, tangents, gradients, own = carried(layer, x, v, c, given)
    empty = tuple(np.zeros_like(p) for p in parameters)
    ours = tuple(np.stack(p) for p in zip(*own, strict=True)) if own else empty
    return Flow(np.stack(states), np.stack(tangents), np.stack(gradients), ours)


def beside(a: Any, b: Any) -> Any:
    """Features of both: a's, then b's."""
    return a.beside(b) if hasattr(a, "beside") else np.concatenate([a, b], axis=-1)


def affine(h: Any, w: Any, b: Any) -> Local:
    """z = h w' + b for rows h, w (outputs, inputs)."""
    return Local(
        h @ w.T + b,
        lambda t: t @ w.T,
        lambda g: (g @ w, g.T @ h, g.sum(axis=0)),
    )


def convolved(h: Any, w: Any, b: Any) -> Local:
    """A convolution of images (rows, channels, pixels) that are rings, w (outputs, inputs, taps).

    z_p = sum_j w_j h_(p + j - 1) + b, as the libraries correlate.
    """
    places = [(np.arange(h.shape[-1]) + j - w.shape[-1] // 2) % h.shape[-1] for j in _taps(w)]
    back = [np.argsort(place) for place in places]

    def moved(t: Any) -> Any:
        return sum((w[:, :, j] @ t[..., places[j]] for j in _taps(w)[1:]),
                   start=w[:, :, 0] @ t[..., places[0]])  # fmt: skip

    def pull(g: Any) -> tuple[Any, ...]:
        spread = [(w[:, :, j].T @ g)[..., back[j]] for j in _taps(w)]
        taps = [(g @ h[..., places[j]].swapaxes(1, 2)).sum(axis=0) for j in _taps(w)]
        last = taps[0].reshape((*taps[0].shape, 1))
        for tap in taps[1:]:
            last = beside(last, tap.reshape((*tap.shape, 1)))
        return sum(spread[1:], start=spread[0]), last, g.sum(axis=2).sum(axis=0)

    return Local(moved(h) + b.reshape((-1, 1)), moved, pull)


def _taps(w: Any) -> range:
    return range(w.shape[-1])


def normalized(z: Any, kind: Norm) -> Local:
    """z over its root mean square, once centred (except "rms"): of each row, or of each feature."""
    if kind == "none":
        return Local(z, lambda t: t, lambda g: (g,))
    axes = tuple(a for a in range(z.ndim) if (a != 1 if kind == "batch" else a != 0))
    centred = z if kind == "rms" else z - z.mean(axis=axes, keepdims=True)
    size = (z * z).mean(axis=axes, keepdims=True) if kind == "rms" else _variance(z, centred, axes)
    inverse = (size + EPS) ** -0.5
    y = centred * inverse

    def tangent(t: Any) -> Any:
        t = t if kind == "rms" else t - t.mean(axis=axes, keepdims=True)
        return (t - y * (y * t).mean(axis=axes, keepdims=True)) * inverse

    return Local(y, tangent, lambda g: (tangent(g),))  # its Jacobian is symmetric


def _variance(z: Any, centred: Any, axes: tuple[int, ...]) -> Any:
    if hasattr(z, "variance"):
        return z.variance(axes)
    return (centred * centred).mean(axis=axes, keepdims=True)


def activated(z: Any, phi: Phi) -> Local:
    """phi(z), number by number."""
    known = FUNCTIONS[phi]
    if hasattr(z, "through"):
        value, slope = z.through(known)
    else:
        value = np.asarray(known.value(z), z.dtype)
        slope = np.asarray(known.slope(z), z.dtype)
    return Local(value, lambda t: slope * t, lambda g: (slope * g,))


def in_turn(first: Local, *then: Callable[[Any], Local]) -> Local:
    """One after the other; parameters are those of the first."""
    steps = [first]
    for after in then:
        steps.append(after(steps[-1].outputs))

    def push(t: Any) -> Any:
        for step in steps:
            t = step.push(t)
        return t

    def pull(g: Any) -> tuple[Any, ...]:
        for step in reversed(steps[1:]):
            (g,) = step.pull(g)
        return first.pull(g)

    return Local(steps[-1].outputs, push, pull)


def full(h: Any, w: Any, b: Any, phi: Phi, norm: Norm) -> Local:
    """phi(norm(h w' + b)): what plain, residual, dense and highway stacks are made of."""
    return in_turn(affine(h, w, b), lambda z: normalized(z, norm), lambda z: activated(z, phi))
