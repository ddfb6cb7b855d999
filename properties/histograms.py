"""Histograms: how a backend's random numbers lie beside the density that they should follow.

Numbers are counted in units of the stated standard deviation, in bins of one width. Around the
share that a bin should hold stands what the laws of random numbers accept: chance, at their rate
of false alarms, and what rounding to the format moves across the bin's edges.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.finding import number
from properties.samples import Samples, exponent
from properties.trial import Trial

BINS = 64
_FARTHEST = 5.0
_BEYOND = 1.1
_DIGITS = 4


class Histogram:
    """Watches the trials of one cell of the grid; keeps the first that drew random numbers."""

    def __init__(self) -> None:
        """Wait for a first trial."""
        self.seen: Samples | None = None

    def watch(self, trial: Trial) -> None:
        """Keep the first trial of random numbers."""
        if self.seen is None and isinstance(trial, Samples):
            self.seen = trial

    def row(self) -> dict[str, Any] | None:
        """The histogram as it stands among a run's pictures; None where nothing was drawn."""
        if self.seen is None:
            return None
        try:
            x = self.seen.pool.astype(np.float64).reshape(-1)
        except Exception:  # noqa: BLE001 - the laws have told of it; there is nothing to count
            return None
        return self._told(self.seen, x)

    @staticmethod
    def _told(trial: Samples, x: Any) -> dict[str, Any] | None:
        truth, form = trial.truth(trial.plan.shape), trial.subject.form
        if not truth.deviation > 0:
            return None
        reach = min(_FARTHEST, _BEYOND * truth.distribution.reach)
        edges = np.linspace(-reach, reach, BINS + 1)
        observed = np.histogram((x - truth.mean) / truth.deviation, edges)[0] / x.size
        below = truth.distribution.below
        expected = np.diff(below(edges))
        cell = form.unit_roundoff * np.abs(edges + truth.mean / truth.deviation)
        moved = below(edges + cell) - below(edges - cell)
        t = exponent(BINS)
        noise = np.sqrt(2 * expected * t / x.size) + 2 * t / (3 * x.size)
        width = edges[1] - edges[0]
        return {
            "kind": "histogram",
            "parameters": trial.parameters,
            "shape": list(trial.plan.shape),
            "numbers": int(x.size),
            "deviation": truth.deviation,
            "edges": _told(edges),
            "observed": _told(observed / width),
            "expected": _told(expected / width),
            "allowed": _told((noise + moved[1:] + moved[:-1]) / width),
        }


def _told(column: Any) -> list[Any]:
    return [number(float(f"{v:.{_DIGITS}g}")) for v in column.tolist()]
