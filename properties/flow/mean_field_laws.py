"""Laws of stacks of random weights: profiles follow mean field theory within a derived band."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.finding import NOTHING, Finding
from properties.flow.bands import LEFT_OUT, Band, forward, linearized
from properties.flow.plans import SMALL, pixel_fans
from properties.flow.trials import Flows, chance
from properties.trial import all_of
from reference.flow.theory import Layer

if TYPE_CHECKING:
    from reference.numerics import Array
    from reference.technique import Fact

_FOLLOWED = 2.0**240
"""Mean squares up to here: beyond, squares of what follows overflow."""

_ROUNDINGS = 16
"""Of a layer, in units of u, as far as a mean square sees them."""


def _speaks(trial: Flows) -> bool:
    """Of deep stacks; batch normalization's rows depend on each other, for theory they do not."""
    return trial.plan.shape != SMALL and trial.plan.normalization != "batch"


def signals_follow_the_length_map(trial: Flows, fact: Fact) -> Finding:
    """Each layer makes of a signal's mean square what the length map says, from what entered it:
    the sum of R - 1 over all layers is within the band.
    """
    del fact
    if not _speaks(trial):
        return NOTHING
    band = Band.over(trial.plan.rows)
    for layer, (theory, q, units) in enumerate(_entering(trial)):
        due = _averaged(trial, theory.forward(q, _centres(trial, layer)))
        variance, scale = (_averaged(trial, x) for x in forward(theory, q, units))
        with np.errstate(invalid="ignore"):
            off = trial.mean_squares("states")[layer + 1] / due - 1
        off = np.where(np.isfinite(off), off, 0.0)  # a signal that overflows is told elsewhere
        band.note(off, variance, scale, _slack(trial, units, chance_only=True))
    return _judged(trial, band, np.arange(trial.plan.rows), "signal")


def tangents_follow_chi(trial: Flows, fact: Fact) -> Finding:
    """The Jacobian's mean squared singular value is multiplied by chi a layer: so much grows the
    mean square of a random tangent on its way on.
    """
    del fact
    return _linear(trial, "tangents", forwards=True)


def gradients_follow_chi(trial: Flows, fact: Fact) -> Finding:
    """On its way back the mean square of a random gradient is multiplied by chi a layer."""
    del fact
    return _linear(trial, "gradients", forwards=False)


def _linear(trial: Flows, column: str, *, forwards: bool) -> Finding:
    if not _speaks(trial):
        return NOTHING
    seen, band = getattr(trial.wide, column), Band.over(trial.plan.rows)
    states = trial.alive(seen)
    for layer, (theory, q, units) in enumerate(_entering(trial)):
        before, after = (states[layer], states[layer + 1])[:: 1 if forwards else -1]
        factor = theory.onwards if forwards else theory.chi
        due = _spent(trial, factor(q, _centres(trial, layer)), before, forwards=forwards)
        if theory.connection == "dense" and not forwards:  # what was new came back through W
            old, new = before[:, : theory.old], before[:, theory.old :]
            due = (_square(old) + theory.inner_chi(q) * _square(new)) / theory.old
        flat = before.reshape(len(before), -1)
        with np.errstate(invalid="ignore", divide="ignore"):
            peak = np.nan_to_num((flat**4).mean(1) / (flat**2).mean(1) ** 2)
            off = _square(after) / after[0].size / due - 1
        off = np.where(_normal(trial, before) & _normal(trial, after), off, 0.0)
        variance, scale = (
            _averaged(trial, x) for x in linearized(theory, q, _shaped(trial, peak), units)
        )
        band.note(off, variance, scale, _slack(trial, units))
    return _judged(trial, band, np.arange(min(3, trial.plan.rows)), column[:-1])


def correlations_follow_their_map(trial: Flows, fact: Fact) -> Finding:
    """The mean product of two signals that are alike follows its map, layer by layer, in units of
    the roots of their mean squares.
    """
    del fact
    if not _speaks(trial) or trial.plan.rows < 2:
        return NOTHING
    band, states = Band.over(1), trial.alive(trial.wide.states)
    for layer, (theory, q, units) in enumerate(_entering(trial)):
        before, after = ((s[0] * s[1]).mean(0) for s in (states[layer], states[layer + 1]))
        c = _blurred(trial, before) if trial.plan.connection == "conv" else before
        size = np.sqrt(theory.forward(q[0]) * theory.forward(q[1]))
        off = np.mean((after - theory.product(q[0], q[1], c)) / size)
        if not np.isfinite(off):
            break
        variance, scale = (np.max(x[:2]) for x in forward(theory, q, units))
        f = np.sqrt(theory.inner(q[0]) * theory.inner(q[1])) / size
        part = theory.new / (theory.old + theory.new) if theory.connection == "dense" else 1.0
        whole = variance + np.max((part * f) ** 2) / units  # E ab <= root of E a^2 E b^2
        band.note(np.array([off]), whole, scale, _slack(trial, units, chance_only=True))
    return _judged(trial, band, np.arange(1), "correlation")


def _entering(trial: Flows) -> list[tuple[Layer, Array, int]]:
    """Each layer in theory, the mean squares that enter it, and how many sums it takes."""
    return trial.once("entering", lambda: _found(trial))


def _found(trial: Flows) -> list[tuple[Layer, Array, int]]:
    states, found = trial.alive(trial.wide.states), []
    for layer, theory in enumerate(trial.plan.layers()):
        h = states[layer]
        q = (h**2).mean(1) if h.ndim == 2 else _blurred(trial, (h**2).mean(1))
        if trial.plan.connection == "conv" and theory.normalization != "none":
            # Each row is divided by one number, whatever the pixel.
            q = np.broadcast_to(q.mean(-1, keepdims=True), q.shape)
        if not np.all(q < _FOLLOWED):
            break
        found.append((theory, q, theory.new))
    return found


def _blurred(trial: Flows, x: Array) -> Array:
    """The mean over the three pixels that a sum takes."""
    del trial
    return (np.roll(x, 1, -1) + x + np.roll(x, -1, -1)) / 3


def _averaged(trial: Flows, x: Array) -> Array:
    return x.mean(-1) if trial.plan.connection == "conv" else x


def _shaped(trial: Flows, x: Array) -> Array:
    return x[:, None] if trial.plan.connection == "conv" else x


def _centres(trial: Flows, layer: int) -> Array | float:
    """Means of a state's numbers: a highway's carry theirs on."""
    if trial.plan.connection != "highway":
        return 0.0
    return trial.wide.states[layer].mean(1)


def _spent(trial: Flows, chi: Array, before: Array, *, forwards: bool) -> Array:
    """chi times the mean square, pixel by pixel."""
    if trial.plan.connection != "conv":
        return chi * _square(before) / before[0].size
    squares = (before**2).mean(1)
    return (chi * (_blurred(trial, squares) if forwards else squares)).mean(-1)


def _normal(trial: Flows, x: Array) -> Array:
    """Rows whose size the format resolves: next to its ends theory's numbers are not its own."""
    form, size = trial.subject.form, np.sqrt(_square(x) / x[0].size)
    return (size > form.tiny / form.unit_roundoff) & (size < form.largest / 2**8)


def _square(x: Array) -> Array:
    return (x.reshape(len(x), -1) ** 2).sum(1)


def _slack(trial: Flows, units: int, *, chance_only: bool = False) -> float:
    """What roundings do to a mean square, and what theory leaves out of a gradient's."""
    left = 0.0 if chance_only else LEFT_OUT / units
    if trial.plan.normalization != "none":  # a layer's own mean and mean square: 1 / n as well
        left = 2 * LEFT_OUT / units
    u = trial.subject.form.unit_roundoff
    return left + _ROUNDINGS * u + pixel_fans(trial.plan.drawing) * min(u, 2.0**-24)


def _judged(trial: Flows, band: Band, rows: Array, of: str) -> Finding:
    depth = trial.plan.depth
    allowed = band.allowed(chance()) / depth
    told = {"of": of, "depth": depth, "width": trial.plan.shape[1]}
    return all_of(
        trial.compare(
            np.array([1 + band.total[r] / depth]),
            np.ones(1),
            allowed[r],
            about=told | {"row": int(r)},
        )
        for r in rows
    )
