"""Networks of the weights that an initializer draws, and what was carried through them.

They are drawn once for all laws of propagation and for their picture: 8 networks of fifty layers,
or 400 of one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from properties.initializers.propagation import (
    DEPTH,
    NETWORKS,
    WIDTH,
    Ledger,
    Weights,
    backward,
    forward,
)
from properties.initializers.samples import Chances, Samples, exponent
from properties.initializers.structures import Rotations
from properties.trial import KERNELS, WrongShapeError
from reference.distributions import NORMAL
from reference.numerics import Array
from reference.propagation import ACTIVATIONS, Activation
from reference.technique import Between, Fact, OneOf, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Parameter

_TWO_AXES = ("out_in", "in_out")

Ledgers: TypeAlias = list[tuple[str, Ledger]]
Carry: TypeAlias = "Callable[[Weights, Activation, float], Ledgers]"


def signals_through_one(weights: Weights, phi: Activation, t: float) -> Ledgers:
    """Signals of three kinds through one layer: a constant, a single number, a random one."""
    return [
        (name, forward(weights, phi, signal, 1, t))
        for name, signal in _signals(len(weights.matrices)).items()
    ]


def signals_through_many(weights: Weights, phi: Activation, t: float) -> Ledgers:
    """A random signal through all layers."""
    signal = _signals(len(weights.matrices))["random"]
    return [("random", forward(weights, phi, signal, DEPTH, t))]


def gradients_through_one(weights: Weights, phi: Activation, t: float) -> Ledgers:
    """Gradients of three kinds back through one layer, that a random signal went through."""
    random = _signals(2 * len(weights.matrices))["random"]
    signal, gradient = np.split(random, 2)
    one = _signals(len(weights.matrices))["one number"]
    gradients = {"one number": one, "signs": np.sign(gradient), "random": gradient}
    return [(name, backward(weights, phi, signal, g, 1, t)) for name, g in gradients.items()]


def gradients_through_many(weights: Weights, phi: Activation, t: float) -> Ledgers:
    """A random gradient back through all layers, that a random signal went through."""
    random = _signals(2 * len(weights.matrices))["random"]
    signal, gradient = np.split(random, 2)
    return [("random", backward(weights, phi, signal, gradient, DEPTH, t))]


def _signals(networks: int) -> dict[str, Array]:
    """Vectors of mean square 1, the same in every run."""
    one = np.zeros((networks, WIDTH))
    one[:, 0] = math.sqrt(WIDTH)
    random = np.random.default_rng(WIDTH).standard_normal((networks, WIDTH))
    return {"constant": np.ones((networks, WIDTH)), "one number": one, "random": random}


def ledgers(trial: Chances, fact: Fact, depth: int, carry: Carry) -> tuple[Ledgers, float] | None:
    """What was carried through networks of this depth for a fact, and the t of its law.

    None where the backend does not offer the setting, or theory needs other weights.
    """
    phi = ACTIVATIONS[fact.values["activation"]]
    networks = _networks(trial, dict(fact.values["setting"]))
    if networks is None or (phi.negative is None and not _exactly_normal(trial, networks.weights)):
        return None
    facts = sum(known.law == fact.law for known in trial.subject.technique.facts)
    t = exponent(facts * (3 if depth == 1 else 1))
    key = (fact.law, phi.name)
    return networks.once(key, depth, lambda weights: carry(weights, phi, t)), t


@dataclass(frozen=True)
class _Networks:
    """Weights of networks, and what has been carried through them."""

    weights: Weights
    carried: dict[tuple[str, str], Ledgers] = field(default_factory=dict)

    def once(
        self, key: tuple[str, str], depth: int, carry: Callable[[Weights], Ledgers]
    ) -> Ledgers:
        if key not in self.carried:
            matrices = self.weights.matrices.reshape(-1, depth, WIDTH, WIDTH)
            self.carried[key] = carry(replace(self.weights, matrices=matrices))
        return self.carried[key]


def _exactly_normal(trial: Chances, weights: Weights) -> bool:
    """Other activations than rectifiers need it; rounding to 16 bits leaves too little of it."""
    return weights.normal and trial.subject.form.bits > 16


def _networks(trial: Chances, setting: dict[str, Any]) -> _Networks | None:
    """The networks with this setting; none where the backend does not offer it.

    They are the same, from seed 0, in every plan: kept for a few settings.
    """
    offered = parameters(trial.subject.binding)
    chosen = dict(trial.plan.parameters) | setting
    if "groups" in chosen:
        chosen["groups"] = 1
    if "layout" in chosen:  # one of them for all plans: each is a program to compile
        mine = offered["layout"].default if "layout" in offered else None
        known = [x for x in _TWO_AXES if _offers(offered.get("layout"), x)]
        chosen["layout"] = mine if mine in known else known[0]
    s, fixed = trial.subject, tuple(chosen.items())
    takes = getattr(s.binding, "takes", setting)  # what a function from outside does not take
    usual = {n: p.default for n, p in s.technique.parameters.items() if n not in takes}
    if any(usual.get(name, value) != value for name, value in setting.items()):
        return None
    if not all(_offers(offered.get(name), value) for name, value in setting.items()):
        return None
    key = (s.binding, s.backend.name, s.form.name, s.device, fixed)
    if key not in _kept:
        if len(_kept) >= 4:
            _kept.clear()
        _kept[key] = _Networks(_drawn(trial, fixed))
    return _kept[key]


_kept: dict[Any, _Networks] = {}


def _offers(parameter: Parameter | None, value: Any) -> bool:
    if parameter is None or parameter.domain is None:
        return True
    if isinstance(parameter.domain, OneOf):
        return value in parameter.domain.values
    domain: Between = parameter.domain
    return domain.low <= value <= domain.high


def _drawn(trial: Chances, chosen: tuple[tuple[str, Any], ...]) -> Weights:
    asked = replace(trial, plan=replace(trial.plan, parameters=chosen), cache={})
    shape, u = (WIDTH, WIDTH), trial.subject.form.unit_roundoff
    matrices = _compiled_draws(asked, shape)
    if dict(chosen).get("layout") == "in_out":
        matrices = np.swapaxes(matrices, 1, 2)
    if isinstance(asked, Rotations):
        # Columns are off by 6 n n u (`Rotations.roundoff`), entries by the rounding of each.
        inputs = trial.subject.technique.accuracy.inputs
        column = 6 * WIDTH**2 * min(u, 2.0**-24) + (inputs + 1) * u
        strain = 2 * math.sqrt(WIDTH) * column
        gain = asked.truth(shape).gain
        return Weights(matrices, gain, False, True, asked.leeway, u, 0.0, strain)
    if not isinstance(asked, Samples):
        raise TypeError(asked)
    truth = asked.truth(shape)
    drift = 2 * math.sqrt(3) * u
    normal = truth.distribution is NORMAL
    return Weights(matrices, truth.deviation, normal, False, asked.leeway, u, drift, 0.0)


def _compiled_draws(trial: Chances, shape: tuple[int, ...]) -> Array:
    """Weights from seeds 0, 1, 2 ... in float64: so many that compiling pays.

    A rotation costs more and leaves less to chance: a quarter of the networks will do.
    """
    s = trial.subject
    count = NETWORKS * DEPTH // (4 if isinstance(trial, Rotations) else 1)
    found = np.empty((count, *shape))
    for i in range(count):
        given = np.asarray(i, np.int32), np.full(shape, np.nan, s.form.dtype)
        with KERNELS.running():
            outcome = s.backend.call(s.binding, given, trial.parameters, device=s.device)
        drawn = np.asarray(outcome.outputs)
        if drawn.shape != shape:
            message = f"{list(shape)} was to be filled, {list(drawn.shape)} came back"
            raise WrongShapeError(message)
        found[i] = drawn
    return found
