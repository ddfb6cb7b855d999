"""Counts: how many units of each row and column a mask keeps, beside the binomial distribution.

At a rate of 1/2, where the laws of masks ask whether counts vary as those of independent units do;
what they compare stands beside: the mean square of a count about its mean, over n / 4. At every
rate that was drawn, and at extreme ones: how far the share of kept units is off.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import bdtr

from properties.finding import number
from properties.initializers.samples import exponent
from properties.regularization.chance_laws import shares_kept, spread_of_counts
from properties.regularization.masks import HALF, LINES, SEEDS, Masks
from properties.trial import Trial

_REACH = 21
_STEP = 2
_DIGITS = 4


class Counts:
    """Watches the trials of one technique that drops units; keeps the first one's counts."""

    def __init__(self) -> None:
        """Wait for a first trial."""
        self.lines: list[dict[str, Any]] = []
        self.shares: dict[float, tuple[float, float]] = {}

    def watch(self, trial: Trial) -> None:
        """Count what the first trial keeps; note the shares of all."""
        if not isinstance(trial, Masks):
            return
        try:
            if not self.lines:
                self.lines = _lines(trial)
            for rate, share, luck in shares_kept(trial):
                self.shares.setdefault(rate, (share - (1 - rate), luck))
        except Exception:  # noqa: BLE001 - the laws have told of it; there is nothing to count
            return

    def row(self) -> dict[str, Any] | None:
        """The counts as they stand among a run's pictures; None where nothing was dropped."""
        if not (self.lines and self.shares):
            return None
        rates = sorted(self.shares)
        off, allowed = zip(*(self.shares[rate] for rate in rates), strict=True)
        return {
            "kind": "counts",
            "units": SEEDS * LINES[0] * LINES[1],
            "lines": self.lines,
            "rates": rates,
            "off": _told(off),
            "allowed": _told(allowed),
        }


def _lines(trial: Masks) -> list[dict[str, Any]]:
    """Counts over rows and over columns, with the shares of lines that chance gives each bin.

    The outermost bins hold all that lies beyond. Lines of one kind share no unit, so a bin's count
    is binomial too: Bernstein's inequality bounds it, at the laws' rate of false alarms.
    """
    kept = trial.fates(HALF).reshape(SEEDS, *LINES)
    found = []
    for axis, name in ((2, "rows"), (1, "columns")):
        counts, n = np.sum(kept, axis=axis).reshape(-1), kept.shape[axis]
        edges = n / 2 + _STEP * np.arange(-_REACH, _REACH + 1)
        inner = edges[1:-1]
        observed = np.bincount(np.searchsorted(inner, counts), minlength=2 * _REACH) / counts.size
        expected = np.diff(bdtr(np.floor(inner), n, HALF), prepend=0.0, append=1.0)
        t = exponent(expected.size)
        noise = np.sqrt(2 * expected * t / counts.size) + 2 * t / (3 * counts.size)
        excess, allowed = spread_of_counts(2.0 * kept - 1, axis)
        found.append(
            {
                "of": name, "units": n, "lines": counts.size, "edges": edges.tolist(),
                "observed": _told(observed), "expected": _told(expected), "noise": _told(noise),
                "variance": number(1 + excess), "variance_allowed": number(allowed),
            }
        )  # fmt: skip
    return found


def _told(column: Any) -> list[Any]:
    return [number(float(f"{v:.{_DIGITS}g}")) for v in column]
