"""Laws of gradients through time: alive in saturated gates, as strong as the spectral radius."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays
from properties.recurrent.runs import inputs, pulled, states
from properties.trial import all_of
from reference.numerics import rounded

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array, Format
    from reference.technique import Fact

RADII = (0.5, 1.0, 2.0)
SMALL = 2.0**-8
"""The length of the first state: near 0, where slopes are 1."""


def keeps_gradient_alive(trial: Arrays, fact: Fact) -> Finding:
    """Of gates so open that they round to 1, no bias's gradient that is a normal number is 0."""
    names = trial.subject.technique.inputs
    opening = _opening(names, fact.values["rows"], fact.values["less"])
    opened = trial.changed(opening, **fact.values["chosen"])
    form, place = trial.subject.form, names.index("b_ih")
    truth = opened.true_gradients[place]
    seen = opened.observed_gradients()[place][1].astype(np.float64)
    asked = (np.abs(truth.high) >= 2 * form.tiny) & (np.abs(truth.high) > truth.allowed)
    dead = ~np.isfinite(seen) | (np.sign(seen) != np.sign(truth.high))
    about = {"output": truth.path}
    return opened.compare(
        np.where(dead, seen, truth.high), truth.high, 0.0, mask=asked, about=about
    )


@functools.cache
def _opening(names: tuple[str, ...], by: tuple[str, ...], less: float) -> Any:
    """Weights 0, and gates where they round to 1: 1 - s(a) = u / e, or 1 - tanh(a) < u / 2.

    A state that enters its own argument is 1 from the first.
    """

    def opened(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
        known = dict(zip(names, given, strict=True))
        far = 1 - np.log(form.unit_roundoff)
        deep = 6 if form.bits == 16 else 32  # in 16 bits deeper slopes are no normal numbers
        places = {"logistic": far, "tanh": np.log(deep / form.unit_roundoff) / 2 - less}
        saturates = set(by) & ({"logistic"} if "logistic" in by else {"tanh"})
        width = len(known["b_ih"]) // len(by)
        moved = np.array([name in saturates for name in by]).repeat(width)
        values = np.array([places[name] for name in by]).repeat(width)
        known["b_ih"] = np.where(moved, values, known["b_ih"])
        known["b_hh"] = np.where(moved, 0.0, known["b_hh"])
        known |= {n: 0 * known[n] for n in ("w_ih", "w_hh")}
        known |= {"h0": np.ones_like(known["h0"])} if less else {}
        return tuple(rounded(known[n], form) for n in names)

    return opened


def gradient_follows_the_spectral_radius(trial: Arrays, fact: Fact) -> Finding:
    """Near 0, with a recurrent matrix that is r times an orthogonal one, a gradient that has gone
    back k steps is r^k times as long as it was: it vanishes for r < 1 and explodes for r > 1.

    tanh' >= 1 - a^2 shortens it by the squares of the states, r^k SMALL; ReLU's slopes are 1 for a
    permutation of positive states. A step rounds: sums of H + 1 terms by their magnitudes, which
    are longer by sqrt(H) at most, the matrix itself, the slope, and the product with it.
    """
    identity, known = fact.values["identity"], inputs(trial)
    (h,), x, form = states(trial), known["x"], trial.subject.form
    times, (batch, hidden) = len(x), h.shape
    relu = trial.parameters.get("activation") == "relu"
    c = np.asarray(trial.cotangents[1], np.float64)

    def one(radius: float) -> Finding:
        turn = np.roll(np.eye(hidden), 1, axis=0) if relu else _orthogonal(known["w_hh"])
        first = SMALL * (np.abs(h) if relu else h) / np.linalg.norm(h, axis=1, keepdims=True)
        of_x, of_h, *_ = pulled(
            trial, (np.zeros((times, batch, hidden)), c),
            x=0 * x, h0=first, w_hh=radius * turn - identity * np.eye(hidden),
            w_ih=np.eye(hidden, x.shape[2]), b_ih=0 * known["b_ih"], b_hh=0 * known["b_hh"],
        )  # fmt: skip
        lengths = np.linalg.norm(np.stack([of_h, *of_x[..., :hidden]]), axis=-1)
        lags = np.arange(times, -1.0, -1.0)[:, None]
        due = radius**lags * np.linalg.norm(c, axis=1)
        step = (hidden + 2) * np.sqrt(hidden) * (radius + 2 * identity) / radius + 5
        curved = sum((radius**k * SMALL) ** 2 for k in range(1, times + 1))
        slack = due * ((lags + 1) * step * form.unit_roundoff + (0 if relu else curved))
        return trial.compare(lengths, due, slack, about={"radius": radius})

    return all_of(one(radius) for radius in RADII)


def _orthogonal(near: Array) -> Array:
    """The orthogonal matrix nearest to a square one."""
    u, _, v = np.linalg.svd(near)
    return u @ v
