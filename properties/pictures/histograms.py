"""Histograms: how a backend's random numbers lie beside the density that they should follow.

Numbers are counted in units of the stated standard deviation, in bins of one width: the numbers of
weights, those of a sparse weight that are not 0, and the noise on gradients, each step in units of
its own deviation. Around the share that a bin should hold stands what the laws of random numbers
accept: chance, at their rate of false alarms, and what rounding to the format moves across the
bin's edges.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from properties.finding import number
from properties.gradients.noise import Noise
from properties.gradients.noise_laws import squares_of_steps
from properties.initializers.samples import Numbers, exponent
from properties.trial import Trial
from reference.distributions import NORMAL, Distribution
from reference.numerics import Array

BINS = 64
_FARTHEST = 5.0
_BEYOND = 1.1
_DIGITS = 4


class _Drawn(NamedTuple):
    """Numbers in standard deviations about their mean, which lies at `mean` deviations."""

    z: Array
    distribution: Distribution
    mean: float
    shape: tuple[int, ...]
    deviation: float


class Histogram:
    """Watches the trials of one cell of the grid; keeps the first that drew random numbers."""

    def __init__(self) -> None:
        """Wait for a first trial."""
        self.seen: Numbers | Noise | None = None

    def watch(self, trial: Trial) -> None:
        """Keep the first trial of random numbers."""
        if self.seen is None and isinstance(trial, Numbers | Noise):
            self.seen = trial

    def row(self) -> dict[str, Any] | None:
        """The histogram as it stands among a run's pictures; None where nothing was drawn."""
        if self.seen is None:
            return None
        try:
            drawn = _noise(self.seen) if isinstance(self.seen, Noise) else _weights(self.seen)
        except Exception:  # noqa: BLE001 - the laws have told of it; there is nothing to count
            return None
        if drawn is None:
            return None
        beside = _steps(self.seen) if isinstance(self.seen, Noise) else {}
        return _told(self.seen, drawn) | beside


def _weights(trial: Numbers) -> _Drawn | None:
    truth, shape = trial.truth(trial.plan.shape), trial.plan.shape
    if not truth.deviation > 0:
        return None
    x = trial.pool.astype(np.float64).reshape(-1)
    z = (x - truth.mean) / truth.deviation
    mean = truth.mean / truth.deviation
    return _Drawn(z, truth.distribution, mean, shape, truth.deviation)


def _noise(trial: Noise) -> _Drawn | None:
    if not np.all(trial.deviations > 0):
        return None
    z = np.stack(trial.normalized())
    return _Drawn(z.reshape(-1), NORMAL, 0.0, z.shape, float(trial.deviations[0]))


def _steps(trial: Noise) -> dict[str, Any]:
    """The variance at every step over that which the annealing leaves, and what is allowed."""
    squares, allowed = squares_of_steps(trial)
    return {"steps": {"variance": _column(squares), "allowed": number(allowed)}}


def _told(trial: Numbers | Noise, drawn: _Drawn) -> dict[str, Any]:
    form, z, below = trial.subject.form, drawn.z, drawn.distribution.below
    reach = min(_FARTHEST, _BEYOND * drawn.distribution.reach)
    edges = np.linspace(-reach, reach, BINS + 1)
    observed = np.histogram(z, edges)[0] / z.size
    expected = np.diff(below(edges))
    cell = form.unit_roundoff * np.abs(edges + drawn.mean)
    moved = below(edges + cell) - below(edges - cell)
    t = exponent(BINS)
    noise = np.sqrt(2 * expected * t / z.size) + 2 * t / (3 * z.size)
    width = edges[1] - edges[0]
    return {
        "kind": "histogram",
        "parameters": trial.parameters,
        "shape": list(drawn.shape),
        "numbers": int(z.size),
        "deviation": drawn.deviation,
        "edges": _column(edges),
        "observed": _column(observed / width),
        "expected": _column(expected / width),
        "allowed": _column((noise + moved[1:] + moved[:-1]) / width),
    }


def _column(column: Any) -> list[Any]:
    return [number(float(f"{v:.{_DIGITS}g}")) for v in column.tolist()]
