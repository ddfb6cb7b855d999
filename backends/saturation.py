"""What open gates, and nearly shut ones, cost a recurrent layer.

Slopes made of values, y (1 - y) and 1 - y^2, cancel where a gate is open. Where exp(-a) overflows,
a gate that is nearly shut is 0. A gradient is a sum of products along paths through time: where
every slope in it is off by d at most, the sum is off by no more than the same sum of magnitudes
with slopes larger by d, less the one without: backpropagation through time once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import Bound
from reference.recurrent import LongShortTerm, recall, remember

if TYPE_CHECKING:
    from collections.abc import Callable

CANDIDATE = 2  # the gate that is a tanh
OPEN = 0.5  # from here on a slope made of the value has lost a bit


def _unrolled(inputs: tuple[Any, ...], shut: float = -np.inf) -> tuple[Any, ...]:
    """The reference's steps and outputs; logistic gates whose argument lies below `shut` are 0."""
    x, h, c, w_ih, w_hh, b_ih, b_hh = inputs
    logistic = np.repeat(np.arange(4) != CANDIDATE, h.shape[1])
    steps, ys = [], []
    for now in x:
        entering = now @ w_ih.T + h @ w_hh.T + b_ih + b_hh
        far = np.where(logistic & (entering < shut), -np.inf, b_ih + b_hh)
        step, h, c = remember(now, h, c, w_ih, w_hh, far)
        steps.append(step)
        ys.append(h)
    return steps, (np.stack(ys), h, c)


def _magnitudes(step: LongShortTerm, u: float, of_tanh: float) -> LongShortTerm:
    """Magnitudes of everything, and slopes larger by d."""
    gates = np.abs(step.gates)
    more = u * gates * (11 - 9 * gates)  # LOGISTIC_SLOPE: u s(a) (2 + 9 s(-a))
    more[CANDIDATE] = of_tanh
    x, h, c, squashed = (np.abs(v) for v in (step.x, step.h, step.c, step.squashed))
    return LongShortTerm(
        x, h, c, gates, step.slopes + more, squashed, step.squashed_slope + of_tanh
    )


def has_open_gates(x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> bool:
    """Whether the value of a gate, of a candidate or of tanh(c) is beyond 1/2."""
    steps, _ = _unrolled((x, h0, c0, w_ih, w_hh, b_ih, b_hh))
    return any((np.abs([*s.gates, s.squashed]) > OPEN).any() for s in steps)


def has_vanishing_gates(
    x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, largest: float
) -> bool:
    """Whether 1 / s(a) overflows for a logistic gate (to within a rounding of a)."""
    steps, _ = _unrolled((x, h0, c0, w_ih, w_hh, b_ih, b_hh))
    gates = np.array([np.delete(s.gates, CANDIDATE, axis=0) for s in steps])
    return bool((gates < 1.05 / largest).any())


def lstm_slopes(of_tanh: Callable[[float], float], equation: str, *, shut: bool = False) -> Bound:
    """How far off the gradients of a long short-term memory are, tanh's slope by `of_tanh(u)`.

    With `shut`, what they change when vanishing gates are 0 counts as well.
    """

    def size(
        x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any,
        c: Any, u: float, largest: float, allowed: Any, output: str,
    ) -> Any:  # fmt: skip
        inputs = x, h0, c0, w_ih, w_hh, b_ih, b_hh
        steps, pulled = _unrolled(inputs)[0], (np.abs(c[0]), np.abs(c[1]), np.abs(c[2]))
        less, more = (
            recall([_magnitudes(s, unit, d) for s in steps], np.abs(w_ih), np.abs(w_hh), pulled)
            for unit, d in ((0.0, 0.0), (u, of_tanh(u)))
        )
        which = min(int(output[1]), len(less) - 1)
        found = allowed + more[which] - less[which]
        if not shut:
            return found
        kept, lost = (
            recall(s, w_ih, w_hh, c)[which]
            for s in (steps, _unrolled(inputs, np.log(1.05 / largest))[0])
        )
        return found + np.abs(kept - lost)

    changed = ", and what changes when gates with 1 / s(a) > largest are 0" if shut else ""
    return Bound(
        "allowed + BPTT(s' + d) - BPTT(s') of magnitudes, d = u s(a) (2 + 9 s(-a)) of logistic "
        f"gates and {equation} of tanh{changed}",
        size,
    )


def _vanished(
    x: Any, h0: Any, c0: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any,
    largest: float, allowed: Any, output: str,
) -> Any:  # fmt: skip
    inputs, which = (x, h0, c0, w_ih, w_hh, b_ih, b_hh), int(output[1])
    (_, whole), (_, shut) = (_unrolled(inputs, a) for a in (-np.inf, np.log(1.05 / largest)))
    return allowed + np.abs(whole[which] - shut[which])


LSTM_VANISHED = Bound("allowed + what changes when gates with 1 / s(a) > largest are 0", _vanished)
