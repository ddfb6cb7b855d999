"""Long short-term memories whose way back is wrong: values are right."""

from __future__ import annotations

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized
from reference.recurrent.memory import LONG_SHORT_TERM, lstm
from reference.recurrent.unrolling import linearized, over_time

LSTM = "recurrent.lstm"


@mutant(LSTM, "backpropagation is truncated: the state is detached after every step",
        blind_spot="time")  # fmt: skip
def lstm_truncates_backpropagation(x: Array, h0: Array, c0: Array, *weights: Array) -> Linearized:
    steps, h, c = [], h0, c0
    for now in x:
        steps.append(lstm(now[None], h, c, *weights))
        _, h, c = steps[-1].outputs

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        nothing = 0 * h0
        pulled = [s.pullback((y[None], nothing, nothing)) for s, y in zip(steps, k[0], strict=True)]
        pulled[-1] = steps[-1].pullback((k[0][-1:], *k[1:]))
        of_x = np.concatenate([p[0] for p in pulled])
        sums = (sum(p[n] for p in pulled) for n in range(3, 7))
        return of_x, pulled[0][1], pulled[0][2], *sums

    return Linearized((np.concatenate([s.outputs[0] for s in steps]), h, c), pullback)


@mutant(LSTM, "slopes are made of values, y (1 - y): they are 0 in open gates", blind_spot="scale")
def lstm_makes_slopes_of_values(x: Array, h0: Array, c0: Array, *weights: Array) -> Linearized:
    run = over_time(LONG_SHORT_TERM, x, (h0, c0), weights)
    for k, step in enumerate(run.records):
        gates = {n: getattr(step, n) for n in ("i", "f", "g", "o", "shown")}
        made = {
            n: s._replace(slope=1 - s.value**2 if s.by == "tanh" else s.value * (1 - s.value))
            for n, s in gates.items()
        }
        run.records[k] = step._replace(**made)
    return linearized(run)


@mutant(LSTM, "weights get the gradient of the last step alone", blind_spot="time")
def lstm_learns_from_the_last_step(x: Array, h0: Array, c0: Array, *weights: Array) -> Linearized:
    right = lstm(x, h0, c0, *weights)
    _, h, c = lstm(x[:-1], h0, c0, *weights).outputs
    last = lstm(x[-1:], h, c, *weights)

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        return *right.pullback(k)[:3], *last.pullback((k[0][-1:], *k[1:]))[3:]

    return right._replace(pullback=pullback)


@mutant(LSTM, "the sum over time divides the gradients of weights", blind_spot="time")
def lstm_averages_gradients_over_time(x: Array, *rest: Array) -> Linearized:
    right = lstm(x, *rest)

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        gradients = right.pullback(k)
        return *gradients[:3], *(g / len(x) for g in gradients[3:])

    return right._replace(pullback=pullback)
