"""Curves: how wrong a binding is, and where its gradient dies, over the whole range of floats.

The axis runs from the lowest finite number to the highest in the order of their bit patterns. The
range between 2^-10 and 2^10, where functions bend, gets more room than its share of patterns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from properties.activations.elementwise import Elementwise
from properties.finding import errors, number
from properties.trial import Trial
from reference.numerics import Array, Format, ulp

ORDERS = ("value", "first", "second")
_OUTER, _MIDDLE, _REACH = 18, 60, 10
_SIDE = _OUTER + _MIDDLE + _OUTER
BINS = 2 * _SIDE
_DIGITS = 3


def _knots(form: Format) -> tuple[Array, Array]:
    """Bit patterns where the scale of the axis changes, and how far from zero they stand on it."""
    turns = np.array([0.0, 2.0**-_REACH, 2.0**_REACH, form.largest]).astype(form.dtype)
    places = np.array([0.0, _OUTER, _OUTER + _MIDDLE, _SIDE])
    return turns.view(form.pattern).astype(np.float64), places


def position(x: Array, form: Format) -> Array:
    """Where numbers stand on the axis: zero at 0, the largest ones at plus and minus 96."""
    patterns, places = _knots(form)
    pattern = np.abs(x).view(form.pattern).astype(np.float64)
    return np.copysign(np.interp(pattern, patterns, places), x.astype(np.float64))


def centres(form: Format) -> Array:
    """The number in the middle of each bin, in float64."""
    patterns, places = _knots(form)
    middle = np.interp(np.arange(_SIDE) + 0.5, places, patterns).astype(form.pattern)
    right = middle.view(form.dtype).astype(np.float64)
    return np.concatenate([-right[::-1], right])


def _bins(x: Array, form: Format) -> Array:
    places = np.floor(np.nan_to_num(position(x, form))).astype(int) + _SIDE
    return np.clip(places, 0, BINS - 1)


def _largest(size: Array, bins: Array, chosen: Array) -> Array:
    """The largest of the chosen sizes in each bin; NaN where there is none."""
    worst = np.full(BINS, np.nan)
    np.fmax.at(worst, bins[chosen], size[chosen])
    return worst


@dataclass
class Curve:
    """Watches the trials of one cell of the grid; keeps those at the first's hyper-parameters."""

    seen: list[Elementwise] = field(default_factory=list)

    def watch(self, trial: Trial) -> None:
        """Keep a trial, if it is a lane like the first and not there yet."""
        if isinstance(trial, Elementwise) and all(
            trial.plan.parameters == s.plan.parameters and trial.plan != s.plan for s in self.seen
        ):
            self.seen.append(trial)

    def row(self) -> dict[str, Any] | None:
        """The curve as it stands among a run's pictures; None where nothing was drawn as a lane."""
        if not self.seen:
            return None
        s = self.seen[0].subject
        told = {
            "kind": "curve",
            "parameters": self.seen[0].parameters,
            "x": _told(centres(s.form)),
        }
        with np.errstate(all="ignore"):  # NaN and overflow are among the inputs, by design
            orders = {name: self._order(order) for order, name in enumerate(ORDERS)}
            return told | orders | {"dead": self._dead()}

    def _order(self, order: int) -> dict[str, Any] | None:
        """Largest error and largest allowance of each bin, in ulps of the true result."""
        parts = [_in_ulps(trial, order) for trial in self.seen]
        if any(part is None for part in parts):
            return None
        ulps, allowed = (
            np.fmax.reduce([part[i] for part in parts if part is not None]) for i in (0, 1)
        )
        return {"ulps": _told(ulps), "allowed": _told(allowed)}

    def _dead(self) -> dict[str, Any] | None:
        """Where the gradient dies: intervals of x, and how many inputs of those asked."""
        try:
            parts = [
                (t.x, t.jet.first, t.must_live(), t.observed(1), t.is_dead()) for t in self.seen
            ]
        except Exception:  # noqa: BLE001 - the laws have told of it; there is no curve to draw
            return None
        x, truth, asked, got, dead = (np.concatenate(column) for column in zip(*parts, strict=True))
        form = self.seen[0].subject.form
        chosen = dead & asked
        return {
            "asked": int(np.count_nonzero(asked)),
            "dead": int(np.count_nonzero(chosen)),
            "intervals": [
                _interval(x, np.abs(truth), asked, got, chosen & within)
                for within in _stretches(_bins(x, form), asked, chosen)
            ],
        }


def _in_ulps(trial: Elementwise, order: int) -> tuple[Array, Array] | None:
    """Worst error and allowance by bin, of one trial; None where the backend gives no result."""
    form = trial.subject.form
    try:
        observed = trial.observed(order)
    except Exception:  # noqa: BLE001 - the laws have told of it; there is no curve to draw
        return None
    high, low = trial.expected(order)
    chosen = trial.mask(trial.off_kinks) if order else trial.mask()
    bins = _bins(trial.x, form)
    slack, unit = trial.allowed(order), ulp(high, form)
    error = errors(observed, high, slack, form, low=low, floor=trial.flushed(order))
    return _largest(error / unit, bins, chosen), _largest(slack / unit, bins, chosen)


def _stretches(bins: Array, asked: Array, dead: Array) -> list[Array]:
    """Masks of neighbouring bins in which something is dead, one for each stretch.

    Bins are neighbours when nothing was asked between them: lanes of float64 are sparse.
    """
    hit = np.unique(bins[dead])
    places = np.searchsorted(np.unique(bins[asked]), hit)
    parts = np.split(hit, np.flatnonzero(np.diff(places) > 1) + 1) if len(hit) else []
    return [(bins >= part[0]) & (bins <= part[-1]) for part in parts]


def _interval(x: Array, truth: Array, asked: Array, got: Array, dead: Array) -> dict[str, Any]:
    """One stretch: its ends, how many inputs died in it, and the largest derivative lost."""
    wide, seen = x.astype(np.float64), got.astype(np.float64)[dead]
    low, high = float(np.min(wide[dead])), float(np.max(wide[dead]))
    between = asked & (wide >= low) & (wide <= high)
    kinds = {
        "zero": np.count_nonzero(seen == 0),
        "NaN or infinity": np.count_nonzero(~np.isfinite(seen)),
        "wrong sign": np.count_nonzero((seen != 0) & np.isfinite(seen)),
    }
    return {
        "from": low,
        "to": high,
        "asked": int(np.count_nonzero(between)),
        "dead": int(np.count_nonzero(dead)),
        "largest_lost": float(np.max(truth[dead])),
        "returned": max(kinds, key=lambda kind: kinds[kind]),
    }


def _told(column: Array) -> list[Any]:
    """Three digits of each number, as JSON holds them; nothing for an empty bin."""
    return [None if np.isnan(v) else number(float(f"{v:.{_DIGITS}g}")) for v in column.tolist()]
