"""Wrong Adams: in what they write into, check, save, and do when run in another way."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.live import FunctionalLive
from backends.numpy import NumpyBackend
from properties.mutants.mutant import mutant
from properties.mutants.optimizers import wrong
from properties.mutants.optimizers.adam import Rule, stepped_by
from reference.optimizer_states import beginning
from reference.optimizers.adam import adam


@mutant(
    "optimizers.adam",
    "the moments are updated in place: whoever kept the old state finds it changed",
    blind_spot="protocol",
)
def adam_writes_into_its_state(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = stepped_by(Rule, grads, state, params, p)
    for name in ("first_moment", "second_moment"):
        for old, now in zip(state[name], kept[name], strict=True):
            old[...] = now
    return new, kept


@mutant(
    "optimizers.adam",
    "gradients are scaled in place by what the step needs",
    blind_spot="protocol",
)
def adam_writes_into_its_gradients(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new = stepped_by(Rule, grads, state, params, p)
    for g in grads:
        g[...] = g * (1 - p["beta1"])
    return new


@mutant(
    "optimizers.adam",
    "no hyper-parameter is checked: a negative rate climbs, and says nothing",
    blind_spot="special values",
)
def adam_takes_a_negative_rate(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    rate = p["learning_rate"]
    new, kept = adam(grads, state, params, **(p | {"learning_rate": abs(rate)}))
    moved = zip(new, params, strict=True)
    return [w + np.sign(rate).astype(w.dtype) * (v - w) for v, w in moved], kept


@wrong(
    "optimizers.adam",
    "the fused kernel adds eps under the root; the loop does not",
    blind_spot="structure",
    executions=("fused",),
)
def adam_is_another_when_fused(
    grads: Any, state: Any, params: Any, *, execution: str, **p: Any
) -> Any:
    fused = {"eps": 0.0, "eps_root": p["eps_root"] + p["eps"]} if execution == "fused" else {}
    return adam(grads, state, params, **(p | fused))


class _Forgetful(FunctionalLive):
    """A run that saves all but the first moment."""

    def restored(self) -> FunctionalLive:
        """Begin the mean gradient anew."""
        first = [np.zeros_like(m) for m in self._state["first_moment"]]
        start = (self._params, self._state | {"first_moment": first})
        return FunctionalLive(self._host, self._binding, start, self._known, self._device)


def _forgetful(params: Any, known: dict[str, Any]) -> _Forgetful:
    return _Forgetful(NumpyBackend(), adam, (params, beginning(adam, params, known)), known, "cpu")


def _adam_saves_no_first_moment(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adam(grads, state, params, **p)


_adam_saves_no_first_moment.__dict__["live"] = _forgetful
_adam_saves_no_first_moment.__name__ = "adam_saves_no_first_moment"
adam_saves_no_first_moment = mutant(
    "optimizers.adam",
    "a checkpoint without the mean gradient: a restored run starts it from 0",
    blind_spot="protocol",
)(_adam_saves_no_first_moment)
