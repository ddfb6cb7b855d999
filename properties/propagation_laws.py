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
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from properties.finding import NOTHING, Finding
from properties.propagation import DEPTH, NETWORKS, WIDTH, Ledger, Weights, backward, forward
from properties.samples import Chances, Samples, exponent
from properties.structures import Rotations
from properties.trial import KERNELS, WrongShapeError, all_of
from reference.distributions import NORMAL
from reference.numerics import Array
from reference.propagation import ACTIVATIONS, Activation
from reference.technique import Between, Fact, OneOf, parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.technique import Parameter

_TWO_AXES = ("out_in", "in_out")


def carries_signals_through_one_layer(trial: Chances, fact: Fact) -> Finding:
    """A layer multiplies the mean square of a signal as theory says: of a constant one, of one
    that is zero but for a number, of a random one.
    """

    def carried(weights: Weights, phi: Activation, t: float) -> Ledgers:
        return [
            (name, forward(weights, phi, signal, 1, t))
            for name, signal in _signals(len(weights.matrices)).items()
        ]

    return _judged(trial, fact, 1, carried)


def carries_signals_through_fifty_layers(trial: Chances, fact: Fact) -> Finding:
    """Each of fifty layers multiplies the mean square of a signal as theory says, wherever the
    layers before have carried it.
    """

    def carried(weights: Weights, phi: Activation, t: float) -> Ledgers:
        signal = _signals(len(weights.matrices))["random"]
        return [("random", forward(weights, phi, signal, DEPTH, t))]

    return _judged(trial, fact, DEPTH, carried)


def carries_gradients_through_one_layer(trial: Chances, fact: Fact) -> Finding:
    """On its way back through a layer, the mean square of a gradient is multiplied as theory says:
    of one that is zero but for a number, of one with random signs, of a random one.

    Signs matter: a gradient of ones through a ReLU grows by the factor 1.3, as the numbers that
    pass are those that the weights made positive.
    """

    def carried(weights: Weights, phi: Activation, t: float) -> Ledgers:
        random = _signals(2 * len(weights.matrices))["random"]
        signal, gradient = np.split(random, 2)
        one = _signals(len(weights.matrices))["one number"]
        gradients = {"one number": one, "signs": np.sign(gradient), "random": gradient}
        return [(name, backward(weights, phi, signal, g, 1, t)) for name, g in gradients.items()]

    return _judged(trial, fact, 1, carried)


def carries_gradients_through_fifty_layers(trial: Chances, fact: Fact) -> Finding:
    """On its way back through fifty layers, each multiplies the mean square of a gradient as theory
    says.

    A rectifier's slopes depend on the weights, but flipping the signs of a row of W and of the next
    W's column leaves the weights as probable and every |gradient| as it was, and makes the slopes
    fair and independent (Hanin and Nica 2019, proposition 2): so theory holds at any width, if the
    gradient enters with fair signs, as it does from a linear layer.
    """

    def carried(weights: Weights, phi: Activation, t: float) -> Ledgers:
        random = _signals(2 * len(weights.matrices))["random"]
        signal, gradient = np.split(random, 2)
        return [("random", backward(weights, phi, signal, gradient, DEPTH, t))]

    return _judged(trial, fact, DEPTH, carried)


def _signals(networks: int) -> dict[str, Array]:
    """Vectors of mean square 1, the same in every run."""
    one = np.zeros((networks, WIDTH))
    one[:, 0] = math.sqrt(WIDTH)
    random = np.random.default_rng(WIDTH).standard_normal((networks, WIDTH))
    return {"constant": np.ones((networks, WIDTH)), "one number": one, "random": random}


def _judged(
    trial: Chances,
    fact: Fact,
    depth: int,
    carried: Callable[[Weights, Activation, float], Ledgers],
) -> Finding:
    phi = ACTIVATIONS[fact.values["activation"]]
    networks = _networks(trial, dict(fact.values["setting"]))
    if networks is None or (phi.negative is None and not _exactly_normal(trial, networks.weights)):
        return NOTHING
    facts = sum(known.law == fact.law for known in trial.subject.technique.facts)
    t = exponent(facts * (3 if depth == 1 else 1))
    return all_of(
        _told(trial, ledger, t, {"activation": phi.name, "signal": name, "depth": depth})
        for name, ledger in networks.once((fact.law, phi.name), depth, lambda w: carried(w, phi, t))
    )


Ledgers: TypeAlias = list[tuple[str, Ledger]]


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


def _told(trial: Chances, ledger: Ledger, t: float, about: dict[str, Any]) -> Finding:
    below, above = ledger.allowed(t)
    off = ledger.total / ledger.steps
    about |= {"factor_per_layer": math.exp(float(np.mean(ledger.logs)))}
    return trial.told(1 + off, 1.0, above if off > 0 else below, about=about)


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
