"""Laws of ranges, thresholds and responses: what becomes of each number, and of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.normalization.layers import Layers, of_x
from reference import facts
from reference.numerics import Array, Format, rounded

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.technique import Fact


def fills_the_unit_interval(trial: Layers, fact: Fact) -> Finding:
    """Every group that varies has the smallest number 0 and the largest 1, exactly; one that does
    not is 0.
    """
    here = trial.training()
    rows, y = here.rows(fact, here.input("x")), here.rows(fact, here.y)
    varies = np.max(rows, axis=1) > np.min(rows, axis=1)
    flat = trial.training(of_x(lambda x: 0 * x + 3))
    found = here.compare(np.min(y, axis=1), 0 * varies, 0.0, about={"of": "smallest"})
    found = found.merged(here.compare(np.max(y, axis=1), varies, 0.0, about={"of": "largest"}))
    return found.merged(flat.compare(flat.y, np.zeros(flat.y.shape), 0.0, about={"of": "constant"}))


def is_idempotent(trial: Layers, fact: Fact) -> Finding:
    """What was treated once stays as it is, exactly."""
    del fact
    once = trial.observed()[0][1]
    again = trial.called((once,), trial.parameters, trial.subject.binding)[0]
    return trial.compare(again, once.astype(np.float64), 0.0)


def leaves_large_numbers_alone(trial: Layers, fact: Fact) -> Finding:
    """What is beyond the threshold stays as it is, to the last bit; the rest is 0."""
    del fact
    x = np.asarray(trial.input("x"), np.float64)
    due = np.where(np.abs(x) > trial.parameters["threshold"], x, 0.0)
    return trial.compare(trial.observed()[0][1], due, 0.0, inputs={"x": trial.given[0]})


def minimizes_its_objective(trial: Layers, fact: Fact) -> Finding:
    """y has a lower (y - x)^2 / 2 + price than 0, x and the numbers around y."""
    x, y, t = trial.input("x"), trial.y, np.longdouble(trial.parameters["threshold"])
    price, slack = fact.values["price"], trial.truth[0].allowed

    def objective(z: Array) -> Array:
        return np.asarray((z - x) ** 2 / 2 + price(z, t))

    near = [0 * x, x, *(y + s * t / 4 for s in (-1, 1)), *(y * s for s in (0.9, 1.1))]
    least = np.minimum.reduce([objective(z) for z in near])
    seen = objective(y)
    allowed = (np.abs(y - x) + t) * slack + slack**2
    return trial.compare(
        np.maximum(seen - least, 0), np.zeros(x.shape), allowed, inputs={"x": trial.given[0]}
    )


def takes_a_subgradient_at_kinks(trial: Layers, fact: Fact) -> Finding:
    """At both thresholds the gradient lies between nothing and what is pulled back."""
    points = [facts.at(p, trial.parameters) for p in fact.values["points"]]

    def kinked(given: tuple[Array, ...], form: Format) -> tuple[Array, ...]:
        return (rounded(np.resize(points, given[0].shape), form),)

    here = trial.training(kinked)
    seen = here.observed_gradients()[0][1].astype(np.float64)
    c = here.cotangents.astype(np.float64)
    due = np.clip(seen, np.minimum(c, 0), np.maximum(c, 0))
    return here.compare(seen, np.nan_to_num(due), 0.0, inputs={"x": here.given[0]})


def looks_at_its_neighbours(trial: Layers, fact: Fact) -> Finding:
    """With channel i doubled, those from i - (n - 1) / 2 to i + n / 2 change as the reference's do;
    the others not at all, to the last bit.
    """
    del fact
    size, x = trial.parameters["size"], trial.given[0]
    channels = np.arange(x.shape[1]).reshape(1, -1, *(1,) * (x.ndim - 2))
    middle = x.shape[1] // 2
    moved = trial.training(of_x(lambda x: np.where(channels == middle, 2 * x, x)))
    away = middle - channels
    near = (away >= -(size // 2)) & (away <= (size - 1) // 2)
    seen, before = moved.y.astype(np.float64), trial.y.astype(np.float64)
    truth = moved.truth[0]
    far = moved.compare(seen, before, 0.0, mask=~near & np.ones(x.shape, bool))
    return far.merged(
        moved.compare(
            seen, truth.high, truth.allowed, low=truth.low, mask=near & np.ones(x.shape, bool)
        )
    )


def turns_with_its_input(trial: Layers, fact: Fact) -> Finding:
    """f(-x) = -f(x), to the last bit."""
    del fact
    turned = trial.training(of_x(lambda x: -x))
    return trial.compare(np.asarray(turned.y, np.float64), -np.asarray(trial.y, np.float64), 0.0)
