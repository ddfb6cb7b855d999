"""Depths: how the variance of a signal, and of its gradient, moves through fifty layers.

Each layer multiplies the variance of what passes. Beside the product that theory gives stands what
was measured: the mean factor of the layers so far, over theory's, to the power of their number. At
the last layer the laws of propagation compare just that; around it, what they allow.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.finding import number
from properties.initializers.networks import gradients_through_many, ledgers, signals_through_many
from properties.initializers.propagation import DEPTH, WIDTH
from properties.initializers.samples import Chances

if TYPE_CHECKING:
    from properties.initializers.networks import Carry
    from properties.initializers.propagation import Ledger
    from properties.trial import Trial
    from reference.technique import Fact

LAWS: dict[str, tuple[str, Carry]] = {
    "carries_signals_through_fifty_layers": ("forward", signals_through_many),
    "carries_gradients_through_fifty_layers": ("backward", gradients_through_many),
}
"""Whose panels are drawn: the direction, and what is carried through the networks."""

DIRECTIONS = tuple(direction for direction, _ in LAWS.values())

HEIGHTS = ("theory", "measured", "low", "high")
_DECIMALS = 4


class Depths:
    """Watches the trials of one initializer; keeps, for each panel, the one farthest off."""

    def __init__(self) -> None:
        """Wait for a first trial."""
        self.seen: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}

    def watch(self, trial: Trial) -> None:
        """Look at every activation that the technique's facts name, in both directions."""
        if not isinstance(trial, Chances):
            return
        for fact in trial.subject.technique.facts:
            if fact.law in LAWS:
                self._look(trial, fact, *LAWS[fact.law])

    def _look(self, trial: Chances, fact: Fact, direction: str, carry: Carry) -> None:
        try:
            with np.errstate(all="ignore"):
                known = ledgers(trial, fact, DEPTH, carry)
        except Exception:  # noqa: BLE001 - the laws have told of it; there is nothing to draw
            return
        if known is None:
            return
        ((_, ledger),), t = known
        key = (str(fact.values["activation"]), direction)
        off = _share(ledger, t)
        if key not in self.seen or off > self.seen[key][0]:
            self.seen[key] = (off, _told(trial, fact, direction, ledger, t))

    def row(self) -> dict[str, Any] | None:
        """The panels as they stand among a run's pictures; None where nothing was carried."""
        if not self.seen:
            return None
        panels = [panel for _, panel in self.seen.values()]
        return {"kind": "depths", "width": WIDTH, "panels": panels}


def _share(ledger: Ledger, t: float) -> float:
    """How far the mean factor is off, over what is allowed: beyond 1 the law is broken."""
    below, above = ledger.allowed(t)
    off = ledger.total / ledger.steps
    share = off / above if off > 0 else -off / below
    return share if math.isfinite(share) else math.inf


def _told(trial: Chances, fact: Fact, direction: str, ledger: Ledger, t: float) -> dict[str, Any]:
    """One panel: decimal logarithms of the variance after each layer, over what entered."""
    reached = ledger.reached(t)
    columns = {name: getattr(reached, name) / math.log(10) for name in HEIGHTS}
    return {
        "activation": fact.values["activation"],
        "direction": direction,
        "parameters": trial.parameters | dict(fact.values["setting"]),
        "setting": dict(fact.values["setting"]),
        "networks": ledger.steps // DEPTH,
        "share": number(_share(ledger, t)),
        **{
            name: [number(round(v, _DECIMALS) + 0.0) for v in column.tolist()]
            for name, column in columns.items()
        },
    }
