"""Laws of weights without chance: they are what the reference says, number by number."""

from __future__ import annotations

import math

import numpy as np

from properties.finding import Finding
from properties.initializers.structures import Fixed
from reference.numerics import Array, ulp
from reference.technique import Fact


def is_what_is_stated(trial: Fixed) -> Finding:
    """Every number is the reference's, but for `ulps` roundings of it."""
    found = Finding(0)
    for shape in (trial.plan.shape, *trial.plan.small):
        found = found.merged(_agrees(trial, trial.draw(trial.plan.seed, shape), shape))
    return found


def fills_any_memory_layout(trial: Fixed) -> Finding:
    """A weight whose axes lie in reverse order in memory is filled with the same numbers."""
    shape = trial.plan.shape
    return _agrees(trial, trial.draw(trial.plan.seed, shape, order="F"), shape)


def ignores_its_seed(trial: Fixed) -> Finding:
    """Seeds that differ in one bit, any of 31, give the same weight."""
    shape, seed = max(trial.plan.small, key=math.prod), trial.plan.seed
    first = trial.draw(seed, shape)
    others = np.stack([trial.draw(seed ^ (1 << bit), shape) for bit in range(31)])
    return trial.told(others, np.broadcast_to(first, others.shape).astype(np.float64), 0.0)


def keeps_signals(trial: Fixed, fact: Fact) -> Finding:
    """A layer with this weight returns its first channels, group by group, exactly.

    A grid of different integers goes through the convolution, padded so that a kernel's middle lies
    on the number it stands for; outputs without an input of their own are 0.
    """
    del fact
    parameters = trial.parameters
    weight = trial.draw(trial.plan.seed, trial.plan.shape).astype(np.float64)
    if parameters.get("layout") == "in_out":
        weight = np.moveaxis(weight, (-1, -2), (0, 1))
    outputs, inputs, *kernel = weight.shape
    groups = parameters.get("groups", 1)
    grid = tuple(k + 2 for k in kernel)
    signal = 1.0 + np.arange(groups * inputs * math.prod(grid)).reshape(groups, inputs, *grid)
    middle = [(k - (parameters.get("centre") == "lower")) // 2 for k in kernel]
    around = [(m, k - 1 - m) for m, k in zip(middle, kernel, strict=True)]
    padded = np.pad(signal, [(0, 0), (0, 0), *around])
    each = outputs // groups
    response = np.zeros((groups, each, *grid))
    for place in np.ndindex(*kernel):
        window = tuple(slice(p, p + n) for p, n in zip(place, grid, strict=True))
        part = weight.reshape(groups, each, inputs, *kernel)[:, :, :, *place]
        response += np.einsum("goi,gi...->go...", part, padded[:, :, *window])
    wanted = np.zeros_like(response)
    kept = min(each, inputs)
    wanted[:, :kept] = signal[:, :kept]
    return trial.told(response, wanted, 0.0, about={"groups": groups})


def _agrees(trial: Fixed, values: Array, shape: tuple[int, ...]) -> Finding:
    high = trial.truth(shape)
    allowed = trial.subject.technique.accuracy.ulps * ulp(high, trial.subject.form)
    return trial.told(values, high, allowed, about={"shape": list(shape)})
