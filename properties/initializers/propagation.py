"""Networks whose weights a backend drew: what each layer does, and what it may do by chance.

Everything but the weights is ours, in float64: only the initializer is judged. With R the factor by
which a step multiplies a mean square, over what theory says (so E R = 1, given all steps before),
a law compares the mean of R - 1 over K steps with 0. To the first order that is the logarithm of
the factor of a network, over its depth.

Chance: for a fixed rate c, exp(c sum(R - 1) - sum psi) has a mean of at most 1 where each psi
bounds ln E exp(c (R - 1)) given the steps before (a supermartingale; psi may depend on them). So
sum(R - 1) <= (sum psi + t) / c but for exp(-t), and likewise below with -c. The rate is
sqrt(2 t / (K v)), v the variance that R has by theory: the best one, chosen before any draw.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from reference.numerics import Array
    from reference.propagation import Activation

WIDTH = 64
DEPTH = 50
NETWORKS = 8
_NO_CHANCE = 2.0**-106


@dataclass(frozen=True)
class Weights:
    """Matrices (network, layer, out, in), and what is known of how they were drawn.

    `scale` is s, the standard deviation of an entry, or the gain of a rotation. `leeway`: by which
    part s may be off, `u`: by which part an entry. `drift` bounds |mean| / s of the entries,
    `strain` by which part a rotation may stretch.
    """

    matrices: Array
    scale: float
    normal: bool
    rotation: bool
    leeway: float
    u: float
    drift: float
    strain: float

    @property
    def gain(self) -> float:
        """n s^2: what W does to a mean square."""
        return self.scale**2 * (1 if self.rotation else WIDTH)


@dataclass(frozen=True)
class Reached:
    """Natural logarithms of the mean square after each layer, over what entered the first.

    `theory` multiplies up what theory says of each layer, given what entered it. `measured` is L
    layers' theory times the L-th power of their mean R, over layers and networks: what a law
    compares. Chance leaves it between `low` and `high`, after all layers at once.
    """

    theory: Array
    measured: Array
    low: Array
    high: Array


@dataclass
class Ledger:
    """Sums over steps: R - 1, and psi at plus and minus the rate; what they were at each layer."""

    rate: float
    steps: int = 0
    total: float = 0.0
    above: float = 0.0
    below: float = 0.0
    slack: float = 0.0
    logs: list[float] = field(default_factory=list)
    layers: list[tuple[float, ...]] = field(default_factory=list)

    def step(self, before: Array, due: Array, after: Array, slack: Array | float = 0.0) -> None:
        """Note R of each network, `after` over `due`: its mean square, and that by theory."""
        ratio = after / due
        self.steps += ratio.size
        self.total += float(np.sum(ratio - 1))
        self.slack += float(np.sum(np.broadcast_to(slack, ratio.shape)))
        self.logs.append(float(np.mean(np.log(after / before))))
        factor = float(np.mean(np.log(due / before)))
        self.layers.append((factor, self.total, self.below, self.above, self.slack))

    def chance(self, above: Array, below: Array) -> None:
        """Note psi of each network."""
        self.above += float(np.sum(above))
        self.below += float(np.sum(below))

    def squares(self, weights: Weights, size: Array) -> None:
        """W x, for a given x: R - 1 = size (C - 1), C the mean of n squares over s^2 |x|^2.

        The squares are of independent numbers that are strictly sub-Gaussian as the weights are:
        E exp(xX) <= (1 - 2x)^(-1/2) for x < 1/2, E exp(-xX) <= 1 - x + 3 x^2 / 2 for x >= 0, by
        E X = 1, E X^2 <= 3; with s enlarged above, and diminished below, by its leeway and u.
        A rotation leaves |x| as it is.
        """
        if weights.rotation:
            return
        up = (1 + weights.leeway) ** 2 * (1 + weights.u) ** 2
        down = (1 - 4 * weights.u**2) / (1 + weights.leeway) ** 2
        x = self.rate * size / WIDTH
        self.chance(
            -WIDTH / 2 * np.log1p(-2 * x * up) - x * WIDTH,
            WIDTH * np.log1p(-x * down + 1.5 * (x * up) ** 2) + x * WIDTH,
        )

    def signs(self, size: Array, share: Array, negative: float) -> None:
        """A rectifier: R - 1 = size (A - 1), A the mean of c over its mean, weighted by `share`.

        c is 1 or a^2 by a fair sign: A - 1 is a sum of b share with fair signs, b = (1 - a^2) /
        (1 + a^2), and E exp(c (A - 1)) <= exp(c^2 b^2 sum(share^2) / 2) (Hoeffding).
        """
        b = (1 - negative**2) / (1 + negative**2)
        psi = (self.rate * size * b) ** 2 / 2 * np.sum(share**2, -1)
        self.chance(psi, psi)

    def allowed(self, t: float) -> tuple[float, float]:
        """How far the mean of R - 1 may be below and above 0."""
        slack = self.slack / self.steps
        scale = self.rate * self.steps
        return (self.below + t) / scale + slack, (self.above + t) / scale + slack

    def reached(self, t: float) -> Reached:
        """What the signal was at every layer, by theory and as measured, and what t allows.

        The supermartingale stays below exp(t) at all steps at once, but for exp(-t) (Ville), so
        each layer has the bound of `allowed` with the sums up to it; the last has that very one.
        """
        factor, total, below, above, slack = np.array(self.layers).T
        count, networks = np.arange(1, len(factor) + 1), self.steps // len(factor)
        scale, theory = self.rate * networks, np.cumsum(factor)

        def after(off: Array) -> Array:
            with np.errstate(divide="ignore"):
                return theory + count * np.log(np.maximum(1 + off / count, 0.0))

        return Reached(
            theory,
            after(total / networks),
            after(-(below + t) / scale - slack / networks),
            after((above + t) / scale + slack / networks),
        )


def _square(x: Array) -> Array:
    return np.sum(x * x, -1)


def rate(variance: float, steps: int, t: float) -> float:
    """The best rate for steps of this variance; a large one, where nothing is left to chance.

    A rotation without a rectifier is such a step: psi is 0 at any rate, and t / (rate steps), what
    chance is allowed, becomes less than rounding.
    """
    return math.sqrt(2 * t / (steps * max(variance, _NO_CHANCE)))


def drifting(weights: Weights) -> float:
    """By which part E R moves where the entries have a mean, at most `drift` s.

    It adds up, for a signal h, to b sqrt(v) with b = drift sum(h) / |h| <= drift sqrt(n). Then
    P(z > 0) moves by 0.4 b and E z^2 by b^2, so that 1.6 b + 2 b^2 bounds what R moves.
    """
    b = weights.drift * math.sqrt(WIDTH)
    return 1.6 * b + 2 * b * b


def forward(weights: Weights, phi: Activation, signal: Array, depth: int, t: float) -> Ledger:
    """Carry a signal (network, n) through so many layers."""
    m = weights.matrices
    a, steps = phi.negative, len(m) * depth
    spread = _spread(phi, weights)
    slack: Array | float
    ledger, h = Ledger(rate(spread, steps, t)), signal
    for layer in range(depth):
        before = _square(h)
        z = np.einsum("koi,ki->ko", m[:, layer], h)
        h = phi.value(z)
        if a is None:
            due, slack = _smooth_step(ledger, weights, phi, before), rounding(weights)
        else:
            size = _square(z) / (before * weights.gain)
            ledger.squares(weights, np.ones_like(size))
            ledger.signs(size, z * z / _square(z)[:, None], a)
            due = before * weights.gain * (1 + a * a) / 2
            slack = drifting(weights) + weights.strain * _square(h) / due
        ledger.step(before, due, _square(h), slack)
    return ledger


def _spread(phi: Activation, weights: Weights) -> float:
    """The variance of R in a forward step, by theory."""
    if phi.negative is None:
        v = np.asarray(weights.gain)
        return float((phi.fourth_moment(v) / phi.mean_square(v) ** 2 - 1) / WIDTH)
    b = (1 - phi.negative**2) / (1 + phi.negative**2)
    return (3 * b * b + 2 * (not weights.rotation)) / WIDTH


def _smooth_step(ledger: Ledger, weights: Weights, phi: Activation, before: Array) -> Array:
    """Any activation, after a normal W: the moments of phi(z)^2 are integrals. E |phi(z)|^2."""
    v = weights.scale**2 * before
    mean = phi.mean_square(v)
    x = ledger.rate / (WIDTH * mean)
    ledger.chance(
        WIDTH * phi.log_moment(v, x) - ledger.rate, WIDTH * phi.log_moment(v, -x) + ledger.rate
    )
    return WIDTH * mean


def rounding(weights: Weights) -> float:
    """By which part rounding normal weights moves a ratio: |E h| <= u |W|_F |h| and s's leeway.

    |W|_F is sqrt(n) in units of what W does to |h|; the Lipschitz constants of phi, its derivative
    and their squares' means together stay below 16.
    """
    return 16 * (math.sqrt(WIDTH) * weights.u + weights.leeway)


def backward(
    weights: Weights, phi: Activation, signal: Array, gradient: Array, depth: int, t: float
) -> Ledger:
    """Carry a gradient (network, n) back through so many layers that a signal went through."""
    m, seen, h = weights.matrices, [], signal
    for layer in range(depth):
        z = np.einsum("koi,ki->ko", m[:, layer], h)
        seen.append((h, z))
        h = phi.value(z)
    share = gradient**2 / _square(gradient)[:, None]
    a, steps = phi.negative, len(m) * depth
    b = 0.0 if a is None else (1 - a * a) / (1 + a * a)
    first = float(np.mean(np.sum(share**2, -1)))
    slack: Array | float
    spread = b * b * (first if depth == 1 else 3 / WIDTH) + 2 * (not weights.rotation) / WIDTH
    ledger, d = Ledger(rate(spread, steps, t)), gradient
    for layer in reversed(range(depth)):
        h, z = seen[layer]
        x = phi.slope(z) * d
        back = np.einsum("koi,ko->ki", m[:, layer], x)
        if a is None:
            due, slack = _conditional_step(ledger, weights, h, z, x), rounding(weights)
        else:
            mean = _square(d) * (1 + a * a) / 2
            ledger.signs(np.ones(len(d)), d * d / _square(d)[:, None], a)
            ledger.squares(weights, _square(x) / mean)
            due = mean * weights.gain
            slack = drifting(weights) + weights.strain * _square(back) / due
        ledger.step(_square(d), due, _square(back), slack)
        d = back
    return ledger


def _conditional_step(ledger: Ledger, weights: Weights, h: Array, z: Array, x: Array) -> Array:
    """Any activation, normal W: given the whole way forward, W is known along h and normal across.

    W = z h' / |h|^2 + W (I - h h' / |h|^2), the second part independent of all z. So |W'x|^2 is
    (z'x)^2 / |h|^2 + s^2 |x|^2 chi^2, with n - 1 degrees of freedom. Its mean is returned.
    """
    along = np.sum(z * x, -1) ** 2 / _square(h)
    across = (WIDTH - 1) * weights.scale**2 * _square(x)
    part = ledger.rate * across / (along + across)
    y = part / (WIDTH - 1)
    ledger.chance(
        -(WIDTH - 1) / 2 * np.log1p(-2 * y) - part, -(WIDTH - 1) / 2 * np.log1p(2 * y) + part
    )
    return along + across
