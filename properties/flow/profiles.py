"""Profiles: what a sweep shows of each stack, beside theory, for the table and the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.finding import number
from properties.flow.bands import forward, linearized
from properties.flow.spectrum import singular_values
from properties.flow.trials import Flows
from reference.flow.theory import LARGEST, profile

if TYPE_CHECKING:
    from properties.flow.plans import StackPlan
    from properties.trial import Trial
    from reference.numerics import Array

COLUMNS = (
    "layers",
    "state",
    "state_low",
    "state_high",
    "gradient",
    "gradient_low",
    "gradient_high",
)
"""Of a panel; all of one length. Decimal logarithms of mean squares: states, and gradients over
what entered at the end; `low` and `high` are theory, three standard deviations around it."""

POINTS = 120
_ROWS = slice(0, 3)
_DECIMALS = 4
_KURTOSIS = 3.0


@dataclass(frozen=True)
class Theory:
    """Natural logarithms of mean squares by theory, and their standard deviations."""

    states: Array
    state_spread: Array
    gradients: Array
    gradient_spread: Array
    product: float


def theory(plan: StackPlan, q: float, c: float) -> Theory:
    """Mean field theory, and what a finite width adds to the first order.

    A layer's R has the variance v. Its logarithm has the mean -v / 2, and is carried on by the
    slope of ln F(q) over ln q: 1 for rectifiers, whose logarithms walk at random.
    """
    layers = plan.layers()
    known = profile(layers, q, c)
    walk, drift, widths, drifts = 0.0, 0.0, [0.0], [0.0]
    choices = []
    for layer, here in zip(layers, known.states, strict=False):
        at, units = np.asarray(here), layer.new
        step = 2.0**-10
        up, down = (np.log(layer.forward(at * (1 + s * step))) for s in (1, -1))
        slope = float((up - down) / (2 * step))
        v = float(forward(layer, at, units)[0])
        walk, drift = slope * slope * walk + v, slope * drift - v / 2
        widths.append(walk)
        drifts.append(drift)
        choices.append(float(linearized(layer, at, np.asarray(_KURTOSIS), units)[0]))
    back = np.concatenate([np.cumsum(choices[::-1])[::-1], [0.0]])
    with np.errstate(divide="ignore"):
        states = np.log(known.states) + np.array(drifts)
    told = len(known.products) > 1 and known.states[-1] < LARGEST
    product = float(known.products[-1] / known.states[-1]) if told else math.nan
    return Theory(states, np.sqrt(widths), known.gradients - back / 2, np.sqrt(back), product)


def panel(trial: Flows, label: str) -> dict[str, Any]:
    """One stack at one depth: its profile, and the numbers of its row in the table."""
    states, gradients = (trial.mean_squares(c)[:, _ROWS].mean(1) for c in ("states", "gradients"))
    first = trial.given[0].astype(np.float64)
    both = float((first[0] * first[1]).mean())
    by = theory(trial.plan, float(states[0]), both)
    depth = trial.plan.depth
    at = np.unique(np.linspace(0, depth, min(depth + 1, POINTS)).round().astype(int))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = {"state": np.log10(states), "gradient": np.log10(gradients / gradients[-1])}
        correlation = _correlation(trial)
    if not np.isfinite(states).all():  # what passes numbers that are none is no gradient
        logs["gradient"] = np.full(len(gradients), np.nan)
    for name, (centre, spread) in {
        "state": (by.states, by.state_spread), "gradient": (by.gradients, by.gradient_spread),
    }.items():  # fmt: skip
        logs[f"{name}_low"] = (centre - 3 * spread) / math.log(10)
        logs[f"{name}_high"] = (centre + 3 * spread) / math.log(10)
    told = {name: [_told(v) for v in column[at].tolist()] for name, column in logs.items()}
    known = np.sqrt(gradients) > trial.subject.form.tiny  # not NaN, nor next to where it ends
    known &= np.isfinite(gradients) & np.isfinite(states[-1])
    last = depth - int(np.argmin(known[::-1])) + 1 if not known.all() else 0
    passed = max(1, depth - last)
    factor = math.exp((by.gradients[last] if last <= depth else math.nan) / 2 / passed)
    seen = float((gradients[last] / gradients[-1]) ** (0.5 / passed)) if last < depth else math.nan
    return {
        "stack": label, "depth": depth, "width": trial.plan.shape[1],
        "layers": at.tolist(), **told,
        "factor": number(seen), "factor_theory": number(factor),
        "singular": {k: number(v) for k, v in singular_values(trial).items()},
        "singular_theory": number(math.exp(min(350.0, max(-350.0, by.gradients[0] / 2)))),
        "correlation": number(correlation), "correlation_theory": number(by.product),
        **stops(trial, by),
    }  # fmt: skip


def _told(value: float) -> float | None:
    return round(value, _DECIMALS) + 0.0 if math.isfinite(value) else None


def _correlation(trial: Flows) -> float:
    """Of the first two rows, at the end: the mean product over the root of both mean squares."""
    a, b = (trial.wide.states[-1][r].reshape(-1) for r in (0, 1))
    return float(np.mean(a * b) / np.sqrt(np.mean(a * a) * np.mean(b * b)))


def stops(trial: Flows, by: Theory) -> dict[str, Any]:
    """How many layers the gradient passes before all of it is 0 or some of it is no number.

    And the same by theory. A signal that overflows on its way leaves no gradient at all.
    """
    depth = trial.plan.depth
    gradients, states = trial.wide.gradients, trial.wide.states
    axes = tuple(range(1, gradients.ndim))
    broken = np.flatnonzero(~np.isfinite(states).all(axis=axes))
    wrong, alive = ~np.isfinite(gradients).all(axis=axes), np.any(gradients != 0, axis=axes)
    told: dict[str, Any] = {"how": "passes", "passed": depth}
    if broken.size:
        told = {"how": "signal overflows", "passed": int(broken[0]) - 1}
    elif wrong.any():
        told = {"how": "gradient overflows", "passed": depth - 1 - int(np.flatnonzero(wrong)[-1])}
    elif not alive[0]:
        told = {"how": "gradient is 0", "passed": depth - int(np.argmax(alive))}
    return told | _due(trial, by)


def _due(trial: Flows, by: Theory) -> dict[str, Any]:
    """By theory: what stops it, and after how many layers at least and at most."""
    form, depth = trial.subject.form, trial.plan.depth
    peak = 0.5 * math.log(2 * math.log(max(2, trial.wide.gradients[0].size)))
    least = form.tiny if trial.rounding.lost >= form.tiny else form.smallest / 2
    over, under = math.log(form.largest), math.log(least)
    signal, gradient = by.states / 2 + peak, by.gradients[::-1] / 2 + peak
    apart = 1.5 * by.state_spread, 1.5 * by.gradient_spread[::-1]
    for how, size, room, limit, sign in (
        ("signal overflows", signal, apart[0], over, 1),
        ("gradient overflows", gradient, apart[1], over, 1),
        ("gradient is 0", gradient, apart[1], under, -1),
    ):
        reached = sign * (size - limit) + 1.0  # a number within a factor e of the limit counts
        if np.any(reached > 0):
            first = int(np.argmax(reached + room > 0)) - 1
            surely = reached - 2.0 - room > 0
            last = int(np.argmax(surely)) - 1 if surely.any() else depth
            return {"how_theory": how, "from_theory": max(0, first), "to_theory": last}
    return {"how_theory": "passes", "from_theory": depth, "to_theory": depth}


class Profiles:
    """Watches the trials of a sweep; keeps a panel for each."""

    def __init__(self) -> None:
        """Wait for a first trial."""
        self.panels: list[dict[str, Any]] = []

    def watch(self, trial: Trial) -> None:
        """Look at stacks that bear a label: those of a sweep."""
        if not isinstance(trial, Flows) or not trial.plan.label:
            return
        try:
            with np.errstate(all="ignore"):
                self.panels.append(panel(trial, trial.plan.label))
        except Exception:  # noqa: BLE001 - the laws have told of it; there is nothing to draw
            return

    def row(self) -> dict[str, Any] | None:
        """The panels as they stand among a run's pictures; None where no sweep was seen."""
        return {"kind": "flow", "panels": self.panels} if self.panels else None
