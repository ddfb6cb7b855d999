"""Laws of propagation: does a signal, and its gradient, keep the variance that theory gives it?

Weights of width 64 make 8 networks of 50 layers, or 400 of one. Each law compares the mean factor
of a layer over what theory says with 1 (`propagation` derives what chance may do; false alarms are
shared out as in `sample_laws`). In float32 a factor that is 15 % off is found with probability
above 0.999 for a ReLU, 10 % for a linear layer: after fifty layers that is a factor of 1000 or 100.

In a low format a generator may draw the left ends of 1 / (2u) cells: uniform numbers have the mean
-2u b = -2 sqrt(3) u s then. `has_zero_mean` judges that. It is allowed here, with what it does to a
sum of 64 numbers of one sign; in bfloat16 that is a quarter, in the wide formats nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from properties.finding import NOTHING, Finding
from properties.initializers.networks import (
    Carry,
    gradients_through_many,
    gradients_through_one,
    ledgers,
    signals_through_many,
    signals_through_one,
)
from properties.initializers.propagation import DEPTH, Ledger
from properties.initializers.samples import Chances
from properties.trial import all_of
from reference.technique import Fact


def carries_signals_through_one_layer(trial: Chances, fact: Fact) -> Finding:
    """A layer multiplies the mean square of a signal as theory says: of a constant one, of one
    that is zero but for a number, of a random one.
    """
    return _judged(trial, fact, 1, signals_through_one)


def carries_signals_through_fifty_layers(trial: Chances, fact: Fact) -> Finding:
    """Each of fifty layers multiplies the mean square of a signal as theory says, wherever the
    layers before have carried it.
    """
    return _judged(trial, fact, DEPTH, signals_through_many)


def carries_gradients_through_one_layer(trial: Chances, fact: Fact) -> Finding:
    """On its way back through a layer, the mean square of a gradient is multiplied as theory says:
    of one that is zero but for a number, of one with random signs, of a random one.

    Signs matter: a gradient of ones through a ReLU grows by the factor 1.3, as the numbers that
    pass are those that the weights made positive.
    """
    return _judged(trial, fact, 1, gradients_through_one)


def carries_gradients_through_fifty_layers(trial: Chances, fact: Fact) -> Finding:
    """On its way back through fifty layers, each multiplies the mean square of a gradient as theory
    says.

    A rectifier's slopes depend on the weights, but flipping the signs of a row of W and of the next
    W's column leaves the weights as probable and every |gradient| as it was, and makes the slopes
    fair and independent (Hanin and Nica 2019, proposition 2): so theory holds at any width, if the
    gradient enters with fair signs, as it does from a linear layer.
    """
    return _judged(trial, fact, DEPTH, gradients_through_many)


def _judged(trial: Chances, fact: Fact, depth: int, carry: Carry) -> Finding:
    known = ledgers(trial, fact, depth, carry)
    if known is None:
        return NOTHING
    found, t = known
    phi = fact.values["activation"]
    return all_of(
        _told(trial, ledger, t, {"activation": phi, "signal": name, "depth": depth})
        for name, ledger in found
    )


def _told(trial: Chances, ledger: Ledger, t: float, about: dict[str, Any]) -> Finding:
    below, above = ledger.allowed(t)
    off = ledger.total / ledger.steps
    about |= {"factor_per_layer": math.exp(float(np.mean(ledger.logs)))}
    return trial.told(1 + off, 1.0, above if off > 0 else below, about=about)
